import * as v from 'valibot'
import { sql, type Row, type SQL } from './database.ts'
import { isPending, type Person } from './erase.ts'
import { ERASE_AFTER } from './settings.ts'

/** A part of a connection's log whose time is over: up to which segment, and up to which row. */
export type Expired = { readonly connection: string; readonly number: number; readonly last: number }

/** What is over by now: people to erase, and segments to let go. */
export type Over = { readonly people: readonly Person[]; readonly expired: readonly Expired[] }

const daysAgo = (now: string, days: SQL): SQL =>
  sql`strftime('%Y-%m-%dT%H:%M:%fZ', ${now}, '-' || ${days} || ' days')`

/**
 * Takes the time and how many at the most; gives the statements that read whom and what the settings of the connections let go by now: people, so many
 * days after their DELETE or after their create was taken back, and sealed segments, once a day, as what is left of them is gone through each time. A
 * segment stays while a delivery still needs a change in it or before.
 */
export function overSql(now: Date, most: number): readonly SQL[] {
  const at = now.toISOString()
  // CROSS JOIN has SQLite begin with the connections, of which there are few.
  return [
    sql`SELECT t.connection, t.id FROM connections c CROSS JOIN tombstones t INDEXED BY tombstones_whole ON t.connection = c.id
        AND t.at < ${daysAgo(at, sql`coalesce(c.settings ->> '$.eraseAfter', ${ERASE_AFTER})`)} AND t.type = 'User' AND t.erased IS NULL
      WHERE NOT ${isPending(sql`t.connection`, sql`t.id`)} LIMIT ${most}`,
    sql`SELECT connection, max(number) AS number, max(last) AS last FROM (
        SELECT s.connection, s.number, s.last FROM connections c CROSS JOIN segments s INDEXED BY segments_kept ON s.log = 'changes' AND s.connection = c.id
        WHERE c.settings ->> '$.keepChanges' IS NOT NULL AND s.rows IS NOT NULL
          AND s.at < date(${daysAgo(at, sql`(c.settings ->> '$.keepChanges')`)})
          AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.connection = s.connection AND d.first <= s.last)
        ORDER BY s.connection, s.number LIMIT ${most})
      GROUP BY connection`,
  ]
}

const personRow = v.object({ connection: v.string(), id: v.string() })
const expiredRow = v.object({ connection: v.string(), number: v.number(), last: v.number() })

/** Takes the answers to overSql; gives what is over. */
export function readOver([people = [], expired = []]: readonly (readonly Row[])[]): Over {
  return {
    people: people.map((row) => v.parse(personRow, row)),
    expired: expired.map((row) => v.parse(expiredRow, row)),
  }
}

/**
 * Takes a part of a log whose time is over; gives the statements that let it go: the values, and the rows, but for the last of each resource, from which the
 * feed tells what there is. The heads stay, so that what follows still hangs on them.
 */
export function expireSql({ connection, number, last }: Expired): readonly SQL[] {
  const mine = sql`connection = ${connection} AND seq <= ${last}`
  return [
    sql`DELETE FROM change_values WHERE operation IN (SELECT operation FROM changes WHERE ${mine})`,
    sql`DELETE FROM changes WHERE ${mine} AND EXISTS (SELECT 1 FROM changes n WHERE n.connection = changes.connection
      AND n.resource = changes.resource AND n.seq > changes.seq)`,
    sql`UPDATE segments SET rows = NULL WHERE log = 'changes' AND connection = ${connection} AND number <= ${number}`,
  ]
}
