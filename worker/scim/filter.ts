import { ScimError } from './error.ts'
import { findAttribute, type Attribute, type ResourceType, type Schema } from './schema.ts'
import { findExtension, findTopAttribute } from './resourceTypes.ts'
import { checkText } from './value.ts'

export type Literal = string | number | boolean | null

/**
 * A filter over attributes of one kind: names as a client wrote them (`Filter<AttrPath>`), or rows of a schema of
 * ours (`Filter<AttributeRef>`). SQL is only made from the second.
 */
export type Filter<Attr> =
  | { readonly kind: 'and'; readonly left: Filter<Attr>; readonly right: Filter<Attr> }
  | { readonly kind: 'compare'; readonly attr: Attr; readonly operator: 'eq'; readonly value: Literal }

/** A name as written: [URN ":"] attribute ["." sub-attribute] (RFC 7644 §3.10). */
export type AttrPath = { readonly text: string }

/** A name as resolved: the attribute, the extension it stands in, and its sub-attribute if one was named. */
export type AttributeRef = {
  readonly extension?: Schema
  readonly attribute: Attribute
  readonly sub?: Attribute
}

const MAX_LENGTH = 4_000
const MAX_TERMS = 40

type Cursor = { readonly text: string; at: number }

/**
 * Takes the text of a filter; gives its tree. The grammar is that part of RFC 7644 §3.4.2.2, figure 1, that the bridge
 * answers: comparisons with `eq`, joined by `and`. Throws 400 invalidFilter with the column of the fault.
 */
export function parseFilter(text: string): Filter<AttrPath> {
  if (text.length > MAX_LENGTH) throw invalidFilter(`the filter is longer than ${MAX_LENGTH} characters`)
  const cursor: Cursor = { text, at: 0 }
  const filter = logExp(cursor)
  if (cursor.at < text.length) throw unexpected(cursor, 'the end or "and"')
  return filter
}

/** logExp = attrExp *(SP "and" SP attrExp) */
function logExp(cursor: Cursor): Filter<AttrPath> {
  let left = attrExp(cursor)
  for (let terms = 2; take(cursor, /\s+and\b\s*/iy) !== undefined; terms += 1) {
    if (terms > MAX_TERMS) throw invalidFilter(`the filter has more than ${MAX_TERMS} terms`)
    left = { kind: 'and', left, right: attrExp(cursor) }
  }
  take(cursor, /\s+/y)
  return left
}

/** attrExp = attrPath SP "eq" SP compValue */
function attrExp(cursor: Cursor): Filter<AttrPath> {
  const attr = { text: attrPath(cursor) }
  if (take(cursor, /\s+eq(?:\s+|(?="))/iy) === undefined)
    throw unexpected(cursor, 'the operator "eq" and a value')
  return { kind: 'compare', attr, operator: 'eq', value: compValue(cursor) }
}

/** attrPath = [URI ":"] ATTRNAME *1subAttr */
function attrPath(cursor: Cursor): string {
  take(cursor, /\s+/y)
  const name = take(cursor, /[A-Za-z$][A-Za-z0-9_:.$-]*/y)
  if (name === undefined) throw unexpected(cursor, 'an attribute name')
  return name
}

/** compValue = false / null / true / number / string, as in JSON */
function compValue(cursor: Cursor): Literal {
  const start = cursor.at
  const token = take(cursor, /"(?:[^"\\]|\\.)*"|[^\s()[\]"]+/y)
  try {
    const value: unknown = JSON.parse(token ?? '')
    if (typeof value === 'string') return readText(value)
    if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value
  } catch (error) {
    if (error instanceof ScimError) throw error
  }
  throw unexpected(
    { text: cursor.text, at: start },
    'a value: a string in double quotes, a number, true, false or null',
  )
}

function readText(text: string): string {
  try {
    return checkText(text, '')
  } catch {
    throw invalidFilter('expected Unicode text without NUL and lone surrogates')
  }
}

function take(cursor: Cursor, pattern: RegExp): string | undefined {
  pattern.lastIndex = cursor.at
  const found = pattern.exec(cursor.text)
  if (found === null) return undefined
  cursor.at = pattern.lastIndex
  return found[0]
}

function unexpected(cursor: Cursor, expected: string): ScimError {
  return invalidFilter(`expected ${expected} at column ${cursor.at + 1} of ${cursor.text}`)
}

/** Takes a sentence; gives 400 invalidFilter (RFC 7644 §3.12). */
export function invalidFilter(detail: string): ScimError {
  return new ScimError(400, 'invalidFilter', `filter: ${detail}`)
}

/** Takes a filter as written and a way to look names up; gives it resolved. Throws what the look-up throws. */
export function resolveFilter<Attr>(filter: Filter<AttrPath>, find: (name: string) => Attr): Filter<Attr> {
  return filter.kind === 'and'
    ? { kind: 'and', left: resolveFilter(filter.left, find), right: resolveFilter(filter.right, find) }
    : { ...filter, attr: find(filter.attr.text) }
}

/**
 * Takes a kind of resource and an attribute's name as a client writes it: in any case, with or without the URN of its
 * schema, with or without a sub-attribute (RFC 7644 §3.10). Gives what it names, undefined for what no schema has.
 */
export function findAttributeRef(type: ResourceType, name: string): AttributeRef | undefined {
  const { extension, rest } = splitUrn(type, name)
  const [top = '', ...inner] = rest.split('.')
  const attribute =
    extension === undefined ? findTopAttribute(type, top) : findAttribute(extension.attributes, top)
  if (attribute === undefined || inner.length > 1) return undefined
  const found = extension === undefined ? { attribute } : { extension, attribute }
  if (inner[0] === undefined) return found
  const sub = findAttribute(attribute.subAttributes ?? [], inner[0])
  return sub === undefined ? undefined : { ...found, sub }
}

/** Takes a kind of resource and a name; gives the extension its URN names, if any, and what stands behind the URN. */
export function splitUrn(type: ResourceType, name: string): { extension?: Schema; rest: string } {
  const lower = name.toLowerCase()
  const behind = (urn: string) => lower.startsWith(`${urn.toLowerCase()}:`) && name.length > urn.length + 1
  if (behind(type.schema.id)) return { rest: name.slice(type.schema.id.length + 1) }
  for (const { schema } of type.extensions) {
    if (behind(schema.id)) {
      return { extension: schema, rest: name.slice(schema.id.length + 1) }
    }
  }
  const whole = findExtension(type, name)
  return whole === undefined ? { rest: name } : { extension: whole, rest: '' }
}
