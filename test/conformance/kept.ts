import * as v from 'valibot'
import { sql } from '../../worker/store/database.ts'
import { database } from '../worker.ts'
import type { Probe } from './probe.ts'

const table = v.object({ name: v.string() })

/** Takes a probe; gives all that the database holds of its connection, as one text. Throws where that is nothing. */
export async function kept({ connection }: Probe): Promise<string> {
  const [tables = []] = await database().read([
    sql`SELECT m.name FROM sqlite_schema m, pragma_table_info(m.name) c
      WHERE m.type = 'table' AND c.name = 'connection'`,
  ])
  const rows = await database().read([
    sql`SELECT * FROM connections WHERE id = ${connection}`,
    ...tables
      .map((row) => v.parse(table, row))
      .map(({ name }) => sql`SELECT * FROM ${sql.identifier(name)} WHERE connection = ${connection}`),
  ])
  if (rows[0]?.length !== 1) throw new Error('no such connection')
  return JSON.stringify(rows)
}
