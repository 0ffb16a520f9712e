import { base64url } from 'jose'
import { digestOf } from './digest.ts'
import type { SecretKeys } from './keys.ts'
import { macOf } from './mac.ts'

/** What the MACs of changes, and of acts, are for. */
export const CHANGE_MAC = 'change'
export const ACT_MAC = 'act'

/** A salted digest of values, its salt, and the MAC over texts and digest; none where there is no key. */
export type Proven = { readonly salt: string; readonly digest: string; readonly mac: string | null }

/** Takes texts and values that are JSON; gives what proves them. */
export type Prove = (texts: readonly string[], values: unknown) => Promise<Proven>

/**
 * Takes the keys of MACs, if there are some; gives what proves changes. Each digest has a salt of its own: once that is erased nobody can
 * try values against it.
 */
export function proverOf(keys: SecretKeys | undefined): Prove {
  const mac = keys === undefined ? undefined : macOf(keys, CHANGE_MAC)
  return async (texts, values) => {
    const salt = newSalt()
    const digest = await saltedDigest(salt, values)
    return { salt, digest, mac: mac === undefined ? null : await mac.sign([...texts, digest]) }
  }
}

/** Gives a fresh salt: 128 random bits. */
export function newSalt(): string {
  return base64url.encode(crypto.getRandomValues(new Uint8Array(16)))
}

/** Takes a salt and values that are JSON; gives their SHA-256 with it. */
export function saltedDigest(salt: string, values: unknown): Promise<string> {
  return digestOf(JSON.stringify([salt, values]))
}
