/** Declarations for tests, small enough that one fault in them shows. */
import { readCatalog } from '../worker/catalog.ts'
import type { Catalog } from '../worker/scim/catalog.ts'

/** The URNs of the schemas. */
export const URN = 'urn:example:thing:1.0:Thing'
export const EXTRA = 'urn:example:thing:1.0:Extra'
export const CORE = 'urn:ietf:params:scim:schemas:core:2.0'
export const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

/** Takes a URN and attributes, one where there are none; gives a schema as declared. */
export const schema = (id: string, ...attributes: readonly object[]) => ({
  id,
  attributes: attributes.length === 0 ? [{ name: 'size' }] : attributes,
})
/** A kind of resource as declared. */
export const thing = { name: 'Thing', endpoint: '/Things', schema: URN }
/** Takes attributes; gives a declaration of one kind of resource with them. */
export const having = (...attributes: readonly object[]) => ({
  schemas: [schema(URN, ...attributes)],
  resourceTypes: [thing],
})
/** Takes kinds of resources; gives a declaration of them and of two schemas. */
export const typed = (...resourceTypes: readonly object[]) => ({
  schemas: [schema(URN), schema(EXTRA)],
  resourceTypes,
})
/** The other schema as an extension. */
export const extra = [{ schema: EXTRA, required: false }]

/** Takes a declaration; gives what is wrong with it. */
export const faultsOf = (declared: unknown): readonly string[] => {
  const read = readCatalog(declared)
  return read.kind === 'read' ? [] : read.faults
}
/** Takes a declaration; gives its catalog. Throws where there is something wrong with it. */
export const catalogOf = (declared: unknown): Catalog => {
  const read = readCatalog(declared)
  if (read.kind === 'faulty') throw new Error(read.faults.join('; '))
  return read.catalog
}

/** The place of what stands in the first attribute of the first schema. */
export const at = (place: string) => `schemas[0].attributes[0]${place}`
/** An attribute as declared. */
export const size = { name: 'size' }
/** Takes sub-attributes; gives a complex attribute as declared. */
export const parts = (...subAttributes: readonly object[]) => ({
  name: 'parts',
  type: 'complex',
  subAttributes,
})
