import { LibsqlError } from '@libsql/client/web'

/**
 * What a failed request to libSQL means for us. `nothing`: it did not happen, for certain, and may be sent again.
 * `unknown`: it may have happened. `refused`: a guard of ours said no. `conflict`: a unique index said no. `bug`: the
 * rest. Over HTTP there is no extended error code, so a conflict is told by its message.
 */
export type Trouble =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'refused'; readonly refusal: string }
  | { readonly kind: 'conflict'; readonly index: string }
  | { readonly kind: 'bug' }

/** Codes of libSQL that say: rolled back, or never begun. */
const NOTHING_HAPPENED = new Set([
  'SQLITE_BUSY',
  'SQLITE_LOCKED',
  'STREAM_EXPIRED',
  'TRANSACTION_TIMEOUT',
  'BLOCKED',
])

/** Codes of the client that say: the answer was none, or not one. */
const NO_ANSWER = new Set(['HRANA_PROTO_ERROR', 'HRANA_CLOSED_ERROR', 'UNKNOWN'])

/** Takes what the client threw; gives what it means. */
export function troubleOf(error: unknown): Trouble {
  // Lost connections and time-outs are plain errors or DOMExceptions: the request may have arrived.
  if (!(error instanceof LibsqlError)) return { kind: 'unknown' }
  if (NOTHING_HAPPENED.has(error.code)) return { kind: 'nothing' }
  if (error.code === 'SERVER_ERROR') return troubleOfStatus(statusOf(error.cause))
  const guard = /guard:(\w+)/.exec(error.message)?.[1]
  if (guard !== undefined) return { kind: 'refused', refusal: guard }
  const index = /UNIQUE constraint failed: (.+)$/.exec(error.message)?.[1]
  if (index !== undefined) return { kind: 'conflict', index }
  return NO_ANSWER.has(error.code) ? { kind: 'unknown' } : { kind: 'bug' }
}

function troubleOfStatus(status: number | undefined): Trouble {
  if (status === 429) return { kind: 'nothing' }
  return status === undefined || status >= 500 ? { kind: 'unknown' } : { kind: 'bug' }
}

function statusOf(cause: unknown): number | undefined {
  return typeof cause === 'object' && cause !== null && 'status' in cause && typeof cause.status === 'number'
    ? cause.status
    : undefined
}
