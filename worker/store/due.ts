import type { ResourceType } from '../scim/schema.ts'
import type { Request } from './admission.ts'
import { leaseOf, valueOf, type Operation } from './changes.ts'
import { sql, type SQL } from './database.ts'
import { guardGroup } from './guardGroups.ts'
import { guardPerson } from './guardPeople.ts'
import { isLockedSql } from './holdSql.ts'
import { isManagedBy } from './managerThere.ts'
import { UNSET } from './settings.ts'
import { isOfTarget } from './targetSql.ts'

/** What the provider asked for, by method: it stands in the MAC, so it is what is known before the write. */
export type AskedKind = 'create' | 'replace' | 'patch' | 'delete'

/** What the MAC of a delivery is over. `asked` is the id in the request, or the fresh one of a create. */
export type Signed = {
  readonly connection: string
  readonly asked: string
  readonly kind: string
  readonly target: string
  readonly request: string
}

/** Takes what is signed; gives the texts in the order of the MAC. */
export function signedTexts({ connection, asked, kind, target, request }: Signed): readonly string[] {
  return [connection, asked, kind, target, request]
}

/**
 * Takes an operation whose changes, resource and members are written, its kind of resource, the id it asked for and what
 * it asked; gives the statements that make what changed due at the target, in the same batch: a row for each resource, one
 * for each membership, a receipt to be filled for a deactivation; and what the guard holds of it. None where the bridge itself is the account.
 */
export async function dueSql(
  operation: Operation,
  type: ResourceType,
  asked: string,
  kind: AskedKind,
): Promise<readonly SQL[]> {
  const { request } = operation
  const { target } = (request.standing ?? UNSET).settings
  const delivered = type.isPerson || type.shows === 'members'
  if (target === undefined || !delivered || request.sign === undefined) return []
  const { connection } = request.caller
  const mac = await request.sign(
    signedTexts({ connection, asked, kind, target: target.id, request: request.id }),
  )
  return [
    ...(kind === 'create' && type.isPerson ? [] : [memberStepsSql(operation, kind)]),
    deliverySql(operation, { asked, kind, target: target.id, mac }),
    ...(type.isPerson
      ? [
          ...guardPerson(operation, kind),
          ...receiptsSql(operation),
          ...(kind === 'delete' ? [unmanagedSql(operation)] : []),
        ]
      : guardGroup(operation, kind)),
  ]
}

/** The "+" leaves the index to the operation. */
const within = ({ id, request }: Operation, row: SQL): SQL =>
  sql`+${row}.connection = ${request.caller.connection} AND ${row}.operation >= ${id} AND ${row}.operation < ${`${id}0`}`

/** Every membership that came or went, of this group or of those a deleted person was in. With a deleted group all of it goes. */
function memberStepsSql(operation: Operation, kind: AskedKind): SQL {
  const own = kind === 'delete' ? sql`AND v.operation <> ${operation.id}` : sql``
  const each = (column: SQL) => sql`SELECT v.connection, v.resource, j.value FROM change_values v,
    json_each(coalesce(${column}, '[]')) j WHERE ${within(operation, sql`v`)} ${own}`
  return sql`INSERT INTO member_steps (connection, group_id, member_id)
    SELECT * FROM (${each(sql`v.added`)} UNION ${each(sql`v.removed`)}) WHERE TRUE
    ON CONFLICT (connection, group_id, member_id) DO UPDATE SET refused = NULL`
}

/** Over `changes c` and `resources r`: somebody who is to have no access, as the provider wants it or because an admin has locked them. */
const LOSES_ACCESS = sql`(c.type = 'User' AND (r.id IS NULL OR r.folded ->> '$.active' IS 0
  OR ${isLockedSql(sql`c.connection`, sql`c.resource`)}))`

/** What is due for a resource is one row, and the request takes its lease where nobody has it. */
function deliverySql(
  operation: Operation,
  { asked, kind, target, mac }: Pick<Signed, 'asked' | 'kind' | 'target'> & { readonly mac: string },
): SQL {
  const { request, id } = operation
  const at = request.at.toISOString()
  const lease = leaseSql(request)
  const isFree = sql`(excluded.leased IS NOT NULL AND (leased IS NULL OR leased < ${at}))`
  return sql`INSERT INTO deliveries (connection, resource, type, asked, kind, request, target, mac,
      rank, seq, first, since, state, due, tries, lease, leased, uncertain, making)
    SELECT c.connection, c.resource, c.type, ${asked}, ${kind}, ${request.id}, ${target}, ${mac},
      iif(${LOSES_ACCESS}, 0, 1),
      c.seq, c.seq, ${at}, 'due', ${at}, 0, 1, iif(c.operation = ${id} AND ${lease.when}, ${lease.lease}, NULL), 0, ${makingSql(sql`'[]'`)}
    FROM changes c LEFT JOIN resources r ON r.connection = c.connection AND r.id = c.resource
    WHERE ${within(operation, sql`c`)}
    ON CONFLICT (connection, resource) DO UPDATE SET asked = excluded.asked, kind = excluded.kind,
      request = excluded.request, target = excluded.target, mac = excluded.mac, rank = excluded.rank, seq = excluded.seq,
      state = iif(state = 'held', 'held', 'due'), due = excluded.due, tries = 0, words = NULL,
      since = iif(state IN ('dead', 'skipped', 'held', 'waiting') OR excluded.rank < rank, excluded.since, since),
      uncertain = iif(${isFree} AND leased IS NOT NULL, 1, uncertain),
      making = iif(${isFree}, ${appended(sql`deliveries.making`, sql`excluded.making -> '$[0].document'`)}, making),
      lease = lease + ${isFree}, leased = iif(${isFree}, excluded.leased, leased)`
}

/**
 * Takes a list of documents so far; gives it with the document of `resources r` at its end, NULL where the resource has a link:
 * with that one it may now be made at the target.
 */
export function makingSql(before: SQL): SQL {
  return sql`iif(r.id IS NULL OR EXISTS (SELECT 1 FROM links k WHERE k.connection = r.connection AND k.resource = r.id
    AND ${isOfTarget(sql`k`)}), NULL,
    ${appended(before, sql`r.document`)})`
}

/** The last stands there twice at the most, for the tries before and the one under way: one that is tried again and again would grow. */
const appended = (list: SQL, document: SQL): SQL =>
  sql`iif(${document} IS NULL OR (${list} -> '$[#-1].document' = json(${document}) AND ${list} -> '$[#-2].document' = json(${document})), ${list},
    json_insert(coalesce(${list}, '[]'), '$[#]', json_object('document', json(${document}), 'isSent', json('false'))))`

/** Whoever waits for a manager that has been deleted waits for nobody any more. */
function unmanagedSql(operation: Operation): SQL {
  const { at, caller } = operation.request
  // Of those that wait: few, whatever else of the connection is on its way.
  return sql`UPDATE deliveries INDEXED BY deliveries_due SET state = 'due', due = ${at.toISOString()}, since = ${at.toISOString()}
    WHERE connection = ${caller.connection} AND state = 'waiting' AND ${isManagedBy(valueOf(operation, 'resource'))}`
}

/** The lease, and when it is taken: a paused connection brings nothing but what takes access away, if that. */
function leaseSql({ standing, ...request }: Request): { readonly lease: string | null; readonly when: SQL } {
  const { state } = (standing ?? UNSET).settings
  const lease = leaseOf(request) ?? null
  if (state.is !== 'paused') return { lease, when: sql`TRUE` }
  const waits = state.deactivationsToo !== undefined && state.deactivationsToo > request.at.toISOString()
  return {
    lease,
    when: waits ? sql`FALSE` : LOSES_ACCESS,
  }
}

/** A receipt for whom the change takes access from; whoever gets it back needs none any more, and nobody locked does. */
function receiptsSql({ request, id }: Operation): readonly SQL[] {
  const at = request.at.toISOString()
  const { connection } = request.caller
  const own = sql`FROM changes c JOIN change_values v USING (operation) WHERE c.operation = ${id} AND c.connection = ${connection}`
  return [
    sql`INSERT INTO receipts (connection, operation, resource, asked, stored, held)
      SELECT c.connection, c.operation, c.resource, ${at}, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'),
        (SELECT o.until FROM overrides o WHERE o.connection = c.connection AND o.resource = c.resource
          AND o.kind = 'hold' AND o.attribute = 'active') ${own}
        AND v.before ->> '$.active' IS 1 AND (c.kind = 'delete' OR v.after ->> '$.active' IS 0)`,
    sql`UPDATE receipts INDEXED BY receipts_open SET ended = ${at} WHERE connection = ${connection} AND confirmed IS NULL AND ended IS NULL
      AND resource = (SELECT c.resource ${own} AND c.kind <> 'delete' AND v.after ->> '$.active' IS 1
        AND NOT ${isLockedSql(sql`c.connection`, sql`c.resource`)})`,
  ]
}
