import { calculateJwkThumbprint } from 'jose'
import { describe, expect, test } from 'vitest'
import * as v from 'valibot'
import { newKey, signingKeys } from '../../worker/auth/keys.ts'

const key = await newKey()
const older = await newKey()

describe('a new key', () => {
  test('is an Ed25519 key whose kid begins its thumbprint', async () => {
    expect(key).toEqual({
      kty: 'OKP',
      crv: 'Ed25519',
      x: expect.stringMatching(/^[\w-]{43}$/),
      d: expect.stringMatching(/^[\w-]{43}$/),
      kid: expect.stringMatching(/^[\w-]{16}$/),
    })
    const { kty, crv, x } = key
    expect(await calculateJwkThumbprint({ kty, crv, x })).toMatch(new RegExp(`^${key.kid}`))
  })

  test('differs from the one before', () => {
    expect(key.d).not.toBe(older.d)
    expect(key.kid).not.toBe(older.kid)
  })
})

describe('the text of the keys', () => {
  test('is read in order, without what is not used', () => {
    const text = JSON.stringify({ keys: [{ ...key, use: 'sig', alg: 'EdDSA' }, older] })
    expect(v.parse(signingKeys, text)).toEqual([key, older])
  })

  const { d: _, ...publicOnly } = key

  test.each([
    ['nothing', undefined],
    ['the empty text', ''],
    ['no JSON', '{keys:[]}'],
    ['null', 'null'],
    ['a list', JSON.stringify([key])],
    ['a bare key', JSON.stringify(key)],
    ['no keys', JSON.stringify({ keys: [] })],
    ['a public key', JSON.stringify({ keys: [publicOnly] })],
    ['a public key behind a private one', JSON.stringify({ keys: [key, publicOnly] })],
    ['a key for agreement', JSON.stringify({ keys: [{ ...key, crv: 'X25519' }] })],
    ['a key of another kind', JSON.stringify({ keys: [{ ...key, kty: 'EC' }] })],
    ['a key that was cut', JSON.stringify({ keys: [{ ...key, d: key.d.slice(1) }] })],
    ['a public half that was cut', JSON.stringify({ keys: [{ ...key, x: key.x.slice(1) }] })],
    ['two keys with one kid', JSON.stringify({ keys: [key, { ...older, kid: key.kid }] })],
    ['a key without a kid', JSON.stringify({ keys: [{ ...key, kid: undefined }] })],
    ['a key with an empty kid', JSON.stringify({ keys: [{ ...key, kid: '' }] })],
    ['a key with a kid of 17 letters', JSON.stringify({ keys: [{ ...key, kid: `${key.kid}x` }] })],
  ])('is refused for %s, without a word of the key', (_name, text) => {
    const result = v.safeParse(signingKeys, text)
    expect(result.success).toBe(false)
    expect(result.issues?.map(({ message }) => message).join()).not.toContain(key.d)
  })
})
