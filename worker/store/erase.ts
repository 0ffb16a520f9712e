import * as v from 'valibot'
import { sql, WriteRefused, type Database, type SQL } from './database.ts'

/** A person of a connection. */
export type Person = { readonly connection: string; readonly id: string }

/** How it stands with erasing somebody: it can be done; it was; they are not deleted yet; something of them is still to be brought to the target; nobody of that id was ever there. */
export type Erasable = 'ready' | 'erased' | 'here' | 'pending' | 'unknown'

/**
 * The condition that something of a person is still to be brought to the target, or to be confirmed by it: a delivery, whatever holds it up, a
 * membership that is on its way, a deactivation nobody has confirmed. It would be lost, or be done with a document that is no more.
 */
export function isPending(connection: SQL, id: SQL): SQL {
  return sql`(EXISTS (SELECT 1 FROM deliveries d WHERE d.connection = ${connection} AND d.resource = ${id})
    OR EXISTS (SELECT 1 FROM member_steps s WHERE s.connection = ${connection} AND s.member_id = ${id} AND s.refused IS NULL)
    OR EXISTS (SELECT 1 FROM receipts p WHERE p.connection = ${connection} AND p.resource = ${id}
      AND p.confirmed IS NULL AND p.ended IS NULL))`
}

/** Takes a person; says how it stands with erasing them. One trip. */
export async function isErasable(database: Database, { connection, id }: Person): Promise<Erasable> {
  const [rows] = await database.read([
    sql`SELECT CASE
      WHEN EXISTS (SELECT 1 FROM tombstones t WHERE t.connection = ${connection} AND t.id = ${id} AND t.erased IS NOT NULL) THEN 'erased'
      WHEN EXISTS (SELECT 1 FROM resources r WHERE r.connection = ${connection} AND r.id = ${id} AND r.type = 'User') THEN 'here'
      WHEN NOT EXISTS (${lastChange({ connection, id })}) THEN 'unknown'
      WHEN ${isPending(sql`${connection}`, sql`${id}`)} THEN 'pending' ELSE 'ready' END AS erasable`,
  ])
  return v.parse(erasableRow, rows?.[0]).erasable
}

const erasableRow = v.object({ erasable: v.picklist(['ready', 'erased', 'here', 'pending', 'unknown']) })

const lastChange = ({ connection, id }: Person): SQL =>
  sql`SELECT c.connection, c.resource, c.type, c.at FROM changes c
    WHERE c.connection = ${connection} AND c.resource = ${id} AND c.type = 'User' ORDER BY c.seq DESC LIMIT 1`

/** Takes a person and when; gives the condition that eraseSql, before it in the same batch, has erased them. */
export function isErased({ connection, id }: Person, at: Date): SQL {
  return sql`EXISTS (SELECT 1 FROM tombstones t WHERE t.connection = ${connection} AND t.id = ${id} AND t.erased = ${at.toISOString()})`
}

/**
 * Takes a person and when; gives the statements that erase them: every document, value and salt, what requests and links say of them. What stays is
 * a bare tombstone, the rows of the log with their digests, which say nothing without the salts, ids and times. None of it does anything where the
 * person is not deleted, or something of them is still to be brought to the target.
 */
export function eraseSql(person: Person, at: Date): readonly SQL[] {
  const { connection, id } = person
  const of = (column: SQL) =>
    sql`connection = ${connection} AND ${column} = ${id} AND ${isErased(person, at)}`
  const resource = sql`resource`
  return [
    sql`INSERT INTO tombstones (connection, id, type, document, at, erased)
      SELECT c.connection, c.resource, c.type, '{}', c.at, ${at.toISOString()} FROM (${lastChange(person)}) c
      WHERE NOT EXISTS (SELECT 1 FROM resources r WHERE r.connection = c.connection AND r.id = c.resource)
        AND NOT EXISTS (SELECT 1 FROM tombstones t WHERE t.connection = c.connection AND t.id = c.resource AND t.erased IS NOT NULL)
        AND NOT ${isPending(sql`c.connection`, sql`c.resource`)}
      ON CONFLICT (connection, id) DO UPDATE SET document = '{}', erased = excluded.erased`,
    sql`DELETE FROM change_values WHERE operation IN (SELECT c.operation FROM changes c
      WHERE c.connection = ${connection} AND c.resource = ${id}) AND ${isErased(person, at)}`,
    sql`UPDATE requests SET resource = NULL WHERE ${of(resource)}`,
    sql`UPDATE links SET confirmed = '{}', differs = NULL WHERE ${of(resource)}`,
    sql`UPDATE overrides SET value = NULL WHERE ${of(resource)}`,
    sql`DELETE FROM dry_steps WHERE ${of(resource)}`,
    sql`DELETE FROM alarms WHERE ${of(sql`subject`)}`,
  ]
}

/** Takes a person and when; erases them. Says whether it could be done, which is decided anew in the write. One trip. */
export async function erasePerson(database: Database, person: Person, at: Date): Promise<boolean> {
  const [first, ...others] = eraseSql(person, at)
  if (first === undefined) return false
  // Nothing of a batch that erases nobody is to be left: not its row among the acts either.
  const isNobody = sql`INSERT INTO guard SELECT iif(${isErased(person, at)}, NULL, 'stale')`
  try {
    await database.write([first, isNobody, ...others])
    return true
  } catch (error) {
    if (error instanceof WriteRefused) return false
    throw error
  }
}

/** Why somebody cannot be erased, in words for an admin. */
export const WHY_NOT: Readonly<Record<Exclude<Erasable, 'ready'>, string>> = {
  erased: 'This person is erased already.',
  here: 'This person is still in the directory. Delete them at the identity provider first: it would bring them back with its next push.',
  pending:
    'Something of this person is still to be brought to the target, or to be confirmed by it. Erase them when that is done: it would be lost.',
  unknown: 'There never was a person of this id in this connection.',
}
