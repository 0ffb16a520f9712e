import * as v from 'valibot'
import { sql, type Database, type SQL } from './database.ts'
import { signedTexts } from './due.ts'
import { isOfTarget } from './targetSql.ts'
import { isLockedSql } from './holdSql.ts'

/** Which connection's resources are made due at which target, under which request, and when. */
export type Resync = {
  readonly connection: string
  readonly target: string
  readonly request: string
  readonly sign: (texts: readonly string[]) => Promise<string>
  readonly at: Date
}

/**
 * Takes the connection with its target, and the id of a person or group, deleted or not; gives the statement that makes it due there as it is wanted now, what
 * is held of it or not. Whoever is to have no access goes first.
 */
export async function againSql(
  { connection, target, request, sign, at }: Resync,
  resource: string,
): Promise<SQL> {
  const now = at.toISOString()
  const mac = await sign(signedTexts({ connection, asked: resource, kind: 'resync', target, request }))
  const latest = sql`coalesce((SELECT max(c.seq) FROM changes c WHERE c.connection = ${connection} AND c.resource = ${resource}), 0)`
  return sql`INSERT INTO deliveries (connection, resource, type, asked, kind, request, target, mac, rank, seq, first, since, state, due,
      tries, lease, leased, uncertain)
    SELECT ${connection}, ${resource}, e.type, ${resource}, 'resync', ${request}, ${target}, ${mac},
      iif(e.type = 'User' AND (r.id IS NULL OR r.folded ->> '$.active' IS 0
        OR ${isLockedSql(sql`${connection}`, sql`${resource}`)}), 0, 1), ${latest}, ${latest}, ${now}, 'due', ${now}, 0, 1, NULL, 0
    FROM (SELECT type FROM resources WHERE connection = ${connection} AND id = ${resource}
        UNION ALL SELECT type FROM tombstones WHERE connection = ${connection} AND id = ${resource} LIMIT 1) e
      LEFT JOIN resources r ON r.connection = ${connection} AND r.id = ${resource} WHERE TRUE
    ON CONFLICT (connection, resource) DO UPDATE SET asked = excluded.asked, kind = excluded.kind,
      request = excluded.request, target = excluded.target, mac = excluded.mac, rank = excluded.rank,
      state = 'due', due = excluded.due, since = excluded.since, tries = 0, words = NULL`
}

/** How a delivery stands that is made due once more: what is held stays so, but for somebody locked. */
const STAYS = sql`iif(state = 'held' AND NOT ${isLockedSql(sql`deliveries.connection`, sql`deliveries.resource`)}, 'held', 'due')`

/** How many resources are made due in one trip. */
const AT_ONCE = 500

const found = v.object({ seq: v.number(), id: v.string() })

/**
 * Takes a connection and its target; makes every person and group of the connection due there, with every membership, but for
 * those that were only read from a target and that nobody has locked. Whoever is to have no access goes first. Gives how many. It may be repeated; each has its whole time again. Two trips for each 500 resources.
 */
export async function makeAllDue(
  database: Database,
  { connection, target, request, sign, at }: Resync,
): Promise<number> {
  const now = at.toISOString()
  await database.write([
    sql`INSERT INTO snapshots (connection, request, seq, at)
      SELECT id, ${request}, coalesce((SELECT max(c.seq) FROM changes c WHERE c.connection = ${connection}), 0), ${now}
      FROM connections WHERE id = ${connection} AND settings ->> '$.target.capabilities.everyChange' = 1
      ON CONFLICT (connection) DO UPDATE SET request = excluded.request, seq = excluded.seq, at = excluded.at`,
  ])
  let after = 0
  for (let count = 0; ;) {
    const [rows] = await database.read([
      sql`SELECT r.seq, r.id FROM resources r WHERE r.connection = ${connection} AND r.type IN ('User', 'Group')
        AND (r.imported = 0 OR ${isLockedSql(sql`r.connection`, sql`r.id`)}) AND r.seq > ${after} ORDER BY r.seq LIMIT ${AT_ONCE}`,
    ])
    const page = (rows ?? []).map((row) => v.parse(found, row))
    const last = page.at(-1)
    if (last === undefined) return count
    const list = await signAll(page, { connection, target, request, sign })
    const latest = sql`coalesce((SELECT max(c.seq) FROM changes c WHERE c.connection = r.connection AND c.resource = r.id), 0)`
    await database.write([
      sql`INSERT INTO deliveries (connection, resource, type, asked, kind, request, target, mac, rank, seq, first, since, state, due,
          tries, lease, leased, uncertain)
        SELECT r.connection, r.id, r.type, r.id, 'resync', ${request}, ${target}, j.value ->> 1,
          iif(r.type = 'User' AND (r.folded ->> '$.active' IS 0 OR ${isLockedSql(sql`r.connection`, sql`r.id`)}), 0, 1),
          ${latest}, ${latest}, ${now}, 'due', ${now}, 0, 1, NULL, 0
        FROM json_each(${list}) j JOIN resources r ON r.connection = ${connection} AND r.id = j.value ->> 0 WHERE TRUE
        ON CONFLICT (connection, resource) DO UPDATE SET asked = excluded.asked, kind = excluded.kind,
          request = excluded.request, target = excluded.target, mac = excluded.mac,
          state = ${STAYS}, due = excluded.due, since = excluded.since`,
      sql`INSERT INTO member_steps (connection, group_id, member_id)
        SELECT m.connection, m.group_id, m.member_id FROM json_each(${list}) j JOIN members m
          ON m.connection = ${connection} AND m.group_id = j.value ->> 0 WHERE TRUE ON CONFLICT DO NOTHING`,
    ])
    count += page.length
    after = last.seq
  }
}

/** Gives the resources with the MAC of each, as a JSON array of pairs. */
async function signAll(
  page: readonly { readonly id: string }[],
  { connection, target, request, sign }: Omit<Resync, 'at'>,
): Promise<string> {
  const signed = await Promise.all(
    page.map(async ({ id }) => {
      const mac = await sign(signedTexts({ connection, asked: id, kind: 'resync', target, request }))
      return [id, mac] as const
    }),
  )
  return JSON.stringify(signed)
}

/**
 * Takes a connection and its target, and whose accounts: `gone`, all that is there of what was deleted at the bridge, or
 * `leavers`, those that are active there of people who are to have no access; makes them due. Gives how many. What somebody else has
 * taken over is left to them. Two trips for each 500.
 */
export async function makeLeftDue(
  database: Database,
  { connection, target, request, sign, at }: Resync,
  which: 'gone' | 'leavers',
): Promise<number> {
  const now = at.toISOString()
  const isLeft =
    which === 'gone'
      ? sql`r.id IS NULL`
      : sql`l.type = 'User' AND l.confirmed ->> '$.active' IS NOT 0 AND (r.id IS NULL OR r.folded ->> '$.active' IS 0
          OR ${isLockedSql(sql`l.connection`, sql`l.resource`)})`
  let after = ''
  for (let count = 0; ;) {
    const [rows] = await database.read([
      sql`SELECT 0 AS seq, l.resource AS id FROM links l LEFT JOIN resources r ON r.connection = l.connection AND r.id = l.resource
        WHERE l.connection = ${connection} AND l.state = 'linked' AND l.resource > ${after} AND ${isOfTarget(sql`l`)} AND ${isLeft}
        ORDER BY l.resource LIMIT ${AT_ONCE}`,
    ])
    const page = (rows ?? []).map((row) => v.parse(found, row))
    const last = page.at(-1)
    if (last === undefined) return count
    const list = await signAll(page, { connection, target, request, sign })
    await database.write([
      sql`INSERT INTO deliveries (connection, resource, type, asked, kind, request, target, mac, rank, seq, first, since, state, due,
          tries, lease, leased, uncertain)
        SELECT l.connection, l.resource, l.type, l.resource, 'resync', ${request}, ${target}, j.value ->> 1,
          iif(l.type = 'User', 0, 1), 0, 0, ${now}, 'due', ${now}, 0, 1, NULL, 0
        FROM json_each(${list}) j JOIN links l ON l.connection = ${connection} AND l.resource = j.value ->> 0 WHERE TRUE
        ON CONFLICT (connection, resource) DO UPDATE SET asked = excluded.asked, kind = excluded.kind,
          request = excluded.request, target = excluded.target, mac = excluded.mac,
          state = ${STAYS}, due = excluded.due, since = excluded.since`,
    ])
    count += page.length
    after = last.id
  }
}
