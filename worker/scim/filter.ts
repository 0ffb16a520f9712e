import { ScimError } from './error.ts'
import { checkText } from './value.ts'

export type Literal = string | number | boolean | null

/** The operators that compare with a value (RFC 7644 §3.4.2.2, table 3). `pr` takes none and is a kind of its own. */
export const OPERATORS = ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'] as const
export type Operator = (typeof OPERATORS)[number]

/** A comparison with a value, or the question whether there is one. */
export type Comparison<Attr> =
  | { readonly kind: 'present'; readonly attr: Attr }
  | { readonly kind: 'compare'; readonly attr: Attr; readonly operator: Operator; readonly value: Literal }

/** A filter over the sub-attributes of one element: what stands in the brackets of a value path. */
export type ElementFilter<Attr> =
  | Comparison<Attr>
  | {
      readonly kind: 'and' | 'or'
      readonly left: ElementFilter<Attr>
      readonly right: ElementFilter<Attr>
    }
  | { readonly kind: 'not'; readonly inner: ElementFilter<Attr> }

/**
 * A filter over attributes of one kind: names as a client wrote them (`Filter<AttrPath>`), or rows of a schema of ours
 * (scim/resolve.ts). An `element` filter holds when one and the same element of the attribute matches what is in its
 * brackets. SQL is only made from a resolved one.
 */
export type Filter<Attr, Sub = Attr> =
  | Comparison<Attr>
  | {
      readonly kind: 'and' | 'or'
      readonly left: Filter<Attr, Sub>
      readonly right: Filter<Attr, Sub>
    }
  | { readonly kind: 'not'; readonly inner: Filter<Attr, Sub> }
  | { readonly kind: 'element'; readonly attr: Attr; readonly filter: ElementFilter<Sub> }

/** A name as written: [URN ":"] attribute ["." sub-attribute] (RFC 7644 §3.10). */
export type AttrPath = { readonly text: string }

/** A filter as written; `dotted` where Entra's `emails[type eq "work"].value eq "x"` was taken, which has no place in the grammar. */
export type Parsed = { readonly filter: Filter<AttrPath>; readonly dotted: boolean; readonly steps: number }

/** Bounds of one filter: its text in characters, its comparisons, and how deep brackets go. */
const MAX_LENGTH = 8_000
const MAX_TERMS = 100
const MAX_DEPTH = 30

type Cursor = {
  readonly text: string
  at: number
  terms: number
  depth: number
  dotted: boolean
  /** How often the text was looked at: the tests hold it to the length. */
  steps: number
}

/**
 * Takes the text of a filter; gives its tree. The grammar is RFC 7644 §3.4.2.2, figure 1, one function for each of its
 * productions. Throws 400 invalidFilter with the column of the fault.
 */
export function parseFilter(text: string): Parsed {
  const cursor = cursorOf(text)
  const filter = whole(cursor)
  return { filter, dotted: cursor.dotted, steps: cursor.steps }
}

/** Takes what stands in the brackets of a PATCH path; gives its tree. Throws as parseFilter. */
export function parseElementFilter(text: string): ElementFilter<AttrPath> {
  const cursor = cursorOf(text)
  return noElements(whole(cursor), cursor)
}

function cursorOf(text: string): Cursor {
  if (text.length > MAX_LENGTH) throw invalidFilter(`expected at most ${MAX_LENGTH} characters`)
  return { text, at: 0, terms: 0, depth: 0, dotted: false, steps: 0 }
}

function whole(cursor: Cursor): Filter<AttrPath> {
  const filter = orExp(cursor)
  if (cursor.at < cursor.text.length) throw unexpected(cursor, 'the end, "and" or "or"')
  return filter
}

/** logExp = FILTER SP "or" SP FILTER: binds least. */
function orExp(cursor: Cursor): Filter<AttrPath> {
  let left = andExp(cursor)
  while (take(cursor, /\s+or\b/iy) !== undefined) left = { kind: 'or', left, right: andExp(cursor) }
  take(cursor, /\s+/y)
  return left
}

/** logExp = FILTER SP "and" SP FILTER: binds more than "or". */
function andExp(cursor: Cursor): Filter<AttrPath> {
  let left = term(cursor)
  while (take(cursor, /\s+and\b/iy) !== undefined) left = { kind: 'and', left, right: term(cursor) }
  return left
}

/** attrExp / valuePath / *1"not" "(" FILTER ")" */
function term(cursor: Cursor): Filter<AttrPath> {
  take(cursor, /\s+/y)
  // The grammar has no blank behind "not", its examples have one.
  if (take(cursor, /not\s*\(/iy) !== undefined) return { kind: 'not', inner: group(cursor, ')') }
  if (take(cursor, /\(/y) !== undefined) return group(cursor, ')')
  return attrExp(cursor)
}

/** What stands in brackets, the closing one included. */
function group(cursor: Cursor, close: ')' | ']'): Filter<AttrPath> {
  cursor.depth += 1
  if (cursor.depth > MAX_DEPTH) throw invalidFilter(`expected brackets at most ${MAX_DEPTH} deep`)
  const inner = orExp(cursor)
  if (take(cursor, close === ')' ? /\)/y : /\]/y) === undefined) {
    throw unexpected(cursor, `"${close}", "and" or "or"`)
  }
  cursor.depth -= 1
  return inner
}

/** attrExp = attrPath SP "pr" / attrPath SP compareOp SP compValue; valuePath = attrPath "[" valFilter "]" */
function attrExp(cursor: Cursor): Filter<AttrPath> {
  cursor.terms += 1
  if (cursor.terms > MAX_TERMS) throw invalidFilter(`expected at most ${MAX_TERMS} terms`)
  const attr = attrPath(cursor)
  return take(cursor, /\s*\[/y) === undefined ? comparison(cursor, attr) : valuePath(cursor, attr)
}

function valuePath(cursor: Cursor, attr: AttrPath): Filter<AttrPath> {
  const filter = noElements(group(cursor, ']'), cursor)
  const sub = take(cursor, /\.[A-Za-z$][\w$-]*/y)
  if (sub === undefined) return { kind: 'element', attr, filter }
  // Entra: emails[type eq "work"].value eq "x" means one element with both.
  cursor.dotted = true
  const right = comparison(cursor, { text: sub.slice(1) })
  return { kind: 'element', attr, filter: { kind: 'and', left: filter, right } }
}

/** valFilter has no value paths in it: sub-attributes have no elements of their own. */
function noElements(filter: Filter<AttrPath>, cursor: Cursor): ElementFilter<AttrPath> {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return {
        kind: filter.kind,
        left: noElements(filter.left, cursor),
        right: noElements(filter.right, cursor),
      }
    case 'not':
      return { kind: 'not', inner: noElements(filter.inner, cursor) }
    case 'element':
      throw unexpected(cursor, 'no "[" inside of "[" and "]"')
    case 'present':
    case 'compare':
      return filter
  }
}

/** The operator and, but for "pr", the value behind it. */
function comparison(cursor: Cursor, attr: AttrPath): Comparison<AttrPath> {
  const start = cursor.at
  const word = take(cursor, /\s+[A-Za-z]+/y)
    ?.trim()
    .toLowerCase()
  if (word === 'pr') return { kind: 'present', attr }
  const operator = OPERATORS.find((known) => known === word)
  if (operator === undefined) {
    cursor.at = start
    throw unexpected(cursor, `an operator, one of ${OPERATORS.join(', ')}, pr,`)
  }
  if (take(cursor, /\s+|(?=")/y) === undefined) throw unexpected(cursor, 'a value')
  return { kind: 'compare', attr, operator, value: compValue(cursor) }
}

/** attrPath = [URI ":"] ATTRNAME *1subAttr */
function attrPath(cursor: Cursor): AttrPath {
  const text = take(cursor, /[A-Za-z$][A-Za-z0-9_:.$-]*/y)
  if (text === undefined) throw unexpected(cursor, 'an attribute name')
  return { text }
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
  cursor.at = start
  throw unexpected(cursor, 'a value: a string in double quotes, a number, true, false or null')
}

function readText(text: string): string {
  try {
    return checkText(text, '')
  } catch {
    throw invalidFilter('expected Unicode text without NUL and lone surrogates')
  }
}

function take(cursor: Cursor, pattern: RegExp): string | undefined {
  cursor.steps += 1
  pattern.lastIndex = cursor.at
  const found = pattern.exec(cursor.text)
  if (found === null) return undefined
  cursor.at = pattern.lastIndex
  return found[0]
}

function unexpected(cursor: Cursor, expected: string): ScimError {
  return invalidFilter(`expected ${expected} at column ${cursor.at + 1} of ${cursor.text}`)
}

/** Takes the sides of an `and` or an `or`; gives the deeper one first: what is written behind the other is deeper still. */
export function deepestFirst<Side extends Filter<unknown>>(left: Side, right: Side): readonly [Side, Side] {
  return depthOf(left) < depthOf(right) ? [right, left] : [left, right]
}

/** How many things are open at once in a filter that is written so: brackets, and a side with its word before the other. */
function depthOf(filter: Filter<unknown>): number {
  switch (filter.kind) {
    case 'and':
    case 'or': {
      const [less, more] = [depthOf(filter.left), depthOf(filter.right)].toSorted((a, b) => a - b)
      return Math.max((less ?? 0) + 2, more ?? 0) + (filter.kind === 'or' ? 1 : 0)
    }
    case 'not':
      return depthOf(filter.inner) + 1
    case 'element':
      return depthOf(filter.filter) + 1
    case 'present':
    case 'compare':
      return 0
  }
}

/** Takes a sentence; gives 400 invalidFilter (RFC 7644 §3.12). */
export function invalidFilter(detail: string): ScimError {
  return new ScimError(400, 'invalidFilter', `filter: ${detail}`)
}
