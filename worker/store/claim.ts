import * as v from 'valibot'
import { raiseAlarm } from './alarms.ts'
import { sql, TooLarge, type Database, type Rows, type SQL } from './database.ts'
import { makingSql } from './due.ts'
import { isLockedSql } from './holdSql.ts'
import { readStanding, type Standing } from './settings.ts'
import { stops } from './stopSql.ts'
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

/** A delivery that was given up because what belongs to it is more than the database gives in one answer. */
export type GivenUp = { readonly kind: 'givenUp'; readonly connection: string; readonly resource: string }

/**
 * Takes the database and a claim; leases what is due and gives it: what takes access away first, then the longest due.
 * Of a target that was stopped one alone, where the stop is over or does not hold it up (stopSql.ts): what that comes to says whether the
 * others follow. What somebody else has leased is left to them. One trip. Throws
 * TooLarge where all of it together is more than libSQL answers: then nothing is leased.
 */
export async function claimDue(database: Database, claim: Claim): Promise<Claimed> {
  const mine = isMine(claim)
  const written = await database.write([leaseSql(claim, sql`, ${MAKING}`), ...readSql(mine)])
  return written.kind === 'written' ? readClaimed(written.rows.slice(1)) : NOTHING
}

const leasedRow = v.object({ connection: v.string(), resource: v.string() })

/** What an admin is told of a delivery that cannot be read. */
const UNREADABLE =
  'what belongs to it is more than the database gives in one answer: it cannot be delivered. Make it smaller (members, long values) and send it again'

/**
 * Takes the database and a claim for one delivery, where fewer cannot be claimed; leases it before it is read, and so knows which it
 * is. Where it alone is more than libSQL answers, it is given up, a dead letter with an alarm, so that the others go on. Two trips,
 * three where it is given up.
 */
export async function claimAlone(
  database: Database,
  claim: Omit<Claim, 'most'>,
): Promise<({ readonly kind: 'claimed' } & Claimed) | GivenUp> {
  const one = { ...claim, most: 1 }
  const leased = await database.write([sql`${leaseSql(one, sql``)} RETURNING connection, resource`])
  const row = leased.kind === 'written' ? leased.rows[0]?.[0] : undefined
  if (row === undefined) return { kind: 'claimed', ...NOTHING }
  const { connection, resource } = v.parse(leasedRow, row)
  const mine = sql`d.connection = ${connection} AND d.resource = ${resource} AND ${isMine(one)}`
  const here = sql`connection = ${connection} AND resource = ${resource} AND leased = ${leaseOf(one)}`
  try {
    const written = await database.write([
      sql`UPDATE deliveries SET ${MAKING} WHERE ${here}`,
      ...readSql(mine),
    ])
    return { kind: 'claimed', ...(written.kind === 'written' ? readClaimed(written.rows.slice(1)) : NOTHING) }
  } catch (error) {
    if (!(error instanceof TooLarge)) throw error
  }
  const isStill = sql`EXISTS (SELECT 1 FROM deliveries d WHERE ${mine})`
  await database.write([
    raiseAlarm(connection, 'decide', resource, UNREADABLE, claim.now.toISOString(), isStill),
    sql`UPDATE deliveries SET state = 'dead', leased = NULL, words = ${UNREADABLE} WHERE ${here}`,
  ])
  return { kind: 'givenUp', connection, resource }
}

const NOTHING: Claimed = { work: [], standings: new Map() }

const leaseOf = ({ until, id }: Claim): string => `${until.toISOString()} ${id}`

/** The condition over `deliveries d` that it is leased by this claim. */
const isMine = (claim: Claim): SQL => sql`d.leased = ${leaseOf(claim)}`

/** With which documents a delivery may have made something at its target, the one of this try among them. */
const MAKING = sql`making = coalesce((SELECT ${makingSql(sql`deliveries.making`)} FROM resources r
  WHERE r.connection = deliveries.connection AND r.id = deliveries.resource), making)`

/** The lease itself, with what else is set in the same statement. */
function leaseSql(claim: Claim, also: SQL): SQL {
  const { most, now, except } = claim
  const at = now.toISOString()
  return sql`UPDATE deliveries SET lease = lease + 1, uncertain = iif(leased IS NULL, uncertain, 1), leased = ${leaseOf(claim)}${also}
      WHERE (connection, resource) IN (SELECT connection, resource FROM (
        SELECT d.connection, d.resource, d.rank, d.due, s.connection AS stopped,
          row_number() OVER (PARTITION BY d.connection ORDER BY d.rank, d.due, d.seq) AS place
        FROM deliveries d JOIN connections c ON c.id = d.connection LEFT JOIN stops s ON s.connection = d.connection
        WHERE d.state = 'due' AND d.due <= ${at} AND (d.leased IS NULL OR d.leased < ${at})
          AND (NOT ${stops(sql`d`, sql`s`)} OR s.until <= ${at})
          AND d.connection NOT IN (SELECT value FROM json_each(${JSON.stringify([...except])})) AND ${isLetThrough(at)})
        WHERE stopped IS NULL OR place = 1 ORDER BY rank, place, due LIMIT ${most})`
}

/** What is leased, and how the connections of it stand. */
const readSql = (mine: SQL): readonly SQL[] => [
  ...workSql(mine),
  sql`SELECT c.id, c.settings, c.revision FROM connections c
    WHERE c.id IN (SELECT d.connection FROM deliveries d WHERE ${mine})`,
]

function readClaimed([rows, steps, events, standings]: readonly Rows[]): Claimed {
  const known = (standings ?? []).map((row) => [v.parse(v.string(), row['id']), readStanding(row)] as const)
  return { work: readWork([rows, steps, events]), standings: new Map(known) }
}

/**
 * A paused connection delivers what takes access away, unless an admin has said for how long that is to wait too. Whom an admin has
 * locked waits for nothing.
 */
function isLetThrough(at: string): SQL {
  return sql`(c.settings ->> '$.state.is' IS NOT 'paused'
    OR (d.rank = 0 AND (coalesce(c.settings ->> '$.state.deactivationsToo', '') <= ${at}
      OR ${isLockedSql(sql`d.connection`, sql`d.resource`)})))`
}
