import { immutablePaths, touchesImmutable } from '../scim/constraints.ts'
import { foldDocument } from '../scim/fold.ts'
import type { JsonObject } from '../scim/json.ts'
import { membersChange } from '../scim/members.ts'
import type { Resource } from '../scim/representation.ts'
import { withDefaults, type SentResource } from '../scim/resource.ts'
import type { ResourceType } from '../scim/schema.ts'
import { pathsOf, type Selection } from '../scim/selection.ts'
import {
  countQuirk,
  countQuirks,
  guard,
  isStale,
  strictRefusals,
  type Need,
  type Request,
} from './admission.ts'
import { isRecorded, operationOf, recordChange, valueOf } from './changes.ts'
import { pause, sql, type Database, type SQL } from './database.ts'
import { replacementSql } from './documentSql.ts'
import { dueSql } from './due.ts'
import { memberDelta, moveMembers, namesOnlyUnknown, unknownMembersSql } from './memberSql.ts'
import { foreignRefusals } from './foreignGroups.ts'
import { proofOf } from './proof.ts'
import { entrySql } from './requests.ts'
import { needFor, resourceSql, within } from './resources.ts'
import { switchRefusals } from './switches.ts'
import { findFormer, formerSql, isOutdated, recordRevival, revivedSql, type Revival } from './revival.ts'
import { useSql } from './tokenUse.ts'
import { alwaysNewer, MOST_TRIES } from './workOut.ts'
import { writeAndShow, type Changed } from './writing.ts'

/** What is to be made: its kind, the resource as sent, the id it gets, and what to show of it. */
type Making = {
  readonly type: ResourceType
  readonly sent: SentResource
  readonly id: string
  readonly selection: Selection
}

/** A revival that was worked out for somebody, or for nobody, and the condition that it has to be worked out anew. */
type WorkedOut = Revival & { readonly outdated?: SQL }

/**
 * Takes a request, a kind of resource, the resource as sent, a fresh id and what to show; gives the resource as it is
 * kept. A person of this connection who is inactive and has the externalId sent comes back under the old id, with the
 * new profile, but for what may be set only once: the provider means the same person, and a second account would be left
 * over. A strict connection brings nobody back.
 * Throws 401, 403, 400 (only unknown members; mutability), 409 uniqueness. One trip, and three where a person comes back
 * and the body speaks of what may be set only once.
 */
export async function createResource(
  database: Database,
  request: Request,
  type: ResourceType,
  sent: SentResource,
  id: string,
  selection: Selection,
): Promise<Changed> {
  const making = { type, sent, id, selection }
  const document = withDefaults(type, sent.document)
  const folded = foldDocument(type, document)
  const former = formerSql(request, type, folded)
  if (former === undefined) return make(database, request, making)
  const plain = { former, becomes: replacementSql(document, folded, immutablePaths(type)) }
  if (!pathsOf(type, document).some((path) => touchesImmutable(type, path))) {
    return make(database, request, making, plain)
  }
  // Nearly always there is nobody to bring back, so nobody is looked for until a write says there is somebody.
  let found: Resource | undefined
  for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
    const becomes = found === undefined ? plain.becomes : revivedSql(type, found, document)
    const outdated = isOutdated(request, type, former, found)
    try {
      return await make(database, request, making, { former, becomes, outdated })
    } catch (error) {
      if (!isStale(error)) throw error
    }
    if (tries > 1) await pause(tries)
    found = await findFormer(database, request, type, former)
  }
  throw alwaysNewer()
}

/** One batch: the guards, who comes back if somebody does, else the new resource, and the change row. */
async function make(
  database: Database,
  request: Request,
  { type, sent, id, selection }: Making,
  revival?: WorkedOut,
): Promise<Changed> {
  const operation = operationOf(request)
  const { connection } = request.caller
  const document = withDefaults(type, sent.document)
  const folded = foldDocument(type, document)
  const ids = sent.members ?? []
  const members = ids.length === 0 ? undefined : membersChange([{ op: 'add', ids }])
  const at = request.at.toISOString()
  const stale = revival?.outdated === undefined ? [] : [{ word: 'stale', when: revival.outdated }]
  const unknownMembers =
    members === undefined
      ? []
      : [{ word: 'unknown_members', when: namesOnlyUnknown(connection, id, members) }]
  const isRevival = sql`EXISTS (SELECT 1 FROM change_values WHERE operation = ${operation.id} AND before IS NOT NULL)`
  const show = resourceSql(request, type, sql`r.id = ${valueOf(operation, 'resource')}`, selection)
  const need = needOf(request, type, folded, revival)
  const values = { document: sent.document, members: sent.members }
  const proof = await proofOf(operation, type, { id, kind: 'create', named: sent.named, values })
  const statements: readonly SQL[] = [
    guard(request, need, [
      ...switchRefusals(request, type, 'create'),
      ...strictRefusals(request),
      ...stale,
      ...foreignRefusals(request, type, folded),
      ...unknownMembers,
    ]),
    ...(revival === undefined ? [] : [recordRevival(operation.id, request, type, revival, proof.salt)]),
    sql`INSERT INTO change_values (operation, connection, resource, after, added, salt)
      SELECT ${operation.id}, ${connection}, ${id}, ${JSON.stringify(document)},
        nullif(${members === undefined ? sql`'[]'` : memberDelta(connection, id, members).added}, '[]'), ${proof.salt}
      WHERE NOT ${isRecorded(operation)}`,
    recordChange(operation, type, sql`iif(${isRevival}, 'revive', 'create')`, sent.named, proof),
    ...(revival === undefined
      ? []
      : [
          sql`UPDATE resources AS r SET version = r.version + 1, modified = ${at},
              document = ${valueOf(operation, 'after')}, folded = ${revival.becomes.folded}, imported = 0
            WHERE r.connection = ${connection} AND r.id = ${valueOf(operation, 'resource')} AND ${isRevival}`,
          countQuirk(request, 'revived', isRevival),
        ]),
    sql`INSERT INTO resources (connection, id, type, version, created, modified, document, folded)
      SELECT ${connection}, ${id}, ${type.name}, 1, ${at}, ${at}, ${valueOf(operation, 'after')}, ${JSON.stringify(folded)}
      WHERE NOT ${isRevival}`,
    ...(members === undefined ? [] : moveMembers(operation, connection, sql`${id}`)),
    ...countQuirks(request),
    ...entrySql(request, valueOf(operation, 'resource'), isRevival),
    ...(await dueSql(operation, type, id, 'create')),
    ...useSql(request),
  ]
  const unknown = members && unknownMembersSql(connection, id, members)
  return writeAndShow(database, operation, need, statements, show, unknown)
}

/** Whoever comes back is written too, under the name they had. */
function needOf(
  request: Request,
  type: ResourceType,
  { userName }: JsonObject,
  revival: WorkedOut | undefined,
): Need {
  const need = needFor(type, 'write')
  if (!type.isPerson) return need
  const found = revival && sql`${within(request, type)} AND ${revival.former}`
  return { ...need, writes: { found, ...(typeof userName === 'string' ? { userName } : {}) } }
}
