import type { Filter } from './filter.ts'
import { foldValue } from './fold.ts'
import type { Attribute } from './schema.ts'
import {
  checkCount,
  distinct,
  elementKey,
  isJsonObject,
  isList,
  isPrimary,
  isUnassigned,
  type Json,
  type JsonObject,
} from './value.ts'

/**
 * An operation on some elements of a multi-valued attribute. It needs the document as it is: what it does depends on
 * which elements match. Without a filter all do.
 */
export type ElementsOperation = {
  readonly op: 'add' | 'remove' | 'replace'
  readonly path: readonly string[]
  readonly attribute: Attribute
  readonly filter?: Filter<Attribute>
  readonly sub?: Attribute
  readonly value: Json | undefined
}

/** Takes the elements as they are and an operation; gives the elements after it (RFC 7644 §3.5.2.1 to §3.5.2.3). */
export function applyToElements(elements: readonly Json[], operation: ElementsOperation): readonly Json[] {
  const { filter, sub, op, value, attribute } = operation
  if (filter === undefined && sub === undefined) {
    return checkCount(append(elements, asArray(value)), attribute.name)
  }
  const matching = elements.map((element) => filter === undefined || matches(filter, element))
  if (op !== 'remove' && !matching.includes(true)) {
    // RFC 7644 §3.5.2.3 asks for noTarget here; Entra relies on the element being made.
    return value === undefined
      ? elements
      : checkCount(append(elements, [made(filter, sub, value)]), attribute.name)
  }
  const changed = elements.map((element, index) =>
    matching[index] === true ? changeElement(element, operation) : element,
  )
  const kept = changed.filter((element): element is Json => element !== undefined)
  const chosen = changed.find((element, index) => matching[index] === true && isPrimary(element))
  return distinct(chosen !== undefined && setsPrimary(operation) ? onlyPrimary(kept, chosen) : kept)
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
function append(elements: readonly Json[], added: readonly Json[]): readonly Json[] {
  const there = new Set(elements.map(elementKey))
  const again = new Map(added.map((element) => [elementKey(element), element]))
  const kept = elements.map((element) => {
    const same = again.get(elementKey(element))
    return isJsonObject(element) && isJsonObject(same) ? { ...element, ...same } : element
  })
  const all = [...kept, ...added.filter((element) => !there.has(elementKey(element)))]
  const key = added.filter(isPrimary).map(elementKey)[0]
  return key === undefined
    ? all
    : onlyPrimary(
        all,
        all.find((element) => elementKey(element) === key),
      )
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
function made(filter: Filter<Attribute> | undefined, sub: Attribute | undefined, value: Json): Json {
  const described = filter === undefined ? {} : equalities(filter)
  const given: JsonObject = sub === undefined ? (isJsonObject(value) ? value : {}) : { [sub.name]: value }
  return { ...described, ...given }
}

function equalities(filter: Filter<Attribute>): JsonObject {
  return filter.kind === 'and'
    ? { ...equalities(filter.left), ...equalities(filter.right) }
    : isUnassigned(filter.value)
      ? {}
      : { [filter.attr.name]: filter.value }
}

/** Takes a filter over sub-attributes and an element; says whether the element matches (RFC 7644 §3.4.2.2). */
export function matches(filter: Filter<Attribute>, element: Json): boolean {
  if (filter.kind === 'and') return matches(filter.left, element) && matches(filter.right, element)
  const { attr, value } = filter
  const has = isJsonObject(element) ? element[attr.name] : undefined
  if (has === undefined) return value === null || (attr.name === 'primary' && value === false)
  return foldValue(attr, has) === foldValue(attr, value)
}

function asArray(value: Json | undefined): readonly Json[] {
  if (value === undefined) return []
  return isList(value) ? value : [value]
}
