import { describe, expect, test } from 'vitest'
import {
  checkRequired,
  dependsOnDocument,
  immutablePaths,
  replaceKeeping,
  settle,
  touchesImmutable,
} from '../../worker/scim/constraints.ts'
import { groupType, userType } from '../../worker/scim/resourceTypes.ts'
import { attribute, complex, type ResourceType } from '../../worker/scim/schema.ts'
import { refusal } from './refusal.ts'

const MUST = 'urn:x:Must'
const MAY = 'urn:x:May'

const type: ResourceType = {
  ...groupType,
  name: 'Thing',
  schema: {
    id: 'urn:x:Thing',
    name: 'Thing',
    description: '',
    attributes: [
      attribute('name', '', { required: true }),
      attribute('once', '', { mutability: 'immutable' }),
      complex('box', '', [attribute('a', ''), attribute('b', '')], { mutability: 'immutable' }),
    ],
  },
  extensions: [
    {
      schema: { id: MUST, name: 'Must', description: '', attributes: [attribute('size', '')] },
      required: true,
    },
    {
      schema: {
        id: MAY,
        name: 'May',
        description: '',
        attributes: [
          attribute('key', '', { required: true, mutability: 'immutable' }),
          attribute('note', ''),
        ],
      },
      required: false,
    },
  ],
}

const whole = { name: 'n', [MUST]: { size: 's' } }
const all = new Set(['name', 'once', 'box', MUST, MAY])

test('the immutable attributes are those of the schema and of its extensions', () => {
  expect(immutablePaths(type)).toEqual([['once'], ['box'], [MAY, 'key']])
  expect(immutablePaths(userType)).toEqual([])
})

test.each([
  [['once'], true],
  [['name'], false],
  [['box'], true],
  [['box', 'a'], true],
  [[MAY], true],
  [[MAY, 'key'], true],
  [[MAY, 'note'], false],
  [[MUST], false],
])('the path %j touches one: %j', (path, touches) => expect(touchesImmutable(type, path)).toBe(touches))

test.each([
  [['name'], 'x', false],
  [['once'], 'x', true],
  [[MUST, 'size'], 'x', false],
  [[MUST, 'size'], undefined, true],
  [[MAY, 'note'], 'x', true],
  [[MAY, 'note'], undefined, true],
])('an edit at %j to %j depends on the document: %j', (path, value, depends) => {
  expect(dependsOnDocument(type, path, value)).toBe(depends)
})

describe('a new document must have what is required', () => {
  test.each([
    ['a blank', { ...whole, name: ' ' }, 'name'],
    ['no extension', { name: 'n' }, MUST],
    ['an empty extension', { name: 'n', [MUST]: {} }, MUST],
    ['an extension without what it requires', { ...whole, [MAY]: { note: 'x' } }, `${MAY}:key`],
  ])('%s', (_, document, place) => {
    const error = refusal(() => checkRequired(type, document))
    expect(error).toMatchObject({ status: 400, scimType: 'invalidValue' })
    expect(error.detail).toMatch(new RegExp(`^${place}: `))
  })

  test('and nothing more', () => {
    expect(() => checkRequired(type, whole)).not.toThrow()
    expect(() => checkRequired(type, { ...whole, [MAY]: { key: 'k' } })).not.toThrow()
  })
})

describe('after a PATCH', () => {
  test('an immutable value is what it was, case and all', () => {
    const before = { ...whole, once: 'Aa', box: { a: '1', b: '2' } }
    const after = { ...whole, once: 'aA', box: { b: '2', a: '1' } }
    expect(settle(type, before, after, all)).toEqual(before)
  })

  test.each([
    ['another', { once: 'b' }],
    ['none', {}],
  ])('it is refused to have %s', (_, rest) => {
    const error = refusal(() => settle(type, { ...whole, once: 'a' }, { ...whole, ...rest }, all))
    expect(error).toMatchObject({ status: 400, scimType: 'mutability' })
    expect(error.detail).toMatch(/^once: /)
  })

  test('it may be set where there was none', () => {
    const after = { ...whole, once: 'a' }
    expect(settle(type, whole, after, all)).toEqual(after)
  })

  test('what is required and was there is not removed, and what was not there is asked for', () => {
    expect(refusal(() => settle(type, whole, { name: 'n' }, all))).toMatchObject({ scimType: 'mutability' })
    const half = { ...whole, [MAY]: { note: 'x' } }
    expect(refusal(() => settle(type, whole, half, all))).toMatchObject({ scimType: 'invalidValue' })
  })

  test('what it did not speak of is not looked at', () => {
    expect(settle(type, {}, { once: 'a' }, new Set(['once']))).toEqual({ once: 'a' })
  })
})

test('a PUT keeps what it leaves out and may be set only once, and nothing else', () => {
  const before = { ...whole, once: 'a', [MAY]: { key: 'k', note: 'x' } }
  expect(replaceKeeping(type, before, { name: 'm', once: 'A' })).toEqual({
    name: 'm',
    once: 'a',
    [MAY]: { key: 'k' },
  })
  expect(refusal(() => replaceKeeping(type, before, { name: 'm', once: 'b' }))).toMatchObject({
    scimType: 'mutability',
  })
})
