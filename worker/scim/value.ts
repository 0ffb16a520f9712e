import { invalidValue, ScimError } from './error.ts'
import { isObject, isUnassigned, type Json, type JsonObject } from './json.ts'
import { withoutOwnAddress } from './manager.ts'
import { checkCount, distinct, onePrimary } from './multiValued.ts'
import { readingOf, tolerate, type Reading } from './reading.ts'
import { findAttribute, type Attribute, type AttributeType } from './schema.ts'

/**
 * Takes an attribute, what a client sent for it, and where; gives the value as it is kept, undefined for unassigned.
 * Sub-attributes get their schema's spelling, what no schema knows and what is readOnly or writeOnly is left out.
 * Throws 400 invalidValue for what does not fit the type.
 */
export function readValue(
  attribute: Attribute,
  value: unknown,
  where: string,
  reading: Reading = readingOf('tolerant'),
): Json | undefined {
  if (isUnassigned(value)) return undefined
  if (!attribute.multiValued) return readSingle(attribute, value, where, reading)
  if (!Array.isArray(value)) throw invalidValue(where, `an array, not ${named(value)}`)
  const elements = value
    .map((element: unknown, index) =>
      isUnassigned(element) ? undefined : readSingle(attribute, element, `${where}[${index}]`, reading),
    )
    .filter((element) => element !== undefined)
  return elements.length === 0 ? undefined : onePrimary(distinct(attribute, checkCount(elements, where)))
}

/** As readValue, for one element of a multi-valued attribute or for a singular one. */
export function readSingle(
  attribute: Attribute,
  value: unknown,
  where: string,
  reading: Reading = readingOf('tolerant'),
): Json | undefined {
  if (attribute.type === 'complex') return readComplex(attribute, value, where, reading)
  const read = readSimple[attribute.type](value, where, reading)
  return NAMES.has(attribute.name) && typeof read === 'string' ? checkName(read, where) : read
}

function readComplex(
  attribute: Attribute,
  value: unknown,
  where: string,
  reading: Reading,
): JsonObject | undefined {
  // Entra sends the manager as a bare id (RFC 7643 §2.4: "value" is what such an attribute is about).
  const isId = typeof value === 'string' && attribute.name === 'manager'
  if (isId) tolerate(reading, 'manager_string', () => invalidValue(where, 'an object, not a string'))
  const object = isId ? { value } : value
  if (!isObject(object)) throw invalidValue(where, `an object, not ${named(value)}`)
  const kept: Record<string, Json> = {}
  for (const [name, inner] of Object.entries(withoutOwnAddress(attribute, object, reading.addressOf))) {
    const sub = findAttribute(attribute.subAttributes ?? [], name)
    if (sub === undefined) tolerate(reading, 'unknown_attribute', () => unknownAttribute(`${where}.${name}`))
    if (sub === undefined || !isWritten(sub)) continue
    const read = readValue(sub, inner, `${where}.${sub.name}`, reading)
    if (read !== undefined) kept[sub.name] = read
  }
  return Object.keys(kept).length === 0 ? undefined : kept
}

/** An attribute that no schema has: 400 invalidSyntax (RFC 7644 §3.12), where that is held against a client. */
export function unknownAttribute(where: string): ScimError {
  return new ScimError(400, 'invalidSyntax', `${where}: expected an attribute of /Schemas`)
}

/** Whether what a client sends for the attribute is kept: readOnly is ours, and writeOnly (password) is never stored. */
export function isWritten(attribute: Attribute): boolean {
  return attribute.mutability === 'readWrite' || attribute.mutability === 'immutable'
}

const readSimple: Readonly<
  Record<Exclude<AttributeType, 'complex'>, (value: unknown, where: string, reading: Reading) => Json>
> = {
  string: readString,
  reference: readString,
  boolean: (value, where, reading) => {
    if (typeof value === 'boolean') return value
    // "True", [true] and {"value": true} come from Entra and from mappings in Okta.
    const inner: unknown = isObject(value) && 'value' in value ? value['value'] : value
    const plain: unknown = Array.isArray(inner) && inner.length === 1 ? inner[0] : inner
    const word =
      typeof plain === 'boolean' ? String(plain) : typeof plain === 'string' ? plain.toLowerCase() : ''
    const wrong = () => invalidValue(where, `true or false, not ${named(value)}`)
    if (word !== 'true' && word !== 'false') throw wrong()
    tolerate(reading, 'string_boolean', wrong)
    return word === 'true'
  },
  integer: (value, where) => {
    if (typeof value === 'number' && Number.isSafeInteger(value)) return value
    throw invalidValue(where, `a whole number, not ${named(value)}`)
  },
  decimal: (value, where) => {
    if (typeof value === 'number' && Number.isFinite(value)) return value
    throw invalidValue(where, `a number, not ${named(value)}`)
  },
  dateTime: (value, where, reading) => {
    const text = readString(value, where, reading)
    if (isDateTime(text)) return text
    throw invalidValue(where, 'a date and time such as 2026-11-02T15:04:05Z')
  },
  binary: (value, where, reading) => {
    const text = readString(value, where, reading)
    // Four letters are three bytes; without "=" the last four may be two or three.
    const letters = text.replace(/=+$/, '').length
    const whole = text.length === letters ? letters % 4 !== 1 : text.length % 4 === 0
    if (BASE64.test(text) && whole) return text
    throw invalidValue(where, 'base64 text')
  },
}

/** Takes a text; says whether it is a date and time that there is: an xsd:dateTime (RFC 7643 §2.3.5). */
export function isDateTime(text: string): boolean {
  if (!DATE_TIME.test(text) || Number.isNaN(Date.parse(text))) return false
  // Date.parse takes a 30th of February for the 2nd of March.
  const day = text.slice(0, 'yyyy-mm-dd'.length)
  return new Date(day).toISOString().startsWith(day)
}

/** xsd:dateTime has no offset of more than 14 hours. */
const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]((0\d|1[0-3]):[0-5]\d|14:00))?$/
/** RFC 7643 §2.3.6: the letters of RFC 4648 §4, not those for URLs (§5); what pads the end may be left out. */
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/

/** Takes what a client sent for a text, and where; gives the text. Throws 400 invalidValue. */
export function readString(value: unknown, where: string, reading: Reading = readingOf('tolerant')): string {
  if (typeof value === 'string') return checkText(value, where)
  const wrong = () => invalidValue(where, `a string, not ${named(value)}`)
  if (typeof value !== 'number' || Math.abs(value) > Number.MAX_SAFE_INTEGER) throw wrong()
  // Okta's mappings send numbers for postalCode and externalId.
  tolerate(reading, 'number_as_string', wrong)
  return String(value)
}

/** How long a text may be, in characters; a name stands in indexes and in the answers about others too. */
const MAX_TEXT = 65_536
const MAX_NAME = 1_024
const NAMES: ReadonlySet<string> = new Set(['userName', 'displayName', 'externalId'])

/** Takes an attribute; gives how many characters a text for it may have. */
export function mostText({ name }: Attribute): number {
  return NAMES.has(name) ? MAX_NAME : MAX_TEXT
}

/** Takes a name or an id, and where it stood; gives it back. Throws 400 invalidValue for one that is too long. */
export function checkName(text: string, where: string): string {
  if (text.length <= MAX_NAME) return text
  throw invalidValue(where, `at most ${MAX_NAME} characters`)
}

/**
 * Takes a text and where it stood; gives it back. Throws 400 invalidValue for a lone surrogate, which is no Unicode
 * text and makes libSQL refuse the whole request, and for NUL.
 */
export function checkText(text: string, where: string): string {
  if (text.length > MAX_TEXT) throw invalidValue(where, `at most ${MAX_TEXT} characters`)
  if (text.isWellFormed() && !text.includes('\0')) return text
  throw invalidValue(where, 'Unicode text without NUL and lone surrogates')
}

function named(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
