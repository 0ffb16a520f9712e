import { sql, type SQL } from './database.ts'

const DAY = 86_400

/** How many days before a token is to be renewed a person is told. */
const WARNINGS = [1, 7, 14] as const

const FIRST = 14

/**
 * Takes the time and what raises an alarm anew and tells of it; gives the statements that say 14 days, 7 days and one day before a
 * token is to be renewed that it is, once each; and a day before one ends that is being replaced, that it is still used. The last
 * ends the alarms of those that were renewed, replaced or revoked. One that expired stays, until it is revoked or replaced.
 */
export function tokenAlarms(now: Date, again: SQL): readonly SQL[] {
  const [at, time] = [Math.floor(now.getTime() / 1000), now.toISOString()]
  const label = sql`coalesce('"' || t.name || '"', t.jti)`
  const day = (column: SQL) => sql`date(${column}, 'unixepoch')`
  // As toISOString writes it.
  const isTold = (
    since: SQL,
  ) => sql`EXISTS (SELECT 1 FROM alarms a WHERE a.connection = t.connection AND a.kind = 'token'
    AND a.subject = t.jti AND a.cleared IS NULL AND a.last >= strftime('%Y-%m-%dT%H:%M:%fZ', ${since}, 'unixepoch'))`
  const raise = (
    words: SQL,
    when: SQL,
  ) => sql`INSERT INTO alarms (connection, kind, subject, words, count, first, last)
    SELECT t.connection, 'token', t.jti, ${words}, 1, ${time}, ${time} FROM tokens t
    WHERE t.revoked IS NULL AND ${when} ${again}`
  const step = sql`CASE ${sql.join(
    WARNINGS.map((days) => sql`WHEN t.renew_by <= ${at + days * DAY} THEN ${days * DAY}`),
    sql` `,
  )} END`
  return [
    raise(
      sql`'API token ' || ${label} || ' is to be renewed by ' || ${day(sql`t.renew_by`)} || iif(t.sliding IS NULL,
        '. Rotate it before: ', ', as nobody uses it. Use it, rotate it, or revoke it: ')
        || 'after that it only reads and deactivates, and on ' || ${day(sql`t.expires`)} || ' it expires.'`,
      sql`t.replaced_by IS NULL AND t.renew_by > ${at} AND t.renew_by <= ${at + FIRST * DAY} AND NOT ${isTold(sql`t.renew_by - ${step}`)}`,
    ),
    raise(
      sql`'API token ' || ${label} || ' ends on ' || ${day(sql`t.expires`)} || ' and is still used. Paste the one that takes its place ('
        || t.replaced_by || ') into the identity provider.'`,
      sql`t.replaced_by IS NOT NULL AND t.expires > ${at} AND t.expires <= ${at + DAY} AND t.used > ${at - 2 * DAY}
        AND NOT ${isTold(sql`t.expires - ${DAY}`)}`,
    ),
    sql`UPDATE alarms SET cleared = ${time} WHERE kind = 'token' AND cleared IS NULL AND NOT EXISTS (SELECT 1 FROM tokens t
      WHERE t.connection = alarms.connection AND t.jti = alarms.subject AND t.revoked IS NULL
        AND iif(t.replaced_by IS NULL, t.renew_by <= ${at + FIRST * DAY},
          t.expires > ${at} AND (t.renew_by <= ${at} OR t.expires <= ${at + DAY})))`,
  ]
}
