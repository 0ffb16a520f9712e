import * as v from 'valibot'
import { sql, type Row, type SQL } from './database.ts'

/** The logs that are sealed: what happened to resources, and what those did who run the bridge. */
export type Log = 'changes' | 'acts'

/** The values of a change, as its digest is over them, with their salt. */
export type LoggedValues = { readonly salt: string | null; readonly texts: readonly (string | null)[] }

/** A row of a log. `cells` is all that stands in it, in a fixed order: its canonical form. */
export type LoggedRow = {
  readonly log: Log
  /** Empty for an act: all acts are one chain. */
  readonly connection: string
  readonly seq: number
  /** What names it to a person: the operation of a change, the request of an act. */
  readonly id: string
  readonly cells: readonly (string | number | null)[]
  /** Undefined for an act, and where they are gone. */
  readonly values: LoggedValues | undefined
}

const text = v.string()
const optional = v.nullable(v.string())

const changeCells = {
  seq: v.number(),
  connection: text,
  operation: text,
  resource: text,
  type: text,
  kind: text,
  version: v.number(),
  attributes: text,
  token: text,
  request: text,
  at: text,
  asked: optional,
  digest: optional,
  mac: optional,
}

const actCells = {
  seq: v.number(),
  at: text,
  request: text,
  who: text,
  connection: optional,
  action: text,
  subject: optional,
  reason: optional,
  details: optional,
  mac: optional,
}

/** A change as it stands in its row. */
export type ChangeCells = v.InferOutput<typeof changeObject>
const changeObject = v.object(changeCells)

/** An act as it stands in its row. */
export type ActCells = v.InferOutput<typeof actObject>
const actObject = v.object(actCells)

const valueCells = v.object({
  salt: optional,
  before: optional,
  after: optional,
  added: optional,
  removed: optional,
  kept: v.nullable(v.number()),
})

/** How many characters of values one answer holds at the most, but for the one row that has more: well below what libSQL answers. */
const MOST_CHARACTERS = 1_000_000

/**
 * Takes the log, the condition over `changes c` or `acts c` that finds its rows, and how many at the most; gives the statement that reads them in
 * order, and no more than one answer holds: whoever wants more asks again behind the last.
 */
export function loggedSql(log: Log, where: SQL, most: number): SQL {
  if (log === 'acts') return sql`SELECT c.* FROM acts c WHERE ${where} ORDER BY c.seq LIMIT ${most}`
  const size = sql`coalesce(length(v.before), 0) + coalesce(length(v.after), 0) + coalesce(length(v.added), 0) + coalesce(length(v.removed), 0)`
  return sql`SELECT * FROM (
      SELECT c.*, v.salt, v.before, v.after, v.added, v.removed, v.operation IS NOT NULL AS kept,
        sum(${size}) OVER w AS so_far, row_number() OVER w AS place, count(*) OVER () AS found
      FROM (SELECT c.* FROM changes c WHERE ${where} ORDER BY c.seq LIMIT ${most}) c
        LEFT JOIN change_values v ON v.operation = c.operation
      WINDOW w AS (ORDER BY c.seq ROWS UNBOUNDED PRECEDING))
    WHERE place = 1 OR so_far <= ${MOST_CHARACTERS} ORDER BY seq`
}

/** Takes the log and a row of loggedSql; gives it read. */
export function readLogged(log: Log, row: Row): LoggedRow {
  if (log === 'acts') {
    const act = v.parse(actObject, row)
    return {
      log,
      connection: '',
      seq: act.seq,
      id: act.request,
      cells: inOrder(actCells, act),
      values: undefined,
    }
  }
  const change = v.parse(changeObject, row)
  const { salt, before, after, added, removed, kept } = v.parse(valueCells, row)
  return {
    log,
    connection: change.connection,
    seq: change.seq,
    id: change.operation,
    cells: inOrder(changeCells, change),
    values: kept === 1 ? { salt, texts: [before, after, added, removed] } : undefined,
  }
}

/** Takes a row; gives it as a change, undefined for an act. */
export function changeOf({ log, cells }: LoggedRow): ChangeCells | undefined {
  return log === 'changes' ? v.parse(changeObject, named(changeCells, cells)) : undefined
}

/** Takes a row; gives it as an act, undefined for a change. */
export function actOf({ log, cells }: LoggedRow): ActCells | undefined {
  return log === 'acts' ? v.parse(actObject, named(actCells, cells)) : undefined
}

type Cell = string | number | null

const inOrder = <K extends string>(
  cells: Readonly<Record<K, unknown>>,
  row: Readonly<Record<K, Cell>>,
): Cell[] => names(cells).map((name) => row[name])

const named = (cells: object, row: readonly Cell[]) =>
  Object.fromEntries(Object.keys(cells).map((name, index) => [name, row[index]]))

function names<K extends string>(cells: Readonly<Record<K, unknown>>): K[] {
  return Object.keys(cells).filter((name): name is K => name in cells)
}

const asked = v.object({
  id: text,
  kind: text,
  type: text,
  attributes: v.array(text),
  at: text,
})

/** Takes what stands in `asked` of a change; gives it read, undefined where it is not what the bridge writes there. */
export function readAsked(given: string): v.InferOutput<typeof asked> | undefined {
  const read = v.safeParse(v.pipe(v.string(), v.parseJson(), asked), given)
  return read.success ? read.output : undefined
}
