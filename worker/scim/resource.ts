import { checkRequired } from './constraints.ts'
import { ScimError, invalidValue } from './error.ts'
import { builtIn, type Catalog } from './catalog.ts'
import { findExtension, findTopAttribute } from './resourceTypes.ts'
import { findAttribute, type Attribute, type ResourceType, type Schema } from './schema.ts'
import { isObject, isUnassigned, type Json, type JsonObject } from './json.ts'
import { readingOf, tolerate, type Reading } from './reading.ts'
import { checkName, checkText, isWritten, readString, readValue, unknownAttribute } from './value.ts'

/**
 * A resource as a client sent it, read by its schema. The document holds what is kept of it: no id, meta, schemas,
 * password and members. `members` are the ids of the members, undefined where the body did not speak of them. `named`
 * are the top-level attributes the body spoke of, those it cleared among them. `clearsActive` says that it sent nothing for
 * active: to a PUT that is not to leave it out.
 */
export type SentResource = {
  readonly document: JsonObject
  readonly members: readonly string[] | undefined
  readonly named: ReadonlySet<string>
  readonly clearsActive: boolean
}

/**
 * Takes a kind of resource, the body of a POST or PUT, what else is served, and how to read; gives the resource. What no
 * schema knows and what is readOnly is ignored (RFC 7644 §3.3, §3.5.1; Okta sends back what it has read, id, meta and
 * groups included).
 * Throws 400 invalidSyntax for what is no object, 400 invalidValue for a value that does not fit or is required and missing.
 */
export function readResource(
  type: ResourceType,
  body: unknown,
  catalog: Catalog = builtIn,
  reading: Reading = readingOf('tolerant'),
): SentResource {
  if (!isObject(body)) throw notAnObject(type)
  checkSchemas(type, body, catalog, reading)
  const document: Record<string, Json> = {}
  const named = new Set<string>()
  let members: readonly string[] | undefined
  let sendsNoActive = false
  for (const [name, value] of Object.entries(body)) {
    const extension = findExtension(type, name)
    if (extension !== undefined) {
      named.add(extension.id)
      const read = readExtension(extension, value, reading)
      if (read !== undefined) document[extension.id] = read
      continue
    }
    const attribute = findTopAttribute(type, name)
    if (attribute === undefined) {
      const quirk = name.toLowerCase().startsWith('urn:') ? 'unknown_schema' : 'unknown_attribute'
      tolerate(reading, quirk, () => unknownAttribute(name))
    }
    if (attribute === undefined || !isWritten(attribute)) continue
    if (isUnassigned(value) && isNeverCleared(attribute)) {
      sendsNoActive = true
      continue
    }
    named.add(attribute.name)
    if (attribute.name === 'members') {
      members = readMembers(value, 'members', reading)
      continue
    }
    const read = readValue(attribute, value, attribute.name, reading)
    if (read === undefined) delete document[attribute.name]
    else document[attribute.name] = read
  }
  checkRequired(type, document)
  checkSize(document)
  return { document, members, named, clearsActive: sendsNoActive && !named.has('active') }
}

/**
 * A body that names another kind of resource and not its own was sent to the wrong endpoint (RFC 7644 §3.3). URNs nobody
 * knows are passed over, as is a body without any: admins write templates of bodies by hand (OneLogin).
 */
function checkSchemas(
  type: ResourceType,
  body: { readonly [name: string]: unknown },
  { types }: Catalog,
  reading: Reading,
): void {
  const sent = Object.entries(body).find(([name]) => name.toLowerCase() === 'schemas')?.[1]
  const urns = Array.isArray(sent) ? urnsOf(sent) : []
  const names = (schema: Schema) => urns.includes(schema.id.toLowerCase())
  const other = types.find((candidate) => candidate !== type && names(candidate.schema))
  if (other !== undefined && !names(type.schema)) {
    throw invalidValue('schemas', `${type.schema.id}, not ${other.schema.id}, at ${type.endpoint}`)
  }
  if (!hasUnknownSchema(type, urns, reading) && !names(type.schema)) {
    // RFC 7643 §3: the base schema is always among them.
    tolerate(reading, 'body_without_schemas', () => wrongSchemas(`"${type.schema.id}" among them`))
  }
}

const urnsOf = (sent: readonly unknown[]) =>
  sent.map((urn) => (typeof urn === 'string' ? urn.toLowerCase() : ''))

const wrongSchemas = (expected: string) =>
  new ScimError(400, 'invalidSyntax', `schemas: expected ${expected}`)

/**
 * Takes a kind of resource, the schemas that a client says it has, and how to read; says whether one is not among those
 * of its kind. Throws 400 invalidSyntax for such a one where the reading is strict (RFC 7643 §3).
 */
export function hasUnknownSchema(type: ResourceType, sent: readonly unknown[], reading: Reading): boolean {
  const known = urnsOf([type.schema.id, ...type.extensions.map(({ schema }) => schema.id)])
  if (urnsOf(sent).every((urn) => known.includes(urn))) return false
  tolerate(reading, 'unknown_schema', () => wrongSchemas(`only schemas of a ${type.name}`))
  return true
}

/** Takes a kind of resource; gives 400 invalidSyntax: the body is no JSON object. */
export function notAnObject(type: ResourceType): ScimError {
  return new ScimError(
    400,
    'invalidSyntax',
    `body: expected a JSON object with the attributes of a ${type.name}`,
  )
}

/**
 * A person is active or is not: nothing, sent for it by a provider that does not keep to the letter, says nothing. Anything
 * else would leave a leaver undecided.
 */
export function isNeverCleared({ name }: Attribute): boolean {
  return name === 'active'
}

/** Some clients send the URN of an extension in its own object as well: it says nothing new. */
export function isSchemas(name: string): boolean {
  return name.toLowerCase() === 'schemas'
}

function readExtension(schema: Schema, value: unknown, reading: Reading): JsonObject | undefined {
  if (isUnassigned(value)) return undefined
  if (!isObject(value)) throw invalidValue(schema.id, 'an object with the attributes of the extension')
  const kept: Record<string, Json> = {}
  for (const [name, inner] of Object.entries(value)) {
    const attribute = findAttribute(schema.attributes, name)
    if (attribute === undefined && !isSchemas(name)) {
      tolerate(reading, 'unknown_attribute', () => unknownAttribute(`${schema.id}:${name}`))
    }
    if (attribute === undefined || !isWritten(attribute)) continue
    const read = readValue(attribute, inner, `${schema.id}:${attribute.name}`, reading)
    if (read !== undefined) kept[attribute.name] = read
  }
  return Object.keys(kept).length === 0 ? undefined : kept
}

/**
 * Takes the value of `members` and where it stood; gives the members' ids, each once. A member is named by `value`, or
 * by a `$ref` whose last segment is the id. An entry that names nobody is unassigned, and passed over (RFC 7643 §2.5).
 * Throws 400 invalidValue for what cannot be an entry.
 */
export function readMembers(
  value: unknown,
  where: string,
  reading: Reading = readingOf('tolerant'),
): readonly string[] {
  if (isUnassigned(value)) return []
  if (!Array.isArray(value)) tolerate(reading, 'lone_value', () => invalidValue(where, 'an array'))
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  const ids = list.map((member, index) => memberId(member, `${where}[${index}]`, reading))
  return [...new Set(ids.filter((id) => id !== undefined))]
}

function memberId(member: unknown, where: string, reading: Reading): string | undefined {
  if (isUnassigned(member)) return undefined
  const isBare = typeof member === 'string' || typeof member === 'number'
  if (isBare)
    tolerate(reading, 'member_string', () => invalidValue(where, 'an object with the value of a member'))
  const entries = isObject(member) ? Object.entries(member) : [['value', member] as const]
  const entry = (name: string) => entries.find(([key]) => key.toLowerCase() === name)?.[1]
  const value = entry('value')
  if (!isUnassigned(value)) return checkName(readString(value, `${where}.value`, reading), `${where}.value`)
  const address = entry('$ref')
  if (isUnassigned(address)) return undefined
  const segment = readString(address, `${where}.$ref`, reading)
    .split('/')
    .findLast((part) => part !== '')
  if (segment === undefined) return undefined
  try {
    return checkName(checkText(decodeURIComponent(segment), `${where}.$ref`), `${where}.$ref`)
  } catch (error) {
    throw error instanceof ScimError ? error : invalidValue(`${where}.$ref`, 'an address, percent-encoded')
  }
}

/** How large one resource may be, in characters of its JSON. Members are not in it. */
const MAX_DOCUMENT = 262_144

/** Takes a document, or what a PATCH puts into one. Throws 413 where it is too large. */
export function checkSize(document: Json): void {
  if (JSON.stringify(document).length > MAX_DOCUMENT) throw tooLarge()
}

/** The resource is too large to be kept: 413, with the limit. */
export function tooLarge(): ScimError {
  return new ScimError(
    413,
    undefined,
    `body: expected a resource of at most ${MAX_DOCUMENT} characters of JSON`,
  )
}

/** Takes a kind of resource and a new document; gives it with the defaults of its kind. */
export function withDefaults(type: ResourceType, document: JsonObject): JsonObject {
  return { ...type.defaults, ...document }
}
