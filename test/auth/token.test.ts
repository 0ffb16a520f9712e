import { importJWK, SignJWT, type JWTHeaderParameters, type JWTPayload } from 'jose'
import { describe, expect, test } from 'vitest'
import { newKey, type SigningKey } from '../../worker/auth/keys.ts'
import { MAX_TOKEN_LENGTH, signToken, tokenVerifier, type Issuer } from '../../worker/auth/token.ts'
import { everySeed } from '../scim/random.ts'

const key = await newKey()
const older = await newKey()
const eu: Issuer = { region: 'eu', deployment: 'dep1', keys: [key, older] }

const ISSUED = 1_793_000_000
const claims = { connection: 'conn1', jti: 'token1', issued: ISSUED }
const at = (seconds: number) => new Date(seconds * 1_000)
const now = at(ISSUED + 10)
const token = await signToken(eu, claims)
const good = { kind: 'good', connection: 'conn1', jti: 'token1' }
const bad = { kind: 'bad', fault: 'token', detail: undefined }

/** A token with any header and payload, signed with a key of ours: what only a holder of keys could make. */
async function forged(signer: SigningKey, header: JWTHeaderParameters, payload: JWTPayload): Promise<string> {
  const jwt = new SignJWT(payload).setProtectedHeader(header)
  return `drawbridge_eu_${await jwt.sign(await importJWK(signer, 'EdDSA'))}`
}

const encoded = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
const payload = { sub: 'conn1', aud: 'dep1', jti: 'token1', iat: ISSUED }
const { aud: _aud, ...noAudience } = payload
const { sub: _sub, ...noConnection } = payload
const { jti: _jti, ...noId } = payload

describe('a token', () => {
  test('is good for its connection', async () => {
    expect(await tokenVerifier(eu)(token, now)).toEqual(good)
  })

  test('says who, where and when, and no more', async () => {
    const [header = '', body = ''] = (await signToken(eu, { ...claims, expires: ISSUED + 60 }))
      .slice(14)
      .split('.')
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({ alg: 'EdDSA', kid: key.kid })
    expect(JSON.parse(Buffer.from(body, 'base64url').toString())).toEqual({ ...payload, exp: ISSUED + 60 })
  })

  test('is the same for the same claims, and another for others', async () => {
    expect(await signToken(eu, { ...claims })).toBe(token)
    expect(await signToken(eu, { ...claims, jti: 'token2' })).not.toBe(token)
    expect(await signToken(eu, { ...claims, issued: ISSUED + 1 })).not.toBe(token)
  })

  test('fits the field with the longest ids, region and times', async () => {
    const long = 'x'.repeat(16)
    const issuer = { region: 'r'.repeat(16), deployment: long, keys: eu.keys }
    const most = { connection: long, jti: long, issued: 9_999_999_999, expires: 9_999_999_999 }
    const longest = await signToken(issuer, most)
    expect(longest.length).toBeLessThanOrEqual(350)
    expect(longest).toMatch(/^drawbridge_r{16}_[\w-]+\.[\w-]+\.[\w-]{86}$/)
    expect(await tokenVerifier(issuer)(longest, now)).toEqual({ kind: 'good', connection: long, jti: long })
  })

  test('that would not fit is not made', async () => {
    const room = MAX_TOKEN_LENGTH - token.length
    expect(await signToken({ ...eu, region: `eu${'x'.repeat(room)}` }, claims)).toHaveLength(MAX_TOKEN_LENGTH)
    const made = signToken({ ...eu, region: `eu${'x'.repeat(room + 1)}` }, claims)
    await expect(made).rejects.toThrow(RangeError)
    await expect(made).rejects.toThrow(`expected at most ${MAX_TOKEN_LENGTH}`)
  })

  test('ends with the second it expires in', async () => {
    const verify = tokenVerifier(eu)
    const short = await signToken(eu, { ...claims, expires: ISSUED + 60 })
    expect(await verify(short, at(ISSUED + 59))).toEqual(good)
    expect(await verify(short, at(ISSUED + 60))).toEqual({ ...good, kind: 'expired', at: ISSUED + 60 })
    expect(await verify(token, at(ISSUED + 10 ** 9))).toEqual(good)
  })
})

test('when a token expired is told of those alone whose signature and audience are good', async () => {
  const claimed = { ...claims, expires: ISSUED + 1 }
  const late = at(ISSUED + 100)
  const verify = tokenVerifier(eu)
  const [own, stranger] = [await signToken(eu, claimed), await newKey()]
  expect(await verify(own, late)).toEqual({ ...good, kind: 'expired', at: ISSUED + 1 })
  expect(await verify(`${own.slice(0, -10)}AAAAAAAAAA`, late)).toEqual(bad)
  expect(await verify(await signToken({ ...eu, deployment: 'dep2' }, claimed), late)).toEqual(bad)
  const swapped = { ...eu, keys: [{ ...stranger, kid: key.kid }] } as const
  expect(await verify(await signToken(swapped, claimed), late)).toEqual(bad)
})

describe('keys rotate', () => {
  test('and what an older one has signed is signed by it again', async () => {
    const first = await signToken({ ...eu, keys: [older] }, claims)
    expect(await signToken(eu, claims, older.kid)).toBe(first)
    await expect(signToken(eu, claims, 'gone')).rejects.toThrow('no signing key gone')
  })

  test('with every token of a key that is still there', async () => {
    const old = await signToken({ ...eu, keys: [older] }, claims)
    expect(await tokenVerifier(eu)(old, now)).toEqual(good)
    expect(await tokenVerifier({ ...eu, keys: [older, key] })(token, now)).toEqual(good)
  })

  test('and a token of a key that is gone ends', async () => {
    expect(await tokenVerifier({ ...eu, keys: [older] })(token, now)).toEqual(bad)
  })
})

describe('a token is not good', () => {
  test.each([
    ['of another deployment', () => signToken({ ...eu, deployment: 'dep2' }, claims)],
    ['of a key that is not ours', async () => signToken({ ...eu, keys: [await newKey()] }, claims)],
    [
      'of a foreign key under our kid',
      async () => signToken({ ...eu, keys: [{ ...(await newKey()), kid: key.kid }] }, claims),
    ],
    ['of one key under the kid of another', () => forged(older, { alg: 'EdDSA', kid: key.kid }, payload)],
    ['under a kid nobody has', () => forged(key, { alg: 'EdDSA', kid: 'x' }, payload)],
    ['without an audience', () => forged(key, { alg: 'EdDSA', kid: key.kid }, noAudience)],
    ['without a connection', () => forged(key, { alg: 'EdDSA', kid: key.kid }, noConnection)],
    ['with an empty connection', () => forged(key, { alg: 'EdDSA', kid: key.kid }, { ...payload, sub: '' })],
    ['without an id', () => forged(key, { alg: 'EdDSA', kid: key.kid }, noId)],
    [
      'with an id that is a number',
      () => forged(key, { alg: 'EdDSA', kid: key.kid }, Object.assign({ ...payload }, { jti: 5 })),
    ],
    [
      'that is not valid yet',
      () => forged(key, { alg: 'EdDSA', kid: key.kid }, { ...payload, nbf: ISSUED + 60 }),
    ],
  ])('%s', async (_, make) => expect(await tokenVerifier(eu)(await make(), now)).toEqual(bad))

  test.each(['none', 'None', 'HS256', 'RS256', 'ES256', ''])('with the algorithm %j', async (alg) => {
    const unsigned = `${encoded({ alg, kid: key.kid })}.${encoded(payload)}`
    expect(await tokenVerifier(eu)(`drawbridge_eu_${unsigned}.${'A'.repeat(86)}`, now)).toEqual(bad)
  })

  test('signed with our public key as a shared secret', async () => {
    const secret = Buffer.from(key.x, 'base64url')
    const signed = await new SignJWT(payload).setProtectedHeader({ alg: 'HS512', kid: key.kid }).sign(secret)
    expect(signed.split('.')[2]).toHaveLength(86)
    expect(await tokenVerifier(eu)(`drawbridge_eu_${signed}`, now)).toEqual(bad)
  })

  test('with any one letter changed', async () => {
    const verify = tokenVerifier(eu)
    // The last letter of a signature holds two bits of it and four that count for nothing.
    const places = Array.from({ length: token.length - 1 - 14 }, (_, index) => index + 14)
    const changed = places.map(
      (place) => `${token.slice(0, place)}${token[place] === 'A' ? 'B' : 'A'}${token.slice(place + 1)}`,
    )
    const kinds = await Promise.all(changed.map(async (text) => (await verify(text, now)).kind))
    expect(new Set(kinds)).toEqual(new Set(['bad']))
  })

  test('with letters behind its end', async () => {
    const verify = tokenVerifier(eu)
    for (const more of ['A', '=', '.', '.A', '\n'])
      expect((await verify(`${token}${more}`, now)).kind).toBe('bad')
  })
})

describe('why a token is not good is said', () => {
  test('of one for another region, without the token', async () => {
    const us = await signToken({ ...eu, region: 'us-2' }, claims)
    expect(await tokenVerifier(eu)(us, now)).toEqual({
      kind: 'bad',
      fault: 'other_region',
      detail:
        'This API token is for region us-2, and this is region eu. Use the Base URL of region us-2, or a token made here.',
    })
  })

  test('of one whose end is missing, wherever it was cut', async () => {
    const verify = tokenVerifier(eu)
    const cut = Array.from({ length: token.length - 15 }, (_, index) => token.slice(0, index + 15))
    const details = await Promise.all(cut.map((text) => verify(text, now)))
    expect(details).toEqual(
      cut.map(() => ({
        kind: 'bad',
        fault: 'cut_off',
        detail: 'The end of the API token is missing. Paste it whole.',
      })),
    )
  })

  test.each(['', 'non-token', 'drawbridge', 'drawbridge_eu', token.slice(14), `x${token}`, 'ghp_0123456789'])(
    'of %j, which is none of ours',
    async (text) => {
      expect(await tokenVerifier(eu)(text, now)).toEqual({
        kind: 'bad',
        fault: 'not_a_token',
        detail: 'This is not an API token of the bridge: those begin with drawbridge_ and a region.',
      })
    },
  )
})

test('nothing that is sent as a token breaks the verifier', async () => {
  const verify = tokenVerifier(eu)
  const texts: string[] = []
  const parts = [
    encoded({}),
    encoded([]),
    encoded({ alg: 'EdDSA' }),
    encoded({ alg: 5, kid: {} }),
    encoded(payload),
    'AAAA',
    '',
    '!',
    '%',
    'é',
    '\0',
    'bnVsbA',
  ]
  const crit = encoded({ alg: 'EdDSA', kid: key.kid, crit: ['b64'], b64: false })
  everySeed(500, ({ pick, upTo }) => {
    const [header, body] = [pick([...parts, crit]), pick(parts)]
    texts.push(`drawbridge_eu_${header}.${body}.${pick(['A'.repeat(86), '!'.repeat(86), 'A'.repeat(400)])}`)
    texts.push(`drawbridge_eu_${upTo(6, () => pick([...parts, '.'])).join('.')}`)
  })
  const kinds = await Promise.all(texts.map(async (text) => (await verify(text, now)).kind))
  expect(new Set(kinds)).toEqual(new Set(['bad']))
})
