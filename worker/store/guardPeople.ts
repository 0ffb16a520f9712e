import { valueOf, type Operation } from './changes.ts'
import { sql, type SQL } from './database.ts'
import { differs } from './documentSql.ts'
import type { AskedKind } from './due.ts'
import { waitsSql, waitSql } from './guardGroups.ts'
import { alarmSql, isTooMuch, watchOf, WHY_PROTECTED, whyHeld, type Watch } from './harms.ts'
import { isHeld, isLockedSql, KEPT, protectedSql } from './holdSql.ts'
import type { Harm } from './settings.ts'

/** The attributes in which a harm to a person shows; `*`: in that there is one at all. */
const SHOWN: readonly { readonly harm: Harm; readonly attribute: string }[] = [
  { harm: 'suspend', attribute: 'active' },
  { harm: 'create', attribute: '*' },
  { harm: 'rename', attribute: 'userName' },
  { harm: 'rename', attribute: 'emails' },
]

const wasActive = sql`(v.before IS NOT NULL AND coalesce(v.before ->> '$.active', 1) = 1)`
const isActive = sql`(v.after IS NOT NULL AND coalesce(v.after ->> '$.active', 1) = 1)`
const isGone = sql`(v.after IS NULL)`

/**
 * Takes an operation on a person whose delivery is due, and what was asked; gives the statements of the guard: the harm is
 * counted; what is too much, or asked of somebody protected, is held and a person told; and what an earlier hold was for is
 * looked at, whether it is still so. All of it in the batch of the change, so that two requests at once are counted as two.
 */
export function guardPerson(operation: Operation, asked: AskedKind): readonly SQL[] {
  const watch = watchOf(operation)
  const { connection, kinds } = watch
  const person = valueOf(operation, 'resource')
  const counted = JSON.stringify(kinds)
  return [
    sql`INSERT INTO harms (connection, kind, resource, request, at)
      SELECT DISTINCT h.connection, h.harm, h.resource, ${operation.id}, ${watch.at} FROM (${happened(watch)}) h
      WHERE h.harm IN (SELECT value FROM json_each(${counted}))`,
    holdsSql(watch),
    overSql(watch),
    alarmSql(watch, sql`SELECT ${person}`),
    // Somebody whose deletion is held keeps the groups as well.
    ...(asked === 'delete'
      ? [
          sql`UPDATE member_steps SET refused = ${KEPT.withPerson} WHERE connection = ${connection} AND member_id = ${person}
            AND ${isHeld(sql`${connection}`, person, ['active'])}`,
          waitsSql(operation),
        ]
      : []),
    heldSql(watch),
  ]
}

/** The harms of this request, by the attribute in which they show, with its value before. */
function happened({ operation, connection, settings }: Watch): SQL {
  const isRejected = sql`EXISTS (SELECT 1 FROM overrides o WHERE o.connection = c.connection AND o.resource = c.resource
    AND o.kind = 'reject' AND o.attribute = 'active')`
  const isLinked = sql`EXISTS (SELECT 1 FROM links l WHERE l.connection = c.connection AND l.resource = c.resource)`
  const isChanged = sql`v.before IS NOT NULL AND v.after IS NOT NULL AND ${isLinked}`
  const emails = (document: SQL) => sql`coalesce(${document} -> '$.emails', '[]')`
  const deletes = settings.deletes === 'delete' ? sql`TRUE` : sql`FALSE`
  return sql`SELECT c.connection, c.resource, k.value ->> 'harm' AS harm, k.value ->> 'attribute' AS attribute,
      v.before -> ('$.' || (k.value ->> 'attribute')) AS value
    FROM changes c JOIN change_values v ON v.operation = c.operation JOIN json_each(${JSON.stringify(SHOWN)}) k
    WHERE c.operation = ${operation.id} AND c.connection = ${connection} AND CASE k.value ->> 'attribute'
      WHEN 'active' THEN iif(c.kind = 'delete', ${wasActive} OR ${deletes} OR ${isRejected},
        ${wasActive} AND NOT ${isGone} AND NOT ${isActive})
      WHEN '*' THEN ${isActive} AND NOT ${wasActive} AND NOT ${isLinked}
      WHEN 'userName' THEN ${isChanged} AND v.before ->> '$.userName' IS NOT v.after ->> '$.userName'
      ELSE ${isChanged} AND ${differs(emails(sql`v.before`), emails(sql`v.after`))} END`
}

function holdsSql(watch: Watch): SQL {
  const { operation, connection, at, settings } = watch
  const { at: asked } = operation.request
  const until = new Date(asked.getTime() + settings.guard.holdSuspensions * 60_000).toISOString()
  const harms = ['suspend', 'create', 'rename'] as const
  const byHarm = (of: (harm: Harm) => SQL) =>
    sql`CASE h.harm ${sql.join(
      harms.map((harm) => sql`WHEN ${harm} THEN ${of(harm)}`),
      sql` `,
    )} END`
  return sql`INSERT INTO overrides (connection, resource, kind, attribute, harm, value, who, why, since, until)
    SELECT h.connection, h.resource, 'hold', h.attribute, iif(h.own, 'protect', h.harm), h.value, 'guard',
      iif(h.own, ${WHY_PROTECTED}, ${byHarm((harm) => sql`${whyHeld(watch, harm)}`)}), ${at},
      iif(h.own OR h.harm <> 'suspend', NULL, ${until})
    FROM (SELECT e.*, e.resource IN (${protectedSql(connection)}) AS own FROM (${happened(watch)}) e) h
    WHERE h.own OR ${byHarm((harm) => isTooMuch(watch, harm))}
    ON CONFLICT DO NOTHING`
}

/**
 * What is over: a hold whose harm the provider has taken back itself, and a rejection of what it has changed anew. One that this request has just made
 * is neither.
 */
function overSql({ operation, connection }: Watch): SQL {
  const path = sql`('$.' || overrides.attribute)`
  const isHold = sql`overrides.kind = 'hold'`
  return sql`DELETE FROM overrides WHERE connection = ${connection} AND resource = ${valueOf(operation, 'resource')}
    AND kind IN ('hold', 'reject') AND EXISTS (SELECT 1 FROM change_values v WHERE v.operation = ${operation.id}
      AND CASE overrides.attribute
        WHEN 'active' THEN iif(${isHold}, ${isActive}, ${isGone} OR ${isActive} IS NOT ${wasActive})
        WHEN '*' THEN NOT ${isActive}
        WHEN 'members' THEN FALSE
        ELSE ${isGone} OR iif(${isHold}, v.after -> ${path} IS overrides.value,
          (v.before -> ${path}) IS NOT (v.after -> ${path})) END)`
}

/**
 * The deliveries of what is held wait, and the request's lease is given back. A held name does not keep anything else waiting, and a
 * deactivation least of all; but a target that is told every change is told of all of it at once. Nor does a hold keep a lock waiting.
 */
function heldSql({ operation, connection, at, settings }: Watch): SQL {
  const of = [sql`deliveries.connection`, sql`deliveries.resource`] as const
  const rest = (document: SQL) => sql`json_remove(${document}, '$.userName', '$.emails')`
  const more =
    settings.target?.capabilities.everyChange === true
      ? sql`FALSE`
      : sql`EXISTS (SELECT 1 FROM change_values v WHERE v.operation = ${operation.id}
          AND ${differs(rest(sql`v.before`), rest(sql`v.after`))})`
  const waits = sql`(NOT ${isLockedSql(...of)} AND (${isHeld(...of, ['active', '*'])} OR (rank > 0 AND (state = 'held' OR since = ${at})
    AND ${isHeld(...of, ['userName', 'emails'])} AND NOT ${more})))`
  return waitSql(
    operation,
    sql`connection = ${connection} AND resource = ${valueOf(operation, 'resource')}
    AND (state = 'held' OR ${isHeld(...of)})`,
    waits,
  )
}
