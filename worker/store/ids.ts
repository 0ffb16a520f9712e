const LETTERS = 'abcdefghijklmnopqrstuvwxyz234567'

/** Gives a fresh id of 16 letters: 80 random bits, short enough that a token with three of them fits any field. */
export function shortId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => LETTERS[byte % 32]).join('')
}
