import { ScimError, invalidValue } from './error.ts'
import { findExtension, findTopAttribute } from './resourceTypes.ts'
import { findAttribute, type Attribute, type ResourceType, type Schema } from './schema.ts'
import {
  checkText,
  isObject,
  isUnassigned,
  isWritten,
  readValue,
  type Json,
  type JsonObject,
} from './value.ts'

/**
 * A resource as a client sent it, read by its schema. The document holds what is kept of it: no id, meta, schemas,
 * password and members. `members` are the ids of the members, undefined where the body did not speak of them. `named`
 * are the top-level attributes the body spoke of, those it cleared among them.
 */
export type SentResource = {
  readonly document: JsonObject
  readonly members: readonly string[] | undefined
  readonly named: ReadonlySet<string>
}

/**
 * Takes a kind of resource and the body of a POST or PUT; gives the resource. What no schema knows and what is readOnly
 * is ignored (RFC 7644 §3.3, §3.5.1; Okta sends back what it has read, id, meta and groups included).
 * Throws 400 invalidSyntax for what is no object, 400 invalidValue for a value that does not fit or is required and missing.
 */
export function readResource(type: ResourceType, body: unknown): SentResource {
  if (!isObject(body)) throw notAnObject(type)
  const document: Record<string, Json> = {}
  const named = new Set<string>()
  let members: readonly string[] | undefined
  for (const [name, value] of Object.entries(body)) {
    const extension = findExtension(type, name)
    if (extension !== undefined) {
      named.add(extension.id)
      const read = readExtension(extension, value)
      if (read !== undefined) document[extension.id] = read
      continue
    }
    const attribute = findTopAttribute(type, name)
    if (attribute === undefined || !isWritten(attribute)) continue
    named.add(attribute.name)
    if (attribute.name === 'members') {
      members = readMembers(value, 'members')
      continue
    }
    const read = readValue(attribute, value, attribute.name)
    if (read === undefined) delete document[attribute.name]
    else document[attribute.name] = read
  }
  checkRequired(type, document)
  return { document, members, named }
}

/** Takes a kind of resource; gives 400 invalidSyntax: the body is no JSON object. */
export function notAnObject(type: ResourceType): ScimError {
  return new ScimError(
    400,
    'invalidSyntax',
    `body: expected a JSON object with the attributes of a ${type.name}`,
  )
}

function readExtension(schema: Schema, value: unknown): JsonObject | undefined {
  if (isUnassigned(value)) return undefined
  if (!isObject(value)) throw invalidValue(schema.id, 'an object with the attributes of the extension')
  const kept: Record<string, Json> = {}
  for (const [name, inner] of Object.entries(value)) {
    const attribute = findAttribute(schema.attributes, name)
    if (attribute === undefined || !isWritten(attribute)) continue
    const read = readValue(attribute, inner, `${schema.id}:${attribute.name}`)
    if (read !== undefined) kept[attribute.name] = read
  }
  return Object.keys(kept).length === 0 ? undefined : kept
}

/**
 * Takes the value of `members` and where it stood; gives the members' ids, each once. A member is named by `value`, or
 * by a `$ref` whose last segment is the id. Throws 400 invalidValue.
 */
export function readMembers(value: unknown, where: string): readonly string[] {
  if (isUnassigned(value)) return []
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  return [...new Set(list.map((member, index) => memberId(member, `${where}[${index}]`)))]
}

function memberId(member: unknown, where: string): string {
  const entry = (name: string) =>
    isObject(member) ? Object.entries(member).find(([key]) => key.toLowerCase() === name)?.[1] : undefined
  const value: unknown = typeof member === 'string' ? member : entry('value')
  if (typeof value === 'string' && value !== '') return checkText(value, `${where}.value`)
  const address = entry('$ref')
  const last = typeof address === 'string' ? address.split('/').at(-1) : undefined
  if (last === undefined || last === '')
    throw invalidValue(`${where}.value`, 'the id of a member, as a string')
  return checkText(last, `${where}.$ref`)
}

function checkRequired(type: ResourceType, document: JsonObject): void {
  const missing = type.schema.attributes.find(
    (candidate) => candidate.required && document[candidate.name] === undefined,
  )
  if (missing !== undefined) throw required(missing)
}

/** Takes a required attribute; gives 400 invalidValue: it must have a value. */
export function required(attribute: Attribute): ScimError {
  return invalidValue(attribute.name, `a value: ${attribute.name} is required`)
}

/** Takes a kind of resource and a new document; gives it with its defaults: a new person is active (RFC 7643 §4.1.1). */
export function withDefaults(type: ResourceType, document: JsonObject): JsonObject {
  return type.name === 'User' ? { active: true, ...document } : document
}
