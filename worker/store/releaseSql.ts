import { sql, type SQL } from './database.ts'
import { KEPT } from './holdSql.ts'

/**
 * Takes the condition over `overrides o` that finds holds, and when; gives the statements that let them go: what is held is due again, with the memberships that
 * waited with it, and the receipts say until when they were held.
 */
export function releaseSql(which: SQL, now: Date): readonly SQL[] {
  const at = now.toISOString()
  return [
    ...receiptsSql(which, at, sql`ended`),
    ...dueAgainSql(which, at),
    ...membersSql(which, sql`NULL`),
    ...overSql(which, at),
  ]
}

/**
 * Takes the condition over `overrides o` that finds holds, when, and who says so; gives the statements that reject them: the target keeps what it has, until
 * the provider changes that anew or an admin ends the rejection. Whatever else is wanted of the resource is due.
 */
export function rejectSql(which: SQL, now: Date, who: string): readonly SQL[] {
  const at = now.toISOString()
  return [
    ...receiptsSql(which, at, sql`${at}`),
    ...dueAgainSql(which, at),
    ...membersSql(which, sql`${KEPT.rejected}`),
    sql`INSERT INTO overrides (connection, resource, kind, attribute, harm, value, who, why, since)
      SELECT o.connection, o.resource, 'reject', o.attribute, o.harm, o.value, ${who}, 'rejected by an admin: ' || o.why, ${at}
      FROM overrides o WHERE o.kind = 'hold' AND o.attribute <> 'members' AND ${which}
      ON CONFLICT (connection, resource, kind, attribute) DO UPDATE SET value = excluded.value, who = excluded.who,
        why = excluded.why, since = excluded.since`,
    ...overSql(which, at),
  ]
}

/** Takes columns and the condition over `overrides o`; gives the query of the holds it finds. */
export const held = (columns: SQL, which: SQL): SQL =>
  sql`SELECT ${columns} FROM overrides o WHERE o.kind = 'hold' AND ${which}`

const receiptsSql = (which: SQL, at: string, ended: SQL): readonly SQL[] => [
  sql`UPDATE receipts INDEXED BY receipts_open SET held = ${at}, ended = ${ended} WHERE confirmed IS NULL AND ended IS NULL
    AND (connection, resource) IN (${held(sql`o.connection, o.resource`, sql`o.attribute = 'active' AND ${which}`)})`,
]

const dueAgainSql = (which: SQL, at: string): readonly SQL[] => [
  sql`UPDATE deliveries SET state = 'due', due = ${at}, since = ${at}, tries = 0, words = NULL WHERE state IN ('held', 'waiting', 'skipped')
    AND (connection, resource) IN (${held(sql`o.connection, o.resource`, which)}
      UNION SELECT s.connection, s.group_id FROM overrides o JOIN member_steps s INDEXED BY member_steps_member
        ON s.connection = o.connection AND s.member_id = o.resource AND s.refused = ${KEPT.withPerson}
        WHERE o.kind = 'hold' AND ${which})`,
]

/** The memberships of groups, and those of people, go on or stay with what they waited for. */
const membersSql = (which: SQL, refused: SQL): readonly SQL[] => [
  sql`UPDATE member_steps SET refused = ${refused} WHERE refused = ${KEPT.withGroup}
    AND (connection, group_id) IN (${held(sql`o.connection, o.resource`, sql`o.attribute = 'members' AND ${which}`)})`,
  sql`UPDATE member_steps INDEXED BY member_steps_member SET refused = ${refused} WHERE refused = ${KEPT.withPerson}
    AND (connection, member_id) IN (${held(sql`o.connection, o.resource`, which)})`,
]

/** They are over, and so is the alarm of a kind of which nothing is held any more, or of somebody of whom nothing is. */
const overSql = (which: SQL, at: string): readonly SQL[] => [
  sql`DELETE FROM overrides AS o WHERE o.kind = 'hold' AND ${which}`,
  sql`UPDATE alarms SET cleared = ${at} WHERE kind IN ('held', 'protected') AND cleared IS NULL
    AND NOT EXISTS (SELECT 1 FROM overrides o WHERE o.connection = alarms.connection AND o.kind = 'hold'
      AND iif(alarms.kind = 'held', o.harm = alarms.subject, o.harm = 'protect' AND o.resource = alarms.subject))`,
]
