import { foldDocument } from '../scim/fold.ts'
import type { JsonObject } from '../scim/json.ts'
import type { ResourceType } from '../scim/schema.ts'
import { guard, rethrow, type Request } from './admission.ts'
import { isRecorded, operationOf, recordChange } from './changes.ts'
import { proofOf, saltSql } from './proof.ts'
import { sql, type Database, type SQL } from './database.ts'
import { dueSql } from './due.ts'
import { moveMembers } from './memberSql.ts'
import { needFor } from './resources.ts'
import { switchRefusals } from './switches.ts'

/** A resource that comes back: as what, with which members, and into which groups, as far as these are still here. */
export type ComesBack = {
  readonly document: JsonObject
  readonly members: readonly string[]
  readonly groups: readonly string[]
}

/**
 * Takes an admin's request, a kind of resource, the id of one that was deleted and what comes back; makes it anew under its old id, with
 * a change row, and due at the target. Its versions go on where they ended. Throws 403, 404, 409 uniqueness. One trip.
 */
export async function restoreDeleted(
  database: Database,
  request: Request,
  type: ResourceType,
  id: string,
  { document, members, groups }: ComesBack,
): Promise<void> {
  const operation = operationOf(request)
  const need = needFor(type, 'write')
  const { connection } = request.caller
  const at = request.at.toISOString()
  const folded = JSON.stringify(foldDocument(type, document))
  const isGone = sql`EXISTS (SELECT 1 FROM tombstones WHERE connection = ${connection} AND id = ${id} AND type = ${type.name})
    AND NOT EXISTS (SELECT 1 FROM resources WHERE connection = ${connection} AND id = ${id})`
  const ofIt = sql`connection = ${connection} AND resource = ${id}`
  const here = (
    list: readonly string[],
    which: SQL,
  ) => sql`SELECT k.id FROM json_each(${JSON.stringify(list)}) j
    JOIN resources k ON k.connection = ${connection} AND k.id = j.value AND ${which}`
  const groupsHere = here(groups, sql`k.type = 'Group'`)
  const named = new Set(Object.keys(document))
  const proof = await proofOf(operation, type, {
    id,
    kind: 'patch',
    named,
    values: { document, members, groups },
  })
  const statements: readonly SQL[] = [
    guard(request, need, [
      ...switchRefusals(request, type, 'create'),
      { word: 'missing', when: sql`NOT (${isGone})` },
    ]),
    sql`INSERT INTO resources (connection, id, type, version, created, modified, document, folded)
      SELECT ${connection}, ${id}, ${type.name}, coalesce((SELECT max(version) FROM changes WHERE ${ofIt}), 0),
        coalesce((SELECT min(at) FROM changes WHERE ${ofIt}), ${at}), ${at}, ${JSON.stringify(document)}, ${folded}`,
    sql`INSERT INTO change_values (operation, connection, resource, after, added, salt)
      SELECT ${operation.id}, ${connection}, ${id}, ${JSON.stringify(document)},
        nullif((SELECT json_group_array(id) FROM (${here(members, sql`k.type IN ('User', 'Group')`)})), '[]'), ${proof.salt}`,
    sql`INSERT INTO change_values (operation, connection, resource, added, salt)
      SELECT ${`${operation.id}/`} || id, ${connection}, id, json_array(${id}), ${saltSql} FROM (${groupsHere})`,
    recordChange(operation, type, sql`'revive'`, named, proof),
    sql`UPDATE resources SET version = version + 1, modified = ${at} WHERE connection = ${connection}
      AND (id = ${id} OR id IN (${groupsHere})) AND ${isRecorded(operation)}`,
    ...moveMembers(operation, connection, sql`${id}`),
    sql`INSERT INTO members (connection, group_id, member_id) SELECT ${connection}, id, ${id} FROM (${groupsHere}) WHERE TRUE
      ON CONFLICT DO NOTHING`,
    sql`DELETE FROM tombstones WHERE connection = ${connection} AND id = ${id}`,
    ...(await dueSql(operation, type, id, 'patch')),
  ]
  await database
    .write(statements, operation.id)
    .catch((error: unknown) => rethrow(error, database, request, need))
}
