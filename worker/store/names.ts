import * as v from 'valibot'
import { foldCase } from '../scim/fold.ts'
import { sql, type Database } from './database.ts'

const named = v.object({ id: v.string(), name: v.nullable(v.string()) })

/**
 * Takes a connection's id and ids; gives what the people and groups of these are called: userName, of a group its displayName. Whoever
 * was deleted is still known by it. One trip, none for no ids.
 */
export async function namesOf(
  database: Database,
  connection: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (ids.length === 0) return new Map()
  const name = sql`coalesce(x.document ->> '$.userName', x.document ->> '$.displayName')`
  const list = sql`(SELECT value FROM json_each(${JSON.stringify([...new Set(ids)])}))`
  const [rows] = await database.read([
    sql`SELECT x.id, ${name} AS name FROM tombstones x WHERE x.connection = ${connection} AND x.id IN ${list}
      UNION ALL SELECT x.id, ${name} AS name FROM resources x WHERE x.connection = ${connection} AND x.id IN ${list}`,
  ])
  return new Map(
    (rows ?? []).flatMap((row) => {
      const { id, name: text } = v.parse(named, row)
      return text === null ? [] : [[id, text] as const]
    }),
  )
}

/** Takes a connection's id and a userName or a displayName, in any case; gives the ids of who is called so, a few at the most. One trip. */
export async function idsCalled(
  database: Database,
  connection: string,
  name: string,
): Promise<readonly string[]> {
  const folded = foldCase(name)
  const [rows] = await database.read([
    sql`SELECT id FROM resources WHERE connection = ${connection} AND user_name = ${folded}
      UNION SELECT id FROM resources WHERE connection = ${connection} AND type = 'Group' AND display_name = ${folded} LIMIT 5`,
  ])
  return (rows ?? []).map((row) => v.parse(v.object({ id: v.string() }), row).id)
}
