import * as v from 'valibot'
import { isRefusal, type RefusalName } from '../scim/refusal.ts'
import type { Entry, Request } from './admission.ts'
import { sql, type Database, type SQL } from './database.ts'

/** How long rows are kept, in days, and how many old ones go with one write. */
const KEPT_DAYS = 90
const MOST_OLD = 500

/** A request in the log: of nothing that was sent more than ids, the pattern of its route and the names of quirks and refusals. */
export type RequestRow = Entry & {
  readonly connection: string
  readonly at: string
  readonly request: string
  readonly token: string
  /** How long its answer took, in milliseconds; none where its own write has recorded it, which could not know. */
  readonly ms: number | undefined
  readonly resource: string | undefined
  readonly refusal: RefusalName | undefined
  readonly quirks: readonly string[]
}

/**
 * Takes a write that nothing has refused, the id of its resource, and the condition that it brought somebody back; gives the
 * statement that records it in its own batch. None where no request asked for it.
 */
export function entrySql(request: Request, resource: SQL, isRevival: SQL = sql`FALSE`): readonly SQL[] {
  const { caller, id, at, entry, reading } = request
  if (entry === undefined) return []
  const quirks = JSON.stringify([...(reading?.quirks ?? [])].toSorted())
  return [
    sql`INSERT INTO requests (connection, at, request, token, method, route, status, resource, quirks)
      VALUES (${caller.connection}, ${at.toISOString()}, ${id}, ${caller.token}, ${entry.method}, ${entry.route},
        ${entry.status}, ${resource}, nullif(iif(${isRevival}, json_insert(${quirks}, '$[#]', 'revived'), ${quirks}), '[]'))`,
  ]
}

/**
 * Takes a row; gives the statement that writes it. A write that its target refused afterwards has a row already, which
 * learns of it.
 */
export function requestSql(row: RequestRow): SQL {
  const quirks = row.quirks.length === 0 ? null : JSON.stringify(row.quirks)
  return sql`INSERT INTO requests (connection, at, request, token, method, route, status, ms, resource, refusal, quirks)
    VALUES (${row.connection}, ${row.at}, ${row.request}, ${row.token}, ${row.method}, ${row.route}, ${row.status},
      ${row.ms ?? null}, ${row.resource ?? null}, ${row.refusal ?? null}, ${quirks})
    ON CONFLICT (connection, at, request) DO UPDATE SET status = excluded.status, ms = excluded.ms, refusal = excluded.refusal`
}

/** Takes a connection's id and the time; gives the statement that forgets some of what is older than is kept. */
export function forgetOldSql(connection: string, now: Date): SQL {
  const before = new Date(now.getTime() - KEPT_DAYS * 86_400_000).toISOString()
  return sql`DELETE FROM requests WHERE (connection, at, request) IN (SELECT connection, at, request FROM requests
    WHERE connection = ${connection} AND at < ${before} ORDER BY at LIMIT ${MOST_OLD})`
}

const row = v.pipe(
  v.object({
    connection: v.string(),
    at: v.string(),
    request: v.string(),
    token: v.string(),
    method: v.string(),
    route: v.string(),
    status: v.number(),
    ms: v.nullable(v.number()),
    resource: v.nullable(v.string()),
    refusal: v.nullable(v.string()),
    quirks: v.nullable(v.pipe(v.string(), v.parseJson(), v.array(v.string()))),
  }),
  v.transform(({ ms, resource, refusal, quirks, ...rest }): RequestRow => ({
    ...rest,
    ms: ms ?? undefined,
    resource: resource ?? undefined,
    refusal: refusal !== null && isRefusal(refusal) ? refusal : undefined,
    quirks: quirks ?? [],
  })),
)

/** Which requests are looked for: of one resource or of all, only refused ones or all, and from where back: the time and the id of the last of the page before. */
export type Looked = {
  readonly resource?: string | undefined
  readonly isRefused?: boolean | undefined
  readonly before?: { readonly at: string; readonly request: string } | undefined
  readonly most: number
}

/** Takes a connection's id and what is looked for; gives its requests, the newest first. One trip. */
export async function listRequests(
  database: Database,
  connection: string,
  { resource, isRefused, before, most }: Looked,
): Promise<readonly RequestRow[]> {
  const conditions = [
    sql`connection = ${connection}`,
    ...(resource === undefined ? [] : [sql`resource = ${resource}`]),
    ...(isRefused === true ? [sql`status >= 400`] : []),
    ...(before === undefined ? [] : [sql`(at, request) < (${before.at}, ${before.request})`]),
  ]
  const [rows] = await database.read([
    // Left to itself libSQL would go through all of the connection for the order.
    sql`SELECT * FROM requests ${resource === undefined ? sql`` : sql`INDEXED BY requests_resource`} WHERE ${sql.join(conditions, sql` AND `)} ORDER BY at DESC, request DESC LIMIT ${most}`,
  ])
  return (rows ?? []).map((read) => v.parse(row, read))
}
