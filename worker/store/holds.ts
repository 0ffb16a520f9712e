import * as v from 'valibot'
import { sql, type Database, type SQL } from './database.ts'
import { KEPT } from './holdSql.ts'
import { HARMS } from './settings.ts'

/** What holds are named by: a kind of harm, `protect` for what was asked of protected people, or the id of what is held. */
export type Which = string

/** How far apart the requests of one burst are at the most, in seconds. */
const BURST = 60

/**
 * Takes the condition over `overrides o` that finds holds, and when; gives the statements that let them go: what is held is due again, with the memberships that
 * waited with it, and the receipts say until when they were held.
 */
export function releaseSql(which: SQL, now: Date): readonly SQL[] {
  const at = now.toISOString()
  return [
    ...receiptsSql(which, at, sql`ended`),
    ...dueAgainSql(which, at),
    ...membersSql(which, sql`NULL`),
    ...overSql(which, at),
  ]
}

/**
 * Takes the condition over `overrides o` that finds holds, when, and who says so; gives the statements that reject them: the target keeps what it has, until
 * the provider changes that anew or an admin ends the rejection. Whatever else is wanted of the resource is due.
 */
export function rejectSql(which: SQL, now: Date, who: string): readonly SQL[] {
  const at = now.toISOString()
  return [
    ...receiptsSql(which, at, sql`${at}`),
    ...dueAgainSql(which, at),
    ...membersSql(which, sql`${KEPT.rejected}`),
    sql`INSERT INTO overrides (connection, resource, kind, attribute, harm, value, who, why, since)
      SELECT o.connection, o.resource, 'reject', o.attribute, o.harm, o.value, ${who}, 'rejected by an admin: ' || o.why, ${at}
      FROM overrides o WHERE o.kind = 'hold' AND o.attribute <> 'members' AND ${which}
      ON CONFLICT (connection, resource, kind, attribute) DO UPDATE SET value = excluded.value, who = excluded.who,
        why = excluded.why, since = excluded.since`,
    ...overSql(which, at),
  ]
}

const held = (columns: SQL, which: SQL): SQL =>
  sql`SELECT ${columns} FROM overrides o WHERE o.kind = 'hold' AND ${which}`

const receiptsSql = (which: SQL, at: string, ended: SQL): readonly SQL[] => [
  sql`UPDATE receipts SET held = ${at}, ended = ${ended} WHERE confirmed IS NULL AND ended IS NULL
    AND (connection, resource) IN (${held(sql`o.connection, o.resource`, sql`o.attribute = 'active' AND ${which}`)})`,
]

const dueAgainSql = (which: SQL, at: string): readonly SQL[] => [
  sql`UPDATE deliveries SET state = 'due', due = ${at}, tries = 0, words = NULL WHERE state IN ('held', 'waiting', 'skipped')
    AND (connection, resource) IN (${held(sql`o.connection, o.resource`, which)}
      UNION SELECT s.connection, s.group_id FROM overrides o JOIN member_steps s
        ON s.connection = o.connection AND s.member_id = o.resource AND s.refused = ${KEPT.withPerson}
        WHERE o.kind = 'hold' AND ${which})`,
]

/** The memberships of groups, and those of people, go on or stay with what they waited for. */
const membersSql = (which: SQL, refused: SQL): readonly SQL[] => [
  sql`UPDATE member_steps SET refused = ${refused} WHERE refused = ${KEPT.withGroup}
    AND (connection, group_id) IN (${held(sql`o.connection, o.resource`, sql`o.attribute = 'members' AND ${which}`)})`,
  sql`UPDATE member_steps SET refused = ${refused} WHERE refused = ${KEPT.withPerson}
    AND (connection, member_id) IN (${held(sql`o.connection, o.resource`, which)})`,
]

/** They are over, and so is the alarm of a kind of which nothing is held any more, or of somebody of whom nothing is. */
const overSql = (which: SQL, at: string): readonly SQL[] => [
  sql`DELETE FROM overrides AS o WHERE o.kind = 'hold' AND ${which}`,
  sql`UPDATE alarms SET cleared = ${at} WHERE kind IN ('held', 'protected') AND cleared IS NULL
    AND NOT EXISTS (SELECT 1 FROM overrides o WHERE o.connection = alarms.connection AND o.kind = 'hold'
      AND iif(alarms.kind = 'held', o.harm = alarms.subject, o.harm = 'protect' AND o.resource = alarms.subject))`,
]

const ofConnection = (connection: string, which: Which): SQL => {
  const isKind = which === 'protect' || HARMS.some((harm) => harm === which)
  return sql`o.connection = ${connection} AND ${isKind ? sql`o.harm` : sql`o.resource`} = ${which}`
}

const count = async (database: Database, which: SQL, statements: readonly SQL[]): Promise<number> => {
  const written = await database.write([held(sql`count(*) AS n`, which), ...statements])
  const row = written.kind === 'written' ? written.rows[0]?.[0] : undefined
  return v.parse(v.object({ n: v.number() }), row).n
}

/** Takes a connection's id, a kind of harm or an id, and when; releases what is held of it. Gives how many holds. One trip. */
export function releaseHolds(
  database: Database,
  connection: string,
  which: Which,
  now: Date,
): Promise<number> {
  const mine = ofConnection(connection, which)
  return count(database, mine, releaseSql(mine, now))
}

/** Takes a connection's id, a kind of harm or an id, when, and who says so; rejects what is held of it. Gives how many holds. One trip. */
export function rejectHolds(
  database: Database,
  connection: string,
  which: Which,
  now: Date,
  who: string,
): Promise<number> {
  const mine = ofConnection(connection, which)
  return count(database, mine, rejectSql(mine, now, who))
}

const burst = v.object({
  harm: v.string(),
  first: v.string(),
  last: v.string(),
  until: v.nullable(v.string()),
  resources: v.number(),
  memberships: v.number(),
  why: v.string(),
  one: v.string(),
})

/** Holds of one kind of harm that came shortly after one another: of how many resources and memberships, when, until when, why, and one id of them. */
export type Burst = v.InferOutput<typeof burst>

/** Takes a connection's id; gives what is held, by harm and burst of requests, the newest first. One trip. */
export async function listBursts(database: Database, connection: string): Promise<readonly Burst[]> {
  const [rows] = await database.read([
    sql`WITH h AS (SELECT o.*, julianday(o.since) - lag(julianday(o.since)) OVER (PARTITION BY o.harm ORDER BY o.since)
          > ${BURST / 86_400} AS is_new FROM overrides o WHERE o.connection = ${connection} AND o.kind = 'hold'),
      b AS (SELECT h.*, sum(coalesce(is_new, 0)) OVER (PARTITION BY harm ORDER BY since) AS place FROM h)
      SELECT harm, min(since) AS first, max(since) AS last, max(until) AS until, count(DISTINCT resource) AS resources,
        sum(CASE WHEN attribute = 'members' THEN (SELECT count(*) FROM member_steps s WHERE s.connection = b.connection
          AND ((s.group_id = b.resource AND s.refused = ${KEPT.withGroup})
            OR (s.member_id = b.resource AND s.refused = ${KEPT.withPerson}))) ELSE 0 END) AS memberships,
        min(why) AS why, min(resource) AS one
      FROM b GROUP BY harm, place ORDER BY last DESC`,
  ])
  return (rows ?? []).map((row) => v.parse(burst, row))
}
