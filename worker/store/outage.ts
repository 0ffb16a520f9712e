import { sql, type SQL } from './database.ts'

/** How many tries in a row the target leaves without any answer until a person is told. */
export const MOST_UNHEARD = 6

/** What the words of the alarm begin with that an answer of any kind ends. */
const SILENT = 'The target has not answered'

const ofTarget = (connection: string): SQL =>
  sql`connection = ${connection} AND kind = 'target' AND subject = ''`

/**
 * Takes a connection's id, what happened, when, and under which condition; gives the statement that counts a try without an answer, and
 * raises the alarm of the target where there were too many in a row. The count stands in the row of that alarm, which is over until then:
 * so it is raised once an outage.
 */
export function unheardSql(connection: string, words: string, now: string, when: SQL): SQL {
  const said = `${SILENT} ${MOST_UNHEARD} times in a row: ${words}`
  return sql`INSERT INTO alarms (connection, kind, subject, words, count, first, last, cleared)
    SELECT ${connection}, 'target', '', ${said}, 1, ${now}, ${now}, ${now} WHERE ${when}
    ON CONFLICT (connection, kind, subject) DO UPDATE SET count = count + 1, last = excluded.last,
      words = iif(cleared IS NULL, words, excluded.words), first = iif(count = 0, excluded.first, first),
      cleared = iif(cleared IS NULL OR count + 1 >= ${MOST_UNHEARD}, NULL, excluded.cleared)`
}

/** Takes a connection's id, when, and under which condition; gives the statement that says that the target has answered, whatever it said. */
export function heardSql(connection: string, now: string, when: SQL): SQL {
  return sql`UPDATE alarms SET cleared = coalesce(cleared, ${now}), count = 0 WHERE ${ofTarget(connection)}
    AND (cleared IS NULL OR count > 0) AND (cleared IS NOT NULL OR substr(words, 1, ${SILENT.length}) = ${SILENT}) AND ${when}`
}

/** As heardSql, of a target that has done what it was asked: whatever else was the trouble with it is over too. */
export function wellSql(connection: string, now: string, when: SQL): SQL {
  return sql`UPDATE alarms SET cleared = coalesce(cleared, ${now}), count = 0 WHERE ${ofTarget(connection)}
    AND (cleared IS NULL OR count > 0) AND ${when}`
}
