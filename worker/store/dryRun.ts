import * as v from 'valibot'
import { sql, type Database, type SQL } from './database.ts'
import type { Work } from './work.ts'

const step = v.object({
  /** What the delivery comes to that the request is part of. */
  what: v.picklist(['create', 'update', 'suspend', 'reactivate', 'delete']),
  method: v.string(),
  /** Without host and query. */
  path: v.string(),
  body: v.optional(v.record(v.string(), v.unknown())),
})

/** A request that a dry run did not send. */
export type DryStep = v.InferOutput<typeof step>

/** Takes a connection's id; gives the condition that it is in a dry run still. What one was under way with as it was left counts for nothing. */
export const isDryStill = (connection: string): SQL =>
  sql`EXISTS (SELECT 1 FROM connections c WHERE c.id = ${connection} AND c.settings ->> '$.dryRun' = 1)`

/** Takes a delivery, what would have been sent, the condition that the lease is ours, and the time; gives the statement that records it. */
export function drySql(
  { connection, resource, type }: Work,
  steps: readonly DryStep[],
  isMine: SQL,
  now: string,
): readonly SQL[] {
  if (steps.length === 0) return []
  return [
    sql`INSERT INTO dry_steps (connection, resource, type, step, at)
      SELECT ${connection}, ${resource}, ${type}, value, ${now} FROM json_each(${JSON.stringify(steps)})
      WHERE ${isMine} AND ${isDryStill(connection)}`,
  ]
}

const recorded = v.pipe(
  v.object({
    seq: v.number(),
    resource: v.string(),
    type: v.string(),
    step: v.pipe(v.string(), v.parseJson(), step),
    at: v.string(),
  }),
  v.transform(({ step: inner, ...row }) => ({ ...row, ...inner })),
)

/** A request as recorded: of which resource, and when. */
export type Recorded = v.InferOutput<typeof recorded>

const counted = v.object({ type: v.string(), what: v.string(), count: v.number() })

/** How many resources of a kind would have been created, suspended and so on. */
export type Counted = v.InferOutput<typeof counted>

/** Takes a connection's id and how many requests at the most; gives what its dry run recorded, in order, and how much of each kind. One trip. */
export async function readDryRun(
  database: Database,
  connection: string,
  most: number,
): Promise<{ readonly counts: readonly Counted[]; readonly steps: readonly Recorded[] }> {
  const [counts, steps] = await database.read([
    sql`SELECT type, step ->> '$.what' AS what, count(DISTINCT resource) AS count FROM dry_steps
      WHERE connection = ${connection} GROUP BY 1, 2 ORDER BY type DESC, what`,
    sql`SELECT seq, resource, type, step, at FROM dry_steps WHERE connection = ${connection} ORDER BY seq LIMIT ${most}`,
  ])
  return {
    counts: (counts ?? []).map((row) => v.parse(counted, row)),
    steps: (steps ?? []).map((row) => v.parse(recorded, row)),
  }
}

/** Takes a connection's id; gives the number of its last change, and whether a dry run has left anything. One trip. */
export async function markOf(
  database: Database,
  connection: string,
): Promise<{ readonly seq: number; readonly isLeft: boolean }> {
  const [rows] = await database.read([
    sql`SELECT coalesce((SELECT max(seq) FROM changes WHERE connection = ${connection}), 0) AS seq,
      EXISTS (SELECT 1 FROM dry_steps WHERE connection = ${connection})
        OR EXISTS (SELECT 1 FROM links WHERE connection = ${connection} AND state = 'provisional') AS left`,
  ])
  const { seq, left } = v.parse(v.object({ seq: v.number(), left: v.number() }), rows?.[0])
  return { seq, isLeft: left === 1 }
}

/**
 * Takes a connection's id, the number of the last change of its dry run, the time, and whether what differs is then delivered; takes
 * away what the dry run made up. Where nothing is delivered, nothing stays due that was asked for in it. One trip.
 */
export async function forgetMadeUp(
  database: Database,
  connection: string,
  { seq, now, isDelivered }: { readonly seq: number; readonly now: Date; readonly isDelivered: boolean },
): Promise<void> {
  const of = sql`connection = ${connection}`
  const madeUp = sql`SELECT resource FROM links WHERE ${of} AND state = 'provisional'`
  await database.write([
    sql`DELETE FROM member_links WHERE ${of} AND group_id IN (${madeUp})`,
    ...(isDelivered ? deliveredSql(connection) : discardedSql(connection, seq, now)),
    sql`DELETE FROM links WHERE ${of} AND state = 'provisional'`,
  ])
}

/** Who was deleted in the dry run, and had an account there that was taken over, has it still; and so have those who left a group. */
const deliveredSql = (connection: string): readonly SQL[] => [
  sql`UPDATE OR IGNORE links SET state = 'linked', confirmed = json_set(confirmed, '$.active', json('true'))
    WHERE connection = ${connection} AND state = 'provisional' AND type = 'User'
    AND remote NOT LIKE 'dry:%' AND NOT EXISTS (SELECT 1 FROM resources r WHERE r.connection = links.connection
    AND r.id = links.resource)`,
  sql`INSERT INTO member_steps (connection, group_id, member_id) SELECT k.connection, k.group_id, k.member_id
    FROM member_links k WHERE k.connection = ${connection} AND NOT EXISTS (SELECT 1 FROM members m
    WHERE m.connection = k.connection AND m.group_id = k.group_id AND m.member_id = k.member_id) ON CONFLICT DO NOTHING`,
]

/** Receipts of those who are linked to an account there stay open: it has not been suspended. */
const discardedSql = (connection: string, seq: number, now: Date): readonly SQL[] => [
  sql`DELETE FROM deliveries WHERE connection = ${connection} AND seq <= ${seq} AND state <> 'held'`,
  sql`DELETE FROM member_steps WHERE connection = ${connection} AND NOT EXISTS (SELECT 1 FROM deliveries d
    WHERE d.connection = member_steps.connection AND d.resource = member_steps.group_id)`,
  sql`UPDATE receipts SET ended = ${now.toISOString()} WHERE connection = ${connection} AND confirmed IS NULL AND ended IS NULL
    AND NOT EXISTS (SELECT 1 FROM links l WHERE l.connection = receipts.connection AND l.resource = receipts.resource
    AND l.state <> 'provisional')`,
  sql`UPDATE alarms SET cleared = ${now.toISOString()} WHERE connection = ${connection} AND kind = 'unconfirmed'
    AND cleared IS NULL AND NOT EXISTS (SELECT 1 FROM receipts o WHERE o.connection = alarms.connection
    AND o.resource = alarms.subject AND o.confirmed IS NULL AND o.ended IS NULL)`,
]

/** Takes a connection's id; ends the record of its dry run. One trip. */
export async function forgetSteps(database: Database, connection: string): Promise<void> {
  await database.write([sql`DELETE FROM dry_steps WHERE connection = ${connection}`])
}
