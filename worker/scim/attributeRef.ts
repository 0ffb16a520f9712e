import { findAttribute, type Attribute, type ResourceType, type Schema } from './schema.ts'
import { findExtension, findTopAttribute } from './resourceTypes.ts'

/** A name as resolved: the attribute, the extension it stands in, and its sub-attribute if one was named. */
export type AttributeRef = {
  readonly extension?: Schema
  readonly attribute: Attribute
  readonly sub?: Attribute
}

/**
 * Takes a kind of resource and an attribute's name as a client writes it: in any case, with or without the URN of its
 * schema, with or without a sub-attribute (RFC 7644 §3.10). Gives what it names, undefined for what no schema has.
 */
export function findAttributeRef(type: ResourceType, name: string): AttributeRef | undefined {
  const { extension, rest } = splitUrn(type, name)
  const [top = '', ...inner] = rest.split('.')
  const attribute =
    extension === undefined ? findTopAttribute(type, top) : findAttribute(extension.attributes, top)
  if (attribute === undefined || inner.length > 1) return undefined
  const found = extension === undefined ? { attribute } : { extension, attribute }
  if (inner[0] === undefined) return found
  const sub = findAttribute(attribute.subAttributes ?? [], inner[0])
  return sub === undefined ? undefined : { ...found, sub }
}

/** Takes a kind of resource and a name; gives the extension its URN names, if any, and what stands behind the URN. */
export function splitUrn(type: ResourceType, name: string): { extension?: Schema; rest: string } {
  const lower = name.toLowerCase()
  const behind = (urn: string) => lower.startsWith(`${urn.toLowerCase()}:`) && name.length > urn.length + 1
  if (behind(type.schema.id)) return { rest: name.slice(type.schema.id.length + 1) }
  for (const { schema } of type.extensions) {
    if (behind(schema.id)) {
      return { extension: schema, rest: name.slice(schema.id.length + 1) }
    }
  }
  const whole = findExtension(type, name)
  return whole === undefined ? { rest: name } : { extension: whole, rest: '' }
}
