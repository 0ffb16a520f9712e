import { expect, test } from 'vitest'
import { errorBody, invalidValue, ScimError } from '../../worker/scim/error.ts'

const schemas = ['urn:ietf:params:scim:api:messages:2.0:Error']

test('an error body has its status as a text, and its keyword', () => {
  expect(errorBody(409, 'uniqueness', 'userName: taken')).toStrictEqual({
    schemas,
    status: '409',
    scimType: 'uniqueness',
    detail: 'userName: taken',
  })
})

test('an error body without a keyword has no place for one', () => {
  expect(errorBody(404, undefined, 'There is none.')).toStrictEqual({
    schemas,
    status: '404',
    detail: 'There is none.',
  })
})

test('a refusal carries what the answer needs', () => {
  const error = new ScimError(429, undefined, 'Too many.', { 'retry-after': '10' })
  expect(error).toBeInstanceOf(Error)
  expect(error).toMatchObject({
    name: 'ScimError',
    status: 429,
    scimType: undefined,
    message: 'Too many.',
    headers: { 'retry-after': '10' },
  })
  expect(new ScimError(400, 'noTarget', 'x').headers).toEqual({})
})

test('a wrong value is refused with its place and what was expected', () => {
  expect(invalidValue('emails[1].value', 'a string, not a number')).toMatchObject({
    status: 400,
    scimType: 'invalidValue',
    message: 'emails[1].value: expected a string, not a number',
  })
})
