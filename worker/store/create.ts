import { foldDocument } from '../scim/fold.ts'
import { membersChange } from '../scim/members.ts'
import { withDefaults, type SentResource } from '../scim/resource.ts'
import type { ResourceType } from '../scim/schema.ts'
import type { Selection } from '../scim/selection.ts'
import { countQuirks, guard, strictRefusals, type Request } from './admission.ts'
import { isRecorded, operationOf, recordChange, valueOf } from './changes.ts'
import { sql, type Database, type SQL } from './database.ts'
import { memberDelta, moveMembers, namesOnlyUnknown, unknownMembersSql } from './memberSql.ts'
import { needFor, resourceSql } from './resources.ts'
import { writeAndShow, type Changed } from './writing.ts'

/**
 * Takes a request, a kind of resource, the resource as sent, a fresh id and what to show; gives the resource as it is
 * kept. A person of this connection who is inactive and has the externalId sent comes back under the old id, with the
 * new profile, what may be set only once too: the provider means the same person, and a second account would be left
 * over.
 * Throws 401, 403, 400 (only unknown members), 409 uniqueness. One trip.
 */
export async function createResource(
  database: Database,
  request: Request,
  type: ResourceType,
  sent: SentResource,
  id: string,
  selection: Selection,
): Promise<Changed> {
  const operation = operationOf(request)
  const { connection } = request.caller
  const document = withDefaults(type, sent.document)
  const folded = foldDocument(type, document)
  const { externalId } = folded
  const ids = sent.members ?? []
  const members = ids.length === 0 ? undefined : membersChange([{ op: 'add', ids }])
  const at = request.at.toISOString()
  const unknownMembers =
    members === undefined
      ? []
      : [{ word: 'unknown_members', when: namesOnlyUnknown(connection, id, members) }]
  const isRevival = sql`EXISTS (SELECT 1 FROM change_values WHERE operation = ${operation.id} AND before IS NOT NULL)`
  const show = resourceSql(request, type, sql`r.id = ${valueOf(operation, 'resource')}`, selection)
  const statements: readonly SQL[] = [
    guard(request, needFor(type, 'write'), [...strictRefusals(request), ...unknownMembers]),
    ...(type.isPerson && document['active'] === true && typeof externalId === 'string'
      ? [recordRevival(operation.id, connection, type, JSON.stringify(document), externalId)]
      : []),
    sql`INSERT INTO change_values (operation, connection, resource, after, added)
      SELECT ${operation.id}, ${connection}, ${id}, ${JSON.stringify(document)},
        nullif(${members === undefined ? sql`'[]'` : memberDelta(connection, id, members).added}, '[]')
      WHERE NOT ${isRecorded(operation)}`,
    recordChange(operation, type, sql`iif(${isRevival}, 'revive', 'create')`, sent.named),
    sql`UPDATE resources SET version = version + 1, modified = ${at},
        document = ${valueOf(operation, 'after')}, folded = ${JSON.stringify(folded)}
      WHERE connection = ${connection} AND id = ${valueOf(operation, 'resource')} AND ${isRevival}`,
    sql`INSERT INTO resources (connection, id, type, version, created, modified, document, folded)
      SELECT ${connection}, ${id}, ${type.name}, 1, ${at}, ${at}, ${valueOf(operation, 'after')}, ${JSON.stringify(folded)}
      WHERE NOT ${isRevival}`,
    ...(members === undefined ? [] : moveMembers(operation, connection, sql`${id}`)),
    ...countQuirks(request),
  ]
  const unknown = members && unknownMembersSql(connection, id, members)
  return writeAndShow(database, operation, statements, show, unknown)
}

function recordRevival(
  operation: string,
  connection: string,
  type: ResourceType,
  document: string,
  externalId: string,
): SQL {
  return sql`INSERT INTO change_values (operation, connection, resource, before, after)
    SELECT ${operation}, r.connection, r.id, r.document, ${document} FROM resources r
    WHERE r.connection = ${connection} AND r.type = ${type.name} AND r.external_id = ${externalId}
      AND r.folded ->> '$.active' IS 0`
}
