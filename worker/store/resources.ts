import * as v from 'valibot'
import type { AttrPath, Filter } from '../scim/filter.ts'
import type { Page } from '../scim/list.ts'
import type { Resource } from '../scim/representation.ts'
import type { ResourceType } from '../scim/schema.ts'
import { isSelected, type Selection } from '../scim/selection.ts'
import { ScimError } from '../scim/error.ts'
import type { JsonObject } from '../scim/value.ts'
import { admission, admit, type Need, type Request } from './admission.ts'
import { sql, type Database, type Rows, type SQL } from './database.ts'
import { filterSql } from './filterSql.ts'

/** Takes a kind of resource and whether it is changed; gives what a token needs for it. */
export function needFor(type: ResourceType, access: Need['access'], person?: string): Need {
  return {
    resources: type.name === 'User' ? 'users' : 'groups',
    access,
    ...(person === undefined ? {} : { person }),
  }
}

/** Takes a request, a kind of resource, an id and a selection; gives the resource. Throws 401, 403, 404. One trip. */
export async function getResource(
  database: Database,
  request: Request,
  type: ResourceType,
  id: string,
  selection: Selection,
): Promise<Resource> {
  const person = type.name === 'User' ? id : undefined
  const [admitted, found] = await database.read([
    admission(request, needFor(type, 'read', person)),
    resourceSql(request, type, sql`r.id = ${id}`, selection),
  ])
  admit(admitted)
  return firstResource(found)
}

/**
 * Takes a request, a kind of resource, a filter or none, a page and a selection; gives that page in the order the
 * resources were made, and how many match in all. Throws 401, 403, 400 invalidFilter. One trip.
 */
export async function listResources(
  database: Database,
  request: Request,
  type: ResourceType,
  filter: Filter<AttrPath> | undefined,
  page: Page,
  selection: Selection,
): Promise<{ readonly resources: readonly Resource[]; readonly total: number }> {
  const matches = filter === undefined ? sql`TRUE` : filterSql(type, filter)
  const total = sql`(SELECT count(*) FROM resources r WHERE ${within(request, type)} AND ${matches})`
  const [admitted, found] = await database.read([
    admission(request, needFor(type, 'read'), total),
    sql`${resourceSql(request, type, matches, selection)}
      ORDER BY r.seq LIMIT ${page.count} OFFSET ${page.startIndex - 1}`,
  ])
  admit(admitted)
  const counted = v.parse(v.object({ also: v.number() }), admitted?.[0])
  return { resources: (found ?? []).map(readRow), total: counted.also }
}

/**
 * Takes a request and what it is about; checks what would refuse it before its body is looked at: the token, its scope,
 * and, where an id is given, that there is such a resource. Without a subject only that the token is alive. Throws 401,
 * 403, 404. One trip.
 */
export async function checkAdmission(
  database: Database,
  request: Request,
  subject?: { readonly type: ResourceType; readonly access: Need['access']; readonly id?: string },
): Promise<void> {
  if (subject === undefined) {
    const [admitted] = await database.read([admission(request, { resources: undefined, access: 'read' })])
    return admit(admitted)
  }
  const { type, access, id } = subject
  const person = type.name === 'User' && access === 'read' ? id : undefined
  const [admitted, found] = await database.read([
    admission(request, needFor(type, access, person)),
    sql`SELECT 1 FROM resources r WHERE ${within(request, type)} AND ${id === undefined ? sql`FALSE` : sql`r.id = ${id}`}`,
  ])
  admit(admitted)
  if (id !== undefined && found?.length === 0) throw notFound()
}

/** There is no such resource in this connection, or it belongs to another: 404, and no word of which. */
const notFound = () => new ScimError(404, undefined, 'There is no such resource in this connection.')

/** The condition that a row of `resources r` is of this connection and kind. */
export function within({ caller }: Request, type: ResourceType): SQL {
  return sql`r.connection = ${caller.connection} AND r.type = ${type.name}`
}

/**
 * Takes a request, a kind of resource, a condition over `resources r` and a selection; gives the statement that reads
 * them, with members or groups where the selection shows them.
 */
export function resourceSql(request: Request, type: ResourceType, where: SQL, selection: Selection): SQL {
  return sql`SELECT r.id, r.version, r.created, r.modified, r.document, ${membershipsSql(type, selection)} AS memberships
    FROM resources r WHERE ${within(request, type)} AND ${where}`
}

function membershipsSql(type: ResourceType, selection: Selection): SQL {
  const [shown, mine, other] =
    type.name === 'Group'
      ? ['members', sql`m.group_id`, sql`m.member_id`]
      : ['groups', sql`m.member_id`, sql`m.group_id`]
  if (!isSelected(selection, shown)) return sql`'[]'`
  return sql`(SELECT json_group_array(json_object('id', o.id, 'type', o.type, 'display',
      coalesce(o.document ->> '$.displayName', o.document ->> '$.userName')))
    FROM members m JOIN resources o ON o.connection = m.connection AND o.id = ${other}
    WHERE m.connection = r.connection AND ${mine} = r.id)`
}

/** Takes the rows of resourceSql; gives the first. Throws 404 where there is none. */
export function firstResource(rows: Rows | undefined): Resource {
  const row = rows?.[0]
  if (row === undefined) throw notFound()
  return readRow(row)
}

const jsonText = v.pipe(
  v.string(),
  v.transform((text): unknown => JSON.parse(text)),
)

const resourceRow = v.object({
  id: v.string(),
  version: v.number(),
  created: v.string(),
  modified: v.string(),
  document: v.pipe(
    jsonText,
    v.custom<JsonObject>((value) => typeof value === 'object' && value !== null),
  ),
  memberships: v.pipe(
    jsonText,
    v.array(
      v.object({ id: v.string(), type: v.picklist(['User', 'Group']), display: v.nullable(v.string()) }),
    ),
  ),
})

function readRow(row: unknown): Resource {
  return v.parse(resourceRow, row)
}
