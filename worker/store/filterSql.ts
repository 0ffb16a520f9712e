import { foldValue } from '../scim/fold.ts'
import { findAttributeRef, invalidFilter, resolveFilter, type AttrPath, type Filter } from '../scim/filter.ts'
import type { Attribute, ResourceType } from '../scim/schema.ts'
import { sql, type SQL } from './database.ts'

/** The attributes a filter may compare, each with the column that has an index. */
const columns: Readonly<Record<string, SQL>> = {
  id: sql`r.id`,
  userName: sql`r.user_name`,
  externalId: sql`r.external_id`,
  displayName: sql`r.display_name`,
}

/**
 * Takes a kind of resource and a filter as written; gives the condition over `resources r`. Throws 400 invalidFilter
 * for a name no schema has and for an attribute that cannot be compared: an empty list would make the provider create
 * people twice.
 */
export function filterSql(type: ResourceType, filter: Filter<AttrPath>): SQL {
  return condition(resolveFilter(filter, (name) => comparable(type, name)))
}

function condition(filter: Filter<Attribute>): SQL {
  if (filter.kind === 'and') return sql`${condition(filter.left)} AND ${condition(filter.right)}`
  const { attr, value } = filter
  const column = columns[attr.name]
  if (column === undefined) throw new Error(`no column for ${attr.name}`)
  if (value === null) return sql`${column} IS NULL`
  if (typeof value !== 'string') {
    throw invalidFilter(`${attr.name} is a string: expected a value in double quotes, not ${value}`)
  }
  // An id is matched as it is: it may come from elsewhere, in any form of Unicode.
  return sql`${column} = ${attr.name === 'id' ? value : foldValue(attr, value)}`
}

function comparable(type: ResourceType, name: string): Attribute {
  const ref = findAttributeRef(type, name)
  if (ref === undefined) throw invalidFilter(`a ${type.name} has no attribute ${name}`)
  if (ref.extension !== undefined || ref.sub !== undefined || columns[ref.attribute.name] === undefined) {
    throw invalidFilter(`${name} cannot be compared; expected one of ${Object.keys(columns).join(', ')}`)
  }
  return ref.attribute
}
