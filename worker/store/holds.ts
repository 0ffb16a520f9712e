import * as v from 'valibot'
import { sql, type Database, type SQL } from './database.ts'
import { KEPT } from './holdSql.ts'
import { held, rejectSql, releaseSql } from './releaseSql.ts'
import { againSql, type Resync } from './resync.ts'
import { HARMS, loadStanding, saveSettings, type Harm } from './settings.ts'

/** What holds are named by: a kind of harm, `protect` for what was asked of protected people, or the id of what is held. */
export type Which = string

/** How far apart the requests of one burst are at the most, in seconds. */
const BURST = 60

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

/**
 * Takes a connection's id, kinds of harm, and until when; until then an admin means what the provider asks for, and nothing of these kinds is held
 * or counted. An earlier announcement is over. Says whether it could be kept: not where somebody else changed the settings. Two trips.
 */
export async function announce(
  database: Database,
  connection: string,
  kinds: readonly Harm[],
  until: Date,
): Promise<boolean> {
  const standing = await loadStanding(database, connection)
  const announced = { kinds: [...kinds], until: until.toISOString() }
  const next = { ...standing.settings, guard: { ...standing.settings.guard, announced } }
  return (await saveSettings(database, connection, standing, next)) !== undefined
}

/**
 * Takes the connection with its target, and the id of a resource; ends what an admin has rejected of it, so that it comes to what
 * the provider wants: it is due, and the receipt of a deactivation is open again. Says whether there was anything. One trip.
 */
export async function endOverrides(database: Database, resync: Resync, resource: string): Promise<boolean> {
  const { connection } = resync
  const of = sql`connection = ${connection} AND resource = ${resource}`
  const written = await database.write([
    sql`DELETE FROM overrides WHERE ${of} AND kind = 'reject' RETURNING resource`,
    sql`UPDATE member_steps SET refused = NULL WHERE connection = ${connection} AND group_id = ${resource}
      AND refused = ${KEPT.rejected} RETURNING member_id`,
    sql`UPDATE receipts SET ended = NULL WHERE ${of} AND confirmed IS NULL AND ended IS NOT NULL AND held IS NOT NULL
      AND asked = (SELECT max(asked) FROM receipts WHERE ${of})
      AND NOT EXISTS (SELECT 1 FROM resources r WHERE r.connection = ${connection} AND r.id = ${resource}
        AND r.folded ->> '$.active' IS NOT 0)`,
    await againSql(resync, resource),
  ])
  return written.kind === 'written' && (written.rows[0]?.length ?? 0) + (written.rows[1]?.length ?? 0) > 0
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

const keptRow = v.object({
  resource: v.string(),
  attribute: v.string(),
  since: v.string(),
  why: v.string(),
})

/** What an admin has rejected: of which resource which attribute, since when and why. */
export type KeptRow = v.InferOutput<typeof keptRow>

/** Takes a connection's id and how many at the most; gives what is rejected, memberships by their group, the newest first. One trip. */
export async function listKept(
  database: Database,
  connection: string,
  most: number,
): Promise<readonly KeptRow[]> {
  const [rows] = await database.read([
    sql`SELECT resource, attribute, since, why FROM overrides WHERE connection = ${connection} AND kind = 'reject'
      UNION ALL SELECT group_id, 'members', '', count(*) || ' memberships ' || refused FROM member_steps
        WHERE connection = ${connection} AND refused = ${KEPT.rejected} GROUP BY group_id, refused
      ORDER BY since DESC LIMIT ${most}`,
  ])
  return (rows ?? []).map((row) => v.parse(keptRow, row))
}
