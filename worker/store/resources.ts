import * as v from 'valibot'
import type { AttrPath, Filter } from '../scim/filter.ts'
import type { Page } from '../scim/list.ts'
import type { Resource } from '../scim/representation.ts'
import type { ResourceType } from '../scim/schema.ts'
import { isSelected, type Selection } from '../scim/selection.ts'
import { ScimError } from '../scim/error.ts'
import type { JsonObject } from '../scim/json.ts'
import { admission, admit, isAdmitted, type Need, type Request } from './admission.ts'
import { sql, TooLarge, type Database, type Rows, type SQL } from './database.ts'
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
  const need = needFor(type, 'read', person)
  const [admitted, found] = await database.read([
    admission(request, need),
    resourceSql(request, type, sql`r.id = ${id} AND ${isAdmitted(request, need)}`, selection),
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
  const need = needFor(type, 'read')
  const matches = filter === undefined ? sql`TRUE` : filterSql(type, filter)
  // Who is refused is told so without a row being looked at: nothing of what is there shows in cost or size.
  const granted = isAdmitted(request, need)
  const total = sql`iif(${granted}, (SELECT count(*) FROM resources r WHERE ${within(request, type)} AND ${matches}), 0)`
  const read = (shown: Selection) =>
    database.read([
      admission(request, need, total),
      sql`${resourceSql(request, type, matches, shown)}
        ORDER BY r.seq LIMIT iif(${granted}, ${page.count}, 0) OFFSET ${page.startIndex - 1}`,
    ])
  // A page of many large groups may be more than libSQL answers. Members are left out then, unless they were asked for.
  const lean: Selection = { kind: 'except', paths: [['members'], ['groups']] }
  const [first, found] = await read(selection).catch((error: unknown) => {
    if (error instanceof TooLarge && selection.kind === 'default') return read(lean)
    throw error
  })
  admit(first)
  const counted = v.parse(v.object({ also: v.number() }), first?.[0])
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
    ...(id === undefined
      ? []
      : [sql`SELECT 1 FROM resources r WHERE ${within(request, type)} AND r.id = ${id}`]),
  ])
  admit(admitted)
  if (id !== undefined && found?.length === 0) throw notFound()
}

/** There is no such resource in this connection, or it belongs to another: gives 404, and no word of which. */
export const notFound = () => new ScimError(404, undefined, 'There is no such resource in this connection.')

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

/**
 * How many members, or groups of a person, an answer shows unasked. Beyond it they are left out whole: a part of them
 * would be taken for all.
 */
export const MOST_MEMBERSHIPS = 1_000

function membershipsSql(type: ResourceType, selection: Selection): SQL {
  const [shown, mine, other] =
    type.name === 'Group'
      ? ['members', sql`m.group_id`, sql`m.member_id`]
      : ['groups', sql`m.member_id`, sql`m.group_id`]
  if (!isSelected(selection, shown)) return sql`'[]'`
  const all = sql`(SELECT json_group_array(json_object('id', o.id, 'type', o.type, 'display',
      coalesce(o.document ->> '$.displayName', o.document ->> '$.userName')))
    FROM members m JOIN resources o ON o.connection = m.connection AND o.id = ${other}
    WHERE m.connection = r.connection AND ${mine} = r.id)`
  if (selection.kind === 'only') return all
  return sql`iif((SELECT count(*) FROM (SELECT 1 FROM members m
    WHERE m.connection = r.connection AND ${mine} = r.id LIMIT ${MOST_MEMBERSHIPS + 1})) > ${MOST_MEMBERSHIPS}, '[]', ${all})`
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

const documentText = v.pipe(
  jsonText,
  v.custom<JsonObject>((value) => typeof value === 'object' && value !== null),
)

const resourceRow = v.object({
  id: v.string(),
  version: v.number(),
  created: v.string(),
  modified: v.string(),
  document: documentText,
  memberships: v.pipe(
    jsonText,
    v.array(
      v.object({ id: v.string(), type: v.picklist(['User', 'Group']), display: v.nullable(v.string()) }),
    ),
  ),
})

/** Takes the text of a document as it is kept; gives the document. */
export function readDocument(text: string): JsonObject {
  return v.parse(documentText, text)
}

function readRow(row: unknown): Resource {
  return v.parse(resourceRow, row)
}
