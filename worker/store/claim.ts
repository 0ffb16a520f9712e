import * as v from 'valibot'
import { sql, type Database, type SQL } from './database.ts'
import { makingSql } from './due.ts'
import { readStanding, type Standing } from './settings.ts'
import { readWork, workSql, type Work } from './work.ts'

/** What a run of cron took up, and how the connections of it stand. */
export type Claimed = { readonly work: readonly Work[]; readonly standings: ReadonlyMap<string, Standing> }

/**
 * Which deliveries a run may take: how many, when it is, until when it has them, what tells its leases from others, and the
 * connections it leaves alone.
 */
export type Claim = {
  readonly most: number
  readonly now: Date
  readonly until: Date
  readonly id: string
  readonly except: ReadonlySet<string>
}

/**
 * Takes the database and a claim; leases what is due and gives it: what takes access away first, then the longest due.
 * Of a target that was stopped and may be tried again, one alone. What somebody else has leased is left to them. One trip.
 */
export async function claimDue(
  database: Database,
  { most, now, until, id, except }: Claim,
): Promise<Claimed> {
  const at = now.toISOString()
  const lease = `${until.toISOString()} ${id}`
  const mine = sql`d.leased = ${lease}`
  const written = await database.write([
    sql`UPDATE deliveries SET lease = lease + 1, uncertain = iif(leased IS NULL, uncertain, max(uncertain, 1)), leased = ${lease},
      making = coalesce((SELECT ${makingSql(sql`deliveries.making`)} FROM resources r
        WHERE r.connection = deliveries.connection AND r.id = deliveries.resource), making)
      WHERE (connection, resource) IN (SELECT connection, resource FROM (
        SELECT d.connection, d.resource, d.rank, d.due, s.connection AS stopped,
          row_number() OVER (PARTITION BY d.connection ORDER BY d.rank, d.due, d.seq) AS place
        FROM deliveries d JOIN connections c ON c.id = d.connection LEFT JOIN stops s ON s.connection = d.connection
        WHERE d.state = 'due' AND d.due <= ${at} AND (d.leased IS NULL OR d.leased < ${at})
          AND (s.until IS NULL OR s.until <= ${at})
          AND d.connection NOT IN (SELECT value FROM json_each(${JSON.stringify([...except])})) AND ${isLetThrough(at)})
        WHERE stopped IS NULL OR place = 1 ORDER BY rank, place, due LIMIT ${most})`,
    ...workSql(mine),
    sql`SELECT c.id, c.settings, c.revision FROM connections c
      WHERE c.id IN (SELECT d.connection FROM deliveries d WHERE ${mine})`,
  ])
  if (written.kind !== 'written') return { work: [], standings: new Map() }
  const [, rows, steps, events, standings] = written.rows
  const known = (standings ?? []).map((row) => [v.parse(v.string(), row['id']), readStanding(row)] as const)
  return { work: readWork([rows, steps, events]), standings: new Map(known) }
}

/** A paused connection delivers what takes access away, unless an admin has said for how long that is to wait too. */
function isLetThrough(at: string): SQL {
  return sql`(c.settings ->> '$.state.is' IS NOT 'paused'
    OR (d.rank = 0 AND coalesce(c.settings ->> '$.state.deactivationsToo', '') <= ${at}))`
}
