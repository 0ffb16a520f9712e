import { base64url, calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose'
import * as v from 'valibot'

/** The signing keys: private JWKs, newest first. The first signs, all verify (RFC 8037: Ed25519). */
export type SigningKeys = readonly [SigningKey, ...SigningKey[]]

export type SigningKey = v.InferOutput<typeof signingKey>

const KEY_BYTES = /^[\w-]{43}$/

const signingKey = v.object({
  kty: v.literal('OKP'),
  crv: v.literal('Ed25519'),
  x: v.pipe(v.string(), v.regex(KEY_BYTES, 'expected 32 bytes as base64url')),
  d: v.pipe(v.string(), v.regex(KEY_BYTES, 'expected 32 bytes as base64url')),
  kid: v.pipe(v.string(), v.minLength(1), v.maxLength(16)),
  /** When it was made, in seconds since 1970: tells a key that is yet to sign from one that has (keyRotation.ts). */
  iat: v.optional(v.number()),
})

/** Keys that seal, or that make MACs: 256 bits each, newest first. The first is used, all are known (RFC 7518 §6.4). */
export type SecretKeys = readonly [SecretKey, ...SecretKey[]]

export type SecretKey = v.InferOutput<typeof secretKey>

const secretKey = v.object({
  kty: v.literal('oct'),
  k: v.pipe(v.string(), v.regex(KEY_BYTES, 'expected 32 bytes as base64url')),
  kid: v.pipe(v.string(), v.minLength(1), v.maxLength(16)),
})

const keySet = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }): unknown => {
    try {
      return JSON.parse(dataset.value)
    } catch {
      addIssue({ message: 'expected a JWKS as JSON' })
      return NEVER
    }
  }),
  v.object({ keys: v.array(v.looseObject({ kid: v.string() })) }),
  v.check(
    ({ keys }) => new Set(keys.map(({ kid }) => kid)).size === keys.length,
    'expected another kid for each key',
  ),
)

/** The text of a JWKS (RFC 7517 §5) with at least one private Ed25519 key, read. */
export const signingKeys = v.pipe(
  keySet,
  v.object({ keys: v.tupleWithRest([signingKey], signingKey) }),
  v.transform(({ keys }): SigningKeys => keys),
)

/** The text of a JWKS with at least one secret key of 256 bits, read. */
export const secretKeys = v.pipe(
  keySet,
  v.object({ keys: v.tupleWithRest([secretKey], secretKey) }),
  v.transform(({ keys }): SecretKeys => keys),
)

/** Takes keys; gives what of them everybody may know, as a JWKS (RFC 7517 §5, RFC 8037 §2): what verifies tokens. */
export function publicKeys(keys: SigningKeys) {
  return { keys: keys.map(({ kty, crv, x, kid }) => ({ kty, crv, x, kid, alg: 'EdDSA', use: 'sig' })) }
}

/** Gives a new signing key. Its kid is the beginning of its thumbprint (RFC 7638): at most 16 letters, so tokens stay short. */
export async function newKey(): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
  const jwk = await exportJWK(privateKey)
  return v.parse(signingKey, { ...jwk, kid: (await calculateJwkThumbprint(jwk)).slice(0, 16) })
}

/** Gives a new secret key, with a kid made like that of a signing key. */
export async function newSecretKey(): Promise<SecretKey> {
  const k = base64url.encode(crypto.getRandomValues(new Uint8Array(32)))
  return { kty: 'oct', k, kid: (await calculateJwkThumbprint({ kty: 'oct', k })).slice(0, 16) }
}
