/**
 * What stands in the header Authorization: nothing, a token, or something that went wrong while it was pasted into the
 * identity provider. Fed by Okta's "HTTP Header" mode (with and without Bearer) and by HTTP Basic.
 */
export type Credentials =
  | { readonly kind: 'none' }
  /** `isBare`: without a scheme, as the header mode of Okta's catalogue sends it. */
  | { readonly kind: 'token'; readonly token: string; readonly isBare: boolean }
  | { readonly kind: 'mispasted'; readonly fault: Mispaste; readonly detail: string }

/** What went wrong in the paste. */
export type Mispaste = 'bearer_twice' | 'quotes' | 'broken_paste'

/** Takes the header Authorization; gives the credentials in it (RFC 6750 §2.1, RFC 7617 §2). */
export function readAuthorization(header: string | undefined): Credentials {
  const text = header?.trim() ?? ''
  const basic = /^basic(?:\s+(\S+))?$/i.exec(text)
  const credential = basic === null ? text.replace(/^bearer(\s+|$)/i, '') : passwordOf(basic[1] ?? '')
  if (credential === '') return { kind: 'none' }
  if (/^bearer\s/i.test(credential)) {
    return mispasted(
      'bearer_twice',
      'begins with the word Bearer, which the identity provider adds by itself. Paste only the token.',
    )
  }
  if (/["'“”‘’<>]/.test(credential)) {
    return mispasted(
      'quotes',
      'has quotes or brackets in it. Paste only the token, from drawbridge_ to its last letter.',
    )
  }
  if (/\s/.test(credential))
    return mispasted('broken_paste', 'has a space or a line break in it. Paste it again, in one piece.')
  return { kind: 'token', token: credential, isBare: basic === null && credential === text }
}

const mispasted = (fault: Mispaste, words: string): Credentials => ({
  kind: 'mispasted',
  fault,
  detail: `The API token ${words}`,
})

/** Takes a header that went wrong in the paste; gives the token that is in it in one piece, undefined where there is none. */
export function tokenWithin(header: string): string | undefined {
  return /drawbridge_[a-z0-9-]+_[\w-]+\.[\w-]+\.[\w-]+/i.exec(header)?.[0]
}

/** RFC 7617 §2: user-id ":" password. The password is the token; any user-id will do. */
function passwordOf(encoded: string): string {
  try {
    const bytes = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0))
    const pair = new TextDecoder().decode(bytes)
    return pair.slice(pair.indexOf(':') + 1).trim()
  } catch {
    return ''
  }
}
