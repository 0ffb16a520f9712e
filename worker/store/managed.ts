import * as v from 'valibot'
import { foldCase } from '../scim/fold.ts'
import type { Imported } from '../scim/imported.ts'
import type { JsonObject } from '../scim/json.ts'
import { sql, WriteRefused, type Database } from './database.ts'

/** Which group of a target is meant: the connection, the account, and the group as the target shows it. */
export type GroupThere = {
  readonly connection: string
  readonly account: string
  readonly remote: string
  readonly displayName: string
  /** The ids at the target of its members; undefined where the target does not show them. */
  readonly members: readonly string[] | undefined
}

/** Somebody or a group of the connection, by the id and a name. */
export type Named = { readonly id: string; readonly name: string }

/** What the bridge has of a group at the target: who has it, the group here that it would be paired with, and who is in which. */
export type GroupHere = {
  /** `free`: nobody. `own`, `other`: it is linked by this connection, or by another. */
  readonly owner: 'free' | 'own' | 'other'
  /** The group of that name that waits for its pair; without one the group is read in. */
  readonly pair: string | undefined
  /** Members at the target who are known here, and those whom the pair has. */
  readonly there: readonly Named[]
  readonly here: readonly Named[]
}

const named = v.object({ id: v.string(), name: v.string() })

/** Takes the database and a group at the target; gives what the bridge has of it. One trip. */
export async function findGroupHere(
  database: Database,
  { connection, account, remote, displayName, members = [] }: GroupThere,
): Promise<GroupHere> {
  const name = sql`coalesce(r.document ->> '$.displayName', r.document ->> '$.userName', r.id)`
  const pair = sql`(SELECT p.id FROM resources p WHERE p.connection = ${connection} AND p.type = 'Group'
    AND p.display_name = ${foldCase(displayName)} AND NOT EXISTS (SELECT 1 FROM links k
      WHERE k.connection = p.connection AND k.resource = p.id AND k.state <> 'provisional') ORDER BY p.seq LIMIT 1)`
  const [owners, pairs, there, here] = await database.read([
    sql`SELECT connection FROM links WHERE account = ${account} AND type = 'Group' AND remote = ${remote} AND state = 'linked'`,
    sql`SELECT ${pair} AS id`,
    sql`SELECT r.id, ${name} AS name FROM json_each(${JSON.stringify(members)}) j
      JOIN links l ON l.account = ${account} AND l.type IN ('User', 'Group') AND l.remote = j.value AND l.state = 'linked'
        AND l.connection = ${connection}
      JOIN resources r ON r.connection = l.connection AND r.id = l.resource ORDER BY r.seq`,
    sql`SELECT r.id, ${name} AS name FROM members m JOIN resources r ON r.connection = m.connection AND r.id = m.member_id
      WHERE m.connection = ${connection} AND m.group_id = ${pair} ORDER BY r.seq`,
  ])
  const owner = owners?.[0]?.['connection']
  const id = pairs?.[0]?.['id']
  return {
    owner: owner === undefined ? 'free' : owner === connection ? 'own' : 'other',
    pair: typeof id === 'string' ? id : undefined,
    there: (there ?? []).map((row) => v.parse(named, row)),
    here: (here ?? []).map((row) => v.parse(named, row)),
  }
}

/**
 * Takes the database, a group at the target, how it is kept here, what is shown of it, what the bridge has of it and the
 * time; puts it under management. With a pair, the difference of their members is then due; without one it becomes a group
 * here, under the target's id and with the members that are known. Gives its id here, undefined where it was
 * linked meanwhile, or its id is taken. One trip.
 */
export async function linkGroup(
  database: Database,
  { connection, account, remote }: GroupThere,
  { document, folded }: Imported,
  shown: JsonObject,
  { pair, there, here }: GroupHere,
  now: Date,
): Promise<string | undefined> {
  const id = pair ?? remote
  const at = now.toISOString()
  const known = JSON.stringify(there.map((one) => one.id))
  const moved = JSON.stringify(difference(there, here).map((one) => one.id))
  const isLinked = sql`EXISTS (SELECT 1 FROM links k WHERE k.connection = ${connection} AND k.resource = ${id}
    AND k.account = ${account} AND k.remote = ${remote} AND k.state = 'linked' AND k.at = ${at})`
  const { members: _, ...confirmed } = shown
  const into = (table: 'members' | 'member_links' | 'member_steps', list: string) =>
    sql`INSERT INTO ${sql.identifier(table)} (connection, group_id, member_id)
      SELECT ${connection}, ${id}, value FROM json_each(${list}) WHERE ${isLinked} ON CONFLICT DO NOTHING`
  const written = await database
    .write([
      ...(pair === undefined
        ? [
            sql`INSERT INTO resources (connection, id, type, version, created, modified, document, folded, imported)
              VALUES (${connection}, ${id}, 'Group', 1, ${at}, ${at}, ${JSON.stringify(document)}, ${JSON.stringify(folded)}, 1)`,
          ]
        : []),
      sql`INSERT INTO links (connection, resource, type, account, remote, confirmed, state, origin, at)
        SELECT r.connection, r.id, 'Group', ${account}, ${remote}, ${JSON.stringify(confirmed)}, 'linked', 'adopted', ${at}
        FROM resources r WHERE r.connection = ${connection} AND r.id = ${id} AND r.type = 'Group'
        ON CONFLICT (connection, resource) DO UPDATE SET account = excluded.account, remote = excluded.remote,
          confirmed = excluded.confirmed, state = excluded.state, origin = excluded.origin, at = excluded.at
          WHERE links.state = 'provisional'`,
      sql`DELETE FROM member_links WHERE connection = ${connection} AND group_id = ${id} AND ${isLinked}`,
      into('member_links', known),
      pair === undefined ? into('members', known) : into('member_steps', moved),
      sql`UPDATE deliveries SET state = 'due', due = ${at}, since = ${at}, words = NULL WHERE connection = ${connection}
        AND resource = ${id} AND ${isLinked}`,
      sql`UPDATE alarms SET cleared = ${at} WHERE connection = ${connection} AND subject = ${id} AND cleared IS NULL
        AND ${isLinked}`,
      sql`DELETE FROM foreign_groups WHERE connection = ${connection} AND remote = ${remote} AND ${isLinked}`,
      sql`SELECT ${isLinked} AS linked`,
    ])
    .catch((error: unknown) => {
      if (error instanceof WriteRefused && 'index' in error.by) return undefined
      throw error
    })
  return written?.kind === 'written' && written.rows.at(-1)?.[0]?.['linked'] === 1 ? id : undefined
}

/** Takes the members there and here; gives those who are in only one of both. */
function difference(there: readonly Named[], here: readonly Named[]): readonly Named[] {
  return [...without(there, here), ...without(here, there)]
}

/** Takes two lists; gives those of the first who are not in the second. */
export function without(first: readonly Named[], second: readonly Named[]): readonly Named[] {
  const ids = new Set(second.map(({ id }) => id))
  return first.filter(({ id }) => !ids.has(id))
}

/**
 * Takes the database, a connection's id and a group's id there; takes the group out of management: link and group are forgotten
 * here, nothing is sent, and at the target it is a foreign group as before. Gives false where no such group is linked. One trip.
 */
export async function unlinkGroup(database: Database, connection: string, id: string): Promise<boolean> {
  const here = sql`connection = ${connection} AND resource = ${id}`
  const linked = sql`EXISTS (SELECT 1 FROM links k WHERE k.connection = ${connection} AND k.resource = ${id}
    AND k.type = 'Group' AND k.state = 'linked')`
  const written = await database.write([
    sql`INSERT INTO foreign_groups (connection, remote, display_name, folded, document, run)
      SELECT l.connection, l.remote, coalesce(r.document ->> '$.displayName', l.remote),
        coalesce(r.display_name, l.remote), l.confirmed, coalesce((SELECT i.run FROM imports i WHERE i.connection = l.connection), '')
      FROM links l JOIN resources r ON r.connection = l.connection AND r.id = l.resource
      WHERE l.connection = ${connection} AND l.resource = ${id} AND l.type = 'Group' AND l.state = 'linked'
      ON CONFLICT (connection, remote) DO NOTHING`,
    ...(['group_id', 'member_id'] as const).flatMap((column) =>
      (['members', 'member_links', 'member_steps'] as const).map(
        (table) =>
          sql`DELETE FROM ${sql.identifier(table)} WHERE connection = ${connection} AND ${sql.identifier(column)} = ${id} AND ${linked}`,
      ),
    ),
    sql`DELETE FROM deliveries WHERE ${here} AND ${linked}`,
    sql`DELETE FROM resources WHERE connection = ${connection} AND id = ${id} AND type = 'Group' AND ${linked}`,
    sql`DELETE FROM links WHERE ${here} AND type = 'Group' AND state = 'linked' RETURNING 1`,
  ])
  return written.kind === 'written' && (written.rows.at(-1)?.length ?? 0) > 0
}
