import { describe, expect, test } from 'vitest'
import { readAuthorization, tokenWithin } from '../../worker/auth/authorization.ts'

const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`

describe('a token is read', () => {
  test.each([
    'Bearer drawbridge_eu_a.b.c',
    'bearer drawbridge_eu_a.b.c',
    'BEARER\t drawbridge_eu_a.b.c ',
    'drawbridge_eu_a.b.c',
    '  drawbridge_eu_a.b.c\t',
    basic('okta:drawbridge_eu_a.b.c'),
    basic(':drawbridge_eu_a.b.c'),
    basic('drawbridge_eu_a.b.c'),
    basic('okta: drawbridge_eu_a.b.c\n'),
    basic('okta:drawbridge_eu_a.b.c').replace('Basic ', 'bAsIc   '),
  ])('from %j', (header) => {
    expect(readAuthorization(header)).toEqual({
      kind: 'token',
      token: 'drawbridge_eu_a.b.c',
      isBare: header.trim().startsWith('drawbridge_'),
    })
  })

  test.each([
    ['a word that is no token', 'non-token', 'non-token'],
    ['one that only begins like Bearer', 'bearerless', 'bearerless'],
    ['a password with a colon', basic('okta:a:b'), 'a:b'],
    ['a password beyond ASCII', basic('okta:ö'), 'ö'],
  ])('as it is: %s', (_, header, token) =>
    expect(readAuthorization(header)).toMatchObject({ kind: 'token', token }),
  )
})

describe('there is none', () => {
  test.each([
    undefined,
    '',
    '  ',
    'Bearer',
    'bearer ',
    'Basic',
    'basic ',
    'Basic !!!',
    basic('okta:'),
    basic('okta:  '),
  ])('in %j', (header) => expect(readAuthorization(header)).toEqual({ kind: 'none' }))
})

describe('what went wrong while it was pasted is said', () => {
  test.each([
    ['Bearer Bearer drawbridge_eu_x', 'begins with the word Bearer', 'bearer_twice'],
    [basic('okta:Bearer drawbridge_eu_x'), 'begins with the word Bearer', 'bearer_twice'],
    ['Bearer "drawbridge_eu_x"', 'has quotes or brackets', 'quotes'],
    ["'drawbridge_eu_x'", 'has quotes or brackets', 'quotes'],
    ['Bearer “drawbridge_eu_x”', 'has quotes or brackets', 'quotes'],
    ['Bearer <drawbridge_eu_x>', 'has quotes or brackets', 'quotes'],
    ['Bearer drawbridge_eu_x y', 'has a space or a line break', 'broken_paste'],
    ['drawbridge_eu_x\u00A0y', 'has a space or a line break', 'broken_paste'],
    ['Token drawbridge_eu_x', 'has a space or a line break', 'broken_paste'],
    [basic('okta:drawbridge_eu_x\ny'), 'has a space or a line break', 'broken_paste'],
  ])('of %j', (header, words, fault) => {
    const credentials = readAuthorization(header)
    expect(credentials).toEqual({
      kind: 'mispasted',
      fault,
      detail: expect.stringContaining(`The API token ${words}`),
    })
    expect(JSON.stringify(credentials)).not.toContain('_eu_')
  })
})

test('a token that went wrong in the paste is found where it is whole inside', () => {
  const token = 'drawbridge_eu_a-b.c_d.e'
  for (const header of [`Bearer Bearer ${token}`, `"${token}"`, `Bearer <${token}>`, token])
    expect(tokenWithin(header)).toBe(token)
  for (const header of ['', 'Bearer', 'Bearer drawbridge_eu_a.b', 'drawbridge_eu_a. b.c'])
    expect(tokenWithin(header)).toBeUndefined()
})
