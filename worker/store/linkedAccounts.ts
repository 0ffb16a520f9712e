import * as v from 'valibot'
import { sql, type Database } from './database.ts'
import type { Scope } from './reconcile.ts'

const row = v.object({
  type: v.picklist(['User', 'Group']),
  remote: v.string(),
  /** What the target last showed as its userName, or displayName of a group; null where it showed none. */
  name: v.nullable(v.string()),
})

/** Takes a scope and how many at the most; gives people and groups that are linked there, people and the latest first, and how many there are of them all. One trip. */
export async function linkedAccounts(
  database: Database,
  { connection, account }: Scope,
  most: number,
): Promise<{ readonly count: number; readonly some: readonly v.InferOutput<typeof row>[] }> {
  const of = sql`connection = ${connection} AND account = ${account} AND state = 'linked'`
  const [counted, rows] = await database.read([
    sql`SELECT count(*) AS count FROM links WHERE ${of}`,
    sql`SELECT type, remote, iif(type = 'User', confirmed ->> '$.userName', confirmed ->> '$.displayName') AS name
      FROM links WHERE ${of} ORDER BY type DESC, at DESC LIMIT ${most}`,
  ])
  const { count } = v.parse(v.object({ count: v.number() }), counted?.[0])
  return { count, some: (rows ?? []).map((each) => v.parse(row, each)) }
}
