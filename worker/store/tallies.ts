import * as v from 'valibot'
import { isRefusal, type RefusalName } from '../scim/refusal.ts'
import { sql, type Database, type SQL } from './database.ts'

/** Whose requests without a genuine token are: nobody can know which connection they were meant for. */
export const NOBODY = ''

/** How long a day's count is kept, in days. */
const KEPT_DAYS = 400

/** A count of an isolate that is to be added: whose, of what, how many, and when it last was. */
export type Count = {
  readonly connection: string
  /** `read`, `bare` (a token without the word Bearer), or the name of a refusal. */
  readonly what: string
  readonly count: number
  readonly last: string
}

/** Takes counts; gives the statements that add them to those of their day, and forget the days that are long over. */
export function talliesSql(counts: readonly Count[], now: Date): readonly SQL[] {
  if (counts.length === 0) return []
  const oldest = new Date(now.getTime() - KEPT_DAYS * 86_400_000).toISOString().slice(0, 10)
  const list = JSON.stringify(counts)
  return [
    sql`INSERT INTO tallies (connection, day, what, count, last)
      SELECT value ->> '$.connection', substr(value ->> '$.last', 1, 10), value ->> '$.what', value ->> '$.count', value ->> '$.last'
      FROM json_each(${list}) WHERE TRUE
      ON CONFLICT (connection, day, what) DO UPDATE SET count = count + excluded.count, last = max(last, excluded.last)`,
    sql`DELETE FROM tallies WHERE connection IN (SELECT value ->> '$.connection' FROM json_each(${list})) AND day < ${oldest}`,
  ]
}

/** Takes quirks that reads have shown, by name; gives the statement that counts them. */
export function quirksSql(counts: readonly Count[]): readonly SQL[] {
  if (counts.length === 0) return []
  return [
    sql`INSERT INTO quirks (connection, name, count, first, last)
      SELECT value ->> '$.connection', value ->> '$.what', value ->> '$.count', value ->> '$.last', value ->> '$.last'
      FROM json_each(${JSON.stringify(counts)}) WHERE TRUE
      ON CONFLICT (connection, name) DO UPDATE SET count = count + excluded.count, last = max(last, excluded.last)`,
  ]
}

const seenRow = v.object({ what: v.string(), count: v.number(), last: v.string() })

/** What was counted: of what, how many, and when it last was (ISO 8601). */
export type Seen = v.InferOutput<typeof seenRow>

/** What a connection has been asked, as far as it is counted, and what came to the bridge without a token that is good. */
export type Arrivals = {
  readonly reads: Seen | undefined
  readonly bare: Seen | undefined
  /** Of a genuine token: when anything of it last was taken, and when and how it was last refused. */
  readonly taken: string | undefined
  readonly refused: { readonly at: string; readonly refusal: RefusalName | undefined } | undefined
  /** Since a time, by refusal. Whose they were, nobody can know. */
  readonly strangers: readonly (Seen & { readonly what: RefusalName })[]
}

const atRow = v.object({ at: v.string(), refusal: v.nullable(v.string()) })

/** Takes a connection's id and since when strangers are of interest; gives what has come. One trip. */
export async function readArrivals(database: Database, connection: string, since: Date): Promise<Arrivals> {
  const of = (what: string) => sql`SELECT what, sum(count) AS count, max(last) AS last FROM tallies
    WHERE connection = ${connection} AND what = ${what} GROUP BY what`
  const newest = (
    which: SQL,
  ) => sql`SELECT at, refusal FROM requests WHERE connection = ${connection} AND ${which}
    ORDER BY at DESC LIMIT 1`
  const [reads, bare, taken, refused, strangers] = await database.read([
    of('read'),
    of('bare'),
    newest(sql`status < 400`),
    newest(sql`status >= 400`),
    sql`SELECT what, sum(count) AS count, max(last) AS last FROM tallies WHERE connection = ${NOBODY}
      AND last >= ${since.toISOString()} GROUP BY what ORDER BY last DESC`,
  ])
  const seen = (row: unknown) => (row === undefined ? undefined : v.parse(seenRow, row))
  const at = (row: unknown) => (row === undefined ? undefined : v.parse(atRow, row))
  const last = at(refused?.[0])
  return {
    reads: seen(reads?.[0]),
    bare: seen(bare?.[0]),
    taken: at(taken?.[0])?.at,
    refused:
      last === undefined
        ? undefined
        : {
            at: last.at,
            refusal: last.refusal !== null && isRefusal(last.refusal) ? last.refusal : undefined,
          },
    strangers: (strangers ?? []).flatMap((row) => {
      const { what, ...rest } = v.parse(seenRow, row)
      return isRefusal(what) ? [{ what, ...rest }] : []
    }),
  }
}

/** Takes a connection's id and a day (YYYY-MM-DD) to begin with; gives what was counted since, by kind. One trip. */
export async function listTallies(
  database: Database,
  connection: string,
  since: string,
): Promise<readonly Seen[]> {
  const [rows] = await database.read([
    sql`SELECT what, sum(count) AS count, max(last) AS last FROM tallies WHERE connection = ${connection} AND day >= ${since}
      GROUP BY what ORDER BY what`,
  ])
  return (rows ?? []).map((row) => v.parse(seenRow, row))
}
