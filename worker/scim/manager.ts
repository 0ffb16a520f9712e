import { isJsonObject, type JsonObject } from './json.ts'
import { findAttribute, type Attribute } from './schema.ts'
import { enterpriseUserSchema } from './schemas/enterpriseUser.ts'

/** Where a person's manager stands in a document (RFC 7643 §4.3). */
export const MANAGER = [enterpriseUserSchema.id, 'manager'] as const

const manager = findAttribute(enterpriseUserSchema.attributes, 'manager')

/** Takes an attribute; says whether it is the manager of RFC 7643 §4.3. A declared schema may have another of that name. */
export function isManager(attribute: Attribute): boolean {
  return attribute === manager
}

/**
 * Takes a document, the manager's name where the bridge knows the manager, and what gives a person's address; gives the
 * document as it is shown: with that name, and with that address where the client gave none.
 */
export function showManager(
  document: JsonObject,
  name: string | null | undefined,
  addressOf: (id: string) => string,
): JsonObject {
  const [urn, attribute] = MANAGER
  const extension = document[urn]
  const kept = isJsonObject(extension) ? extension[attribute] : undefined
  if (typeof name !== 'string' || !isJsonObject(extension) || !isJsonObject(kept)) return document
  const { value, $ref } = kept
  if (typeof value !== 'string') return document
  const shown = { value, $ref: $ref ?? addressOf(value), displayName: name }
  return { ...document, [urn]: { ...extension, [attribute]: shown } }
}

/**
 * Takes an attribute, an object sent for it, and what gives a person's address; gives the object without the manager's
 * address where that follows from the id: what was read, sent back, is no change.
 */
export function withoutOwnAddress(
  attribute: Attribute,
  sent: { readonly [name: string]: unknown },
  addressOf: ((id: string) => string) | undefined,
): { readonly [name: string]: unknown } {
  if (!isManager(attribute) || addressOf === undefined) return sent
  const entries = Object.entries(sent)
  const id = entries.find(([name]) => name.toLowerCase() === 'value')?.[1]
  // A text that is none is refused where it is read.
  if (typeof id !== 'string' || !id.isWellFormed()) return sent
  const own = addressOf(id)
  return Object.fromEntries(entries.filter(([name, value]) => name.toLowerCase() !== '$ref' || value !== own))
}

/**
 * Takes a document, and the id that another service has for the manager, undefined where it has none; gives the document as it is told
 * there: an id is of one service only, and so is an address.
 */
export function managerAs(document: JsonObject, id: string | undefined): JsonObject {
  const [urn, attribute] = MANAGER
  const extension = document[urn]
  if (!isJsonObject(extension) || !isJsonObject(extension[attribute])) return document
  const { [attribute]: _, ...rest } = extension
  const told = id === undefined ? rest : { ...rest, [attribute]: { value: id } }
  const { [urn]: __, ...others } = document
  return Object.keys(told).length === 0 ? others : { ...others, [urn]: told }
}
