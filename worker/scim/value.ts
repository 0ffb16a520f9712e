import { invalidValue } from './error.ts'
import { findAttribute, type Attribute, type AttributeType } from './schema.ts'

export type Json = string | number | boolean | null | readonly Json[] | JsonObject
export type JsonObject = { readonly [name: string]: Json }

/** Takes anything; says whether it is a JSON object (and not an array). */
export function isObject(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Takes JSON; says whether it is an object. */
export function isJsonObject(value: Json | undefined): value is JsonObject {
  return isObject(value)
}

/** Takes JSON; says whether it is an array. */
export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value)
}

/** Null, the empty string and the empty array all mean unassigned (RFC 7643 §2.5; Okta clears with ""). */
export function isUnassigned(value: unknown): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)
}

/**
 * Takes an attribute, what a client sent for it, and where; gives the value as it is kept, undefined for unassigned.
 * Sub-attributes get their schema's spelling, what no schema knows and what is readOnly or writeOnly is left out.
 * Throws 400 invalidValue for what does not fit the type.
 */
export function readValue(attribute: Attribute, value: unknown, where: string): Json | undefined {
  if (isUnassigned(value)) return undefined
  if (!attribute.multiValued) return readSingle(attribute, value, where)
  if (!Array.isArray(value)) throw invalidValue(where, `an array, not ${named(value)}`)
  const elements = value
    .map((element: unknown, index) =>
      isUnassigned(element) ? undefined : readSingle(attribute, element, `${where}[${index}]`),
    )
    .filter((element) => element !== undefined)
  return elements.length === 0 ? undefined : checkCount(onePrimary(distinct(elements)), where)
}

/** As readValue, for one element of a multi-valued attribute or for a singular one. */
export function readSingle(attribute: Attribute, value: unknown, where: string): Json | undefined {
  return attribute.type === 'complex'
    ? readComplex(attribute, value, where)
    : readSimple[attribute.type](value, where)
}

function readComplex(attribute: Attribute, value: unknown, where: string): JsonObject | undefined {
  // Entra sends the manager as a bare id (RFC 7643 §2.4: "value" is what such an attribute is about).
  const object = typeof value === 'string' && attribute.name === 'manager' ? { value } : value
  if (!isObject(object)) throw invalidValue(where, `an object, not ${named(value)}`)
  const kept: Record<string, Json> = {}
  for (const [name, inner] of Object.entries(object)) {
    const sub = findAttribute(attribute.subAttributes ?? [], name)
    if (sub === undefined || !isWritten(sub)) continue
    const read = readValue(sub, inner, `${where}.${sub.name}`)
    if (read !== undefined) kept[sub.name] = read
  }
  return Object.keys(kept).length === 0 ? undefined : kept
}

/** Whether what a client sends for the attribute is kept: readOnly is ours, and writeOnly (password) is never stored. */
export function isWritten(attribute: Attribute): boolean {
  return attribute.mutability === 'readWrite' || attribute.mutability === 'immutable'
}

const readSimple: Readonly<
  Record<Exclude<AttributeType, 'complex'>, (value: unknown, where: string) => Json>
> = {
  string: readString,
  reference: readString,
  boolean: (value, where) => {
    // "True" and [true] come from Entra and from Okta mappings.
    const plain: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value
    if (typeof plain === 'boolean') return plain
    const word = typeof plain === 'string' ? plain.toLowerCase() : undefined
    if (word === 'true' || word === 'false') return word === 'true'
    throw invalidValue(where, `true or false, not ${named(value)}`)
  },
  integer: (value, where) => {
    if (typeof value === 'number' && Number.isSafeInteger(value)) return value
    throw invalidValue(where, `a whole number, not ${named(value)}`)
  },
  decimal: (value, where) => {
    if (typeof value === 'number' && Number.isFinite(value)) return value
    throw invalidValue(where, `a number, not ${named(value)}`)
  },
  dateTime: (value, where) => {
    const text = readString(value, where)
    if (DATE_TIME.test(text) && !Number.isNaN(Date.parse(text))) return text
    throw invalidValue(where, 'a date and time such as 2026-11-02T15:04:05Z')
  },
  binary: (value, where) => {
    const text = readString(value, where)
    if (BASE64.test(text)) return text
    throw invalidValue(where, 'base64 text')
  },
}

const DATE_TIME = /^-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?$/
const BASE64 = /^(?:[A-Za-z0-9+/_-]{4})*(?:[A-Za-z0-9+/_-]{2}(?:==)?|[A-Za-z0-9+/_-]{3}=?)?$/

function readString(value: unknown, where: string): string {
  if (typeof value === 'string') return checkText(value, where)
  // Okta's mappings send numbers for postalCode and externalId.
  if (typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER) return String(value)
  throw invalidValue(where, `a string, not ${named(value)}`)
}

/**
 * Takes a text and where it stood; gives it back. Throws 400 invalidValue for a lone surrogate, which is no Unicode
 * text and makes libSQL refuse the whole request, and for NUL.
 */
export function checkText(text: string, where: string): string {
  if (text.isWellFormed() && !text.includes('\0')) return text
  throw invalidValue(where, 'Unicode text without NUL and lone surrogates')
}

function named(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

/** RFC 7643 §2.4: the same element is not kept twice; of two, the primary one, else the first. */
export function distinct(elements: readonly Json[]): readonly Json[] {
  const seen = new Map<string, Json>()
  for (const element of elements) {
    const key = elementKey(element)
    if (!seen.has(key) || isPrimary(element)) seen.set(key, element)
  }
  return [...seen.values()]
}

/** Takes an element; says whether it is the primary one. */
export function isPrimary(element: Json | undefined): boolean {
  return isJsonObject(element) && element['primary'] === true
}

/** How many elements a multi-valued attribute has at the most. Members are no elements. */
const MAX_ELEMENTS = 500

/** Takes elements and where they stand; gives them back. Throws 400 invalidValue where they are too many. */
export function checkCount(elements: readonly Json[], where: string): readonly Json[] {
  if (elements.length <= MAX_ELEMENTS) return elements
  throw invalidValue(where, `at most ${MAX_ELEMENTS} elements`)
}

/** What makes two elements the same: all of it but `display` and `primary` (RFC 7643 §2.4). */
export function elementKey(element: Json): string {
  if (!isObject(element)) return JSON.stringify(element)
  const telling = Object.entries(element).filter(([name]) => name !== 'display' && name !== 'primary')
  return JSON.stringify(telling.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** RFC 7643 §2.4: `primary` is true at most once. The first one that says so keeps it. */
function onePrimary(elements: readonly Json[]): readonly Json[] {
  let taken = false
  return elements.map((element) => {
    if (!isJsonObject(element) || element['primary'] !== true) return element
    if (taken) return { ...element, primary: false }
    taken = true
    return element
  })
}
