import { findAttributeRef } from '../../worker/scim/attributeRef.ts'
import { userType } from '../../worker/scim/resourceTypes.ts'
import type { Attribute, ResourceType } from '../../worker/scim/schema.ts'

/** The URNs of the schemas. */
export const USER = 'urn:ietf:params:scim:schemas:core:2.0:User'
export const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group'
export const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

/** Takes the name of an attribute or sub-attribute, and a kind of resource if it is not a User; gives its row. */
export function attributeOf(name: string, type: ResourceType = userType): Attribute {
  const ref = findAttributeRef(type, name)
  if (ref === undefined) throw new Error(`a ${type.name} has no attribute ${name}`)
  return ref.sub ?? ref.attribute
}
