import * as v from 'valibot'
import type { JsonObject } from '../scim/json.ts'
import { sql, type Database, type SQL } from './database.ts'
import { signedTexts } from './due.ts'
import { isLockedSql } from './holdSql.ts'
import type { Kind } from './reconcile.ts'
import type { Resync } from './resync.ts'

/**
 * What makes a resource right at the target again. `confirmed`: what the target was seen to have of the account `remote`, while
 * the link was as old as `at` says. `members`: which of them it has, and which not.
 */
export type Mend = {
  readonly resource: string
  readonly type: Kind
  readonly link?: { readonly remote: string; readonly at: string; readonly confirmed: JsonObject }
  readonly members?: readonly { readonly member: string; readonly isThere: boolean }[]
  /** The person has access at the target and is to have none: it leaves a receipt. */
  readonly takesAccess?: boolean
}

/**
 * Takes a connection with its target and what is to be mended; makes each due through the outbox, to be brought to the state wanted
 * when it is delivered. What the target was seen to have takes the place of what was confirmed, so that the difference is sent,
 * and the target is read once more before anything is. What the guard holds stays held, but for somebody locked; and what somebody is
 * just bringing there is left to them. Gives the ids of what is due. One trip.
 */
export async function repair(
  database: Database,
  { connection, target, request, sign, at }: Resync,
  mends: readonly Mend[],
): Promise<readonly string[]> {
  if (mends.length === 0) return []
  const now = at.toISOString()
  const signed = await Promise.all(
    mends.map(async ({ resource, type, link }) => {
      const mac = await sign(signedTexts({ connection, asked: resource, kind: 'repair', target, request }))
      return [resource, type, mac, link === undefined ? 0 : 1] as const
    }),
  )
  const isFree = sql`(deliveries.leased IS NULL OR deliveries.leased < ${now})`
  const written = await database.write([
    ...mends.flatMap((mend) => mendSql(connection, mend, now)),
    sql`INSERT INTO receipts (connection, operation, resource, asked, stored)
      SELECT ${connection}, ${`${request}/`} || j.value, j.value, ${now}, ${now}
      FROM json_each(${JSON.stringify(mends.filter((one) => one.takesAccess).map((one) => one.resource))}) j
      WHERE NOT EXISTS (SELECT 1 FROM receipts o WHERE o.connection = ${connection} AND o.resource = j.value
        AND o.confirmed IS NULL AND o.ended IS NULL) ON CONFLICT DO NOTHING`,
    sql`INSERT INTO deliveries (connection, resource, type, asked, kind, request, target, mac, rank, seq, first, since, state, due,
        tries, lease, leased, uncertain)
      SELECT ${connection}, j.value ->> 0, j.value ->> 1, j.value ->> 0, 'repair', ${request}, ${target}, j.value ->> 2,
        iif(j.value ->> 1 = 'User' AND (r.id IS NULL OR r.folded ->> '$.active' IS 0
          OR ${isLockedSql(sql`${connection}`, sql`j.value ->> 0`)}), 0, 1), 0, 0, ${now}, 'due', ${now},
        0, 1, NULL, j.value ->> 3
      FROM json_each(${JSON.stringify(signed)}) j
        LEFT JOIN resources r ON r.connection = ${connection} AND r.id = j.value ->> 0 WHERE TRUE
      ON CONFLICT (connection, resource) DO UPDATE SET asked = excluded.asked, kind = excluded.kind,
        request = excluded.request, target = excluded.target, mac = excluded.mac, rank = excluded.rank, state = 'due',
        due = excluded.due, since = excluded.since, tries = 0, words = NULL, uncertain = max(uncertain, excluded.uncertain)
        WHERE (deliveries.state <> 'held' OR ${isLockedSql(sql`deliveries.connection`, sql`deliveries.resource`)}) AND ${isFree} RETURNING resource`,
  ])
  const rows = written.kind === 'written' ? (written.rows.at(-1) ?? []) : []
  return rows.map((row) => v.parse(v.string(), row['resource']))
}

function mendSql(connection: string, { resource, link, members = [] }: Mend, now: string): readonly SQL[] {
  const isFree = sql`NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.connection = ${connection}
    AND d.resource = ${resource} AND (d.leased >= ${now} OR (d.state = 'held' AND NOT ${isLockedSql(sql`d.connection`, sql`d.resource`)})))`
  const list = (isThere: boolean) =>
    JSON.stringify(members.filter((one) => one.isThere === isThere).map(({ member }) => member))
  return [
    ...(link === undefined
      ? []
      : [
          sql`UPDATE links SET confirmed = ${JSON.stringify(link.confirmed)} WHERE connection = ${connection}
            AND resource = ${resource} AND remote = ${link.remote} AND at = ${link.at} AND ${isFree}`,
        ]),
    ...(members.length === 0
      ? []
      : [
          sql`INSERT INTO member_links (connection, group_id, member_id)
            SELECT ${connection}, ${resource}, value FROM json_each(${list(true)}) WHERE ${isFree} ON CONFLICT DO NOTHING`,
          sql`DELETE FROM member_links WHERE connection = ${connection} AND group_id = ${resource}
            AND member_id IN (SELECT value FROM json_each(${list(false)})) AND ${isFree}`,
          sql`INSERT INTO member_steps (connection, group_id, member_id) SELECT ${connection}, ${resource}, value ->> 'member'
            FROM json_each(${JSON.stringify(members)}) WHERE ${isFree}
            ON CONFLICT (connection, group_id, member_id) DO UPDATE SET refused = NULL`,
        ]),
  ]
}
