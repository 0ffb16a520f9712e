import { LibsqlError } from '@libsql/client/web'

/**
 * What a failed request to libSQL means for us. `nothing`: it did not happen, for certain, and may be sent again.
 * `unknown`: it may have happened. `tooLarge`: the values, or the answer, are more than libSQL takes. `refused`: a guard of ours said no. `conflict`: a unique index said no. `bug`: the
 * rest. Over HTTP there is no extended error code, so a conflict is told by its message.
 */
export type Trouble =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'unknown'; readonly timedOut: boolean }
  | { readonly kind: 'refused'; readonly refusal: string }
  | { readonly kind: 'conflict'; readonly index: string }
  | { readonly kind: 'tooLarge' }
  | { readonly kind: 'bug' }

/** Codes of libSQL that say: rolled back, or never begun. */
const NOTHING_HAPPENED = new Set([
  'SQLITE_BUSY',
  'SQLITE_LOCKED',
  'STREAM_EXPIRED',
  'TRANSACTION_TIMEOUT',
  'BLOCKED',
])

/** Codes of libSQL that say: more than one value, row or answer may be. */
const TOO_LARGE = new Set(['SQLITE_TOOBIG', 'RESPONSE_TOO_LARGE'])

/** What it says where the code does not: our own limit, and a bound value that is too long. */
const SAYS_TOO_LARGE = /CHECK constraint failed: document_size|string or blob too big/

/** Codes of the client that say: the answer was none, or not one. */
const NOT_UNDERSTOOD = new Set(['HRANA_PROTO_ERROR', 'HRANA_CLOSED_ERROR', 'UNKNOWN'])

/** The statuses that stand for no answer at all, and for none in time. */
export const NO_ANSWER = 599
export const TIMED_OUT = 598

/** Takes what the client threw; gives what it means. */
export function troubleOf(error: unknown): Trouble {
  // An answer that is no JSON: the request may have arrived. Any other error is ours.
  if (error instanceof SyntaxError) return { kind: 'unknown', timedOut: false }
  if (!(error instanceof LibsqlError)) return { kind: 'bug' }
  if (TOO_LARGE.has(error.code) || SAYS_TOO_LARGE.test(error.message)) {
    return { kind: 'tooLarge' }
  }
  if (NOTHING_HAPPENED.has(error.code)) return { kind: 'nothing' }
  if (error.code === 'SERVER_ERROR') return troubleOfStatus(statusOf(error.cause))
  const guard = /guard:(\w+)/.exec(error.message)?.[1]
  if (guard !== undefined) return { kind: 'refused', refusal: guard }
  const index = /UNIQUE constraint failed: (.+)$/.exec(error.message)?.[1]
  if (index !== undefined) return { kind: 'conflict', index }
  return NOT_UNDERSTOOD.has(error.code) ? { kind: 'unknown', timedOut: false } : { kind: 'bug' }
}

function troubleOfStatus(status: number | undefined): Trouble {
  if (status === 429) return { kind: 'nothing' }
  return status === undefined || status >= 500
    ? { kind: 'unknown', timedOut: status === TIMED_OUT }
    : { kind: 'bug' }
}

function statusOf(cause: unknown): number | undefined {
  return typeof cause === 'object' && cause !== null && 'status' in cause && typeof cause.status === 'number'
    ? cause.status
    : undefined
}
