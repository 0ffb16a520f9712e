import { groupType, userType } from '../../scim/resourceTypes.ts'
import type { ResourceType } from '../../scim/schema.ts'

/** A kind of resource at a service: the bridge's own description of it, and the attribute it is looked up by. */
export type Kind = { readonly type: ResourceType; readonly name: 'userName' | 'displayName' }

/** People are looked up by userName, groups by displayName (RFC 7643 §4.1.1, §4.2). */
export const kinds: Readonly<Record<'User' | 'Group', Kind>> = {
  User: { type: userType, name: 'userName' },
  Group: { type: groupType, name: 'displayName' },
}

/** Takes a kind and an id at the service; gives the path of the resource below the base URL. */
export function pathOf({ type }: Kind, remote: string): string {
  return `${type.endpoint}/${encodeURIComponent(remote)}`
}
