import * as v from 'valibot'
import { sql, type Database } from './database.ts'

/** A token's row: all that is kept of it. Times are seconds since 1970, as in a JWT. */
export type TokenRow = {
  readonly jti: string
  readonly connection: string
  readonly kid: string
  /** Words with a space between: of SCOPES, and of the resources a deployment declares; empty for everything. */
  readonly scope: string
  /** The id of the one person the token may read, or null. */
  readonly user: string | null
  readonly issued: number
  readonly expires: number | null
}

/** The words a scope may have everywhere: only people, only groups, no changes. */
export const SCOPES = ['users', 'groups', 'read'] as const

const tokenRow = v.object({
  jti: v.string(),
  connection: v.string(),
  kid: v.string(),
  scope: v.string(),
  user: v.nullable(v.string()),
  issued: v.number(),
  expires: v.nullable(v.number()),
})

/** Takes a token's row; keeps it. */
export async function insertToken(database: Database, row: TokenRow): Promise<void> {
  await database.write([
    sql`INSERT INTO tokens (jti, connection, kid, scope, user, issued, expires) VALUES (${row.jti},
      ${row.connection}, ${row.kid}, ${row.scope}, ${row.user}, ${row.issued}, ${row.expires})
      ON CONFLICT (jti) DO NOTHING`,
  ])
}

/** Takes a token's id and the time; ends it at once, or finds it ended. Gives whether there is a token of that id. */
export async function revokeToken(database: Database, jti: string, now: Date): Promise<boolean> {
  const written = await database.write([
    sql`UPDATE tokens SET revoked = coalesce(revoked, ${Math.floor(now.getTime() / 1000)})
      WHERE jti = ${jti} RETURNING jti`,
  ])
  return written.kind === 'written' && (written.rows[0]?.length ?? 0) > 0
}

/** Takes a connection's id and the time; ends every token of it at once. Gives how many were alive. One trip. */
export async function revokeAll(database: Database, connection: string, now: Date): Promise<number> {
  const seconds = Math.floor(now.getTime() / 1000)
  const written = await database.write([
    sql`UPDATE tokens SET revoked = ${seconds} WHERE connection = ${connection} AND revoked IS NULL
      AND (expires IS NULL OR expires > ${seconds}) RETURNING jti`,
  ])
  return written.kind === 'written' ? (written.rows[0]?.length ?? 0) : 0
}

/** Takes a connection's id; gives the rows of its live tokens, oldest first. */
export async function liveTokens(
  database: Database,
  connection: string,
  now: Date,
): Promise<readonly TokenRow[]> {
  const [rows] = await database.read([
    sql`SELECT jti, connection, kid, scope, user, issued, expires FROM tokens
      WHERE connection = ${connection} AND revoked IS NULL
        AND (expires IS NULL OR expires > ${Math.floor(now.getTime() / 1000)})
      ORDER BY issued, jti`,
  ])
  return (rows ?? []).map((row) => v.parse(tokenRow, row))
}
