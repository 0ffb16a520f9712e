import * as v from 'valibot'
import { sql, type Database } from './database.ts'

/** One identity provider's app pointed at one target. */
export type Connection = { readonly id: string; readonly name: string }

/** Takes a name, a fresh id and the time; makes a connection of that name if there is none. Gives the one there is. */
export async function ensureConnection(
  database: Database,
  name: string,
  id: string,
  now: Date,
): Promise<Connection> {
  const written = await database.write([
    sql`INSERT INTO connections (id, name, created) VALUES (${id}, ${name}, ${now.toISOString()})
      ON CONFLICT (name) DO NOTHING`,
    sql`SELECT id, name FROM connections WHERE name = ${name}`,
  ])
  return v.parse(connectionRow, written.kind === 'written' ? written.rows[1]?.[0] : undefined)
}

/** Gives every connection, by name. */
export async function listConnections(database: Database): Promise<readonly Connection[]> {
  const [rows] = await database.read([sql`SELECT id, name FROM connections ORDER BY name`])
  return (rows ?? []).map((row) => v.parse(connectionRow, row))
}

const connectionRow = v.object({ id: v.string(), name: v.string() })
