import * as v from 'valibot'
import { foldCase } from '../scim/fold.ts'
import { sql, type Database } from './database.ts'

const row = v.object({ id: v.string(), name: v.nullable(v.string()) })

/** Takes a connection's id and ids of its resources; gives the userName or displayName of each that has one, of the deleted the last. One trip. */
export async function namesOf(
  database: Database,
  connection: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (ids.length === 0) return new Map()
  const name = (from: string) => {
    const document = sql`${sql.identifier(from)}.document`
    return sql`${document} ->> '$.userName', ${document} ->> '$.displayName'`
  }
  const [rows] = await database.read([
    sql`SELECT j.value AS id, coalesce(${name('r')}, ${name('t')}) AS name FROM json_each(${JSON.stringify([...new Set(ids)])}) j
      LEFT JOIN resources r ON r.connection = ${connection} AND r.id = j.value
      LEFT JOIN tombstones t ON t.connection = ${connection} AND t.id = j.value`,
  ])
  const read = (rows ?? []).map((each) => v.parse(row, each))
  return new Map(read.flatMap(({ id, name: one }) => (one === null ? [] : [[id, one] as const])))
}

const named = v.object({ id: v.string() })

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
  return (rows ?? []).map((each) => v.parse(named, each).id)
}
