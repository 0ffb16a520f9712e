import { isObject, type Json } from './json.ts'

/**
 * One rule of an attribute mapping, in the form in which it is kept. Each path is an attribute path of RFC 7644 §3.10:
 * a name in any case, with or without the URN of its schema, with or without a sub-attribute.
 * `rename` moves a value, over what is there. `constant` is the same for all; `missing`: only where there is no value;
 * `always`, also where nothing is said: over what is there. `join` makes one text of several, with `with` between the
 * parts that there are. `drop` takes a value away.
 */
export type Rule<Value = Json> =
  | { readonly rename: { readonly from: string; readonly to: string } }
  | {
      readonly constant: { readonly to: string; readonly value: Value; readonly when: 'missing' | 'always' }
    }
  | { readonly join: { readonly to: string; readonly from: readonly string[]; readonly with: string } }
  | { readonly drop: string }

/** A rule whose paths and value nobody has looked up yet, or what is wrong with its form. */
type Form =
  | { readonly kind: 'read'; readonly rule: Rule<unknown> }
  | { readonly kind: 'faults'; readonly faults: readonly string[] }

const FEWEST_PARTS = 2
const MOST_PARTS = 10
/** What stands between two parts is a space or a comma, and no text of its own. */
const MOST_BETWEEN = 100

const PATH = 'an attribute path'
const PARTS = `${FEWEST_PARTS} to ${MOST_PARTS} attribute paths`
const BETWEEN = `a text of at most ${MOST_BETWEEN} characters`

/** Takes what was sent for a rule, and where it stood; gives the rule, or what is wrong with its form. */
export function readRule(sent: unknown, at: string): Form {
  const [entry, ...others] = isObject(sent) ? Object.entries(sent) : []
  if (entry === undefined || others.length > 0) {
    return faulty(at, [['', false, 'an object with one of rename, constant, join and drop']])
  }
  const [kind, body] = entry
  const inside = `${at}.${kind}`
  if (kind === 'drop') {
    return isPath(body) ? { kind: 'read', rule: { drop: body } } : faulty(inside, [['', false, PATH]])
  }
  const known = FIELDS.get(kind)
  if (known === undefined) {
    return faulty(at, [['', false, `one of rename, constant, join and drop, not ${kind.slice(0, 100)}`]])
  }
  const listed = known.join(', ')
  if (!isObject(body)) return faulty(inside, [['', false, `an object with ${listed}`]])
  const strange = Object.keys(body).filter((name) => !known.includes(name))
  if (strange.length > 0) return faulty(inside, [['', false, `nothing but ${listed}`]])
  return readBody(kind, body, inside)
}

const FIELDS: ReadonlyMap<string, readonly string[]> = new Map([
  ['rename', ['from', 'to']],
  ['constant', ['to', 'value', 'when']],
  ['join', ['to', 'from', 'with']],
])

function readBody(kind: string, body: { readonly [name: string]: unknown }, at: string): Form {
  const { from, to, value, when = 'always', with: between } = body
  if (kind === 'rename') {
    if (isPath(from) && isPath(to)) return { kind: 'read', rule: { rename: { from, to } } }
    return faulty(at, [
      ['.from', isPath(from), PATH],
      ['.to', isPath(to), PATH],
    ])
  }
  if (kind === 'constant') {
    const isWhen = when === 'missing' || when === 'always'
    if (isPath(to) && isWhen) return { kind: 'read', rule: { constant: { to, value, when } } }
    return faulty(at, [
      ['.to', isPath(to), PATH],
      ['.when', isWhen, 'missing or always'],
    ])
  }
  if (isPath(to) && isParts(from) && isBetween(between)) {
    return { kind: 'read', rule: { join: { to, from, with: between } } }
  }
  return faulty(at, [
    ['.to', isPath(to), PATH],
    ['.from', isParts(from), PARTS],
    ['.with', isBetween(between), BETWEEN],
  ])
}

const isPath = (value: unknown): value is string => typeof value === 'string' && value !== ''

const isParts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.length >= FEWEST_PARTS && value.length <= MOST_PARTS && value.every(isPath)

const isBetween = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= MOST_BETWEEN && value.isWellFormed() && !value.includes('\0')

/** Of places behind `at`, each with whether it is right and what was expected there, those that are wrong. */
function faulty(at: string, places: readonly (readonly [string, boolean, string])[]): Form {
  const faults = places
    .filter(([, isRight]) => !isRight)
    .map(([place, , expected]) => `${at}${place}: expected ${expected}`)
  return { kind: 'faults', faults }
}
