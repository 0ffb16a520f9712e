import { CompactSign, compactVerify, createLocalJWKSet, errors, importJWK } from 'jose'
import * as v from 'valibot'
import type { SigningKey, SigningKeys } from './keys.ts'

/** The public part of a signing key, as it may be shown and kept. */
export type PublicKey = Pick<SigningKey, 'kty' | 'crv' | 'x' | 'kid'>

const head = v.strictObject({
  log: v.picklist(['changes', 'acts']),
  connection: v.string(),
  number: v.number(),
  first: v.number(),
  last: v.number(),
  count: v.number(),
  hash: v.string(),
  previous: v.string(),
  at: v.string(),
})

/**
 * The head of a sealed segment of a log: which log, of which connection (of acts none), its number in the chain, the numbers of its first and last
 * row and how many there are, the hash over them, that of the head before (empty for the first), and when.
 */
export type Head = v.InferOutput<typeof head>

/** RFC 8725 §3.11: a head stands for nothing else, and nothing else for a head. */
const TYPE = 'drawbridge-head+jws'

/** Takes the signing keys and a head; gives it signed by the first (EdDSA, a compact JWS). */
export async function signHead([key]: SigningKeys, given: Head): Promise<string> {
  return new CompactSign(new TextEncoder().encode(JSON.stringify(given)))
    .setProtectedHeader({ alg: 'EdDSA', kid: key.kid, typ: TYPE })
    .sign(await importJWK(key, 'EdDSA'))
}

/** What became of a head that was looked at. `unknown`: it names a key that is not among those known. */
export type ReadHead =
  | { readonly kind: 'good'; readonly head: Head; readonly kid: string }
  | { readonly kind: 'unknown'; readonly kid: string }
  | { readonly kind: 'bad' }

/** Takes keys, old ones too; gives what reads heads that one of them has signed. Of two that have one kid the first counts. */
export function headReader(keys: readonly PublicKey[]): (jws: string) => Promise<ReadHead> {
  const known = new Map(keys.toReversed().map(({ kty, crv, x, kid }) => [kid, { kty, crv, x, kid }]))
  const set = createLocalJWKSet({ keys: [...known.values()] })
  return async (jws) => {
    let named: string | undefined
    try {
      const { payload, protectedHeader } = await compactVerify(
        jws,
        (header, token) => {
          named = header.kid
          return set(header, token)
        },
        { algorithms: ['EdDSA'] },
      )
      const read = v.safeParse(head, JSON.parse(new TextDecoder().decode(payload)))
      const { kid, typ } = protectedHeader
      return read.success && typ === TYPE && kid !== undefined
        ? { kind: 'good', head: read.output, kid }
        : { kind: 'bad' }
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey && named !== undefined)
        return { kind: 'unknown', kid: named }
      if (error instanceof errors.JOSEError || error instanceof SyntaxError) return { kind: 'bad' }
      throw error
    }
  }
}

/** Takes a signing key; gives what of it may be shown. */
export function publicKey({ kty, crv, x, kid }: SigningKey): PublicKey {
  return { kty, crv, x, kid }
}
