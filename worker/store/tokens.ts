import * as v from 'valibot'
import { sql, type Database, type SQL } from './database.ts'
import { GRACE } from './tokenUse.ts'

/** A token's row: all that is kept of it. Times are seconds since 1970, as in a JWT. */
export type TokenRow = v.InferOutput<typeof tokenRow>

/** What a new token's row is made of; what is left out is nothing. */
export type NewToken = Pick<
  TokenRow,
  'jti' | 'connection' | 'kid' | 'scope' | 'user' | 'issued' | 'expires'
> &
  Partial<Pick<TokenRow, 'name' | 'madeBy' | 'networks' | 'domains' | 'sliding' | 'renewBy'>>

/** The words a scope may have everywhere: only people, only groups, no changes; and to run the connection, which no other allows. */
export const SCOPES = ['users', 'groups', 'read', 'admin'] as const

/** The fewest days without use after which a token may end: a company that hires nobody for a month keeps its own. */
export const LEAST_SLIDING = 30

const texts = v.nullable(v.pipe(v.string(), v.parseJson(), v.array(v.string())))

const tokenRow = v.pipe(
  v.object({
    jti: v.string(),
    connection: v.string(),
    kid: v.string(),
    /** Words with a space between: of SCOPES, and of the resources a deployment declares; empty for all of SCIM. */
    scope: v.string(),
    /** The id of the one person the token may read, or null. */
    user: v.nullable(v.string()),
    issued: v.number(),
    expires: v.nullable(v.number()),
    name: v.nullable(v.string()),
    made_by: v.nullable(v.string()),
    /** To each network it may be shown from, the bits of its addresses. */
    networks: v.nullable(v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.string()))),
    domains: texts,
    sliding: v.nullable(v.number()),
    renew_by: v.nullable(v.number()),
    used: v.nullable(v.number()),
    used_from: v.nullable(v.string()),
    replaced_by: v.nullable(v.string()),
  }),
  v.transform(({ made_by, renew_by, used_from, replaced_by, ...row }) => ({
    ...row,
    madeBy: made_by,
    renewBy: renew_by,
    usedFrom: used_from,
    replacedBy: replaced_by,
  })),
)

const COLUMNS = sql`jti, connection, kid, scope, user, issued, expires, name, made_by, networks, domains, sliding, renew_by,
  used, used_from, replaced_by`

const isLive = (now: Date): SQL => sql`revoked IS NULL AND (expires IS NULL OR expires > ${secondsOf(now)})`

/** Takes a time; gives it as tokens have it: whole seconds since 1970. */
export function secondsOf(time: Date): number {
  return Math.floor(time.getTime() / 1000)
}

/**
 * Takes when a token is made and when it ends; gives the time it is to be renewed by, 14 days before: from then on it only reads and
 * deactivates, so that nobody's access stays because it ended unnoticed. None for one that does not live that long.
 */
export function renewalOf(issued: number, expires: number | null): number | null {
  return expires !== null && expires - GRACE > issued ? expires - GRACE : null
}

/** Takes a token's row; keeps it. */
export async function insertToken(database: Database, row: NewToken): Promise<void> {
  const { name = null, madeBy = null, networks, domains, sliding = null, renewBy = null } = row
  await database.write([
    sql`INSERT INTO tokens (jti, connection, kid, scope, user, issued, expires, name, made_by, networks, domains, sliding, renew_by)
      VALUES (${row.jti}, ${row.connection}, ${row.kid}, ${row.scope}, ${row.user}, ${row.issued}, ${row.expires}, ${name},
        ${madeBy}, ${jsonOf(networks)}, ${jsonOf(domains)}, ${sliding}, ${renewBy})
      ON CONFLICT (jti) DO NOTHING`,
  ])
}

const jsonOf = (value: object | null | undefined) =>
  value === null || value === undefined ? null : JSON.stringify(value)

/** What takes a token's place: its id, the key that signs it, who made it and when, and when the old one ends at the latest. */
export type Successor = {
  readonly jti: string
  readonly kid: string
  readonly madeBy: string
  readonly now: Date
  readonly ends: number
}

/**
 * Takes a connection's id, a live token's and what takes its place; makes that of the same rights, with its span of life begun anew,
 * and gives the old one its end, which its use does not move any more. Both are live until then. Gives the row of the new one;
 * undefined where there is no such token, it has ended, or another takes its place already. One trip.
 */
export async function replaceToken(
  database: Database,
  connection: string,
  jti: string,
  { jti: next, kid, madeBy, now, ends }: Successor,
): Promise<TokenRow | undefined> {
  const at = secondsOf(now)
  const span = sql`iif(sliding IS NULL, expires - issued, sliding + ${GRACE})`
  const until = sql`iif(sliding IS NULL, renew_by - issued, sliding)`
  const here = sql`connection = ${connection} AND jti = ${jti} AND ${isLive(now)}`
  const written = await database.write([
    sql`INSERT INTO tokens (jti, connection, kid, scope, user, issued, expires, name, made_by, networks, domains, sliding, renew_by)
      SELECT ${next}, connection, ${kid}, scope, user, ${at}, ${at} + ${span}, name, ${madeBy}, networks, domains, sliding,
        ${at} + ${until}
      FROM tokens WHERE ${here} AND replaced_by IS NULL RETURNING ${COLUMNS}`,
    // What is known of where the old one comes from is known of the new one: only others are news.
    sql`INSERT INTO token_networks (connection, token, network, first) SELECT w.connection, ${next}, w.network, w.first
      FROM token_networks w WHERE w.connection = ${connection} AND w.token = ${jti}
        AND EXISTS (SELECT 1 FROM tokens t WHERE t.connection = ${connection} AND t.jti = ${next})`,
    sql`UPDATE tokens SET replaced_by = ${next}, sliding = NULL, expires = min(coalesce(expires, ${ends}), ${ends})
      WHERE ${here} AND EXISTS (SELECT 1 FROM tokens n WHERE n.connection = ${connection} AND n.jti = ${next})`,
  ])
  const row = written.kind === 'written' ? written.rows[0]?.[0] : undefined
  return row === undefined ? undefined : v.parse(tokenRow, row)
}

/** Takes a token's id and the time, and its connection where that must be one's own; ends it at once, or finds it ended. Gives whether there is a token of that id. */
export async function revokeToken(
  database: Database,
  jti: string,
  now: Date,
  connection?: string,
): Promise<boolean> {
  const own = connection === undefined ? sql`TRUE` : sql`connection = ${connection}`
  const written = await database.write([
    sql`UPDATE tokens SET revoked = coalesce(revoked, ${secondsOf(now)}) WHERE jti = ${jti} AND ${own} RETURNING jti`,
  ])
  return written.kind === 'written' && (written.rows[0]?.length ?? 0) > 0
}

/** Takes a connection's id, a token's and what it is called from now on. Gives whether there is such a token. */
export async function renameToken(
  database: Database,
  connection: string,
  jti: string,
  name: string | null,
): Promise<boolean> {
  const written = await database.write([
    sql`UPDATE tokens SET name = ${name} WHERE connection = ${connection} AND jti = ${jti} RETURNING jti`,
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
    sql`SELECT ${COLUMNS} FROM tokens WHERE connection = ${connection} AND ${isLive(now)} ORDER BY issued, jti`,
  ])
  return (rows ?? []).map((row) => v.parse(tokenRow, row))
}

/** A live token, as far as its signing key is concerned. */
export type SignedToken = v.InferOutput<typeof signedToken>

const signedToken = v.object({
  kid: v.string(),
  jti: v.string(),
  name: v.nullable(v.string()),
  connection: v.string(),
  connectionName: v.string(),
  expires: v.nullable(v.number()),
  replacedBy: v.nullable(v.string()),
})

/** Takes the time; gives every live token with the key that signed it, of all connections: a key is one of the whole bridge. One trip. */
export async function tokensByKey(database: Database, now: Date): Promise<readonly SignedToken[]> {
  const [rows] = await database.read([
    sql`SELECT t.kid, t.jti, t.name, t.connection, c.name AS connectionName, t.expires, t.replaced_by AS replacedBy
      FROM tokens t JOIN connections c ON c.id = t.connection
      WHERE t.revoked IS NULL AND (t.expires IS NULL OR t.expires > ${secondsOf(now)}) ORDER BY c.name, t.issued, t.jti`,
  ])
  return (rows ?? []).map((row) => v.parse(signedToken, row))
}
