import type { MembersChange } from '../scim/members.ts'
import { memberTypes } from '../scim/resourceTypes.ts'
import { sql, type Rows, type SQL } from './database.ts'
import { valueOf, type Operation } from './changes.ts'

/** How many ids of unknown members one request reports. */
const MOST_UNKNOWN = 20

const ids = (list: readonly string[]): SQL => sql`json_each(${JSON.stringify(list)})`

/** The "+" leaves the index to the id. */
const isMemberType = sql`+k.type IN (${sql.join(
  memberTypes.map(({ name }) => sql`${name}`),
  sql`, `,
)})`

/** The condition that `n.value` is the id of a User or Group of the connection other than the group itself. */
const isKnown = (connection: string, group: string): SQL =>
  sql`EXISTS (SELECT 1 FROM resources k
    WHERE k.connection = ${connection} AND k.id = n.value AND k.id <> ${group} AND ${isMemberType})`

const isIn = (connection: string, group: string): SQL =>
  sql`EXISTS (SELECT 1 FROM members m
    WHERE m.connection = ${connection} AND m.group_id = ${group} AND m.member_id = n.value)`

/** Takes a change of members; gives the condition that one of its adds or replaces names ids and none of them is known. */
export function namesOnlyUnknown(connection: string, group: string, change: MembersChange): SQL {
  return sql`EXISTS (SELECT 1 FROM json_each(${JSON.stringify(change.named)}) o WHERE NOT EXISTS (
    SELECT 1 FROM json_each(o.value) n WHERE ${isKnown(connection, group)}))`
}

/** Takes a change of members; gives the JSON arrays of the ids that really come in and really go out. */
export function memberDelta(
  connection: string,
  group: string,
  change: MembersChange,
): { readonly added: SQL; readonly removed: SQL } {
  const { base, add, remove } = change
  const added = sql`(SELECT json_group_array(n.value) FROM ${ids(add)} n
    WHERE ${isKnown(connection, group)} AND NOT ${isIn(connection, group)})`
  const listed = sql`(SELECT json_group_array(n.value) FROM ${ids(remove)} n WHERE ${isIn(connection, group)})`
  const unlisted = sql`(SELECT json_group_array(m.member_id) FROM members m
    WHERE m.connection = ${connection} AND m.group_id = ${group}
      AND m.member_id NOT IN (SELECT n.value FROM ${ids(add)} n))`
  return {
    added: add.length === 0 ? sql`'[]'` : added,
    removed: base === 'empty' ? unlisted : remove.length === 0 ? sql`'[]'` : listed,
  }
}

/** Takes an operation whose values are recorded, and the group's id as an expression; gives the statements that make them so. */
export function moveMembers(operation: Operation, connection: string, group: SQL): readonly SQL[] {
  return [
    sql`DELETE FROM members WHERE connection = ${connection} AND group_id = ${group}
      AND member_id IN (SELECT value FROM json_each(${valueOf(operation, 'removed')}))`,
    sql`INSERT INTO members (connection, group_id, member_id)
      SELECT ${connection}, ${group}, value FROM json_each(${valueOf(operation, 'added')})`,
  ]
}

/** Takes a change of members; gives the statement that reads the ids nobody has, for the log. */
export function unknownMembersSql(connection: string, group: string, change: MembersChange): SQL {
  return sql`SELECT n.value AS id FROM ${ids(change.add)} n
    WHERE NOT ${isKnown(connection, group)} LIMIT ${MOST_UNKNOWN}`
}

/** Takes the rows of unknownMembersSql; gives the ids. */
export function readUnknownMembers(rows: Rows | undefined): readonly string[] {
  return (rows ?? []).flatMap(({ id }) => (typeof id === 'string' ? [id] : []))
}
