import type { Later } from './target.ts'

/** The longest wait a target is believed, in seconds: a day. */
const MOST = 86_400

/** The three ways to write a date that HTTP knows (RFC 9110 §5.6.7). All are in GMT; the last does not say so. */
const DATES = [
  /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/,
  /^[A-Z][a-z]{5,8}, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/,
  /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/,
]

/**
 * Takes a target's headers and the time; gives what Retry-After says (RFC 9110 §10.2.3), in whole seconds from 0 to a day,
 * undefined where it is not there or says nothing.
 */
export function retryAfterOf(headers: Headers, now: Date): number | undefined {
  const said = headers.get('retry-after')?.trim() ?? ''
  if (/^\d+$/.test(said)) return Math.min(MOST, Number(said))
  if (!DATES.some((form) => form.test(said))) return undefined
  const at = Date.parse(said.endsWith('GMT') ? said : `${said} GMT`)
  return Number.isNaN(at) ? undefined : Math.min(MOST, Math.max(0, Math.ceil((at - now.getTime()) / 1000)))
}

/** Takes an outcome, the headers of the answer it was told by, and the time; gives it with the time that Retry-After asks for. */
export function asAsked(outcome: Later, headers: Headers, now: Date): Later {
  const seconds = retryAfterOf(headers, now)
  return seconds === undefined ? outcome : { ...outcome, retryAfter: seconds }
}
