import { invalidValue } from './error.ts'
import { foldValue } from './fold.ts'
import { isJsonObject, type Json } from './json.ts'
import type { Attribute } from './schema.ts'

/** How many elements a multi-valued attribute has at the most. Members are no elements. */
const MAX_ELEMENTS = 500

/** Takes elements and where they stand; gives them back. Throws 400 invalidValue where they are too many. */
export function checkCount(elements: readonly Json[], where: string): readonly Json[] {
  if (elements.length <= MAX_ELEMENTS) return elements
  throw invalidValue(where, `at most ${MAX_ELEMENTS} elements`)
}

/**
 * Takes an attribute and an element of it; gives what makes two elements the same (RFC 7643 §2.4): all of it, folded, but
 * `primary`, and but `display` where there is a `value` that the label belongs to.
 */
export function elementKey(attribute: Attribute, element: Json): string {
  const known = isJsonObject(element) ? keys.get(element) : undefined
  const key = known ?? makeKey(attribute, element)
  if (isJsonObject(element)) keys.set(element, key)
  return key
}

/** Folding costs, and a PATCH of many steps asks for the same elements again and again. */
const keys = new WeakMap<object, string>()

function makeKey(attribute: Attribute, element: Json): string {
  const folded = foldValue(attribute, element)
  if (!isJsonObject(folded)) return JSON.stringify(folded)
  const labelled = folded['value'] !== undefined
  const telling = Object.entries(folded).filter(
    ([name]) => name !== 'primary' && !(labelled && name === 'display'),
  )
  return JSON.stringify(telling.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** Takes elements; gives each once (RFC 7643 §2.4): of two the same the primary one, else the first. */
export function distinct(attribute: Attribute, elements: readonly Json[]): readonly Json[] {
  const seen = new Map<string, Json>()
  for (const element of elements) {
    const key = elementKey(attribute, element)
    if (!seen.has(key) || isPrimary(element)) seen.set(key, element)
  }
  return [...seen.values()]
}

/** Takes an element; says whether it is the primary one. */
export function isPrimary(element: Json | undefined): boolean {
  return isJsonObject(element) && element['primary'] === true
}

/** Takes elements; gives them with `primary` true at most once (RFC 7643 §2.4): the first that says so keeps it. */
export function onePrimary(elements: readonly Json[]): readonly Json[] {
  const first = elements.findIndex(isPrimary)
  return elements.map((element, index) =>
    isJsonObject(element) && isPrimary(element) && index !== first ? { ...element, primary: false } : element,
  )
}
