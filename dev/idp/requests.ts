import { isObject } from './answer.ts'
import type { Json, Request } from './answer.ts'
import type { Member, PushedGroup } from './provider.ts'
import { GROUP_SCHEMA } from './resource.ts'
import type { Resource } from './resource.ts'

const PATCH_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:PatchOp'

/** The most operations and values in one PATCH; an integration in Okta's network may set 100 to 1000. */
const CHANGES_PER_PATCH = 100

/** The path of a user. */
export const userPath = ({ id }: { readonly id: string }): string => `/Users/${encodeURIComponent(id)}`

/** The path of a group. */
export const groupPath = ({ id }: { readonly id: string }): string => `/Groups/${encodeURIComponent(id)}`

/** A PATCH with these operations (RFC 7644 section 3.5.2). */
export const patch = (path: string, ...Operations: readonly Json[]): Request => ({
  method: 'PATCH',
  path,
  body: { schemas: [PATCH_SCHEMA], Operations },
})

/** Puts changes into a resource; a complex attribute keeps the sub-attributes that are not changed. */
export const merge = (resource: Json, changes: Json): Json => {
  const merged: Record<string, unknown> = { ...resource }
  for (const [name, value] of Object.entries(changes)) {
    const old = merged[name]
    merged[name] = isObject(old) && isObject(value) ? merge(old, value) : value
  }
  return merged
}

/** A PUT of what GET gave with changes merged in. */
export const putUser = (user: Resource, changes: Json): readonly Request[] => [
  { method: 'PUT', path: userPath(user), body: merge(user.body, changes) },
]

/** A PATCH without a path: the attributes in its value. */
export const patchUser = (user: Resource, value: Json): readonly Request[] => [
  patch(userPath(user), { op: 'replace', value }),
]

/** A PATCH of a group's name by its path. */
export const patchGroupName = (group: PushedGroup, op: string): readonly Request[] => [
  patch(groupPath(group), { op, path: 'displayName', value: group.displayName }),
]

/** A PUT of a group with all its members. */
export const putGroup = (group: PushedGroup): readonly Request[] => [
  {
    method: 'PUT',
    path: groupPath(group),
    body: { schemas: [GROUP_SCHEMA], displayName: group.displayName, members: group.members },
  },
]

/** How a PATCH says who goes and who comes; either list may be empty. */
export type MemberOperations = (added: readonly Member[], removed: readonly Member[]) => readonly Json[]

/** One filter path for each who goes, one list of those who come. */
export const byFilter: MemberOperations = (added, removed) => [
  ...removed.map(({ value }) => ({ op: 'remove', path: `members[value eq "${value}"]` })),
  ...(added.length === 0 ? [] : [{ op: 'add', path: 'members', value: added }]),
]

/**
 * A list of those who go and a list of those who come. A remove with values beside its path is none of
 * RFC 7644's: only those go, where the letter of section 3.5.2.2 has everybody go.
 * @param beside what stands in each value beside the id
 */
export const byLists =
  ({ add, remove, beside = {} }: { add: string; remove: string; beside?: Json }): MemberOperations =>
  (added, removed) =>
    [
      { op: remove, members: removed },
      { op: add, members: added },
    ]
      .filter(({ members }) => members.length > 0)
      .map(({ op, members }) => ({
        op,
        path: 'members',
        value: members.map(({ value }) => ({ ...beside, value })),
      }))

/** PATCHes of a group's members, first who goes and then who comes, as many to a request as one may hold. */
export const patchMembers = (
  group: PushedGroup,
  added: readonly Member[],
  removed: readonly Member[],
  operations: MemberOperations,
): readonly Request[] => {
  const changes = [
    ...removed.map((member) => ({ member, removed: true })),
    ...added.map((member) => ({ member, removed: false })),
  ]
  return Array.from({ length: Math.ceil(changes.length / CHANGES_PER_PATCH) }, (_, at) => {
    const some = changes.slice(at * CHANGES_PER_PATCH, (at + 1) * CHANGES_PER_PATCH)
    const of = (out: boolean): readonly Member[] =>
      some.filter((change) => change.removed === out).map(({ member }) => member)
    return patch(groupPath(group), ...operations(of(false), of(true)))
  })
}
