import type { Filter } from '../scim/filter.ts'
import { foldCase } from '../scim/fold.ts'
import type { Query } from '../scim/query.ts'
import { resolveFilters, type ResolvedFilter } from '../scim/resolve.ts'
import type { ResourceType } from '../scim/schema.ts'
import { admission, isAdmitted, type Need, type Request } from './admission.ts'
import { sql, type SQL } from './database.ts'
import { checkMemberships, filterSql, pinnedValue } from './filterSql.ts'
import { behind, orderBy, orderSql, type Key, type Order } from './sortSql.ts'

/** Where a page starts: so many resources into the list, or behind a row that was shown, with the total found then. */
export type Start =
  | { readonly kind: 'offset'; readonly offset: number }
  | ({ readonly kind: 'behind'; readonly total: number } & Key)

/**
 * How a page is read: `tail` is all that stands behind the columns of its statement. `value` and `tie` are what its rows are
 * ordered by. `found` are all matches, read once for the page and for its total; where the total is had without them, `total`
 * gives it, and where it is known already neither does.
 */
export type Plan = {
  readonly tail: SQL
  readonly value: SQL
  readonly tie: SQL
  readonly found?: Found
  readonly total: SQL
}

/** The matches of a filter, and the statement that says whether the token may read them: they stand in one with the page. */
export type Found = { readonly matches: SQL; readonly admitted: SQL }

/**
 * Takes a request, its need, a query, where its page starts and its length; gives the plan. One row more than the page has
 * is read, so that it is known whether there are more. Whoever is refused reads no row.
 *
 * | query | total | page |
 * |---|---|---|
 * | no filter, no order | a counter | its own rows; by place two levels of counts, and at most 63 rows of an index, find the first |
 * | no filter, ordered | a counter | with an index of the order: the rows up to it, by cursor its own; without: one scan |
 * | filter with an index | its index rows | in the same read; by cursor from the second page on: at most its index rows |
 * | other filter | one scan | in the same scan; by cursor from the second page on: as far as it takes to fill it |
 */
export function planOf(request: Request, need: Need, query: Query, start: Start, count: number): Plan {
  const source = sourceOf(request, query)
  const granted = isAdmitted(request, need)
  const most = count === 0 ? 0 : count + 1
  const { order, from } = source
  const where = sql.join([...source.where, ...(order.needs === undefined ? [] : [order.needs])], sql` AND `)
  const { value, tie } = order
  const read = (rest: SQL) => sql`FROM ${from} WHERE ${where} ${rest}`
  const sorted = sql`ORDER BY ${orderBy(order, value, tie)} LIMIT iif(${granted}, ${most}, 0)`
  if (start.kind === 'behind') {
    return { tail: read(sql`AND ${behind(order, start)} ${sorted}`), value, tie, total: sql`NULL` }
  }
  const { offset } = start
  if (query.filter !== undefined) {
    const here = orderBy(order, sql`f.value`, sql`f.tie`)
    return {
      found: {
        matches: sql`SELECT r.seq, ${value} AS value, ${tie} AS tie FROM ${from}
          WHERE (SELECT refusal FROM admitted) IS NULL AND ${where}`,
        admitted: admission(request, need),
      },
      tail: sql`FROM (SELECT count(*) AS total FROM found) t
        LEFT JOIN (SELECT f.seq, f.value, f.tie FROM found f ORDER BY ${here} LIMIT ${most} OFFSET ${offset}) f ON TRUE
        LEFT JOIN resources r ON r.seq = f.seq ORDER BY ${here}`,
      value: sql`f.value`,
      tie: sql`f.tie`,
      total: sql`NULL`,
    }
  }
  const total = sql`iif(${granted}, ${totalSql(request, query.types)}, 0)`
  const [only] = query.types
  if (query.sort !== undefined || only === undefined || query.types.length > 1) {
    return { tail: read(sql`${sorted} OFFSET ${offset}`), value, tie, total }
  }
  const { connection } = request.caller
  const first = sql`SELECT iif(${hidesImported(connection)}, (SELECT o.seq FROM resources o
      WHERE o.connection = ${connection} AND o.type = ${only.name} AND o.imported = 0 ORDER BY o.seq LIMIT 1 OFFSET ${offset}),
    (${seqSql(request, only, offset)}))`
  return { tail: read(sql`AND r.seq >= (${first}) ${sorted}`), value, tie, total }
}

type Source = { readonly from: SQL; readonly where: readonly SQL[]; readonly order: Order }

const bySeq: Order = { value: sql`r.seq`, nullable: false, descending: false, tie: sql`r.seq` }

/** The rows a query is about, their conditions, and their order. */
function sourceOf(request: Request, { types, filter, sort }: Query): Source {
  const { connection } = request.caller
  const resolved = filter === undefined ? [] : resolveFilters(types, filter.filter, request.reading)
  for (const each of resolved) checkMemberships(each)
  const order = sort === undefined ? bySeq : orderSql(types, sort)
  const [only] = types
  const [one] = resolved
  if (only !== undefined && types.length === 1) {
    const here = [sql`r.connection = ${connection}`, sql`r.type = ${only.name}`, isShown(connection)]
    if (one === undefined) return { from: sql`resources r`, where: here, order }
    const searched = { connection, type: only }
    const group = sort === undefined ? groupOf(one) : undefined
    if (group === undefined) {
      return { from: sql`resources r`, where: [...here, filterSql(searched, one)], order }
    }
    // The people of a group come in the order of the members' own index, so that a page reads no more than its rows.
    const rest = group.rest.map((term) => filterSql(searched, term))
    return {
      from: sql`members s CROSS JOIN resources r ON r.connection = s.connection AND r.id = s.member_id`,
      where: [sql`s.connection = ${connection} AND s.group_id = ${group.id}`, ...here, ...rest],
      order: { value: sql`s.member_id`, nullable: false, descending: false, tie: sql`s.member_id` },
    }
  }
  const each = types.map((type, index) => {
    const filterOf = resolved[index]
    const matches = filterOf === undefined ? sql`TRUE` : filterSql({ connection, type }, filterOf)
    return sql`(r.type = ${type.name} AND ${matches})`
  })
  const where = [sql`r.connection = ${connection}`, sql`(${sql.join(each, sql` OR `)})`, isShown(connection)]
  return { from: sql`resources r`, where, order }
}

/** Whether the switch for imports is off: then what was only read from the target is in no list. Asked once a statement. */
const hidesImported = (connection: string): SQL =>
  sql`EXISTS (SELECT 1 FROM connections h WHERE h.id = ${connection} AND h.settings ->> '$.switches.import' IS 'off')`

const isShown = (connection: string): SQL => sql`(NOT ${hidesImported(connection)} OR r.imported = 0)`

/** The group whose members a filter asks for, where `groups.value eq` must hold, and what else must. */
function groupOf(
  filter: ResolvedFilter,
): { readonly id: string; readonly rest: readonly ResolvedFilter[] } | undefined {
  const terms = termsOf(filter)
  const ids = terms.map(groupIdOf)
  const at = ids.findIndex((id) => id !== undefined)
  const id = ids[at]
  return id === undefined ? undefined : { id, rest: terms.filter((_, index) => index !== at) }
}

function groupIdOf(term: ResolvedFilter): string | undefined {
  if ((term.kind !== 'compare' && term.kind !== 'element') || term.attr === undefined) return undefined
  const { extension, attribute, sub } = term.attr
  if (extension !== undefined || attribute.name !== 'groups') return undefined
  const id =
    term.kind === 'element'
      ? term.filter.kind === 'compare'
        ? pinnedValue(term.filter)
        : undefined
      : term.operator === 'eq' && (sub === undefined || sub.name === 'value')
        ? term.value
        : undefined
  // One written in other letters is found by the way that compares both.
  return typeof id === 'string' && foldCase(id) === id ? id : undefined
}

function termsOf<Attr, Sub>(filter: Filter<Attr, Sub>): readonly Filter<Attr, Sub>[] {
  return filter.kind === 'and' ? [...termsOf(filter.left), ...termsOf(filter.right)] : [filter]
}

function totalSql({ caller }: Request, types: readonly ResourceType[]): SQL {
  const names = sql.join(
    types.map(({ name }) => sql`${name}`),
    sql`, `,
  )
  const { connection } = caller
  // The counters count everything. Where not all of it is shown, it is counted one by one.
  return sql`iif(${hidesImported(connection)}, (SELECT count(*) FROM resources o
      WHERE o.connection = ${connection} AND o.type IN (${names}) AND o.imported = 0),
    (SELECT coalesce(sum(n), 0) FROM counts
      WHERE connection = ${connection} AND type IN (${names}) AND level = 2 AND bucket = 0))`
}

/**
 * The running number that a place has in the list: found through the buckets of 4,096, then of 64, then among the 64.
 * NULL where the place is behind the end. The sums run with the buckets and stop where they pass the place.
 */
function seqSql({ caller }: Request, type: ResourceType, offset: number): SQL {
  const upto = (before: SQL) =>
    sql`${before} + sum(c.n) OVER (ORDER BY c.bucket ROWS UNBOUNDED PRECEDING) AS upto`
  const level = (number: number) =>
    sql`c.connection = ${caller.connection} AND c.type = ${type.name} AND c.level = ${sql.raw(String(number))}`
  const large = sql`SELECT bucket, upto - n AS before FROM (
      SELECT c.bucket, c.n, ${upto(sql`0`)} FROM counts c WHERE ${level(1)}) WHERE upto > ${offset} LIMIT 1`
  const small = sql`SELECT bucket << 6 AS start, upto - n AS before FROM (
      SELECT c.bucket, c.n, ${upto(sql`(SELECT before FROM large)`)} FROM counts c WHERE ${level(0)}
        AND c.bucket >= (SELECT bucket << 6 FROM large)) WHERE upto > ${offset} LIMIT 1`
  return sql`WITH large AS MATERIALIZED (${large}), small AS MATERIALIZED (${small})
    SELECT q.seq FROM resources q WHERE q.connection = ${caller.connection} AND q.type = ${type.name}
      AND q.seq >= (SELECT start FROM small) ORDER BY q.seq
      LIMIT 1 OFFSET coalesce(${offset} - (SELECT before FROM small), 0)`
}
