import { ScimError } from './error.ts'
import type { ElementFilter } from './filter.ts'
import { matches } from './match.ts'
import { readingOf, tolerate, type Reading } from './reading.ts'
import type { Attribute } from './schema.ts'
import { isJsonObject, isList, isUnassigned, type Json, type JsonObject } from './json.ts'
import { checkCount, distinct, elementKey, isPrimary } from './multiValued.ts'

/**
 * An operation on some elements of a multi-valued attribute. It needs the document as it is: what it does depends on
 * which elements match. Without a filter all do.
 */
export type ElementsOperation = {
  readonly op: 'add' | 'remove' | 'replace'
  readonly path: readonly string[]
  readonly attribute: Attribute
  readonly filter?: ElementFilter<Attribute>
  readonly sub?: Attribute
  readonly value: Json | undefined
}

/** Takes the elements as they are and an operation; gives the elements after it (RFC 7644 §3.5.2.1 to §3.5.2.3). */
export function applyToElements(
  elements: readonly Json[],
  operation: ElementsOperation,
  reading: Reading = readingOf('tolerant'),
): readonly Json[] {
  const { filter, sub, op, value, attribute } = operation
  if (filter === undefined && sub === undefined) {
    return checkCount(append(attribute, elements, asArray(value)), attribute.name)
  }
  const matching = elements.map((element) => filter === undefined || matches(filter, element))
  if (op !== 'remove' && !matching.includes(true)) {
    // RFC 7644 §3.5.2.3 asks for noTarget here; Entra relies on the element being made.
    if (filter !== undefined) {
      const wrong = () =>
        new ScimError(400, 'noTarget', `path: expected a filter that finds one of ${attribute.name}`)
      tolerate(reading, 'element_made', wrong)
    }
    return value === undefined
      ? elements
      : checkCount(append(attribute, elements, [made(filter, sub, value)]), attribute.name)
  }
  if (filter !== undefined && op !== 'remove' && matching.filter(Boolean).length > 1) {
    const wrong = () =>
      new ScimError(400, 'invalidFilter', `path: expected a filter that finds one of ${attribute.name}`)
    tolerate(reading, 'filter_many', wrong)
  }
  const changed = elements.map((element, index) =>
    matching[index] === true ? changeElement(element, operation) : element,
  )
  const kept = changed.filter((element): element is Json => element !== undefined)
  const chosen = changed.find((element, index) => matching[index] === true && isPrimary(element))
  return distinct(
    attribute,
    chosen !== undefined && setsPrimary(operation) ? onlyPrimary(kept, chosen) : kept,
  )
}

/** Gives an object of its own for each element, so that one of them can become the primary one. */
function changeElement(element: Json, { op, sub, value }: ElementsOperation): Json | undefined {
  if (sub === undefined) {
    const before = op === 'add' && isJsonObject(element) ? element : {}
    if (isJsonObject(value)) return { ...before, ...value }
    return op === 'add' ? (value ?? element) : value
  }
  const { [sub.name]: _, ...others } = isJsonObject(element) ? element : {}
  const after = value === undefined ? others : { ...others, [sub.name]: value }
  return Object.keys(after).length === 0 ? undefined : after
}

/** What is there already takes over `display` and `primary` of what is added; the rest is appended. */
function append(attribute: Attribute, elements: readonly Json[], added: readonly Json[]): readonly Json[] {
  const keyed = (list: readonly Json[]) =>
    new Map(list.map((element) => [elementKey(attribute, element), element]))
  const [there, again] = [keyed(elements), keyed(added)]
  const kept = [...there].map(([key, element]): [string, Json] => {
    const same = again.get(key)
    return [key, isJsonObject(element) && isJsonObject(same) ? { ...element, ...same } : element]
  })
  const all = new Map([...kept, ...[...again].filter(([key]) => !there.has(key))])
  const chosen = [...again].find(([, element]) => isPrimary(element))?.[0]
  return chosen === undefined ? [...all.values()] : onlyPrimary([...all.values()], all.get(chosen))
}

/** RFC 7644 §3.5.2: making one element primary makes the others not so. */
function onlyPrimary(elements: readonly Json[], chosen: Json | undefined): readonly Json[] {
  return elements.map((element) =>
    isJsonObject(element) && isPrimary(element) && element !== chosen
      ? { ...element, primary: false }
      : element,
  )
}

const setsPrimary = ({ sub, value }: ElementsOperation): boolean =>
  sub === undefined ? isPrimary(value) : sub.name === 'primary' && value === true

/** The element that a filter of equalities describes, with the value set in it. */
function made(filter: ElementFilter<Attribute> | undefined, sub: Attribute | undefined, value: Json): Json {
  const described = filter === undefined ? {} : equalities(filter)
  const given: JsonObject = sub === undefined ? (isJsonObject(value) ? value : {}) : { [sub.name]: value }
  return { ...described, ...given }
}

/** What a filter says of an element that matches it, where it says so by itself: equalities joined by `and`. */
function equalities(filter: ElementFilter<Attribute>): JsonObject {
  if (filter.kind === 'and') return { ...equalities(filter.left), ...equalities(filter.right) }
  return filter.kind === 'compare' && filter.operator === 'eq' && !isUnassigned(filter.value)
    ? { [filter.attr.name]: filter.value }
    : {}
}

function asArray(value: Json | undefined): readonly Json[] {
  if (value === undefined) return []
  return isList(value) ? value : [value]
}
