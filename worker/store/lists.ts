import * as v from 'valibot'
import type { Resource } from '../scim/representation.ts'
import type { Selection } from '../scim/selection.ts'
import type { ResourceType } from '../scim/schema.ts'
import type { Query } from '../scim/query.ts'
import { admission, admit, type Need, type Request } from './admission.ts'
import { sql, TooLarge, type Database, type Rows, type SQL } from './database.ts'
import { planOf, type Plan, type Start } from './listPlan.ts'
import { managerSql, membershipsSql, needFor, readRow } from './resources.ts'

/** A resource of a list, and its kind. */
export type Listed = { readonly type: ResourceType; readonly resource: Resource }

/** Where a page by cursor ended: what the next one starts from, and the total that was counted at the first. */
export type Position = v.InferOutput<typeof position>

/** The form of a position, as it comes back from a client in a sealed cursor. */
export const position = v.object({
  total: v.number(),
  value: v.nullable(v.union([v.string(), v.number()])),
  tie: v.union([v.string(), v.number()]),
})

/** A page of a list. `last` is where it ended, if more is behind it. */
export type ListPage = {
  readonly resources: readonly Listed[]
  readonly total: number
  readonly last: Position | undefined
}

/**
 * Takes a request, a query, where its page starts and how many resources it has at the most; gives the page and how many
 * resources match in all. Throws 401, 403, 400 invalidFilter. One trip.
 */
export async function listResources(
  database: Database,
  request: Request,
  query: Query,
  start: Start,
  count: number,
): Promise<ListPage> {
  const need = needOf(query.types)
  const plan = planOf(request, need, query, start, count)
  const read = async (selections: readonly Selection[]) => {
    const page = pageSql(plan, query.types, selections)
    if (plan.found === undefined) return database.read([admission(request, need, plan.total), page])
    // What finds its total in its matches says in the same row whether the token may read: one statement, which is all.
    const [rows] = await database.read([page])
    return [rows, rows]
  }
  const [first, found] = await read(query.selections).catch((error: unknown) => {
    // A page of many large groups may be more than libSQL answers. Members are left out then, unless they were asked for.
    if (error instanceof TooLarge && query.selections.every(({ kind }) => kind === 'default')) {
      return read(query.types.map(() => LEAN))
    }
    throw error
  })
  admit(first, request, need)
  const rows = readRows(found, query.types)
  const shown = rows.slice(0, count)
  const counted = v.parse(v.object({ also: v.nullish(v.number()) }), first?.[0]).also
  const total = counted ?? totalOf(found) ?? (start.kind === 'behind' ? start.total : 0)
  const end = shown.at(-1)
  return {
    resources: shown.map(({ type, resource }) => ({ type, resource })),
    total,
    last: rows.length > count && end !== undefined ? { total, value: end.value, tie: end.tie } : undefined,
  }
}

const LEAN: Selection = { kind: 'except', paths: [['members'], ['groups']] }

/** A list of one kind needs its scope; one of all kinds needs a token that no scope narrows. */
function needOf(types: readonly ResourceType[]): Need {
  const [only] = types
  return only !== undefined && types.length === 1
    ? needFor(only, 'read')
    : { resources: 'everything', access: 'read' }
}

/**
 * Takes a plan, the kinds of resource and what is shown of each; gives the statement that reads the page. With a total of
 * its own it gives one row at least, of which only the total and the refusal may be set.
 */
export function pageSql(
  { tail, value, tie, found }: Plan,
  types: readonly ResourceType[],
  selections: readonly Selection[],
): SQL {
  const ofEach = (columnSql: typeof membershipsSql): SQL => {
    const columns = types.map((type, index) => columnSql(type, selections[index] ?? { kind: 'default' }))
    const [only] = columns
    // One kind needs no choice between kinds: libSQL reads the text anew for each request.
    if (only !== undefined && columns.length === 1) return only
    const cases = types.map(({ name }, index) => sql`WHEN ${name} THEN ${columns[index] ?? sql`NULL`}`)
    return sql`CASE r.type ${sql.join(cases, sql` `)} END`
  }
  const columns = sql`r.type, r.id, r.version, r.created, r.modified, r.document,
    ${ofEach(membershipsSql)} AS memberships, ${ofEach(managerSql)} AS manager, ${value} AS value, ${tie} AS tie`
  return found === undefined
    ? sql`SELECT ${columns} ${tail}`
    : sql`WITH admitted AS MATERIALIZED (${found.admitted}), found AS MATERIALIZED (${found.matches})
        SELECT ${columns}, t.total, (SELECT refusal FROM admitted) AS refusal, (SELECT notice FROM admitted) AS notice ${tail}`
}

const keyColumns = v.object({
  type: v.string(),
  value: v.nullable(v.union([v.string(), v.number()])),
  tie: v.union([v.string(), v.number()]),
})

function readRows(rows: Rows | undefined, types: readonly ResourceType[]) {
  return (rows ?? []).flatMap((row) => {
    if (row['id'] === null) return []
    const { type: name, value, tie } = v.parse(keyColumns, row)
    const type = types.find((candidate) => candidate.name === name)
    return type === undefined ? [] : [{ type, resource: readRow(row), value, tie }]
  })
}

const totalOf = (rows: Rows | undefined): number | undefined => {
  const total = rows?.[0]?.['total']
  return typeof total === 'number' ? total : undefined
}
