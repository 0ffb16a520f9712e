import { describe, expect, test } from 'vitest'
import { readAuthorization } from '../../worker/auth/authorization.ts'

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
    expect(readAuthorization(header)).toEqual({ kind: 'token', token: 'drawbridge_eu_a.b.c' })
  })

  test.each([
    ['a word that is no token', 'non-token', 'non-token'],
    ['one that only begins like Bearer', 'bearerless', 'bearerless'],
    ['a password with a colon', basic('okta:a:b'), 'a:b'],
    ['a password beyond ASCII', basic('okta:ö'), 'ö'],
  ])('as it is: %s', (_, header, token) =>
    expect(readAuthorization(header)).toEqual({ kind: 'token', token }),
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
    ['Bearer Bearer drawbridge_eu_x', 'begins with the word Bearer'],
    [basic('okta:Bearer drawbridge_eu_x'), 'begins with the word Bearer'],
    ['Bearer "drawbridge_eu_x"', 'has quotes or brackets'],
    ["'drawbridge_eu_x'", 'has quotes or brackets'],
    ['Bearer “drawbridge_eu_x”', 'has quotes or brackets'],
    ['Bearer <drawbridge_eu_x>', 'has quotes or brackets'],
    ['Bearer drawbridge_eu_x y', 'has a space or a line break'],
    ['drawbridge_eu_x\u00A0y', 'has a space or a line break'],
    ['Token drawbridge_eu_x', 'has a space or a line break'],
    [basic('okta:drawbridge_eu_x\ny'), 'has a space or a line break'],
  ])('of %j', (header, fault) => {
    const credentials = readAuthorization(header)
    expect(credentials).toEqual({
      kind: 'mispasted',
      detail: expect.stringContaining(`The API token ${fault}`),
    })
    expect(JSON.stringify(credentials)).not.toContain('_eu_')
  })
})
