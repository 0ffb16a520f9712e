import * as v from 'valibot'
import { foldCase } from '../scim/fold.ts'
import type { JsonObject } from '../scim/json.ts'
import { sql, type Database } from './database.ts'
import { readDocument } from './resources.ts'

/** Takes a connection's id and an id; says whether it is that of a person there. One trip. */
export async function isPerson(database: Database, connection: string, id: string): Promise<boolean> {
  const [rows] = await database.read([
    sql`SELECT 1 FROM resources WHERE connection = ${connection} AND id = ${id} AND type = 'User'`,
  ])
  return rows?.length === 1
}

/** Takes a connection's id and a userName, in any case, or an id; gives that person's document, undefined for nobody. One trip. */
export async function findPerson(
  database: Database,
  connection: string,
  person: string,
): Promise<JsonObject | undefined> {
  const [rows] = await database.read([
    sql`SELECT document FROM resources WHERE connection = ${connection} AND type = 'User'
      AND (id = ${person} OR user_name = ${foldCase(person)}) ORDER BY id = ${person} LIMIT 1`,
  ])
  const found = rows?.[0]?.['document']
  return found === undefined ? undefined : readDocument(v.parse(v.string(), found))
}
