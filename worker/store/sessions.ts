import * as v from 'valibot'
import { ROLES, type Grant } from './admins.ts'
import { sql, type Database } from './database.ts'

/** How long a link to sign in is good, a session without use, and a session at all, in milliseconds. */
export const LINK = 600_000
const IDLE = 1_800_000
const LONGEST = 8 * 3_600_000

/** How old the note of a session's last use may be, in milliseconds. */
const NOTE = 60_000

/** Takes an address and the digest of a secret; keeps a link to sign in with, once and for ten minutes. One trip. */
export async function insertLink(
  database: Database,
  email: string,
  digest: string,
  now: Date,
): Promise<void> {
  const at = now.toISOString()
  await database.write([
    sql`DELETE FROM sign_in_links WHERE expires < ${at}`,
    sql`INSERT INTO sign_in_links (digest, email, expires)
      VALUES (${digest}, ${email}, ${new Date(now.getTime() + LINK).toISOString()})`,
  ])
}

/**
 * Takes the digest of a link's secret, that of a fresh session, the request's id and the time; spends the link and begins the session in one
 * transaction, recorded. Gives the address; undefined where the link was spent, is too old, is none, or its person is on no list. One trip.
 */
export async function spendLink(
  database: Database,
  link: string,
  session: string,
  { request, now }: { readonly request: string; readonly now: Date },
): Promise<string | undefined> {
  const at = now.toISOString()
  const until = (span: number) => new Date(now.getTime() + span).toISOString()
  const written = await database.write([
    sql`UPDATE sign_in_links SET spent = ${request} WHERE digest = ${link} AND spent IS NULL AND expires > ${at}
      AND EXISTS (SELECT 1 FROM admins a WHERE a.email = sign_in_links.email)`,
    sql`INSERT INTO sessions (digest, email, created, ends, idle)
      SELECT ${session}, email, ${at}, ${until(LONGEST)}, ${until(IDLE)} FROM sign_in_links
      WHERE digest = ${link} AND spent = ${request} ON CONFLICT DO NOTHING`,
    // Sent again after a lost answer, it has happened once.
    sql`INSERT INTO acts (at, request, who, action) SELECT ${at}, ${request}, email, 'sign-in'
      FROM sessions WHERE digest = ${session} AND NOT EXISTS (SELECT 1 FROM acts a WHERE a.request = ${request})`,
    sql`SELECT email FROM sessions WHERE digest = ${session}`,
  ])
  const email = written.kind === 'written' ? written.rows.at(-1)?.[0]?.['email'] : undefined
  return typeof email === 'string' ? email : undefined
}

/** A session that is alive: whose it is, and what that person may do now. */
export type Session = {
  readonly email: string
  readonly grants: readonly Pick<Grant, 'connection' | 'role'>[]
}

const row = v.object({
  email: v.string(),
  idle: v.string(),
  grants: v.pipe(
    v.string(),
    v.parseJson(),
    v.array(v.object({ connection: v.string(), role: v.picklist(ROLES) })),
  ),
})

/**
 * Takes the digest of a session's id and the time; gives the session, undefined where it has ended or its person is on no list any more.
 * Its use is noted at most once a minute. One trip, and a second one then.
 */
export async function readSession(
  database: Database,
  digest: string,
  now: Date,
): Promise<Session | undefined> {
  const at = now.toISOString()
  const [rows] = await database.read([
    sql`SELECT s.email, s.idle, (SELECT json_group_array(json_object('connection', a.connection, 'role', a.role))
        FROM admins a WHERE a.email = s.email) AS grants
      FROM sessions s WHERE s.digest = ${digest} AND s.ended IS NULL AND s.ends > ${at} AND s.idle > ${at}`,
  ])
  if (rows?.[0] === undefined) return undefined
  const { email, idle, grants } = v.parse(row, rows[0])
  if (grants.length === 0) return undefined
  const next = new Date(now.getTime() + IDLE)
  if (next.getTime() - Date.parse(idle) > NOTE)
    await database.write([
      sql`UPDATE sessions SET idle = ${next.toISOString()} WHERE digest = ${digest} AND ended IS NULL`,
    ])
  return { email, grants }
}

/** Takes the digest of a session's id and the time; ends it. One trip. */
export async function endSession(database: Database, digest: string, now: Date): Promise<void> {
  await database.write([
    sql`UPDATE sessions SET ended = ${now.toISOString()} WHERE digest = ${digest} AND ended IS NULL`,
  ])
}
