import type { AttributeRef } from '../scim/attributeRef.ts'
import { invalidFilter } from '../scim/filter.ts'
import { isManager } from '../scim/manager.ts'
import type { Attribute, ResourceType } from '../scim/schema.ts'
import type { Place } from './compareSql.ts'
import { sql, type SQL } from './database.ts'
import { jsonPath } from './documentSql.ts'
import { ofManager } from './resources.ts'

/** The attributes with a column, and an index on it, of their own. */
const columns: Readonly<Record<string, SQL>> = {
  id: sql`r.id`,
  userName: sql`r.user_name`,
  externalId: sql`r.external_id`,
  displayName: sql`r.display_name`,
}

const metaColumns: Readonly<Record<string, SQL>> = {
  resourceType: sql`r.type`,
  created: sql`r.created`,
  lastModified: sql`r.modified`,
}

/** What an attribute is to a query: one value, or a list of elements that `FROM` reads, each with its parts. */
export type Found =
  | ({ readonly kind: 'value' } & Place)
  | {
      readonly kind: 'list'
      readonly from: SQL
      readonly on: SQL
      readonly part: (sub: Attribute | undefined) => Place
    }
  | { readonly kind: 'object'; readonly leaves: SQL }

/**
 * Takes a kind of resource and an attribute of it (a sub-attribute of a list is asked of the list's parts); gives where
 * it stands over `resources r`. Throws 400 invalidFilter for what is made only when it is shown: addresses.
 */
export function placeOf(type: ResourceType, { extension, attribute, sub }: AttributeRef): Found {
  if (extension === undefined) {
    const column = columns[attribute.name]
    if (column !== undefined) return { kind: 'value', value: column, indexed: true }
    if (attribute.name === 'meta') return metaPlace(sub)
    if (attribute.name === 'schemas') return schemasPlace(type)
    if (attribute.name === 'members') return membershipPlace(sql`m.group_id`, sql`m.member_id`, sql`o.type`)
    if (attribute.name === 'groups') return membershipPlace(sql`m.member_id`, sql`m.group_id`, sql`'direct'`)
  }
  // What is shown of a manager the bridge knows is the manager's own.
  if (isManager(attribute) && sub?.name === 'displayName') {
    return { kind: 'value', value: ofManager(sql`coalesce(b.display_name, b.user_name)`) }
  }
  if (isManager(attribute) && sub?.name === '$ref') {
    throw invalidFilter('manager.$ref cannot be compared: use manager.value')
  }
  const path = [extension?.id, attribute.name].filter((name) => name !== undefined)
  if (attribute.multiValued) {
    return {
      kind: 'list',
      from: sql`json_each(r.folded, ${jsonPath(path)}) e`,
      on: sql`TRUE`,
      part: (inner) => ({
        value: inner === undefined ? sql`e.value` : sql`e.value ->> ${jsonPath([inner.name])}`,
      }),
    }
  }
  if (attribute.type !== 'complex' || sub !== undefined) {
    const whole = [...path, ...(sub === undefined ? [] : [sub.name])]
    return { kind: 'value', value: sql`r.folded ->> ${jsonPath(whole)}` }
  }
  return { kind: 'object', leaves: leavesSql(path) }
}

/** The condition that an object has a value anywhere: one that a PATCH has emptied has none. */
const leavesSql = (path: readonly string[]): SQL =>
  sql`EXISTS (SELECT 1 FROM json_tree(r.folded, ${jsonPath(path)}) WHERE atom IS NOT NULL)`

function metaPlace(sub: Attribute | undefined): Found {
  if (sub === undefined) return { kind: 'object', leaves: sql`TRUE` }
  const column = metaColumns[sub.name]
  if (column === undefined) throw invalidFilter(`meta.${sub.name} cannot be compared: use id`)
  return { kind: 'value', value: column }
}

function schemasPlace(type: ResourceType): Found {
  const extensions = type.extensions.map(
    ({ schema }) => sql`iif(${leavesSql([schema.id])}, ${schema.id}, NULL)`,
  )
  const urns = sql.join([sql`${type.schema.id}`, ...extensions], sql`, `)
  return {
    kind: 'list',
    from: sql`json_each(json_array(${urns})) e`,
    on: sql`e.value IS NOT NULL`,
    part: () => ({ value: sql`e.value` }),
  }
}

/** The members of a group, or the groups of a member. */
function membershipPlace(mine: SQL, other: SQL, kind: SQL): Found {
  return {
    kind: 'list',
    from: sql`members m JOIN resources o ON o.connection = m.connection AND o.id = ${other}`,
    on: sql`m.connection = r.connection AND ${mine} = r.id`,
    part: (sub) => ({ value: membershipPart(sub?.name ?? 'value', other, kind) }),
  }
}

/** A part of a membership whose other end is `resources o`. */
function membershipPart(name: string, other: SQL, kind: SQL): SQL {
  const parts: Readonly<Record<string, SQL>> = {
    value: other,
    display: sql`coalesce(o.display_name, o.user_name)`,
    type: sql`lower(${kind})`,
  }
  const value = parts[name]
  if (value === undefined) throw invalidFilter(`${name} cannot be compared: use value`)
  return value
}

/** Takes a sub-attribute of members; gives where it stands over the member, `resources o`. Throws 400 invalidFilter for `$ref`. */
export function memberPart({ name }: Attribute): SQL {
  return membershipPart(name, sql`o.id`, sql`o.type`)
}
