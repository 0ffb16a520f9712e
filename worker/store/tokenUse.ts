import { raiseAlarm } from './alarms.ts'
import type { Request } from './admission.ts'
import { sql, type SQL } from './database.ts'

/** How old the last use may be that a token's row shows, in seconds. */
export const USE_EVERY = 3_600

/** How long a token reads and deactivates after the time it was to be renewed by, in seconds: 14 days. */
export const GRACE = 14 * 86_400

/** Where a request came from: the bits of its address, and the network it is in. */
export type Source = { readonly bits: string; readonly network: string }

/**
 * A token in a request: from where it was shown, and whether this isolate has written its use down within the hour. `left` is what
 * is to be written after the answer: the use (with a network it is new from), or that besides it was used after the time it was to
 * be renewed by. `taken`: a write took it along in its own batch.
 */
export type Use = {
  readonly from: Source | undefined
  readonly isWritten: boolean
  left: 'nothing' | 'use' | 'late' | 'taken'
}

const seconds = (at: Date) => Math.floor(at.getTime() / 1000)

const isOwn = ({
  caller,
  at,
}: Request): SQL => sql`t.jti = ${caller.token} AND t.connection = ${caller.connection}
  AND t.revoked IS NULL AND (t.expires IS NULL OR t.expires > ${seconds(at)})`

/**
 * Takes a request; gives the expression over `tokens t` that says what its token's row calls for: the time of its end, where it has
 * ended; `late`, where it was to be renewed before; `use`, where its last use is old or its network new; else NULL.
 */
export function noticeSql({ at, use }: Request): SQL {
  const now = seconds(at)
  const isDue =
    use === undefined || use.isWritten
      ? []
      : [
          sql`WHEN t.used IS NULL OR t.used <= ${now - USE_EVERY} THEN 'use'`,
          ...(use.from === undefined ? [] : [sql`WHEN ${isNew(use.from.network)} THEN 'use'`]),
        ]
  return sql`CASE WHEN t.revoked IS NOT NULL THEN t.revoked WHEN t.expires <= ${now} THEN t.expires
    WHEN t.renew_by <= ${now} THEN 'late' ${sql.join(isDue, sql` `)} END`
}

const isKnown = (which: SQL): SQL =>
  sql`EXISTS (SELECT 1 FROM token_networks w WHERE w.connection = t.connection AND w.token = t.jti AND ${which})`

/** A token that is bound to networks has none that could be new. */
const isNew = (network: string): SQL =>
  sql`t.networks IS NULL AND NOT ${isKnown(sql`w.network = ${network}`)}`

/**
 * Takes a request; gives the statements that write its token's use down, none where that is done: the last use, where it is an hour
 * old, with which a sliding end moves; and a network it is new from, with an alarm, but for the first there is: nothing was known
 * before it that it could differ from. For the same batch, or after the answer; whoever comes second writes nothing.
 */
export function useSql(request: Request): readonly SQL[] {
  const { use, at, caller } = request
  if (use === undefined || use.isWritten) return []
  const now = seconds(at)
  const slides = sql`t.sliding IS NOT NULL AND t.renew_by > ${now}`
  const used = sql`UPDATE tokens AS t SET used = ${now}, used_from = ${use.from?.network ?? null},
      renew_by = iif(${slides}, ${now} + t.sliding, t.renew_by),
      expires = iif(${slides}, ${now + GRACE} + t.sliding, t.expires)
    WHERE ${isOwn(request)} AND (t.used IS NULL OR t.used <= ${now - USE_EVERY})`
  if (use.from === undefined) return [used]
  const { network } = use.from
  const isStrange = sql`EXISTS (SELECT 1 FROM tokens t WHERE ${isOwn(request)} AND ${isNew(network)} AND ${isKnown(sql`TRUE`)})`
  const words = `An API token was used from ${network} for the first time. If that is not your identity provider, revoke it.`
  return [
    used,
    raiseAlarm(caller.connection, 'network', caller.token, words, at.toISOString(), isStrange),
    sql`INSERT INTO token_networks (connection, token, network, first)
      SELECT t.connection, t.jti, ${network}, ${at.toISOString()} FROM tokens t
      WHERE ${isOwn(request)} AND ${isNew(network)} ON CONFLICT DO NOTHING`,
  ]
}

/** Takes a request; gives the statement that raises the alarm of a token that is used though it was to be renewed before. */
export function lateSql(request: Request): SQL {
  const { caller, at } = request
  const isLate = sql`EXISTS (SELECT 1 FROM tokens t WHERE ${isOwn(request)} AND t.renew_by <= ${seconds(at)})`
  const words =
    'An API token is used that was to be renewed before now: it only reads and deactivates, until it expires. Rotate it.'
  return raiseAlarm(caller.connection, 'token', caller.token, words, at.toISOString(), isLate)
}

/** Takes a request whose batch carried its token's use; says so, so that nothing is left to write. */
export function noteWritten({ use }: Request): void {
  if (use !== undefined) use.left = 'taken'
}
