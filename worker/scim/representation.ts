import { prune } from './edit.ts'
import { showManager } from './manager.ts'
import { memberTypes, userType } from './resourceTypes.ts'
import type { ResourceType } from './schema.ts'
import { select, type Selection } from './selection.ts'
import type { JsonObject } from './json.ts'

/** One end of a membership: the member of a group, or the group of a member. */
export type Membership = {
  readonly id: string
  readonly type: string
  readonly display: string | null
}

/**
 * A resource as it is kept. Times are ISO 8601 in UTC. `memberships` are a group's members or a
 * user's groups; `manager` is the name of a person's manager, where the bridge knows the manager.
 */
export type Resource = {
  readonly id: string
  readonly version: number
  readonly created: string
  readonly modified: string
  readonly document: JsonObject
  readonly memberships: readonly Membership[]
  readonly manager?: string | null
}

/** Takes a version number; gives its entity tag (RFC 7644 §3.14), weak, as the bytes of two answers may differ. */
export function entityTag(version: number): string {
  return `W/"${version}"`
}

/** Takes a base URL without a slash at its end, a kind of resource and an id; gives the resource's address. */
export function locationOf(base: string, type: Pick<ResourceType, 'endpoint'>, id: string): string {
  return `${base}${type.endpoint}/${encodeURIComponent(id)}`
}

/**
 * Takes a resource, the base URL the client used and a selection; gives the representation (RFC 7643 §3): schemas, id,
 * the document, members or groups, meta.
 */
export function represent(
  type: ResourceType,
  resource: Resource,
  base: string,
  selection: Selection,
): JsonObject {
  const kept = prune(type, resource.document)
  const document = showManager(kept, resource.manager, (id) => locationOf(base, userType, id))
  const extensions = type.extensions
    .map(({ schema }) => schema.id)
    .filter((urn) => document[urn] !== undefined)
  const whole: JsonObject = {
    schemas: [type.schema.id, ...extensions],
    id: resource.id,
    ...document,
    ...memberships(type, resource.memberships, base),
    meta: {
      resourceType: type.name,
      created: resource.created,
      lastModified: resource.modified,
      location: locationOf(base, type, resource.id),
      version: entityTag(resource.version),
    },
  }
  return select(type, whole, selection)
}

function memberships(type: ResourceType, list: readonly Membership[], base: string): JsonObject {
  if (type.shows === 'neither' || list.length === 0) return {}
  const elements = list.map((membership) => {
    const other = memberTypes.find(({ name }) => name === membership.type)
    return {
      value: membership.id,
      ...(other === undefined ? {} : { $ref: locationOf(base, other, membership.id) }),
      ...(membership.display === null ? {} : { display: membership.display }),
      type: type.shows === 'members' ? membership.type : 'direct',
    }
  })
  return { [type.shows]: elements }
}
