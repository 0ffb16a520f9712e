import * as v from 'valibot'
import { sql, type Database } from './database.ts'

/** How a connection is held: `tolerant` takes what providers really send, `strict` is the interoperability profile. */
export type Mode = 'tolerant' | 'strict'

/** One identity provider's app pointed at one target. */
export type Connection = { readonly id: string; readonly name: string; readonly mode: Mode }

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
    sql`SELECT id, name, strict FROM connections WHERE name = ${name}`,
  ])
  return v.parse(connectionRow, written.kind === 'written' ? written.rows[1]?.[0] : undefined)
}

/** Takes a connection's id and a mode; holds it so from the next request on. */
export async function setMode(database: Database, id: string, mode: Mode): Promise<void> {
  await database.write([sql`UPDATE connections SET strict = ${mode === 'strict' ? 1 : 0} WHERE id = ${id}`])
}

/** A dialect's habit that a connection's provider has shown: how often, and when first and last (ISO 8601, UTC). */
export type QuirkSeen = {
  readonly name: string
  readonly count: number
  readonly first: string
  readonly last: string
}

/** Takes a connection's id; gives the quirks it has shown, by name. */
export async function listQuirks(database: Database, id: string): Promise<readonly QuirkSeen[]> {
  const [rows] = await database.read([
    sql`SELECT name, count, first, last FROM quirks WHERE connection = ${id} ORDER BY name`,
  ])
  return (rows ?? []).map((row) => v.parse(quirkRow, row))
}

const quirkRow = v.object({ name: v.string(), count: v.number(), first: v.string(), last: v.string() })

/** Gives every connection, by name. */
export async function listConnections(database: Database): Promise<readonly Connection[]> {
  const [rows] = await database.read([sql`SELECT id, name, strict FROM connections ORDER BY name`])
  return (rows ?? []).map((row) => v.parse(connectionRow, row))
}

const connectionRow = v.pipe(
  v.object({ id: v.string(), name: v.string(), strict: v.number() }),
  v.transform(({ id, name, strict }): Connection => ({ id, name, mode: modeOf(strict) })),
)

/** Takes the column `strict`; gives the mode. */
export function modeOf(strict: unknown): Mode {
  return strict === 1 ? 'strict' : 'tolerant'
}
