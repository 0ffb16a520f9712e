import type { ResourceType } from '../scim/schema.ts'
import { guard, resourceRefusals, rethrow, type Need, type Request } from './admission.ts'
import { operationOf, recordChange } from './changes.ts'
import { sql, type Database, type SQL } from './database.ts'
import { dueSql } from './due.ts'
import { proofOf, saltSql } from './proof.ts'
import { readHeld } from './harms.ts'
import { entrySql } from './requests.ts'
import { needFor, within } from './resources.ts'
import { switchRefusals } from './switches.ts'
import { lateSql, noteWritten, useSql } from './tokenUse.ts'
import { firstWork, leasedWork, type Changed } from './writing.ts'

/**
 * Takes a request, a kind of resource and an id; deletes the resource (RFC 7644 §3.6). Whoever was in it or had it as
 * a member is told by the change rows: each group it leaves gets one of its own. What was deleted is kept as a tombstone.
 * Gives what is to be brought to the target by whoever asked, and what the guard has held of it. Throws 401, 403, 404, 412. One trip.
 */
export async function removeResource(
  database: Database,
  request: Request,
  type: ResourceType,
  id: string,
): Promise<Pick<Changed, 'work' | 'held'>> {
  const operation = operationOf(request)
  const { connection } = request.caller
  const at = request.at.toISOString()
  const here = sql`${within(request, type)} AND r.id = ${id}`
  const need: Need = {
    ...needFor(type, 'write'),
    takesAccess: type.isPerson,
    ...(type.isPerson ? { writes: { found: here } } : {}),
  }
  const named: ReadonlySet<string> = new Set()
  const proof = await proofOf(operation, type, { id, kind: 'delete', named, values: null })
  const statements: readonly SQL[] = [
    guard(request, need, [...switchRefusals(request, type, 'delete'), ...resourceRefusals(request, here)]),
    sql`INSERT INTO change_values (operation, connection, resource, before, removed, salt)
      SELECT ${operation.id}, r.connection, r.id, r.document, nullif((SELECT json_group_array(m.member_id)
        FROM members m WHERE m.connection = r.connection AND m.group_id = r.id), '[]'), ${proof.salt}
      FROM resources r WHERE ${here}`,
    sql`INSERT INTO change_values (operation, connection, resource, removed, salt)
      SELECT ${`${operation.id}/`} || m.group_id, m.connection, m.group_id, json_array(${id}), ${saltSql}
      FROM members m WHERE m.connection = ${connection} AND m.member_id = ${id}`,
    recordChange(operation, type, sql`'delete'`, named, proof),
    sql`UPDATE resources SET version = version + 1, modified = ${at}
      WHERE connection = ${connection} AND id IN (
        SELECT group_id FROM members WHERE connection = ${connection} AND member_id = ${id})`,
    sql`DELETE FROM members WHERE connection = ${connection} AND member_id = ${id}`,
    sql`DELETE FROM members WHERE connection = ${connection} AND group_id = ${id}`,
    sql`INSERT INTO tombstones (connection, id, type, document, at)
      SELECT r.connection, r.id, r.type, r.document, ${at} FROM resources r WHERE ${here}
      ON CONFLICT (connection, id) DO UPDATE SET type = excluded.type, document = excluded.document, at = excluded.at`,
    sql`DELETE FROM resources WHERE connection = ${connection} AND id = ${id}`,
    ...entrySql(request, sql`${id}`),
    ...(await dueSql(operation, type, id, 'delete')),
    ...useSql(request),
    ...(type.isPerson ? [lateSql(request)] : []),
  ]
  const read = leasedWork(operation)
  const written = await database
    .write([...statements, ...read], operation.id)
    .catch((error: unknown) => rethrow(error, database, request, need))
  noteWritten(request)
  if (written.kind === 'written') {
    const held = readHeld(written.rows.slice(0, statements.length), id)
    return { held, ...firstWork(written.rows.slice(statements.length)) }
  }
  return read.length === 0 ? {} : firstWork(await database.read(read))
}
