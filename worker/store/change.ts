import { foldCase } from '../scim/fold.ts'
import type { Json } from '../scim/json.ts'
import type { MembersChange } from '../scim/members.ts'
import type { ResourceType } from '../scim/schema.ts'
import type { Selection } from '../scim/selection.ts'
import { countQuirks, guard, resourceRefusals, strictRefusals, type Need, type Request } from './admission.ts'
import { isRecorded, operationOf, recordChange, valueOf } from './changes.ts'
import { sql, type Database, type SQL } from './database.ts'
import { differs, type DocumentChange } from './documentSql.ts'
import { dueSql } from './due.ts'
import { renameRefusals } from './foreignGroups.ts'
import { proofOf } from './proof.ts'
import { memberDelta, moveMembers, namesOnlyUnknown, unknownMembersSql } from './memberSql.ts'
import { entrySql } from './requests.ts'
import { needFor, resourceSql, within } from './resources.ts'
import { UNSET } from './settings.ts'
import { switchGuards, switchRefusals } from './switches.ts'
import { lateSql, useSql } from './tokenUse.ts'
import { writeAndShow, type Changed } from './writing.ts'

/**
 * What is to become of a resource. `version` is the version the change was worked out from, where it was worked out
 * from one: the write is refused when there is a newer one.
 */
export type Change = {
  readonly kind: 'replace' | 'patch'
  readonly named: ReadonlySet<string>
  /** The values as they were read, as JSON. */
  readonly values: unknown
  readonly document?: DocumentChange
  readonly members?: MembersChange
  /** The displayName, the userName and whether the person is active, where the change gives them. */
  readonly displayName?: Json | undefined
  readonly userName?: Json | undefined
  readonly active?: Json | undefined
  readonly version?: number
}

/**
 * Takes a request, a kind of resource, an id, a change and what to show; gives the resource after the change. One
 * batch: the guards, the values (worked out from what is there now), the change row, then the resource and its members
 * are made what the values say. Where nothing differs, nothing is written.
 * Throws 401, 403, 404, 412, 400 (only unknown members), 409 (uniqueness, or a group of that name at the target), and WriteRefused `stale` for an old version. One trip.
 */
export async function changeResource(
  database: Database,
  request: Request,
  type: ResourceType,
  id: string,
  change: Change,
  selection: Selection,
): Promise<Changed> {
  const operation = operationOf(request)
  const { connection } = request.caller
  const { members, kind, named, values } = change
  const here = sql`${within(request, type)} AND r.id = ${id}`
  const show = resourceSql(request, type, sql`r.id = ${id}`, selection)
  const stale =
    change.version === undefined
      ? []
      : [
          {
            word: 'stale',
            when: sql`NOT EXISTS (SELECT 1 FROM resources r WHERE ${here} AND r.version = ${change.version})`,
          },
        ]
  const unknownMembers =
    members === undefined || members.named.length === 0
      ? []
      : [{ word: 'unknown_members', when: namesOnlyUnknown(connection, id, members) }]
  const need = needOf(type, here, change)
  const proof = await proofOf(operation, type, { id, kind, named, values })
  const statements: readonly SQL[] = [
    guard(request, need, [
      ...switchRefusals(request, type, kind),
      ...resourceRefusals(request, here),
      ...strictRefusals(request),
      ...stale,
      ...unknownMembers,
      ...renameRefusals(request, type, here, change.displayName),
    ]),
    recordValues(operation.id, here, change, members && memberDelta(connection, id, members), proof.salt),
    ...switchGuards(operation, type),
    recordChange(operation, type, sql`${kind}`, named, proof),
    sql`UPDATE resources AS r SET version = r.version + 1, modified = ${request.at.toISOString()},
        document = coalesce(${valueOf(operation, 'after')}, r.document), folded = ${change.document?.folded ?? sql`r.folded`}
      WHERE ${here} AND ${isRecorded(operation)}`,
    ...(members === undefined ? [] : moveMembers(operation, connection, sql`${id}`)),
    ...linkedSql(request, here),
    ...countQuirks(request),
    ...entrySql(request, sql`${id}`),
    ...(await dueSql(operation, type, id, kind)),
    ...useSql(request),
    ...(need.takesAccess === true ? [lateSql(request)] : []),
  ]
  const unknown = members && unknownMembersSql(connection, id, members)
  return writeAndShow(database, operation, need, statements, show, unknown)
}

/** Whoever is made inactive is taken their access, whatever else is said of them: a PUT repeats the whole profile. */
function needOf(type: ResourceType, here: SQL, { active, userName }: Change): Need {
  const need = needFor(type, 'write')
  if (!type.isPerson) return need
  const renamed = typeof userName === 'string' ? { userName: foldCase(userName) } : {}
  return { ...need, takesAccess: active === false, writes: { found: here, ...renamed } }
}

/** What was read from the target is the provider's own from its first write on, though that changes nothing. */
function linkedSql({ standing }: Request, here: SQL): readonly SQL[] {
  if ((standing ?? UNSET).settings.target === undefined) return []
  return [sql`UPDATE resources AS r SET imported = 0 WHERE ${here} AND imported = 1`]
}

/** The values of the change, worked out once from the resource as it is, and only where they differ from it. */
function recordValues(
  operation: string,
  here: SQL,
  { document }: Change,
  delta: { readonly added: SQL; readonly removed: SQL } | undefined,
  salt: string | null,
): SQL {
  return sql`INSERT INTO change_values (operation, connection, resource, before, after, added, removed, salt)
    WITH e AS MATERIALIZED (SELECT r.connection, r.id, r.document AS before,
        ${document?.document ?? sql`r.document`} AS after,
        ${delta?.added ?? sql`'[]'`} AS added, ${delta?.removed ?? sql`'[]'`} AS removed
      FROM resources r WHERE ${here}),
    d AS MATERIALIZED (SELECT e.*, ${differs(sql`e.before`, sql`e.after`)} AS changed FROM e)
    SELECT ${operation}, connection, id, iif(changed, before, NULL), iif(changed, after, NULL),
      nullif(added, '[]'), nullif(removed, '[]'), ${salt}
    FROM d WHERE changed OR added <> '[]' OR removed <> '[]'`
}
