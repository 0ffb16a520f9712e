import type { ElementFilter, Literal, Operator } from './filter.ts'
import { foldValue } from './fold.ts'
import { isJsonObject, type Json } from './json.ts'
import type { Attribute } from './schema.ts'

/**
 * Takes a filter over sub-attributes and an element; says whether the element matches (RFC 7644 §3.4.2.2). What is not
 * there matches no comparison but `ne`; an absent `primary` is false (RFC 7643 §2.4).
 */
export function matches(filter: ElementFilter<Attribute>, element: Json): boolean {
  switch (filter.kind) {
    case 'and':
      return matches(filter.left, element) && matches(filter.right, element)
    case 'or':
      return matches(filter.left, element) || matches(filter.right, element)
    case 'not':
      return !matches(filter.inner, element)
    case 'present':
      return valueOf(element, filter.attr) !== undefined
    case 'compare': {
      const { attr, operator, value } = filter
      if (operator === 'ne') return !matches({ ...filter, operator: 'eq' }, element)
      const has = valueOf(element, attr) ?? (attr.name === 'primary' ? false : undefined)
      if (has === undefined) return false
      const holder = isJsonObject(element) ? element : filter
      return holds[operator](foldedOf(holder, attr, has), foldedOf(filter, attr, value))
    }
  }
}

const valueOf = (element: Json, attr: Attribute): Json | undefined =>
  isJsonObject(element) ? element[attr.name] : undefined

type Compare = (has: Json, wanted: Json) => boolean

const ordered =
  (test: (order: number) => boolean): Compare =>
  (has, wanted) => {
    if (typeof has === 'number' && typeof wanted === 'number') return test(has - wanted)
    return typeof has === 'string' && typeof wanted === 'string' && test(codePointOrder(has, wanted))
  }

const textual =
  (test: (has: string, wanted: string) => boolean): Compare =>
  (has, wanted) =>
    typeof has === 'string' && typeof wanted === 'string' && test(has, wanted)

const holds: Readonly<Record<Exclude<Operator, 'ne'>, Compare>> = {
  eq: (has, wanted) => has === wanted,
  co: textual((has, wanted) => has.includes(wanted)),
  sw: textual((has, wanted) => has.startsWith(wanted)),
  ew: textual((has, wanted) => has.endsWith(wanted)),
  gt: ordered((order) => order > 0),
  ge: ordered((order) => order >= 0),
  lt: ordered((order) => order < 0),
  le: ordered((order) => order <= 0),
}

/** Takes two texts; gives their order by code point, as SQLite has it: JavaScript's own is by UTF-16 units. */
function codePointOrder(left: string, right: string): number {
  let at = 0
  while (at < left.length && left.charCodeAt(at) === right.charCodeAt(at)) at += 1
  // The second halves of two pairs with one first half are in order by themselves.
  return (left.codePointAt(at) ?? -1) - (right.codePointAt(at) ?? -1)
}

/** The folded form of a value of the attribute in a holder, kept as long as the holder is: every step asks again. */
const foldedValues = new WeakMap<object, Map<string, Json>>()

function foldedOf(holder: object, attr: Attribute, value: Json | Literal): Json {
  const known = foldedValues.get(holder) ?? new Map<string, Json>()
  foldedValues.set(holder, known)
  const folded = known.get(attr.name) ?? foldValue(attr, value)
  known.set(attr.name, folded)
  return folded
}
