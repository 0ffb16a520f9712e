import * as v from 'valibot'
import { sql, type Database, type Row, type SQL } from './database.ts'
import { loggedSql, readLogged, type Log, type LoggedRow } from './logs.ts'

/** A row as its segment holds it: its number, its id, the SHA-256 of its canonical form, and of its values with their salt; null where there were none. */
export type Entry = readonly [seq: number, id: string, row: string, values: string | null]

/** A sealed segment as it is kept. `rows`: the entries as JSON, null where it has expired. */
export type Segment = v.InferOutput<typeof segmentRow>

const segmentRow = v.object({
  log: v.picklist(['changes', 'acts']),
  connection: v.string(),
  number: v.number(),
  first: v.number(),
  last: v.number(),
  count: v.number(),
  hash: v.string(),
  previous: v.string(),
  kid: v.string(),
  at: v.string(),
  jws: v.string(),
  rows: v.nullable(v.string()),
})

const entries = v.pipe(
  v.string(),
  v.parseJson(),
  v.array(v.strictTuple([v.number(), v.string(), v.string(), v.nullable(v.string())])),
)

/** Takes what stands in `rows`; gives the entries, undefined where they are none. */
export function readEntries(rows: string): readonly Entry[] | undefined {
  const read = v.safeParse(entries, rows)
  return read.success ? read.output : undefined
}

/** Where a chain ends: its last number and the head there. */
export type End = {
  readonly log: Log
  readonly connection: string
  readonly number: number
  readonly jws: string
}

/** What is to be sealed: rows of both logs in their order, and where their chains end. */
export type Unsealed = {
  readonly rows: readonly LoggedRow[]
  readonly ends: readonly End[]
  readonly isMore: boolean
}

/**
 * Gives the statements that read what is not sealed yet, at the most so many rows of each log. Rows are sealed in the order of all of them, whatever
 * their connection, so that all below the last is sealed.
 */
export function unsealedSql(most: number): readonly SQL[] {
  const behind = (log: Log) =>
    sql`c.seq > coalesce((SELECT max(s.last) FROM segments s WHERE s.log = ${log}), 0)`
  return [
    loggedSql('changes', behind('changes'), most),
    loggedSql('acts', behind('acts'), most),
    sql`SELECT s.log, s.connection, s.number, s.jws FROM (SELECT DISTINCT 'changes' AS log, connection FROM (
          SELECT c.connection FROM changes c WHERE ${behind('changes')} ORDER BY c.seq LIMIT ${most})
        UNION ALL SELECT 'acts', '') k
      JOIN segments s ON s.log = k.log AND s.connection = k.connection AND s.number = (SELECT max(l.number) FROM segments l
        WHERE l.log = k.log AND l.connection = k.connection)`,
  ]
}

const endRow = v.object({
  log: segmentRow.entries.log,
  connection: v.string(),
  number: v.number(),
  jws: v.string(),
})

/** Takes the answers to unsealedSql and the number it was given; gives what is to be sealed. */
export function readUnsealed(
  [changes = [], acts = [], ends = []]: readonly (readonly Row[])[],
  most: number,
): Unsealed {
  return {
    rows: [
      ...changes.map((row) => readLogged('changes', row)),
      ...acts.map((row) => readLogged('acts', row)),
    ],
    ends: ends.map((row) => v.parse(endRow, row)),
    isMore: changes.length === most || acts.length === most || isCut(changes),
  }
}

/** An answer that would have been too large holds the first of the rows it found. */
function isCut(changes: readonly Row[]): boolean {
  const found = changes[0]?.['found']
  return typeof found === 'number' && changes.length < found
}

/** Takes a segment; gives the statement that keeps it. It is refused where somebody else has sealed the same rows. */
export function insertSegment(segment: Segment): SQL {
  const { log, connection, number, first, last, count, hash, previous, kid, at, jws, rows } = segment
  return sql`INSERT INTO segments (log, connection, number, first, last, count, hash, previous, kid, at, jws, rows)
    VALUES (${log}, ${connection}, ${number}, ${first}, ${last}, ${count}, ${hash}, ${previous}, ${kid}, ${at}, ${jws}, ${rows})`
}

/** Takes the id of a change whose values have no salt, and one; gives the statement that keeps it: a version before this one writes none. */
export function saltValues(operation: string, salt: string): SQL {
  return sql`UPDATE change_values SET salt = ${salt} WHERE operation = ${operation} AND salt IS NULL`
}

/** The chains there are, or that there should be: of every connection that has sealed or unsealed changes, and of acts. One trip. */
export async function listChains(database: Database): Promise<
  readonly {
    readonly log: Log
    readonly connection: string
    readonly name: string | null
    readonly rows: number
  }[]
> {
  const [rows] = await database.read([
    sql`SELECT k.log, k.connection, n.name, iif(k.log = 'acts', (SELECT count(*) FROM acts),
        (SELECT count(*) FROM changes c WHERE c.connection = k.connection)) AS "rows"
      FROM (SELECT 'acts' AS log, '' AS connection UNION SELECT log, connection FROM segments
        UNION SELECT 'changes', connection FROM changes) k LEFT JOIN connections n ON n.id = k.connection
      ORDER BY k.log, k.connection`,
  ])
  return (rows ?? []).map((row) => v.parse(chainRow, row))
}

const chainRow = v.object({
  log: segmentRow.entries.log,
  connection: v.string(),
  name: v.nullable(v.string()),
  rows: v.number(),
})

/** Takes a chain, the number to go on behind, and how many at the most; gives its segments in order. One trip. */
export async function listSegments(
  database: Database,
  { log, connection }: Pick<End, 'log' | 'connection'>,
  after: number,
  most: number,
): Promise<readonly Segment[]> {
  const [rows] = await database.read([
    sql`SELECT * FROM segments WHERE log = ${log} AND connection = ${connection} AND number > ${after}
      ORDER BY number LIMIT ${most}`,
  ])
  return (rows ?? []).map((row) => v.parse(segmentRow, row))
}

/** Takes a chain, between which numbers (the first not among them), and how many at the most; gives its rows in order, fewer where they are large. One trip. */
export async function listLogged(
  database: Database,
  { log, connection }: Pick<End, 'log' | 'connection'>,
  after: number,
  upTo: number | undefined,
  most: number,
): Promise<readonly LoggedRow[]> {
  const mine = log === 'acts' ? sql`TRUE` : sql`c.connection = ${connection}`
  const end = upTo === undefined ? sql`TRUE` : sql`c.seq <= ${upTo}`
  const [rows] = await database.read([loggedSql(log, sql`${mine} AND c.seq > ${after} AND ${end}`, most)])
  return (rows ?? []).map((row) => readLogged(log, row))
}

/** Gives the last head of every chain. One trip. */
export async function listHeads(database: Database): Promise<readonly End[]> {
  const [rows] = await database.read([
    sql`SELECT s.log, s.connection, s.number, s.jws FROM segments s WHERE NOT EXISTS (SELECT 1 FROM segments l
        WHERE l.log = s.log AND l.connection = s.connection AND l.number > s.number) ORDER BY s.log, s.connection`,
  ])
  return (rows ?? []).map((row) => v.parse(endRow, row))
}
