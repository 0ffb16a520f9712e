import { base64url } from 'jose'

/** Takes a text; gives its SHA-256 as base64url. What is kept of secrets that are random and long, so that a copy of the database opens nothing. */
export async function digestOf(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return base64url.encode(new Uint8Array(bytes))
}

/** Gives a fresh secret: 256 random bits as base64url. */
export function newSecret(): string {
  return base64url.encode(crypto.getRandomValues(new Uint8Array(32)))
}

/** Takes two texts; says whether they are the same, in a time that tells nothing of where they differ. */
export async function isSame(a: string, b: string): Promise<boolean> {
  const [one, other] = await Promise.all([digestOf(a), digestOf(b)])
  let different = 0
  for (let at = 0; at < one.length; at += 1) different |= one.charCodeAt(at) ^ other.charCodeAt(at)
  return different === 0
}
