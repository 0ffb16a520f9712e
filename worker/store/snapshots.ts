import * as v from 'valibot'
import { raiseAlarm } from './alarms.ts'
import { sql, type Database } from './database.ts'

const snapshotRow = v.object({ connection: v.string(), request: v.string(), seq: v.number(), at: v.string() })

/** A snapshot that was told to its end: nothing of it is due any more, and its target has to be told so. */
export type SnapshotOver = v.InferOutput<typeof snapshotRow>

/** What the alarm is about where a target does not take the end of a snapshot. Its last time says whose turn it is. */
const SUBJECT = 'snapshot'

/**
 * Takes the database and the time; gives a snapshot that is over, if there is one: of those whose end was refused, the one that was
 * tried longest ago. A target that is left alone now is not meant. One trip.
 */
export async function snapshotOver(database: Database, now: Date): Promise<SnapshotOver | undefined> {
  const [rows] = await database.read([
    sql`SELECT s.connection, s.request, s.seq, s.at FROM snapshots s LEFT JOIN alarms a
        ON a.connection = s.connection AND a.kind = 'target' AND a.subject = ${SUBJECT}
      WHERE NOT EXISTS (SELECT 1 FROM deliveries d
        WHERE d.connection = s.connection AND d.request = s.request AND d.state IN ('due', 'waiting', 'held'))
        AND NOT EXISTS (SELECT 1 FROM stops t WHERE t.connection = s.connection AND t.until > ${now.toISOString()})
      ORDER BY a.last, s.connection LIMIT 1`,
  ])
  return rows?.[0] === undefined ? undefined : v.parse(snapshotRow, rows[0])
}

/** Takes a snapshot whose end the target has been told, or cannot be told, and the time; forgets it. One trip. */
export async function forgetSnapshot(
  database: Database,
  { connection, request }: SnapshotOver,
  now: Date,
): Promise<void> {
  await database.write([
    sql`DELETE FROM snapshots WHERE connection = ${connection} AND request = ${request}`,
    sql`UPDATE alarms SET cleared = ${now.toISOString()} WHERE connection = ${connection} AND kind = 'target'
      AND subject = ${SUBJECT} AND cleared IS NULL`,
  ])
}

/** Takes a snapshot whose end the target did not take, why, and the time; raises an alarm: it is tried again when it is its turn. One trip. */
export async function keepSnapshot(
  database: Database,
  { connection }: SnapshotOver,
  why: string,
  now: Date,
): Promise<void> {
  const words = `the target was not told that everything has been sent: ${why}`
  await database.write([raiseAlarm(connection, 'target', SUBJECT, words, now.toISOString())])
}
