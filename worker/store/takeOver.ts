import * as v from 'valibot'
import { sql, type Database } from './database.ts'

/** How many ids are looked up in one trip. */
const AT_ONCE = 5_000

/**
 * Takes the database, a connection's id and the ids a provider has kept of another server; gives those under which it would
 * find nobody here. One trip for each 5,000.
 */
export async function unknownIds(
  database: Database,
  connection: string,
  ids: readonly string[],
): Promise<readonly string[]> {
  const unknown: string[] = []
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    const [rows] = await database.read([
      sql`SELECT j.value AS id FROM json_each(${JSON.stringify(ids.slice(from, from + AT_ONCE))}) j
        WHERE NOT EXISTS (SELECT 1 FROM resources r WHERE r.connection = ${connection} AND r.id = j.value)`,
    ])
    unknown.push(...(rows ?? []).map(({ id }) => v.parse(v.string(), id)))
  }
  return unknown
}

const person = v.object({
  remote: v.string(),
  id: v.nullable(v.string()),
  externalId: v.nullable(v.string()),
})

/** An account at the target that nobody has linked, and the person here, if any, who has its userName. */
export type Unlinked = {
  readonly remote: string
  readonly resource: string | undefined
  readonly externalId: string | undefined
}

/**
 * Takes the database, a connection's id, the account of its target and accounts there with their userNames, folded; gives those
 * that nobody has linked. One trip.
 */
export async function findUnlinked(
  database: Database,
  connection: string,
  account: string,
  accounts: readonly { readonly remote: string; readonly folded: string }[],
): Promise<readonly Unlinked[]> {
  const [rows] = await database.read([
    sql`SELECT j.value ->> '$.remote' AS remote, r.id, r.document ->> '$.externalId' AS externalId
      FROM json_each(${JSON.stringify(accounts)}) j LEFT JOIN resources r ON r.connection = ${connection}
        AND r.user_name = (j.value ->> '$.folded')
      WHERE NOT EXISTS (SELECT 1 FROM links l WHERE l.account = ${account} AND l.type = 'User'
        AND l.remote = (j.value ->> '$.remote') AND l.state <> 'provisional')`,
  ])
  return (rows ?? []).map((row) => {
    const { remote, id, externalId } = v.parse(person, row)
    return { remote, resource: id ?? undefined, externalId: externalId ?? undefined }
  })
}
