import * as v from 'valibot'
import { sql, type Database, type SQL } from './database.ts'

/** What somebody may do: look (names masked), carry out repairs, read everything and the audit log, or all of it. */
export const ROLES = ['viewer', 'operator', 'auditor', 'admin'] as const

export type Role = (typeof ROLES)[number]

/** Stands for every connection. */
export const EVERYWHERE = '*'

/** A role of somebody, for one connection or for all of them. */
export type Grant = {
  readonly email: string
  readonly connection: string
  readonly role: Role
  readonly since: string
  readonly madeBy: string
}

const grant = v.pipe(
  v.object({
    email: v.string(),
    connection: v.string(),
    role: v.picklist(ROLES),
    since: v.string(),
    made_by: v.string(),
  }),
  v.transform(({ made_by: madeBy, ...rest }): Grant => ({ ...rest, madeBy })),
)

/** Gives everybody's roles, by address. One trip. */
export async function listGrants(database: Database): Promise<readonly Grant[]> {
  const [rows] = await database.read([sql`SELECT * FROM admins ORDER BY email, connection`])
  return (rows ?? []).map((row) => v.parse(grant, row))
}

/** Takes an address, folded; gives the roles of that person. One trip. */
export async function grantsOf(database: Database, email: string): Promise<readonly Grant[]> {
  const [rows] = await database.read([sql`SELECT * FROM admins WHERE email = ${email} ORDER BY connection`])
  return (rows ?? []).map((row) => v.parse(grant, row))
}

/** Takes a role of somebody; gives it, in place of the one there was. */
export function grantSql({ email, connection, role, since, madeBy }: Grant): SQL {
  return sql`INSERT INTO admins (email, connection, role, since, made_by)
    VALUES (${email}, ${connection}, ${role}, ${since}, ${madeBy})
    ON CONFLICT (email, connection) DO UPDATE SET role = excluded.role, since = excluded.since, made_by = excluded.made_by
    WHERE ${isNotLast(email, connection)} OR excluded.role = 'admin'`
}

/** The condition that somebody else is an admin of everything: the last one cannot be removed. */
const isNotLast = (email: string, connection: string): SQL =>
  connection === EVERYWHERE
    ? sql`(admins.role <> 'admin' OR EXISTS (SELECT 1 FROM admins o WHERE o.connection = ${EVERYWHERE} AND o.role = 'admin' AND o.email <> ${email}))`
    : sql`TRUE`

/** Takes a role of somebody; keeps it. Says whether it was: the last admin of everything stays one. One trip. */
export async function setGrant(database: Database, given: Grant): Promise<boolean> {
  const written = await database.write([sql`${grantSql(given)} RETURNING email`])
  return written.kind === 'written' && (written.rows[0]?.length ?? 0) > 0
}

/**
 * Takes an address and a connection; ends that person's role there, and sessions where none is left. Says whether it did: the
 * last admin of everything stays one. One trip.
 */
export async function endGrant(
  database: Database,
  email: string,
  connection: string,
  now: Date,
): Promise<boolean> {
  const written = await database.write([
    sql`DELETE FROM admins WHERE email = ${email} AND connection = ${connection} AND ${isNotLast(email, connection)} RETURNING email`,
    sql`UPDATE sessions SET ended = ${now.toISOString()} WHERE email = ${email} AND ended IS NULL
      AND NOT EXISTS (SELECT 1 FROM admins a WHERE a.email = ${email})`,
  ])
  return written.kind === 'written' && (written.rows[0]?.length ?? 0) > 0
}
