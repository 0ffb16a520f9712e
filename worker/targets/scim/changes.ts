import { isJsonObject, isUnassigned, type Json, type JsonObject } from '../../scim/json.ts'
import type { ResourceType } from '../../scim/schema.ts'
import { same } from './same.ts'

/** One attribute that is to be different: its path, and what it becomes; undefined where it is taken away. */
export type Change = { readonly path: readonly string[]; readonly value: Json | undefined }

/** What is never sent as an attribute: the service's own, memberships, which go their own way, and passwords. */
const NOT_SENT: ReadonlySet<string> = new Set(['id', 'meta', 'schemas', 'password', 'groups', 'members'])

const isUrn = (name: string) => /^urn:/i.test(name)

/** Takes a document; gives what is sent of it. */
export function sendable(document: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(document).filter(([name]) => !NOT_SENT.has(name)))
}

/**
 * Takes what is confirmed and what is wanted; gives the fewest changes from one to the other: attributes, sub-attributes
 * of complex ones, attributes of extensions. Multi-valued ones change as a whole.
 */
export function changesOf(confirmed: JsonObject, wanted: JsonObject): readonly Change[] {
  const names = new Set([...Object.keys(wanted), ...Object.keys(confirmed)])
  return [...names].flatMap((name) => {
    if (NOT_SENT.has(name)) return []
    const [was, becomes] = [confirmed[name], wanted[name]]
    if (isUrn(name)) return within(name, objectOf(was), objectOf(becomes))
    if (isJsonObject(was) && isJsonObject(becomes)) return within(name, was, becomes)
    return change([name], name, was, becomes)
  })
}

function within(name: string, was: JsonObject, becomes: JsonObject): readonly Change[] {
  const subs = new Set([...Object.keys(becomes), ...Object.keys(was)])
  return [...subs].flatMap((sub) => change([name, sub], `${name}.${sub}`, was[sub], becomes[sub]))
}

function change(
  path: readonly string[],
  name: string,
  was: Json | undefined,
  becomes: Json | undefined,
): readonly Change[] {
  if (same(name, was, becomes)) return []
  return [{ path, value: isUnassigned(becomes) ? undefined : becomes }]
}

const objectOf = (value: Json | undefined): JsonObject => (isJsonObject(value) ? value : {})

/** Takes changes; gives the body of the PATCH that makes them, an operation each (RFC 7644 §3.5.2). */
export function patchOf(changes: readonly Change[]): JsonObject {
  const operations = changes.map(({ path: [top = '', sub], value }): JsonObject => {
    const path = sub === undefined ? top : `${top}${isUrn(top) ? ':' : '.'}${sub}`
    return value === undefined ? { op: 'remove', path } : { op: 'replace', path, value }
  })
  return patchBody(operations)
}

/** Takes operations; gives the body of a PATCH. */
export function patchBody(operations: readonly JsonObject[]): JsonObject {
  return { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: operations }
}

/** Takes a document and changes; gives the document after them. What it has beside stays. */
export function changed(document: JsonObject, changes: readonly Change[]): JsonObject {
  return changes.reduce(
    (current, { path: [top = '', sub], value }) =>
      put(current, top, sub === undefined ? value : put(objectOf(current[top]), sub, value)),
    document,
  )
}

function put(object: JsonObject, name: string, value: Json | undefined): JsonObject {
  const { [name]: _, ...others } = object
  const gone = value === undefined || (isJsonObject(value) && Object.keys(value).length === 0)
  return gone ? others : { ...others, [name]: value }
}

/** Takes a kind of resource, a document, and schemas that are to be named too; gives the body that is sent (RFC 7643 §3.3). */
export function bodyOf(
  { schema }: ResourceType,
  document: JsonObject,
  also: readonly string[] = [],
): JsonObject {
  return { schemas: [...new Set([schema.id, ...also, ...Object.keys(document).filter(isUrn)])], ...document }
}
