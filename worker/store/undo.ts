import { foldDocument } from '../scim/fold.ts'
import type { JsonObject } from '../scim/json.ts'
import { groupType, userType } from '../scim/resourceTypes.ts'
import { sql, type SQL } from './database.ts'
import { isLockedSql } from './holdSql.ts'
import { saltSql } from './proof.ts'
import type { Work } from './work.ts'

/** What is taken back of a change that the target refused: all of a create, a document, or some members. */
export type Undo =
  | { readonly kind: 'create' }
  | { readonly kind: 'document'; readonly document: JsonObject }
  | { readonly kind: 'members'; readonly members: readonly string[] }

/**
 * Takes a delivery whose lease is held, what is taken back, and when; gives the statements that do it and record it. None of them does anything where
 * the resource has changed since: whoever changed it will hear of it.
 */
export function undoSql(work: Work, undo: Undo, at: Date): readonly SQL[] {
  const { connection, resource, request, version } = work
  const operation = `${request}~undo`
  const of = sql`connection = ${connection} AND id = ${resource}`
  // Who has taken an account over is not forgotten with it: the account would be left as it is, and nobody's.
  const linked =
    undo.kind === 'create'
      ? sql` AND NOT EXISTS (SELECT 1 FROM links l WHERE l.connection = r.connection AND l.resource = r.id)`
      : sql``
  const here = sql`SELECT r.id FROM resources r WHERE r.connection = ${connection} AND r.id = ${resource}
    AND r.version = ${version} AND EXISTS (SELECT 1 FROM deliveries d WHERE d.connection = r.connection
      AND d.resource = r.id AND d.lease = ${work.lease} AND d.leased IS NOT NULL)${linked}`
  const isTaken = sql`EXISTS (SELECT 1 FROM change_values WHERE operation = ${operation} AND connection = ${connection})`
  return [
    recordValues(work, undo, operation, here),
    sql`INSERT INTO changes (connection, operation, resource, type, kind, version, attributes, token, request, at, asked, digest, mac)
      SELECT c.connection, ${operation}, c.resource, c.type, 'undo', ${version} + 1, c.attributes, c.token, c.request,
        ${at.toISOString()}, c.asked, c.digest, c.mac FROM changes c WHERE c.operation = ${request} AND c.connection = ${connection} AND ${isTaken}`,
    ...(undo.kind === 'create'
      ? [
          ...(['group_id', 'member_id'] as const).map(
            (column) =>
              sql`DELETE FROM members WHERE connection = ${connection} AND ${sql.identifier(column)} = ${resource} AND ${isTaken}`,
          ),
          sql`DELETE FROM member_steps WHERE connection = ${connection} AND group_id = ${resource} AND ${isTaken}`,
          // Its values are found by it when the time of the person is over, as those of anybody who is deleted.
          sql`INSERT INTO tombstones (connection, id, type, document, at)
            SELECT connection, id, type, '{}', ${at.toISOString()} FROM resources WHERE ${of} AND ${isTaken} ON CONFLICT DO NOTHING`,
          sql`DELETE FROM resources WHERE ${of} AND ${isTaken}`,
          sql`DELETE FROM deliveries WHERE connection = ${connection} AND resource = ${resource} AND ${isTaken}`,
        ]
      : undo.kind === 'document'
        ? [
            sql`UPDATE resources SET version = version + 1, modified = ${at.toISOString()},
              document = ${JSON.stringify(undo.document)},
              folded = ${JSON.stringify(foldDocument(work.type === 'User' ? userType : groupType, undo.document))}
              WHERE ${of} AND ${isTaken}`,
            ...rightsBack(work, isTaken, at.toISOString()),
          ]
        : membersBack(work, operation, isTaken)),
  ]
}

/** The values of the undoing, where there is something to take back. */
function recordValues(
  { connection, resource, request }: Work,
  undo: Undo,
  operation: string,
  here: SQL,
): SQL {
  const row = (before: SQL, after: SQL, added: SQL, removed: SQL) =>
    sql`INSERT INTO change_values (operation, connection, resource, before, after, added, removed, salt)
      SELECT ${operation}, ${connection}, ${resource}, ${before}, ${after}, ${added}, ${removed}, ${saltSql}
      FROM resources r LEFT JOIN change_values v ON v.operation = ${request} WHERE r.connection = ${connection} AND r.id IN (${here})`
  if (undo.kind === 'create') return row(sql`r.document`, sql`NULL`, sql`NULL`, sql`v.added`)
  if (undo.kind === 'document')
    return row(sql`r.document`, sql`${JSON.stringify(undo.document)}`, sql`NULL`, sql`NULL`)
  const taken = (
    column: SQL,
  ) => sql`nullif((SELECT json_group_array(j.value) FROM json_each(coalesce(${column}, '[]')) j
    WHERE j.value IN (SELECT value FROM json_each(${JSON.stringify(undo.members)}))), '[]')`
  return row(sql`NULL`, sql`NULL`, taken(sql`v.removed`), taken(sql`v.added`))
}

/**
 * Whether the delivery takes access away is said by the document that is wanted again, and by a lock; and where that is so, the receipt
 * that the undone request had ended waits for its confirmation again.
 */
function rightsBack({ connection, resource, request }: Work, isTaken: SQL, now: string): readonly SQL[] {
  const isInactive = sql`EXISTS (SELECT 1 FROM resources r WHERE r.connection = ${connection} AND r.id = ${resource}
    AND r.type = 'User' AND r.folded ->> '$.active' IS 0)`
  const of = sql`connection = ${connection} AND resource = ${resource}`
  const losesAccess = sql`(${isInactive} OR ${isLockedSql(sql`${connection}`, sql`${resource}`)})`
  return [
    sql`UPDATE deliveries SET rank = iif(${losesAccess}, 0, 1), since = iif(${losesAccess} AND rank > 0, ${now}, since)
      WHERE ${of} AND ${isTaken}`,
    sql`UPDATE receipts SET ended = NULL WHERE ${of} AND confirmed IS NULL AND ${isInactive} AND ${isTaken}
      AND ended = (SELECT c.at FROM changes c WHERE c.operation = ${request} AND c.connection = ${connection})`,
  ]
}

function membersBack({ connection, resource }: Work, operation: string, isTaken: SQL): readonly SQL[] {
  const ids = (column: 'added' | 'removed') =>
    sql`SELECT value FROM json_each((SELECT coalesce(${sql.identifier(column)}, '[]') FROM change_values WHERE operation = ${operation}))`
  const of = sql`connection = ${connection} AND group_id = ${resource}`
  return [
    sql`DELETE FROM members WHERE ${of} AND member_id IN (${ids('removed')}) AND ${isTaken}`,
    sql`INSERT INTO members (connection, group_id, member_id)
      SELECT ${connection}, ${resource}, value FROM (${ids('added')}) WHERE ${isTaken} ON CONFLICT DO NOTHING`,
    sql`DELETE FROM member_steps WHERE ${of} AND ${isTaken}
      AND (member_id IN (${ids('added')}) OR member_id IN (${ids('removed')}))`,
    sql`UPDATE resources SET version = version + 1 WHERE connection = ${connection} AND id = ${resource} AND ${isTaken}`,
  ]
}
