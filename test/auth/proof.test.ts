import { CompactSign, importJWK } from 'jose'
import { describe, expect, test } from 'vitest'
import { headReader, publicKey, signHead, type Head } from '../../worker/auth/head.ts'
import { newKey, newSecretKey } from '../../worker/auth/keys.ts'
import { macOf } from '../../worker/auth/mac.ts'
import { CHANGE_MAC, proverOf, saltedDigest } from '../../worker/auth/proof.ts'
import { signToken } from '../../worker/auth/token.ts'
import { readOperations, readPatch, valuesOf } from '../../worker/scim/patch.ts'
import { groupType, userType } from '../../worker/scim/resourceTypes.ts'

describe('the proof of a change', () => {
  test('has a salt of its own, so that one digest says nothing of another; whoever has the salt works it out again', async () => {
    const prove = proverOf([await newSecretKey()])
    const [one, other] = [await prove(['c'], { title: 'T' }), await prove(['c'], { title: 'T' })]
    expect(one.digest).not.toBe(other.digest)
    expect(await saltedDigest(one.salt, { title: 'T' })).toBe(one.digest)
    expect(await saltedDigest(one.salt, { title: 'U' })).not.toBe(one.digest)
  })

  test('has a MAC over the texts and the digest, of its own purpose; none where there is no key', async () => {
    const keys = [await newSecretKey()] as const
    const { digest, mac } = await proverOf(keys)(['a', 'b'], 1)
    const texts = ['a', 'b', digest]
    expect(await macOf(keys, CHANGE_MAC).verify(texts, mac ?? '')).toBe(true)
    expect(await macOf(keys, 'delivery').verify(texts, mac ?? '')).toBe(false)
    expect(await macOf(keys, CHANGE_MAC).verify(['a', 'b', 'x'], mac ?? '')).toBe(false)
    expect((await proverOf(undefined)(['a'], 1)).mac).toBeNull()
  })
})

describe('the values of a PATCH', () => {
  const valuesIn = (type: typeof userType, ...Operations: readonly object[]) =>
    JSON.stringify(
      valuesOf(
        readPatch(
          type,
          readOperations({ schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations }),
        ),
      ),
    )

  test('are those that were read, each by the name of its attribute; a password is not among them', () => {
    const values = valuesIn(
      userType,
      { op: 'replace', value: { title: 'Boss', password: 'horse' } },
      { op: 'replace', path: 'password', value: 'staple' },
      { op: 'replace', path: 'emails[type eq "work"].value', value: 'a@x.org' },
    )
    expect(values).toContain('Boss')
    expect(values).toContain('a@x.org')
    expect(values).not.toMatch(/horse|staple|description/)
  })

  test.each([
    [
      { op: 'add', path: 'members', value: [{ value: 'a' }] },
      { op: 'remove', path: 'members', value: [{ value: 'a' }] },
    ],
    [
      { op: 'replace', path: 'displayName', value: 'A' },
      { op: 'replace', path: 'displayName', value: 'B' },
    ],
    [
      { op: 'remove', path: 'members[value eq "a"]' },
      { op: 'remove', path: 'members[value eq "b"]' },
    ],
  ])('%j and %j are told apart', (one, other) => {
    expect(valuesIn(groupType, one)).not.toBe(valuesIn(groupType, other))
  })
})

const HEAD: Head = {
  log: 'changes',
  connection: 'c',
  number: 1,
  first: 1,
  last: 9,
  count: 9,
  hash: 'h',
  previous: '',
  at: '2026-01-01T00:00:00.000Z',
}

describe('a head', () => {
  test('is read by the key that signed it, an old one too, and told from one of a key that is not there', async () => {
    const [old, young] = [await newKey(), await newKey()]
    const jws = await signHead([old], HEAD)
    expect(await headReader([young, old].map(publicKey))(jws)).toEqual({
      kind: 'good',
      head: HEAD,
      kid: old.kid,
    })
    expect(await headReader([publicKey(young)])(jws)).toEqual({ kind: 'unknown', kid: old.kid })
    // The same key twice, as where it was saved with heads.
    expect(await headReader([old, old].map(publicKey))(jws)).toMatchObject({ kind: 'good' })
  })

  test.each([
    ['another key under the same kid', { alg: 'EdDSA', typ: 'drawbridge-head+jws' }, HEAD],
    ['no type', { alg: 'EdDSA' }, HEAD],
    ['a type of something else', { alg: 'EdDSA', typ: 'JWT' }, HEAD],
    ['more than a head', { alg: 'EdDSA', typ: 'drawbridge-head+jws' }, { ...HEAD, sub: 'c' }],
    ['less than a head', { alg: 'EdDSA', typ: 'drawbridge-head+jws' }, { log: 'acts' }],
  ] as const)('with %s is none', async (what, header, payload) => {
    const key = await newKey()
    const signer = what === 'another key under the same kid' ? await newKey() : key
    const jws = await new CompactSign(new TextEncoder().encode(JSON.stringify(payload)))
      .setProtectedHeader({ ...header, kid: key.kid })
      .sign(await importJWK(signer, 'EdDSA'))
    expect(await headReader([publicKey(key)])(jws)).toEqual({ kind: 'bad' })
  })

  test('is no token, and a token is no head; nor is what is not signed', async () => {
    const key = await newKey()
    const read = headReader([publicKey(key)])
    const token = await signToken(
      { region: 'r', deployment: 'd', keys: [key] },
      { connection: 'c', jti: 'j', issued: 1 },
    )
    expect(await read(token.replace('drawbridge_r_', ''))).toEqual({ kind: 'bad' })
    const none = [
      JSON.stringify({ alg: 'none', kid: key.kid, typ: 'drawbridge-head+jws' }),
      JSON.stringify(HEAD),
    ]
    expect(await read(`${none.map((part) => btoa(part).replaceAll('=', '')).join('.')}.`)).toEqual({
      kind: 'bad',
    })
    for (const jws of ['', 'x', 'a.b.c']) expect(await read(jws)).toEqual({ kind: 'bad' })
  })
})
