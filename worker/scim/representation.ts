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

/**
 * Takes a kind of resource and one of it; gives its entity tag (RFC 7644 §3.14), weak, as the bytes of two answers may differ.
 * What is shown of a person but stands elsewhere, groups and the manager's name, has no part in the version: a print of it
 * follows, so that a client that asks by the tag hears of a change there too.
 */
export function entityTag(
  type: ResourceType,
  { version, memberships: of, manager }: Pick<Resource, 'version' | 'memberships' | 'manager'>,
): string {
  const groups = type.shows === 'groups' ? of.map(({ id, display }) => [id, display]) : []
  if (groups.length === 0 && typeof manager !== 'string') return `W/"${version}"`
  return `W/"${version}-${fingerprint(JSON.stringify([groups.toSorted(), manager]))}"`
}

/** FNV-1a, 32 bits: tells two states of one version apart, and keeps no secret. */
function fingerprint(text: string): string {
  let hash = 0x811c9dc5
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193)
  return (hash >>> 0).toString(16).padStart(8, '0')
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
      version: entityTag(type, resource),
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
