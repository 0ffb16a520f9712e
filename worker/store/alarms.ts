import * as v from 'valibot'
import { sql, type Database, type SQL } from './database.ts'
import { isHeld, isLockedSql } from './holdSql.ts'
import { releaseSql } from './releaseSql.ts'
import { MOST_MINUTES } from './settings.ts'
import { tokenAlarms } from './tokenAlarms.ts'

/**
 * What a person has to look at: a target that takes nothing; a delivery whose MAC is not ours; a deactivation that is not
 * confirmed, or refused; what waits for a decision; an attribute mapping that cannot be used; a connection that is closed
 * for long; harm that the guard holds, by its kind; what was asked of a protected person; an import that was held, or that misses
 * accounts; a token that is to be renewed, or is used though it was to be renewed before; one that comes from a new network.
 */
export type AlarmKind =
  | 'target'
  | 'forged'
  | 'unconfirmed'
  | 'refused'
  | 'decide'
  | 'mapping'
  | 'closed'
  | 'held'
  | 'protected'
  | 'import'
  | 'token'
  | 'network'

/**
 * Takes what happened to what (the id of a resource, or nothing for the whole connection), and under which condition; gives the statement
 * that raises the alarm, or raises it again.
 */
export function raiseAlarm(
  connection: string,
  kind: AlarmKind,
  subject: string,
  words: string,
  now: string,
  when: SQL = sql`TRUE`,
): SQL {
  return sql`INSERT INTO alarms (connection, kind, subject, words, count, first, last)
    SELECT ${connection}, ${kind}, ${subject}, ${words}, 1, ${now}, ${now} WHERE ${when}
    ON CONFLICT (connection, kind, subject) DO UPDATE SET words = excluded.words, count = count + 1,
      last = excluded.last, cleared = NULL, first = iif(cleared IS NULL, first, excluded.first)`
}

/** Takes a connection's id, a kind, the time, and a subject where only that is meant; says that what it was about is over. One trip. */
export async function clearAlarms(
  database: Database,
  connection: string,
  kind: AlarmKind,
  now: Date,
  subject?: string,
): Promise<void> {
  const which = subject === undefined ? sql`TRUE` : sql`subject = ${subject}`
  await database.write([
    sql`UPDATE alarms SET cleared = ${now.toISOString()} WHERE connection = ${connection} AND kind = ${kind} AND cleared IS NULL AND ${which}`,
  ])
}

/** For how long something may be so, in milliseconds, before a person is told. */
export type Patience = { readonly unconfirmed: number; readonly closed: number }

/** Alarms that were raised: whose deactivation is not confirmed, which connections are closed, and which tokens are to be renewed. */
export type Overdue = {
  readonly unconfirmed: readonly { readonly connection: string; readonly resource: string }[]
  readonly closed: readonly string[]
  readonly tokens: readonly { readonly connection: string; readonly token: string }[]
}

/**
 * Takes the database, the time and how long is too long; raises an alarm for each deactivation that is still not confirmed and each
 * connection that is still closed, once, and ends those of connections that are open again; and those of tokens that are to be
 * renewed. Gives what was raised. What was held
 * until now is let go in the same trip, after that: its time begins anew. One trip.
 */
export async function raiseOverdue(database: Database, now: Date, patience: Patience): Promise<Overdue> {
  const at = now.toISOString()
  const before = (milliseconds: number) => new Date(now.getTime() - milliseconds).toISOString()
  const written = await database.write([
    unconfirmedSql(at, before(patience.unconfirmed)),
    ...closedSql(at, before(patience.closed)),
    ...tokenAlarms(now, AGAIN),
    ...releaseSql(sql`o.until <= ${at}`, now),
    // Requests are counted for a day at the most.
    sql`DELETE FROM harms WHERE at < ${before(MOST_MINUTES * 60_000)}`,
  ])
  const [unconfirmed, closed, , renewed, used] = written.kind === 'written' ? written.rows : []
  return {
    unconfirmed: (unconfirmed ?? []).map((row) => v.parse(raised, row)),
    closed: (closed ?? []).map((row) => v.parse(raised, row).connection),
    tokens: [...(renewed ?? []), ...(used ?? [])].map((row) => {
      const { connection, resource } = v.parse(raised, row)
      return { connection, token: resource }
    }),
  }
}

/** An alarm that is raised again begins anew where it had been over. */
const AGAIN = sql`ON CONFLICT (connection, kind, subject) DO UPDATE SET words = excluded.words, cleared = NULL,
  first = excluded.first, last = excluded.last, count = count + 1 RETURNING connection, subject`

function unconfirmedSql(at: string, before: string): SQL {
  const of = [sql`r.connection`, sql`r.resource`] as const
  const words = sql`CASE WHEN c.settings ->> '$.dryRun' = 1 THEN 'The connection is in a dry run: the deactivation was not sent.'
    WHEN d.state = 'skipped' THEN 'The deactivation was not sent, and is not tried again by itself: ' || coalesce(d.words, 'it was left out')
      || '. The person keeps the access until somebody lifts that and makes it due again (npm run target -- --replay), or takes it away at the target.'
    WHEN d.state = 'dead' THEN 'The target has not confirmed the deactivation, and it is not tried any more: ' || coalesce(d.words, 'it was given up')
      || '. Make it due again (npm run target -- --replay), or take the access away at the target.'
    ELSE 'The target has not confirmed the deactivation yet. It is tried again until it has.' END`
  return sql`INSERT INTO alarms (connection, kind, subject, words, count, first, last)
    SELECT r.connection, 'unconfirmed', r.resource, ${words}, 1, ${at}, ${at} FROM receipts r
      JOIN connections c ON c.id = r.connection
      LEFT JOIN deliveries d ON d.connection = r.connection AND d.resource = r.resource
    WHERE r.confirmed IS NULL AND r.ended IS NULL AND r.asked < ${before}
      AND (NOT ${isHeld(...of, ['active'])} OR ${isLockedSql(...of)}) AND NOT EXISTS (SELECT 1 FROM alarms a
      WHERE a.connection = r.connection AND a.kind = 'unconfirmed' AND a.subject = r.resource AND a.cleared IS NULL)
    ${AGAIN}`
}

function closedSql(at: string, before: string): readonly SQL[] {
  const words =
    'The connection has been closed for long. The provider soon gives up what it has queued: open it.'
  const isClosed = sql`c.settings ->> '$.state.is' = 'closed'`
  return [
    sql`INSERT INTO alarms (connection, kind, subject, words, count, first, last)
      SELECT c.id, 'closed', '', ${words}, 1, ${at}, ${at} FROM connections c
      WHERE ${isClosed} AND c.settings ->> '$.state.since' < ${before} AND NOT EXISTS (SELECT 1 FROM alarms a
        WHERE a.connection = c.id AND a.kind = 'closed' AND a.cleared IS NULL)
      ${AGAIN}`,
    sql`UPDATE alarms SET cleared = ${at} WHERE kind = 'closed' AND cleared IS NULL
      AND NOT EXISTS (SELECT 1 FROM connections c WHERE c.id = alarms.connection AND ${isClosed})`,
  ]
}

const raised = v.pipe(
  v.object({ connection: v.string(), subject: v.string() }),
  v.transform(({ connection, subject }) => ({ connection, resource: subject })),
)
