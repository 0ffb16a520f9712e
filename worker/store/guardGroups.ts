import { leaseOf, valueOf, type Operation } from './changes.ts'
import { sql, type SQL } from './database.ts'
import type { AskedKind } from './due.ts'
import { alarmSql, countHarms, isTooMuch, watchOf, WHY_PROTECTED, whyHeld, type Watch } from './harms.ts'
import { hasHeldSteps, isHeld, KEPT, protectedSql } from './holdSql.ts'

/**
 * Takes an operation on a group whose delivery is due, and what was asked; gives the statements of the guard: memberships that
 * end are counted one by one, and held together where they are too much; so is the end of a group. A protected person's
 * memberships wait by themselves.
 */
export function guardGroup(operation: Operation, asked: AskedKind): readonly SQL[] {
  const watch = watchOf(operation)
  const group = valueOf(operation, 'resource')
  return [...(asked === 'delete' ? dissolve(watch, group) : regroup(watch, group)), waitsSql(operation)]
}

const moved = ({ id }: Operation, ...columns: readonly ('added' | 'removed')[]): SQL =>
  sql.join(
    columns.map(
      (
        column,
      ) => sql`SELECT j.value AS resource FROM change_values v, json_each(coalesce(v.${sql.identifier(column)}, '[]')) j
        WHERE v.operation = ${id}`,
    ),
    sql` UNION ALL `,
  )

function dissolve(watch: Watch, group: SQL): readonly SQL[] {
  const { operation, connection, at } = watch
  const isProtected = sql`EXISTS (SELECT 1 FROM (${moved(operation, 'removed')}) m WHERE m.resource IN (${protectedSql(connection)}))`
  return [
    ...countHarms(watch, 'dissolve', sql`SELECT ${group} AS resource WHERE ${group} IS NOT NULL`),
    sql`INSERT INTO overrides (connection, resource, kind, attribute, harm, who, why, since)
      SELECT ${connection}, resource, 'hold', '*', iif(own, 'protect', 'dissolve'), 'guard',
        iif(own, 'a protected person is in the group', ${whyHeld(watch, 'dissolve')}), ${at}
      FROM (SELECT ${group} AS resource, ${isProtected} AS own)
      WHERE resource IS NOT NULL AND (own OR ${isTooMuch(watch, 'dissolve')}) ON CONFLICT DO NOTHING`,
    // With the group go its memberships: a hold of some of them is over.
    sql`DELETE FROM overrides WHERE connection = ${connection} AND resource = ${group} AND kind = 'hold' AND attribute = 'members'`,
    alarmSql(watch, sql`SELECT ${group}`),
  ]
}

function regroup(watch: Watch, group: SQL): readonly SQL[] {
  const { operation, connection, at } = watch
  const ofGroup = sql`connection = ${connection} AND group_id = ${group}`
  const isTaken = isTooMuch(watch, 'unmember')
  const hold = (resource: SQL, harm: string, why: string, when: SQL) =>
    sql`INSERT INTO overrides (connection, resource, kind, attribute, harm, who, why, since)
      SELECT DISTINCT ${connection}, ${resource}, 'hold', 'members', ${harm}, 'guard', ${why}, ${at} FROM ${when}
      ON CONFLICT DO NOTHING`
  return [
    ...countHarms(watch, 'unmember', moved(operation, 'removed')),
    sql`UPDATE member_steps SET refused = ${KEPT.withGroup} WHERE ${ofGroup}
      AND member_id IN (${moved(operation, 'removed')}) AND ${isTaken}`,
    sql`UPDATE member_steps SET refused = ${KEPT.withPerson} WHERE ${ofGroup}
      AND member_id IN (${moved(operation, 'added', 'removed')}) AND member_id IN (${protectedSql(connection)})`,
    hold(
      group,
      'unmember',
      whyHeld(watch, 'unmember'),
      sql`(${moved(operation, 'removed')}) WHERE ${isTaken}`,
    ),
    hold(
      sql`resource`,
      'protect',
      WHY_PROTECTED,
      sql`(${moved(operation, 'added', 'removed')}) WHERE resource IN (${protectedSql(connection)})`,
    ),
    // A member who has come back waits for nothing.
    sql`DELETE FROM overrides WHERE connection = ${connection} AND resource = ${group} AND kind = 'hold'
      AND attribute = 'members' AND NOT EXISTS (SELECT 1 FROM member_steps WHERE ${ofGroup} AND refused = ${KEPT.withGroup})`,
    alarmSql(watch, sql`SELECT ${group} UNION ALL ${moved(operation, 'added', 'removed')}`),
  ]
}

/** Takes an operation; gives the statement that lets the groups it touched wait where all that is left of them is held. */
export function waitsSql(operation: Operation): SQL {
  const { request, id } = operation
  const { connection } = request.caller
  const at = request.at.toISOString()
  const of = [sql`deliveries.connection`, sql`deliveries.resource`] as const
  const mine = sql`v.connection = ${connection} AND v.operation >= ${id} AND v.operation < ${`${id}0`}`
  const isOpen = sql`(EXISTS (SELECT 1 FROM member_steps s WHERE s.connection = deliveries.connection
      AND s.group_id = deliveries.resource AND s.refused IS NULL)
    OR EXISTS (SELECT 1 FROM change_values v WHERE ${mine} AND v.resource = deliveries.resource AND v.after IS NOT NULL))`
  const waits = sql`(${isHeld(...of, ['*'])} OR (${hasHeldSteps(...of)} AND NOT ${isOpen}))`
  return waitSql(
    operation,
    sql`connection = ${connection} AND type = 'Group' AND resource IN (SELECT v.resource FROM change_values v WHERE ${mine})
      AND (state = 'held' OR since = ${at} OR ${isHeld(...of, ['*'])})`,
    waits,
  )
}

/** Takes an operation, which deliveries it may be about, and the condition that one waits; gives the statement that has it wait, or wait no longer. */
export function waitSql({ request }: Operation, which: SQL, waits: SQL): SQL {
  const lease = leaseOf(request) ?? null
  // The condition stands once: most of what a statement costs is that it is read.
  return sql`UPDATE deliveries SET (state, words, leased) = (SELECT iif(w.waits, 'held', 'due'),
      iif(w.waits, 'held by the guard', NULL), iif(w.waits AND deliveries.leased = ${lease}, NULL, deliveries.leased)
    FROM (SELECT ${waits} AS waits) w) WHERE ${which}`
}
