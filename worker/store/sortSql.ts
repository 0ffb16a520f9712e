import { builtIn } from '../scim/catalog.ts'
import type { Sort } from '../scim/sort.ts'
import type { ResourceType } from '../scim/schema.ts'
import { sql, type SQL } from './database.ts'
import { placeOf } from './placeSql.ts'

/**
 * What rows are ordered by: an expression, whether it can be NULL, and then by `tie`, which no two rows share. `needs` is a
 * condition that always holds and lets libSQL take the order from an index.
 */
export type Order = {
  readonly value: SQL
  readonly nullable: boolean
  readonly descending: boolean
  readonly tie: SQL
  readonly needs?: SQL
}

/** Where the last row of a page stood: its values of `value` and `tie`. */
export type Key = { readonly value: string | number | null; readonly tie: string | number }

/** Takes the kinds of resource and a sort; gives the order. What has no value comes last, descending first (RFC 7644 §3.4.2.3). */
export function orderSql(types: readonly ResourceType[], sort: Sort): Order {
  const { descending } = sort
  const values = types.map((type, index) => valueOf(type, sort.refs[index]))
  const [only] = values
  const ref = sort.refs[0]
  if (types.length === 1 && only !== undefined && ref !== undefined) {
    const always = ref.extension === undefined && ['id', 'meta'].includes(ref.attribute.name)
    // What a declaration requires may be missing in resources that were there before it.
    const required =
      builtIn.types.some(({ schema }) => schema === types[0]?.schema) &&
      ref.extension === undefined &&
      ref.attribute.required &&
      !ref.attribute.multiValued &&
      ref.sub === undefined
    return {
      value: only,
      nullable: !always && !required,
      descending,
      tie: sql`r.seq`,
      ...(required ? { needs: sql`${only} IS NOT NULL` } : {}),
    }
  }
  const cases = types.map((type, index) => sql`WHEN ${type.name} THEN ${values[index]}`)
  return {
    value: sql`CASE r.type ${sql.join(cases, sql` `)} END`,
    nullable: true,
    descending,
    tie: sql`r.seq`,
  }
}

/** Of several values the primary one counts, else the first. */
function valueOf(type: ResourceType, ref: Sort['refs'][number]): SQL {
  if (ref === undefined) return sql`NULL`
  const found = placeOf(type, ref)
  if (found.kind === 'value') return found.value
  if (found.kind === 'object') return sql`NULL`
  const primary = ref.attribute.type === 'complex' ? sql`(e.value ->> '$.primary') IS NOT 1, ` : sql``
  return sql`(SELECT ${found.part(ref.sub).value} FROM ${found.from} WHERE ${found.on} ORDER BY ${primary}e.key LIMIT 1)`
}

/** Takes an order; gives what stands behind ORDER BY, over the expressions named. */
export function orderBy({ nullable, descending }: Order, value: SQL, tie: SQL): SQL {
  if (descending)
    return nullable ? sql`${value} DESC NULLS FIRST, ${tie} DESC` : sql`${value} DESC, ${tie} DESC`
  return nullable ? sql`${value} ASC NULLS LAST, ${tie} ASC` : sql`${value} ASC, ${tie} ASC`
}

/** Takes an order and where the last row stood; gives the condition of the rows behind it. */
export function behind({ value, nullable, descending, tie }: Order, key: Key): SQL {
  const further = sql.raw(descending ? '<' : '>')
  if (!nullable) return sql`(${value}, ${tie}) ${further} (${key.value}, ${key.tie})`
  const tied = sql`${value} IS ${key.value} AND ${tie} ${further} ${key.tie}`
  if (key.value === null) return descending ? sql`(${value} IS NOT NULL OR ${tied})` : sql`(${tied})`
  return descending
    ? sql`(${value} < ${key.value} OR ${tied})`
    : sql`(${value} > ${key.value} OR ${value} IS NULL OR ${tied})`
}
