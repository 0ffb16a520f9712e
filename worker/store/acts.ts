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

/** Makes the MAC of an act over texts. */
export type SignAct = (texts: readonly string[]) => Promise<string>

/** Takes what stands in the row of an act; gives the texts in the order of its MAC. What is not there is told from what is empty. */
export function actTexts(row: Omit<Act, 'details'> & { readonly details: string | null }): readonly string[] {
  const { at, request, who, connection, action, subject, reason, details } = row
  return [JSON.stringify([at, request, who, connection, action, subject, reason, details])]
}

/** Takes an act, what makes its MAC, if anything, and the condition under which it happened; gives the statement that makes its row. */
export async function actSql(act: Act, sign: SignAct | undefined, when: SQL = sql`TRUE`): Promise<SQL> {
  const { at, request, who, connection, action, subject, reason } = act
  const details = act.details === undefined ? null : JSON.stringify(act.details)
  const mac = sign === undefined ? null : await sign(actTexts({ ...act, details }))
  return sql`INSERT INTO acts (at, request, who, connection, action, subject, reason, details, mac)
    SELECT ${at}, ${request}, ${who}, ${connection}, ${action}, ${subject}, ${reason}, ${details}, ${mac} WHERE ${when}`
}

/**
 * Takes a database, an act, and what makes its MAC where there are keys; gives the same database, whose first write carries the act's row in the same transaction. What writes nothing
 * leaves no row.
 */
export function recording(database: Database, act: Act, sign?: SignAct): Database {
  let isRecorded = false
  return {
    trips: database.trips,
    read: database.read,
    write: async (statements, operation) => {
      if (isRecorded) return database.write(statements, operation)
      const written = await database.write([...statements, await actSql(act, sign)], operation)
      isRecorded = true
      return written.kind === 'written' ? { ...written, rows: written.rows.slice(0, -1) } : written
    },
  }
}

/** Takes an act that writes nothing else: that somebody has looked at something, and what makes its MAC; keeps its row. One trip. */
export async function writeAct(database: Database, act: Act, sign?: SignAct): Promise<void> {
  await database.write([await actSql(act, sign)])
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
