import { base64url } from 'jose'
import type { SecretKey, SecretKeys } from './keys.ts'

/** Makes MACs over lists of texts, and tells those of ours from others. */
export type Mac = {
  /** Takes texts; gives `<kid>.<HMAC-SHA-256 as base64url>` over all of them, in this order. */
  readonly sign: (texts: readonly string[]) => Promise<string>
  /** Takes texts and what stands for their MAC; says whether it is one of ours. Compares in constant time. */
  readonly verify: (texts: readonly string[], mac: string) => Promise<boolean>
}

/** Takes keys, newest first, and what the MACs are for, so that one kind cannot stand for another; gives what makes and verifies them. */
export function macOf(keys: SecretKeys, purpose: string): Mac {
  const imported = new Map<string, Promise<CryptoKey>>()
  const keyOf = (key: SecretKey): Promise<CryptoKey> => {
    const known = imported.get(key.kid) ?? importKey(key)
    imported.set(key.kid, known)
    return known
  }
  // JSON tells ["a","b"] from ["ab"].
  const bytesOf = (texts: readonly string[]) =>
    new TextEncoder().encode(JSON.stringify(['drawbridge', purpose, ...texts]))
  return {
    sign: async (texts) => {
      const [key] = keys
      const made = await crypto.subtle.sign('HMAC', await keyOf(key), bytesOf(texts))
      return `${key.kid}.${base64url.encode(new Uint8Array(made))}`
    },
    verify: async (texts, mac) => {
      const at = mac.lastIndexOf('.')
      const key = keys.find(({ kid }) => kid === mac.slice(0, at))
      const made = decoded(mac.slice(at + 1))
      if (key === undefined || made === undefined) return false
      return crypto.subtle.verify('HMAC', await keyOf(key), made, bytesOf(texts))
    },
  }
}

const importKey = ({ k }: SecretKey): Promise<CryptoKey> =>
  crypto.subtle.importKey(
    'raw',
    Uint8Array.from(base64url.decode(k)),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['sign', 'verify'],
  )

function decoded(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(base64url.decode(text))
  } catch {
    return undefined
  }
}
