import type { AttributeRef } from '../scim/attributeRef.ts'
import {
  deepestFirst,
  type Comparison,
  type ElementFilter,
  type Filter,
  type Literal,
} from '../scim/filter.ts'
import { ScimError } from '../scim/error.ts'
import { foldCase } from '../scim/fold.ts'
import type { ResolvedFilter } from '../scim/resolve.ts'
import type { Attribute, ResourceType } from '../scim/schema.ts'
import { compareSql } from './compareSql.ts'
import { sql, type SQL } from './database.ts'
import { memberPart, placeOf, type Found } from './placeSql.ts'

/** What a filter is asked over: the connection, whose index rows are looked up, and the kind of resource. */
export type Searched = { readonly connection: string; readonly type: ResourceType }

/**
 * Takes what is searched and a resolved filter; gives the condition over `resources r`. Every term that has an index is
 * written so that libSQL can use it wherever it stands, under `or` too. Throws 400 invalidFilter for an attribute that is only
 * made when it is shown.
 */
export function filterSql(searched: Searched, filter: ResolvedFilter): SQL {
  return closed(filter, bareSql({ ...searched, inUnion: false }, filter))
}

/** What is searched, and whether the filter stands in a union: one in another would be too deep for libSQL. */
type Within = Searched & { readonly inUnion: boolean }

/** The condition without brackets of its own. */
function bareSql(searched: Within, filter: ResolvedFilter): SQL {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.kind === 'or' && isIndexed(filter) && !searched.inUnion
        ? unionSql(searched, filter)
        : chainSql(filter, (side) => bareSql(searched, side))
    case 'not':
      return sql`(${bareSql(searched, filter.inner)}) IS NOT TRUE`
    case 'present':
      return filter.attr === undefined ? sql`FALSE` : presentSql(searched.type, filter.attr)
    case 'compare':
      return comparisonSql(searched, filter)
    case 'element':
      return filter.attr === undefined ? sql`FALSE` : elementSql(searched, filter.attr, filter.filter)
  }
}

/**
 * Takes a chain and what writes a side of it without brackets; gives it so. The stack of libSQL's parser has 100 places: each
 * open bracket takes one, and what stands before it in a chain two. So there are no brackets where precedence does without,
 * and the deeper side comes first: then nothing within the bounds of a filter is too deep.
 */
function chainSql<Side extends Filter<unknown>>(
  { kind, left, right }: { readonly kind: 'and' | 'or'; readonly left: Side; readonly right: Side },
  write: (side: Side) => SQL,
): SQL {
  const [first, second] = deepestFirst(left, right)
  if (kind === 'or') return sql`${write(first)} OR ${write(second)}`
  return sql`${closed(first, write(first))} AND ${closed(second, write(second))}`
}

/** In brackets where it stands beside an AND. */
const closed = ({ kind }: { readonly kind: string }, bare: SQL): SQL =>
  kind === 'or' ? sql`(${bare})` : bare

/**
 * Without statistics, which libSQL's server does not keep, it would rather read all of a type than look each term up in
 * its index: so what each finds is put together.
 */
function unionSql(searched: Searched, filter: ResolvedFilter): SQL {
  const within = { ...searched, inUnion: true }
  const each = alternatives(filter).map(
    (term) => sql`SELECT r.seq FROM resources r
      WHERE r.connection = ${searched.connection} AND r.type = ${searched.type.name} AND ${bareSql(within, term)}`,
  )
  return sql`r.seq IN (${sql.join(each, sql` UNION `)})`
}

const alternatives = (filter: ResolvedFilter): readonly ResolvedFilter[] =>
  filter.kind === 'or' ? [...alternatives(filter.left), ...alternatives(filter.right)] : [filter]

/** Takes a filter; says whether an index alone finds all that can match. */
function isIndexed(filter: ResolvedFilter): boolean {
  switch (filter.kind) {
    case 'and':
      return isIndexed(filter.left) || isIndexed(filter.right)
    case 'or':
      return isIndexed(filter.left) && isIndexed(filter.right)
    case 'not':
    case 'present':
      return false
    case 'compare': {
      const { attr, operator, value } = filter
      if (attr === undefined || attr.extension !== undefined) return false
      if (operator === 'eq' && isAbout(attr) && LISTS.has(attr.attribute.name))
        return typeof value === 'string'
      return (
        (operator === 'eq' && COLUMNS.has(attr.attribute.name)) ||
        (operator === 'sw' && value !== '' && BEGINNINGS.has(attr.attribute.name))
      )
    }
    case 'element': {
      const { attr } = filter
      return (
        attr !== undefined &&
        attr.extension === undefined &&
        LISTS.has(attr.attribute.name) &&
        typeof pinnedValue(filter.filter) === 'string'
      )
    }
  }
}

/** How many terms of a filter may ask each member of each group, or each group of each person: every one joins anew. */
const MOST_MEMBERSHIP_TERMS = 5

/** Takes a filter. Throws 400 tooMany where it asks more of memberships than a request should cost. */
export function checkMemberships(filter: ResolvedFilter): void {
  if (membershipTerms(filter) <= MOST_MEMBERSHIP_TERMS) return
  const detail = `filter: expected at most ${MOST_MEMBERSHIP_TERMS} terms about members or groups, beside "value eq"`
  throw new ScimError(400, 'tooMany', detail)
}

function membershipTerms(filter: ResolvedFilter): number {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return membershipTerms(filter.left) + membershipTerms(filter.right)
    case 'not':
      return membershipTerms(filter.inner)
    case 'present':
    case 'compare':
    case 'element': {
      const { attr } = filter
      const isMembership =
        attr !== undefined &&
        attr.extension === undefined &&
        (attr.attribute.name === 'members' || attr.attribute.name === 'groups')
      return isMembership && !isIndexed(filter) ? 1 : 0
    }
  }
}

/** The attributes with an index: of the resource, of their beginnings too, and of the values in a list. */
const COLUMNS: ReadonlySet<string> = new Set(['id', 'userName', 'externalId', 'displayName'])
const BEGINNINGS: ReadonlySet<string> = new Set(['userName', 'displayName'])
const LISTS: ReadonlySet<string> = new Set(['emails', 'members', 'groups'])

function presentSql(type: ResourceType, ref: AttributeRef): SQL {
  const found = placeOf(type, ref)
  if (found.kind === 'object') return found.leaves
  if (found.kind === 'value') return sql`${found.value} IS NOT NULL`
  return ref.sub === undefined
    ? anyOf(found, sql`TRUE`)
    : anyOf(found, sql`${found.part(ref.sub).value} IS NOT NULL`)
}

type Compare = Comparison<AttributeRef | undefined> & { readonly kind: 'compare' }

function comparisonSql(searched: Searched, { attr: ref, operator, value }: Compare): SQL {
  // Of an attribute that is not there only "not equal" holds.
  if (ref === undefined) return operator === 'ne' ? sql`TRUE` : sql`FALSE`
  if (operator === 'ne')
    return sql`(${comparisonSql(searched, { kind: 'compare', attr: ref, operator: 'eq', value })}) IS NOT TRUE`
  const leaf = ref.sub ?? ref.attribute
  const found = placeOf(searched.type, ref)
  if (found.kind === 'value') return compareSql(found, leaf, operator, value)
  if (found.kind === 'object') return sql`FALSE`
  const index = operator === 'eq' && isAbout(ref) ? indexSql(searched.connection, ref, value) : undefined
  return index ?? anyOf(found, compareSql(found.part(ref.sub), leaf, operator, value))
}

/** Whether a name means what its attribute is about: `emails` and `emails.value` do. */
const isAbout = ({ sub }: AttributeRef) => sub === undefined || sub.name === 'value'

function elementSql(searched: Searched, ref: AttributeRef, filter: ElementFilter<Attribute>): SQL {
  const found = placeOf(searched.type, ref)
  if (found.kind === 'list') {
    const exact = anyOf(
      found,
      innerSql(filter, (sub) => found.part(sub).value),
    )
    const value = pinnedValue(filter)
    const index = value === undefined ? undefined : indexSql(searched.connection, ref, value)
    if (index === undefined) return exact
    return filter.kind === 'compare' ? index : sql`(${index} AND ${exact})`
  }
  // A single complex attribute is its own only element.
  return innerSql(filter, (sub) => {
    const inner = placeOf(searched.type, { ...ref, sub })
    return inner.kind === 'value' ? inner.value : sql`NULL`
  })
}

/** Takes a filter over members; gives the condition that `resources o` is one of those. Throws 400 invalidFilter for `$ref`. */
export function memberFilterSql(filter: ElementFilter<Attribute>): SQL {
  return innerSql(filter, memberPart)
}

/** The condition that an element matches, of which a sub-attribute's value is as given. */
function innerSql(filter: ElementFilter<Attribute>, value: (sub: Attribute) => SQL): SQL {
  return closed(filter, bareInnerSql(filter, value))
}

function bareInnerSql(filter: ElementFilter<Attribute>, value: (sub: Attribute) => SQL): SQL {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return chainSql(filter, (side) => bareInnerSql(side, value))
    case 'not':
      return sql`(${bareInnerSql(filter.inner, value)}) IS NOT TRUE`
    case 'present':
      return sql`${value(filter.attr)} IS NOT NULL`
    case 'compare':
      return compareSql({ value: value(filter.attr) }, filter.attr, filter.operator, filter.value)
  }
}

const anyOf = ({ from, on }: Found & { readonly kind: 'list' }, condition: SQL): SQL =>
  sql`EXISTS (SELECT 1 FROM ${from} WHERE ${on} AND ${condition})`

/** The value that every element must have that matches the filter, where it says one: `value eq` joined by `and`. */
export function pinnedValue(filter: ElementFilter<Attribute>): Literal | undefined {
  if (filter.kind === 'and') return pinnedValue(filter.left) ?? pinnedValue(filter.right)
  return filter.kind === 'compare' && filter.operator === 'eq' && filter.attr.name === 'value'
    ? filter.value
    : undefined
}

/** The condition that an element has the value, out of an index; undefined where the attribute has none. */
function indexSql(
  connection: string,
  { extension, attribute }: AttributeRef,
  value: Literal,
): SQL | undefined {
  if (extension !== undefined || typeof value !== 'string') return undefined
  // Ids are compared as they are and folded: ours are in small letters.
  const ids = sql`(${value}, ${foldCase(value)})`
  const through = (mine: SQL, other: SQL) =>
    sql`r.seq IN (SELECT o.seq FROM members i CROSS JOIN resources o ON o.connection = i.connection AND o.id = ${mine}
      WHERE i.connection = ${connection} AND ${other} IN ${ids})`
  switch (attribute.name) {
    case 'emails':
      return sql`r.seq IN (SELECT i.seq FROM emails i WHERE i.connection = ${connection} AND i.value = ${foldCase(value)})`
    case 'members':
      return through(sql`i.group_id`, sql`i.member_id`)
    case 'groups':
      return through(sql`i.member_id`, sql`i.group_id`)
    default:
      return undefined
  }
}
