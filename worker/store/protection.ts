import * as v from 'valibot'
import { foldCase } from '../scim/fold.ts'
import { sql, type Database, type SQL } from './database.ts'
import { WHY_PROTECTED } from './harms.ts'
import { KEPT } from './holdSql.ts'
import { loadStanding } from './settings.ts'

const person = v.object({ id: v.string(), name: v.nullable(v.string()), why: v.string() })

/** Somebody protected, or proposed for it: the id, the userName where there is one, and why. */
export type ProtectedPerson = v.InferOutput<typeof person>

/** Takes a connection's id and an id or a userName; gives the id of that person, undefined where there is none. One trip. */
export async function findPerson(
  database: Database,
  connection: string,
  named: string,
): Promise<string | undefined> {
  const [rows] = await database.read([
    sql`SELECT id FROM resources WHERE connection = ${connection} AND type = 'User' AND (id = ${named} OR user_name = ${foldCase(named)})
      ORDER BY id = ${named} DESC LIMIT 1`,
  ])
  const id = rows?.[0]?.['id']
  return typeof id === 'string' ? id : undefined
}

const HOLD = sql`INSERT INTO overrides (connection, resource, kind, attribute, harm, value, who, why, since)`

/**
 * Takes a connection's id, a protected person's, who holds and when, and whether all of a delivery on its way is held or only
 * what differs from what the target has; gives the statement, which does nothing for whoever is not protected.
 */
export function holdUnderWay(
  connection: string,
  resource: string,
  { who, at }: { readonly who: string; readonly at: string },
  what: 'any' | 'changed',
): SQL {
  const texts = (list: SQL) =>
    sql`(SELECT group_concat(v) FROM (SELECT lower(e.value ->> '$.value') AS v FROM json_each(${list}, '$.emails') e ORDER BY v))`
  const differs = sql`CASE j.value WHEN 'emails' THEN ${texts(sql`r.document`)} IS NOT ${texts(sql`l.confirmed`)}
    ELSE lower(r.document ->> '$.userName') IS NOT lower(l.confirmed ->> '$.userName') END`
  return sql`${HOLD} SELECT d.connection, d.resource, 'hold', j.value, 'protect', l.confirmed -> ('$.' || j.value), ${who}, ${WHY_PROTECTED}, ${at}
    FROM deliveries d JOIN links l ON l.connection = d.connection AND l.resource = d.resource
      LEFT JOIN resources r ON r.connection = d.connection AND r.id = d.resource
      JOIN json_each('["active","userName","emails"]') j
    WHERE d.connection = ${connection} AND d.resource = ${resource} AND d.type = 'User'
      AND EXISTS (SELECT 1 FROM overrides p WHERE p.connection = d.connection AND p.resource = d.resource AND p.kind = 'protect')
      AND iif(j.value = 'active', d.rank = 0, ${
        // Nothing there is something to be kept, too.
        what === 'any' ? sql`l.confirmed -> ('$.' || j.value) IS NOT NULL` : differs
      }) ON CONFLICT DO NOTHING`
}

/**
 * Takes a connection's id, a person's, when, who says so and why; from then on no provider suspends, renames, deletes or regroups the
 * person. What is on its way of that kind, or held and about to go through, waits for an admin. Only what is just being sent cannot be called
 * back. One trip.
 */
export async function protect(
  database: Database,
  connection: string,
  id: string,
  { now, who, why }: { readonly now: Date; readonly who: string; readonly why: string },
): Promise<void> {
  const at = now.toISOString()
  const of = sql`connection = ${connection} AND resource = ${id}`
  await database.write([
    sql`INSERT INTO overrides (connection, resource, kind, attribute, who, why, since)
      VALUES (${connection}, ${id}, 'protect', '*', ${who}, ${why}, ${at}) ON CONFLICT DO NOTHING`,
    sql`UPDATE overrides SET until = NULL, harm = 'protect', why = ${WHY_PROTECTED} WHERE ${of} AND kind = 'hold' AND harm <> 'create'`,
    holdUnderWay(connection, id, { who, at }, 'any'),
    sql`UPDATE member_steps SET refused = ${KEPT.withPerson} WHERE connection = ${connection} AND member_id = ${id}
      AND (refused IS NULL OR refused = ${KEPT.withGroup})`,
    sql`${HOLD} SELECT DISTINCT connection, member_id, 'hold', 'members', 'protect', NULL, ${who}, ${WHY_PROTECTED}, ${at}
      FROM member_steps WHERE connection = ${connection} AND member_id = ${id} AND refused = ${KEPT.withPerson} ON CONFLICT DO NOTHING`,
  ])
}

/** Takes a connection's id and a person's; ends the protection. What was held of the person is still held. Says whether there was one. One trip. */
export async function unprotect(database: Database, connection: string, id: string): Promise<boolean> {
  const written = await database.write([
    sql`DELETE FROM overrides WHERE connection = ${connection} AND resource = ${id} AND kind = 'protect' RETURNING resource`,
  ])
  return written.kind === 'written' && (written.rows[0]?.length ?? 0) > 0
}

/** Takes a connection's id; gives its protected people. One trip. */
export async function listProtected(
  database: Database,
  connection: string,
): Promise<readonly ProtectedPerson[]> {
  const [rows] = await database.read([
    sql`SELECT o.resource AS id, r.document ->> '$.userName' AS name, o.why FROM overrides o
      LEFT JOIN resources r ON r.connection = o.connection AND r.id = o.resource
      WHERE o.kind = 'protect' AND o.until IS NULL AND +o.connection = ${connection} ORDER BY name`,
  ])
  return (rows ?? []).map((row) => v.parse(person, row))
}

/** Takes a connection's id and how many at the most; gives whom a powerful group has as a member and nobody has protected yet. Two trips. */
export async function proposeProtected(
  database: Database,
  connection: string,
  most: number,
): Promise<readonly ProtectedPerson[]> {
  const { settings } = await loadStanding(database, connection)
  const names = JSON.stringify(settings.powerful.map(foldCase))
  const [rows] = await database.read([
    sql`SELECT u.id, u.document ->> '$.userName' AS name, min('member of ' || (g.document ->> '$.displayName')) AS why
      FROM json_each(${names}) n JOIN resources g ON g.connection = ${connection} AND g.type = 'Group' AND g.display_name = n.value
        JOIN members m ON m.connection = g.connection AND m.group_id = g.id
        JOIN resources u ON u.connection = m.connection AND u.id = m.member_id AND u.type = 'User'
      WHERE NOT EXISTS (SELECT 1 FROM overrides o WHERE o.connection = u.connection AND o.resource = u.id AND o.kind = 'protect')
      GROUP BY u.id ORDER BY name LIMIT ${most}`,
  ])
  return (rows ?? []).map((row) => v.parse(person, row))
}
