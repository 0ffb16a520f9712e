import { base64url, CompactEncrypt, compactDecrypt, errors } from 'jose'
import * as v from 'valibot'
import type { SecretKeys, SigningKeys } from './keys.ts'

/** What became of a sealed value that was shown. */
export type Opened =
  { readonly kind: 'good'; readonly value: unknown } | { readonly kind: 'bad' } | { readonly kind: 'expired' }

/** Seals values, so that whoever holds them can neither read nor change them, and opens them again. */
export type Seal = {
  /** Takes a value that is JSON, and when it ends, if it does; gives a text of unreserved URL characters. */
  readonly seal: (value: unknown, expires?: Date) => Promise<string>
  /** Takes a text and the time; gives what is in it. */
  readonly open: (text: string, now: Date) => Promise<Opened>
}

const envelope = v.object({ value: v.unknown(), expires: v.optional(v.number()) })

/**
 * Takes keys and what is sealed, so that one kind cannot stand for another; gives the seal: JWE with
 * AES-256-GCM under a key derived from each of them (RFC 7516, RFC 5869). The first seals, all open.
 */
export function sealOf(keys: SigningKeys | SecretKeys, purpose: string): Seal {
  const derived = new Map<string, Promise<Uint8Array>>()
  const keyOf = (kid: string | undefined): Promise<Uint8Array> | undefined => {
    const found = keys.find((key) => key.kid === kid)
    if (found === undefined) return undefined
    const known = derived.get(found.kid) ?? derive('k' in found ? found.k : found.d, purpose)
    derived.set(found.kid, known)
    return known
  }
  return {
    seal: async (value, expires) => {
      const { kid } = keys[0]
      const text = JSON.stringify({ value, expires: expires?.getTime() })
      return new CompactEncrypt(new TextEncoder().encode(text))
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid })
        .encrypt((await keyOf(kid)) ?? new Uint8Array())
    },
    open: async (text, now) => {
      // RFC 7516 §7.1: five parts. No more are looked for.
      const parts = text.split('.', 6)
      if (parts.length !== 5 || !parts.every(isCanonical)) return { kind: 'bad' }
      try {
        const { plaintext } = await compactDecrypt(
          text,
          async ({ kid }) => {
            const key = await keyOf(kid)
            if (key === undefined) throw new errors.JWEInvalid('no such key')
            return key
          },
          { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'] },
        )
        const { value, expires } = v.parse(envelope, JSON.parse(new TextDecoder().decode(plaintext)))
        return expires !== undefined && now.getTime() > expires
          ? { kind: 'expired' }
          : { kind: 'good', value }
      } catch (error) {
        if (error instanceof errors.JOSEError) return { kind: 'bad' }
        throw error
      }
    },
  }
}

/** The last letter of base64url has bits that count for nothing: a text changed there would open all the same. */
function isCanonical(part: string): boolean {
  try {
    return base64url.encode(base64url.decode(part)) === part
  } catch {
    return false
  }
}

async function derive(secret: string, purpose: string): Promise<Uint8Array> {
  const key = await crypto.subtle.importKey('raw', Uint8Array.from(base64url.decode(secret)), 'HKDF', false, [
    'deriveBits',
  ])
  const info = new TextEncoder().encode(`drawbridge ${purpose}`)
  const bits = await crypto.subtle.deriveBits(
    { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info },
    key,
    256,
  )
  return new Uint8Array(bits)
}
