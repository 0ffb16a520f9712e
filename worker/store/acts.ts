import * as v from 'valibot'
import { sql, type Database, type SQL } from './database.ts'

/** What somebody who runs the bridge does: to what, and why. `details` hold no value of a person and no secret. */
export type Act = {
  readonly at: string
  readonly request: string
  readonly who: string
  readonly connection: string | null
  readonly action: string
  readonly subject: string | null
  readonly reason: string | null
  readonly details: unknown
}

function actSql({ at, request, who, connection, action, subject, reason, details }: Act): SQL {
  return sql`INSERT INTO acts (at, request, who, connection, action, subject, reason, details)
    VALUES (${at}, ${request}, ${who}, ${connection}, ${action}, ${subject}, ${reason},
      ${details === undefined ? null : JSON.stringify(details)})`
}

/**
 * Takes a database and an act; gives the same database, whose first write carries the act's row in the same transaction. What writes nothing
 * leaves no row.
 */
export function recording(database: Database, act: Act): Database {
  let isRecorded = false
  return {
    trips: database.trips,
    read: database.read,
    write: async (statements, operation) => {
      if (isRecorded) return database.write(statements, operation)
      const written = await database.write([...statements, actSql(act)], operation)
      isRecorded = true
      return written.kind === 'written' ? { ...written, rows: written.rows.slice(0, -1) } : written
    },
  }
}

/** Takes an act that writes nothing else: that somebody has looked at something; keeps its row. One trip. */
export async function writeAct(database: Database, act: Act): Promise<void> {
  await database.write([actSql(act)])
}

const row = v.pipe(
  v.object({
    seq: v.number(),
    at: v.string(),
    request: v.string(),
    who: v.string(),
    connection: v.nullable(v.string()),
    action: v.string(),
    subject: v.nullable(v.string()),
    reason: v.nullable(v.string()),
    details: v.nullable(v.pipe(v.string(), v.parseJson())),
  }),
  v.transform((read): Act & { readonly seq: number } => read),
)

/** Takes a connection's id, or nothing for all, the number to go back from and how many; gives what was done, the last first. One trip. */
export async function listActs(
  database: Database,
  connection: string | undefined,
  before: number,
  most: number,
): Promise<readonly (Act & { readonly seq: number })[]> {
  const [rows] = await database.read([
    sql`SELECT * FROM acts WHERE seq < ${before} AND ${connection === undefined ? sql`TRUE` : sql`connection = ${connection}`}
      ORDER BY seq DESC LIMIT ${most}`,
  ])
  return (rows ?? []).map((read) => v.parse(row, read))
}
