import type { FoundMembers, MembersChange } from '../scim/members.ts'
import { memberTypes } from '../scim/resourceTypes.ts'
import { sql, type Rows, type SQL } from './database.ts'
import { memberFilterSql } from './filterSql.ts'
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
  const { base, add, remove, found } = change
  const isFound = (id: SQL) => isFoundSql(connection, found, id)
  const added = sql`(SELECT json_group_array(n.value) FROM ${ids(add)} n
    WHERE ${isKnown(connection, group)} AND NOT ${isIn(connection, group)} AND NOT ${isFound(sql`n.value`)})`
  const members = (which: SQL) => sql`(SELECT json_group_array(m.member_id) FROM members m
    WHERE m.connection = ${connection} AND m.group_id = ${group} AND (${which}))`
  const listed = sql`(SELECT json_group_array(n.value) FROM ${ids(remove)} n WHERE ${isIn(connection, group)})`
  const listedOrFound = members(
    sql`m.member_id IN (SELECT n.value FROM ${ids(remove)} n) OR ${isFound(sql`m.member_id`)}`,
  )
  const unlistedOrFound = members(
    sql`m.member_id NOT IN (SELECT n.value FROM ${ids(add)} n) OR ${isFound(sql`m.member_id`)}`,
  )
  const some = found.length > 0 ? listedOrFound : remove.length === 0 ? sql`'[]'` : listed
  return {
    added: add.length === 0 ? sql`'[]'` : added,
    removed: base === 'empty' ? unlistedOrFound : some,
  }
}

/**
 * The condition that the filters take out the member of an id: what came last decides. A flat CASE, as one condition in
 * another for each filter would be too deep for libSQL's parser.
 */
function isFoundSql(connection: string, found: readonly FoundMembers[], id: SQL): SQL {
  if (found.length === 0) return sql`FALSE`
  const cases = found
    .toReversed()
    .map(
      ({ filter, spared }) =>
        sql`WHEN o.id IN (SELECT value FROM ${ids(spared)}) THEN FALSE WHEN ${memberFilterSql(filter)} THEN TRUE`,
    )
  return sql`EXISTS (SELECT 1 FROM resources o
    WHERE o.connection = ${connection} AND o.id = ${id} AND CASE ${sql.join(cases, sql` `)} ELSE FALSE END)`
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
