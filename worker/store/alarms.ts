import * as v from 'valibot'
import { sql, type Database, type SQL } from './database.ts'

/**
 * What a person has to look at: a target that takes nothing; a delivery whose MAC is not ours; a deactivation that is not
 * confirmed, or refused; what waits for a decision; an import that was held, or that misses accounts.
 */
export type AlarmKind = 'target' | 'forged' | 'unconfirmed' | 'refused' | 'decide' | 'import'

/** Takes what happened to what (the id of a resource, or nothing for the whole connection); gives the statement that raises the alarm, or raises it again. */
export function raiseAlarm(
  connection: string,
  kind: AlarmKind,
  subject: string,
  words: string,
  now: string,
): SQL {
  return sql`INSERT INTO alarms (connection, kind, subject, words, count, first, last)
    VALUES (${connection}, ${kind}, ${subject}, ${words}, 1, ${now}, ${now})
    ON CONFLICT (connection, kind, subject) DO UPDATE SET words = excluded.words, count = count + 1,
      last = excluded.last, cleared = NULL, first = iif(cleared IS NULL, first, excluded.first)`
}

/**
 * Takes the database, the time and for how long a deactivation may be unconfirmed, in milliseconds; raises an alarm for each that is
 * older, once. Gives whom of which connection. One trip.
 */
export async function raiseUnconfirmed(
  database: Database,
  now: Date,
  after: number,
): Promise<readonly { readonly connection: string; readonly resource: string }[]> {
  const at = now.toISOString()
  const before = new Date(now.getTime() - after).toISOString()
  const words = 'The target has not confirmed the deactivation yet. It is tried again until it has.'
  const written = await database.write([
    sql`INSERT INTO alarms (connection, kind, subject, words, count, first, last)
      SELECT connection, 'unconfirmed', resource, ${words}, 1, ${at}, ${at} FROM receipts r
      WHERE confirmed IS NULL AND ended IS NULL AND asked < ${before} AND NOT EXISTS (SELECT 1 FROM alarms a
        WHERE a.connection = r.connection AND a.kind = 'unconfirmed' AND a.subject = r.resource AND a.cleared IS NULL)
      ON CONFLICT (connection, kind, subject) DO UPDATE SET cleared = NULL, first = excluded.first, last = excluded.last,
        count = count + 1
      RETURNING connection, subject`,
  ])
  const rows = written.kind === 'written' ? (written.rows[0] ?? []) : []
  return rows.map((row) => v.parse(raised, row))
}

const raised = v.pipe(
  v.object({ connection: v.string(), subject: v.string() }),
  v.transform(({ connection, subject }) => ({ connection, resource: subject })),
)
