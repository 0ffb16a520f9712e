import { sql, type SQL } from './database.ts'

/**
 * Takes `deliveries` and the LEFT JOINed `stops` of its connection; gives the condition that the stop is one for that delivery. A target
 * that asked for time (Retry-After, RFC 9110 §10.2.3) is left alone by all of them. What the bridge itself waits because a target took
 * nothing does not hold up what takes access away: that keeps to its own, shorter pause.
 */
export const stops = (delivery: SQL, stop: SQL): SQL =>
  sql`(${stop}.connection IS NOT NULL AND (${stop}.tries = ${ASKED} OR ${delivery}.rank > 0))`

/** The tries of a stop that the target asked for: they are counted of others, where the bridge makes its own guess. */
const ASKED = 0

/** For how long a target may ask for more time again and again, in milliseconds, until a person is told. */
const LONG_ASKED = 7_200_000

/** After how long, in milliseconds, a stop that was not followed by another has to do with a new one no more: no delivery pauses longer. */
const ANOTHER = 86_400_000

const before = (now: string, milliseconds: number) => new Date(Date.parse(now) - milliseconds).toISOString()

/**
 * Takes a connection, until when its target is left alone, whether it asked for that itself, words and the time; gives the statement that
 * stops it, under a condition. A time that the target asked for is kept to its end, whatever fails meanwhile. Stops that follow one another are
 * one, since the first.
 */
export function stopSql(
  connection: string,
  { until, isAsked, words }: { readonly until: Date; readonly isAsked: boolean; readonly words: string },
  now: string,
  when: SQL,
): SQL {
  const isKept = isAsked
    ? sql`(stops.tries = ${ASKED} AND stops.until > excluded.until)`
    : sql`(stops.tries = ${ASKED} AND stops.until > ${now})`
  return sql`INSERT INTO stops (connection, since, until, tries, words)
    SELECT ${connection}, ${now}, ${until.toISOString()}, ${isAsked ? sql`${ASKED}` : sql`1`}, ${words} WHERE ${when}
    ON CONFLICT (connection) DO UPDATE SET since = iif(stops.until < ${before(now, ANOTHER)}, excluded.since, since),
      until = excluded.until, words = excluded.words,
      tries = ${isAsked ? sql`${ASKED}` : sql`tries + 1`} WHERE NOT ${isKept}`
}

/** Takes a connection and the time; gives the condition over `stops` that finds what an answer of its target ends. */
export const overSql = (connection: string, now: string): SQL =>
  sql`connection = ${connection} AND (tries > ${ASKED} OR until <= ${now})`

/**
 * Takes a connection, the time and a condition; gives the statement for an answer that did not ask for time, though it has ended nothing: a stop that
 * the target asked for before is not one with the next.
 */
export function unaskedSql(connection: string, now: string, when: SQL): SQL {
  return sql`UPDATE stops SET since = ${now} WHERE connection = ${connection} AND tries = ${ASKED} AND until <= ${now} AND ${when}`
}

/** Takes a connection and the time; gives the condition that its target has done nothing but ask for time for long, and nobody was told of the target yet. */
export function isLongAsked(connection: string, now: string): SQL {
  return sql`(EXISTS (SELECT 1 FROM stops s WHERE s.connection = ${connection} AND s.tries = ${ASKED} AND s.since <= ${before(now, LONG_ASKED)})
    AND NOT EXISTS (SELECT 1 FROM alarms a WHERE a.connection = ${connection} AND a.kind = 'target' AND a.subject = '' AND a.cleared IS NULL))`
}
