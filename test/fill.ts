import { sql } from '../worker/store/database.ts'
import { database } from './worker.ts'

/** Puts people into the database, and into the group if one is named, by two statements. Gives their ids. */
export async function fill(
  connection: string,
  group: string | undefined,
  count: number,
): Promise<readonly string[]> {
  const ids = Array.from({ length: count }, () => crypto.randomUUID())
  const [now, list] = [new Date().toISOString(), JSON.stringify(ids)]
  await database().write([
    sql`INSERT INTO resources (connection, id, type, version, created, modified, document, folded)
      SELECT ${connection}, value, 'User', 1, ${now}, ${now}, json_object('userName', value), json_object('userName', value)
      FROM json_each(${list})`,
    ...(group === undefined
      ? []
      : [sql`INSERT INTO members SELECT ${connection}, ${group}, value FROM json_each(${list})`]),
  ])
  return ids
}
