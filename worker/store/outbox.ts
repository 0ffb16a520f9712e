import * as v from 'valibot'
import { sql, type Database } from './database.ts'
import { isKept } from './holdSql.ts'

const delivery = v.object({
  resource: v.string(),
  type: v.string(),
  state: v.string(),
  rank: v.number(),
  since: v.string(),
  due: v.string(),
  tries: v.number(),
  words: v.nullable(v.string()),
})

/** What is not at the target yet: which resource, how it stands, since when, when it is tried next, how often it was, and why not. */
export type DeliveryRow = v.InferOutput<typeof delivery>

/** Takes a connection's id and how many at the most; gives what is not at its target, the oldest first. One trip. */
export async function listDeliveries(
  database: Database,
  connection: string,
  most: number,
): Promise<readonly DeliveryRow[]> {
  const [rows] = await database.read([
    sql`SELECT resource, type, state, rank, since, due, tries, words FROM deliveries
      WHERE connection = ${connection} ORDER BY rank, since LIMIT ${most}`,
  ])
  return (rows ?? []).map((row) => v.parse(delivery, row))
}

/**
 * Takes a connection's id, the time, and the id of one resource, or nothing for all; makes dead letters, what was skipped
 * and members that were refused due again. Gives how many deliveries. One trip.
 */
export async function replay(
  database: Database,
  connection: string,
  now: Date,
  resource?: string,
): Promise<number> {
  const at = now.toISOString()
  const which = resource === undefined ? sql`TRUE` : sql`resource = ${resource}`
  const written = await database.write([
    sql`UPDATE member_steps SET refused = NULL WHERE connection = ${connection} AND refused IS NOT NULL
      AND NOT ${isKept(sql`member_steps`)} AND ${resource === undefined ? sql`TRUE` : sql`group_id = ${resource}`}`,
    sql`UPDATE deliveries SET state = 'due', due = ${at}, since = ${at}, tries = 0 WHERE connection = ${connection}
      AND state IN ('dead', 'skipped', 'due', 'waiting') AND ${which} RETURNING resource`,
  ])
  return written.kind === 'written' ? (written.rows[1]?.length ?? 0) : 0
}

const receipt = v.object({
  resource: v.string(),
  asked: v.string(),
  stored: v.string(),
  confirmed: v.nullable(v.string()),
  remote: v.nullable(v.string()),
  ended: v.nullable(v.string()),
  held: v.nullable(v.string()),
})

/** A deactivation: whose, when it was asked for, when it was stored, until when it was held, when the target confirmed it and of which account. */
export type Receipt = v.InferOutput<typeof receipt>

/** Takes a connection's id and how many at the most; gives its receipts, the newest first. One trip. */
export async function listReceipts(
  database: Database,
  connection: string,
  most: number,
): Promise<readonly Receipt[]> {
  const [rows] = await database.read([
    sql`SELECT resource, asked, stored, confirmed, remote, ended, held FROM receipts
      WHERE connection = ${connection} ORDER BY asked DESC LIMIT ${most}`,
  ])
  return (rows ?? []).map((row) => v.parse(receipt, row))
}

const alarm = v.object({
  kind: v.string(),
  subject: v.string(),
  words: v.string(),
  count: v.number(),
  first: v.string(),
  last: v.string(),
})

/** What a person has to look at: of which kind, about which resource (none: the connection), in words, how often and since when. */
export type Alarm = v.InferOutput<typeof alarm>

/** Takes a connection's id; gives the alarms that are not over. One trip. */
export async function listAlarms(database: Database, connection: string): Promise<readonly Alarm[]> {
  const [rows] = await database.read([
    sql`SELECT kind, subject, words, count, first, last FROM alarms
      WHERE connection = ${connection} AND cleared IS NULL ORDER BY last DESC`,
  ])
  return (rows ?? []).map((row) => v.parse(alarm, row))
}

/**
 * Takes a connection's id and the time; makes due what waits for an admin's decision, or was given up while it did: what an admin has
 * just changed may have decided it. Gives how many deliveries. One trip.
 */
export async function replayUndecided(database: Database, connection: string, now: Date): Promise<number> {
  const at = now.toISOString()
  const written = await database.write([
    sql`UPDATE deliveries SET state = 'due', due = ${at}, since = ${at}, tries = 0 WHERE connection = ${connection}
      AND state IN ('due', 'dead') AND EXISTS (SELECT 1 FROM alarms a WHERE a.connection = deliveries.connection
        AND a.subject = deliveries.resource AND a.kind = 'decide' AND a.cleared IS NULL) RETURNING resource`,
  ])
  return written.kind === 'written' ? (written.rows[0]?.length ?? 0) : 0
}

const outlook = v.object({
  deliveries: v.number(),
  receipts: v.number(),
  until: v.nullable(v.string()),
  words: v.nullable(v.string()),
})

/** How many deliveries and receipts there are of a connection; and until when its target is left alone, and why, where it is. */
export type Outlook = v.InferOutput<typeof outlook>

/** Takes a connection's id and the time; gives the outlook of its outbox. One trip. */
export async function outlookOf(database: Database, connection: string, now: Date): Promise<Outlook> {
  const [rows] = await database.read([
    sql`SELECT (SELECT count(*) FROM deliveries WHERE connection = ${connection}) AS deliveries,
        (SELECT count(*) FROM receipts WHERE connection = ${connection}) AS receipts, s.until, s.words
      FROM (SELECT 1) LEFT JOIN stops s ON s.connection = ${connection} AND s.until > ${now.toISOString()}`,
  ])
  return v.parse(outlook, rows?.[0])
}
