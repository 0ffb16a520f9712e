import * as v from 'valibot'
import type { Resource } from '../scim/representation.ts'
import { MANAGER } from '../scim/manager.ts'
import { userType } from '../scim/resourceTypes.ts'
import type { ResourceType } from '../scim/schema.ts'
import { isSelected, type Selection } from '../scim/selection.ts'
import { ScimError } from '../scim/error.ts'
import { isMet, preconditionFailed } from '../scim/precondition.ts'
import type { JsonObject } from '../scim/json.ts'
import { admission, admit, isAdmitted, type Need, type Request } from './admission.ts'
import { sql, TooLarge, type Database, type Rows, type SQL } from './database.ts'
import { jsonPath } from './documentSql.ts'

/** Takes a kind of resource and whether it is changed; gives what a token needs for it. */
export function needFor(type: ResourceType, access: Need['access'], person?: string): Need {
  return {
    resources: type.scope,
    access,
    ...(person === undefined ? {} : { person }),
  }
}

/**
 * Takes a request, a kind of resource, an id and a selection; gives the resource. Throws 401, 403, 404, and 400 tooMany for
 * more members than one answer can hold. One trip.
 */
export async function getResource(
  database: Database,
  request: Request,
  type: ResourceType,
  id: string,
  selection: Selection,
): Promise<Resource> {
  const person = type.isPerson ? id : undefined
  const need = needFor(type, 'read', person)
  const [admitted, found] = await database
    .read([
      admission(request, need),
      resourceSql(request, type, sql`r.id = ${id} AND ${isAdmitted(request, need)}`, selection),
    ])
    .catch((error: unknown) => {
      throw error instanceof TooLarge ? tooMany(type, id) : error
    })
  admit(admitted, request, need)
  return firstResource(found)
}

/** More members, or groups, than one answer can hold: they are read page by page by a query that has an index. */
function tooMany(type: ResourceType, id: string): ScimError {
  const [what, query] =
    type.shows === 'members'
      ? ['members', `/Users?filter=groups.value eq "${id}"`]
      : ['groups', `/Groups?filter=members.value eq "${id}"`]
  return new ScimError(
    400,
    'tooMany',
    `${what}: more than one answer can hold. Read them page by page: GET ${query}`,
  )
}

/**
 * Takes a request and what it is about; checks what would refuse it before its body is looked at: the token, its scope,
 * and, where an id is given, that there is such a resource, in the version the client wants. Without a subject only that
 * the token is alive. Throws 401, 403, 404, 412. One trip.
 */
export async function checkAdmission(
  database: Database,
  request: Request,
  subject?: {
    readonly type: ResourceType | undefined
    readonly access: Need['access']
    readonly id?: string
  },
): Promise<void> {
  if (subject?.type === undefined) {
    const resources = subject === undefined ? undefined : 'everything'
    const need = { resources, access: 'read' } as const
    const [admitted] = await database.read([admission(request, need)])
    return admit(admitted, request, need)
  }
  const { type, access, id } = { ...subject, type: subject.type }
  const person = type.isPerson && access === 'read' ? id : undefined
  const need = needFor(type, access, person)
  const [admitted, found] = await database.read([
    admission(request, need),
    ...(id === undefined
      ? []
      : [sql`SELECT r.version FROM resources r WHERE ${within(request, type)} AND r.id = ${id}`]),
  ])
  admit(admitted, request, need)
  if (id === undefined) return
  const row = found?.[0]
  if (row === undefined) throw notFound()
  const { version } = v.parse(v.object({ version: v.number() }), row)
  if (request.precondition !== undefined && !isMet(request.precondition, version)) throw preconditionFailed()
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
  return sql`SELECT ${columnsSql(type, selection)} FROM resources r WHERE ${within(request, type)} AND ${where}`
}

/** Takes a kind of resource and a selection; gives the columns of `resources r` that readRow reads. */
function columnsSql(type: ResourceType, selection: Selection): SQL {
  return sql`r.id, r.version, r.created, r.modified, r.document,
    ${membershipsSql(type, selection)} AS memberships, ${managerSql(type, selection)} AS manager`
}

/**
 * How many members, or groups of a person, an answer shows unasked. Beyond it they are left out whole: a part of them
 * would be taken for all.
 */
const MOST_MEMBERSHIPS = 1_000

/** The members of a group, or the groups of a member, as a JSON array. */
export function membershipsSql({ shows }: ResourceType, selection: Selection): SQL {
  if (shows === 'neither' || !isSelected(selection, shows)) return sql`'[]'`
  const [mine, other] =
    shows === 'members' ? [sql`m.group_id`, sql`m.member_id`] : [sql`m.member_id`, sql`m.group_id`]
  const each = sql`SELECT o.id, o.type,
      coalesce(o.document ->> '$.displayName', o.document ->> '$.userName') AS display
    FROM members m JOIN resources o ON o.connection = m.connection AND o.id = ${other}
    WHERE m.connection = r.connection AND ${mine} = r.id`
  const list = sql`json_group_array(json_object('id', id, 'type', type, 'display', display))`
  return selection.kind === 'only'
    ? sql`(SELECT ${list} FROM (${each}))`
    : sql`(SELECT iif(count(*) > ${MOST_MEMBERSHIPS}, '[]', ${list}) FROM (${each} LIMIT ${MOST_MEMBERSHIPS + 1}))`
}

/** Takes a kind of resource and a selection; gives the name of a person's manager, NULL where the bridge knows none. */
export function managerSql(type: ResourceType, selection: Selection): SQL {
  const [urn] = MANAGER
  const has = type.extensions.some(({ schema }) => schema.id === urn)
  if (!has || !isSelected(selection, urn)) return sql`NULL`
  return ofManager(sql`coalesce(b.document ->> '$.displayName', b.document ->> '$.userName')`)
}

/** Takes an expression over `resources b`, the manager of `resources r`; gives its value, NULL where the bridge knows none. */
export function ofManager(value: SQL): SQL {
  return sql`(SELECT ${value} FROM resources b WHERE b.connection = r.connection
    AND b.id = r.document ->> ${jsonPath([...MANAGER, 'value'])} AND +b.type = ${userType.name})`
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
    v.array(v.object({ id: v.string(), type: v.string(), display: v.nullable(v.string()) })),
  ),
  manager: v.nullable(v.string()),
})

/** Takes the text of a document as it is kept; gives the document. */
export function readDocument(text: string): JsonObject {
  return v.parse(documentText, text)
}

/** Takes a row of columnsSql; gives the resource. */
export function readRow(row: unknown): Resource {
  return v.parse(resourceRow, row)
}
