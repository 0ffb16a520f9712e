import type { ResourceType } from '../scim/schema.ts'
import type { Request } from './admission.ts'
import { sql, type SQL } from './database.ts'
import { attributesOf, type Proof } from './proof.ts'

/** What a change row says happened. */
export type ChangeKind = 'create' | 'revive' | 'replace' | 'patch' | 'delete' | 'undo'

/** A write under way: the request, and the id under which its change record stands. A repeated write has the same id. */
export type Operation = { readonly request: Request; readonly id: string }

/** Takes a request; gives its operation. One request is one operation. */
export function operationOf(request: Request): Operation {
  return { request, id: request.id }
}

/** Takes a request that holds a lease; gives how the lease is written: when it ends and whose it is, in the order of time. */
export function leaseOf({ leaseUntil, id }: Pick<Request, 'leaseUntil' | 'id'>): string | undefined {
  return leaseUntil === undefined ? undefined : `${leaseUntil.toISOString()} ${id}`
}

/**
 * Takes an operation whose values stand in change_values already, the kind of change as an expression over
 * `change_values v` and `resources r` (missing before a create), the attributes the request spoke of, and its proof; gives the
 * statement that writes the change rows: the resource's own, and one for each group that is left with it, whose
 * operation begins with this one's. Where no values were written, nothing changed and no row is made.
 */
export function recordChange(
  { request, id }: Operation,
  type: ResourceType,
  kind: SQL,
  named: ReadonlySet<string>,
  { asked, digest, mac }: Proof,
): SQL {
  const attributes = JSON.stringify(attributesOf(named))
  const own = sql`v.operation = ${id}`
  return sql`INSERT INTO changes
      (connection, operation, resource, type, kind, version, attributes, token, request, at, asked, digest, mac)
    SELECT v.connection, v.operation, v.resource, coalesce(r.type, ${type.name}), iif(${own}, ${kind}, 'patch'),
      coalesce(r.version, 0) + 1, iif(${own}, ${attributes}, '["members"]'),
      ${request.caller.token}, ${request.id}, ${request.at.toISOString()}, ${asked}, ${digest}, ${mac}
    FROM change_values v LEFT JOIN resources r ON r.connection = v.connection AND r.id = v.resource
    WHERE v.connection = ${request.caller.connection}
      AND v.operation >= ${id} AND v.operation < ${`${id}0`} ORDER BY v.operation`
}

/** Takes an operation and the column of its values; gives the expression that reads it. */
export function valueOf({ id, request }: Operation, column: 'resource' | 'after' | 'added' | 'removed'): SQL {
  return sql`(SELECT ${sql.identifier(column)} FROM change_values
    WHERE operation = ${id} AND connection = ${request.caller.connection})`
}

/** Takes an operation; gives the condition that its values were written, that is, that there is something to do. */
export function isRecorded({ id, request }: Operation): SQL {
  return sql`EXISTS (SELECT 1 FROM change_values
    WHERE operation = ${id} AND connection = ${request.caller.connection})`
}
