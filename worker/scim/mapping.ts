import { isBlank, valueAt } from './constraints.ts'
import { differences, type Difference } from './difference.ts'
import { applyEdits, edit } from './edit.ts'
import type { JsonObject } from './json.ts'
import { editsOf } from './mappingEdits.ts'
import { readRule, type Rule } from './mappingRule.ts'
import { clashes, settle } from './mappingSettle.ts'
import { resolveRule } from './mappingStep.ts'
import type { ResourceType } from './schema.ts'

/**
 * How the document of a resource becomes the one a target gets: rules, carried out in this order. It is JSON, and read
 * again it is the same. A rule holds for each kind of resource that has all its attributes and where it has no fault, and
 * is passed over for the others: a displayName may be dropped of people, and stays with groups, which must have one.
 */
export type Mapping = readonly Rule[]

/** A mapping as read. A fault says which rule it is in and where, and what was expected there. */
export type ReadMapping =
  | { readonly kind: 'read'; readonly mapping: Mapping }
  | { readonly kind: 'faults'; readonly faults: readonly string[] }

const MOST_RULES = 50

/** Takes the kinds of resources that are brought to a target and what was sent; gives the mapping, or all its faults. */
export function readMapping(types: readonly ResourceType[], sent: unknown): ReadMapping {
  if (!Array.isArray(sent)) return { kind: 'faults', faults: ['mapping: expected an array of rules'] }
  if (sent.length > MOST_RULES) {
    return { kind: 'faults', faults: [`mapping: expected at most ${MOST_RULES} rules, not ${sent.length}`] }
  }
  const forms = sent.map((rule: unknown, index) => readRule(rule, placeOf(index)))
  const read = forms.map((form, index) =>
    form.kind === 'faults' ? form : settle(types, form.rule, placeOf(index)),
  )
  const placed = read.flatMap((found, index) =>
    found.kind === 'rule' ? [{ at: placeOf(index), rule: found.rule }] : [],
  )
  const faults = read.flatMap((found) => (found.kind === 'faults' ? found.faults : []))
  const all = [...faults, ...clashes(types, placed)]
  return all.length === 0
    ? { kind: 'read', mapping: placed.map(({ rule }) => rule) }
    : { kind: 'faults', faults: [...new Set(all)] }
}

/**
 * Takes a kind of resource, a mapping that was read for it and a document; gives the document after the mapping, for a
 * target. Never throws. What the kind requires and would have no value after it, as a userName, keeps the one it had.
 */
export function applyMapping(type: ResourceType, mapping: Mapping, document: JsonObject): JsonObject {
  const mapped = mapping.reduce((current, rule) => {
    const found = resolveRule(type, rule, '')
    return found.kind === 'step' ? applyEdits(current, editsOf(found.step, current)) : current
  }, document)
  return keepRequired(type, document, mapped)
}

/** Takes a kind of resource, a mapping and a document; gives what the mapping changes, attribute by attribute. */
export function previewMapping(
  type: ResourceType,
  mapping: Mapping,
  document: JsonObject,
): readonly Difference[] {
  return differences(type, document, applyMapping(type, mapping, document))
}

const placeOf = (index: number) => `mapping[${index}]`

/** The document after a mapping, with what is required and has no value any more as it was before (RFC 7643 §2.2). */
function keepRequired(type: ResourceType, before: JsonObject, after: JsonObject): JsonObject {
  const places = [
    ...type.schema.attributes.map((attribute) => edit(undefined, attribute, undefined, undefined)),
    ...type.extensions.flatMap(({ schema }) =>
      schema.attributes.map((attribute) => edit(schema, attribute, undefined, undefined)),
    ),
  ]
  const lost = places.filter(({ path, attribute }) => attribute.required && isBlank(valueAt(after, path)))
  const kept = lost.map((place) => ({ ...place, value: valueAt(before, place.path) }))
  return applyEdits(
    after,
    kept.filter(({ value }) => !isBlank(value)),
  )
}
