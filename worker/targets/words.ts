import { isObject } from '../scim/json.ts'

/** How much of a target's own words is passed on: 300 code points. */
const BEGINNING = /^.{0,300}/su

/** What is shorter is no secret, and stands in words by chance. */
const SHORTEST_SECRET = 6

/** Where errors say what happened, best first: SCIM (RFC 7644 §3.12), OAuth (RFC 6749 §5.2), then what APIs make up. */
const SAYING = ['detail', 'error_description', 'message', 'error', 'title']

/**
 * Takes what a target said, and secrets that may stand in it; gives it cut and cleaned, in quotes, so that it is seen to
 * be the target's words. A secret is taken out as it is, in base64 (within a longer one too, as Basic has it) and
 * URL-encoded.
 */
export function quoted(said: string, secrets: readonly string[] = []): string {
  const clean = without(said, secrets)
    // Neither what is not seen nor what turns the direction of the text is kept: it could pass for words of ours.
    .replace(/[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\s\u2800]+/gu, ' ')
    .replace(/[\p{Pi}\p{Pf}„‚"＂<>＜＞`]/gu, "'")
    .trim()
  const cut = BEGINNING.exec(clean)?.[0] ?? ''
  return `"${cut}${cut.length < clean.length ? '…' : ''}"`
}

/** Takes the JSON of an error; gives the target's words in it, raw, undefined where it has none. */
export function wordsOf(body: unknown): string | undefined {
  if (!isObject(body)) return undefined
  return SAYING.map((name) => body[name]).find(
    (said): said is string => typeof said === 'string' && said.trim() !== '',
  )
}

function without(said: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret.length >= SHORTEST_SECRET)
    .flatMap(spellings)
    .toSorted((one, other) => other.length - one.length)
    .reduce((text, spelling) => text.replaceAll(spelling, '…'), said)
}

function spellings(secret: string): string[] {
  const bytes = new TextEncoder().encode(secret)
  const encoded = [
    encodeURIComponent(secret.toWellFormed()),
    new URLSearchParams([['', secret]]).toString().slice(1),
  ]
  const base64 = [toBase64(bytes), ...[0, 1, 2].map((before) => base64Within(bytes, before))]
  return [
    secret,
    ...encoded.flatMap((text) => [text, text.replace(/%../g, (hex) => hex.toLowerCase())]),
    ...base64.flatMap((text) => [text, text.replace(/=+$/, '')]).flatMap((text) => [text, toUrl(text)]),
  ]
}

/** The base64 of bytes that stand behind others in a longer text: the characters that are the same whatever is around. */
function base64Within(bytes: Uint8Array, before: number): string {
  const text = toBase64(new Uint8Array([...new Uint8Array(before), ...bytes]))
  return text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6))
}

const toBase64 = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes))

const toUrl = (base64: string) => base64.replaceAll('+', '-').replaceAll('/', '_')
