import { findAttributeRef, type AttributeRef } from './attributeRef.ts'
import { invalidValue } from './error.ts'
import { findAttribute, type ResourceType } from './schema.ts'

/** What a list is ordered by: for each kind of resource its attribute, undefined where it has none of that name. */
export type Sort = {
  readonly refs: readonly (AttributeRef | undefined)[]
  readonly descending: boolean
}

/** Attributes that are lists of references, or made when shown: nothing to order by. */
const UNSORTED: ReadonlySet<string> = new Set(['members', 'groups', 'schemas', 'meta.location'])

/**
 * Takes the kinds of resource that are listed and the parameters `sortBy` and `sortOrder`; gives the order, undefined
 * where none is asked for (RFC 7644 §3.4.2.3: ascending unless said otherwise; a complex attribute is ordered by a
 * sub-attribute, its `value` if none is named). Throws 400 invalidValue.
 */
export function readSort(
  types: readonly ResourceType[],
  sortBy: string | undefined,
  sortOrder: string | undefined,
): Sort | undefined {
  const order = sortOrder?.trim().toLowerCase() ?? ''
  if (!['', 'ascending', 'descending'].includes(order)) {
    throw invalidValue('sortOrder', 'ascending or descending')
  }
  const name = sortBy?.trim() ?? ''
  if (name === '') return undefined
  const refs = types.map((type) => sortable(findAttributeRef(type, name)))
  if (refs.every((ref) => ref === undefined)) {
    throw invalidValue('sortBy', `an attribute with one value to order by, not ${name}`)
  }
  return { refs, descending: order === 'descending' }
}

function sortable(ref: AttributeRef | undefined): AttributeRef | undefined {
  if (ref === undefined) return undefined
  const { attribute, sub } = ref
  const hidden = attribute.returned === 'never' || sub?.returned === 'never'
  const whole = sub === undefined ? attribute.name : `${attribute.name}.${sub.name}`
  if (hidden || UNSORTED.has(attribute.name) || UNSORTED.has(whole)) return undefined
  if (sub !== undefined || attribute.type !== 'complex') return ref
  const value = findAttribute(attribute.subAttributes ?? [], 'value')
  return value === undefined || value.returned === 'never' ? undefined : { ...ref, sub: value }
}
