import { isObject } from './answer.ts'
import type { Json, Request } from './answer.ts'
import { GROUP_SCHEMA } from './resource.ts'
import type { Resource } from './resource.ts'

export type Member = { readonly value: string; readonly display: string }

/** A group as it is to be at the server: what the identity provider pushes. */
export type PushedGroup = {
  readonly id: string
  readonly displayName: string
  readonly members: readonly Member[]
}

/** How one kind of client says what is to happen: each entry gives the requests, in order, and sends none. */
export type Dialect = {
  readonly name: string
  readonly authorization: (token: string) => string
  /** How a space is written in a query. */
  readonly space: '%20' | '+'
  readonly headers: Readonly<Record<string, string>>
  readonly bodyHeaders: Readonly<Record<string, string>>
  readonly setActive: (user: Resource, active: boolean) => readonly Request[]
  readonly setPassword: (user: Resource, password: string) => readonly Request[]
  readonly pushProfile: (user: Resource, profile: Json) => readonly Request[]
  /** What follows the POST of a group, and the linking of one that was there. */
  readonly linkGroup: (group: PushedGroup) => readonly Request[]
  readonly renameGroup: (group: PushedGroup) => readonly Request[]
  readonly changeMembers: (
    group: PushedGroup,
    added: readonly Member[],
    removed: readonly Member[],
  ) => readonly Request[]
  /** "Push Now": the whole membership. */
  readonly pushMembers: (group: PushedGroup) => readonly Request[]
}

const PATCH_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:PatchOp'

/** The most operations and values in one PATCH; an integration in Okta's network may set 100 to 1000. */
const CHANGES_PER_PATCH = 100

const userPath = ({ id }: Resource): string => `/Users/${encodeURIComponent(id)}`
const groupPath = ({ id }: PushedGroup): string => `/Groups/${encodeURIComponent(id)}`

const patch = (path: string, ...Operations: readonly Json[]): Request => ({
  method: 'PATCH',
  path,
  body: { schemas: [PATCH_SCHEMA], Operations },
})

/**
 * Puts changes into a resource; a complex attribute keeps the sub-attributes that are not changed. Okta's
 * PUT is the body of its GET with its own attributes merged in so.
 */
export const merge = (resource: Json, changes: Json): Json => {
  const merged: Record<string, unknown> = { ...resource }
  for (const [name, value] of Object.entries(changes)) {
    const old = merged[name]
    merged[name] = isObject(old) && isObject(value) ? merge(old, value) : value
  }
  return merged
}

const putUser = (user: Resource, changes: Json): readonly Request[] => [
  { method: 'PUT', path: userPath(user), body: merge(user.body, changes) },
]

const patchUser = (user: Resource, value: Json): readonly Request[] => [
  patch(userPath(user), { op: 'replace', value }),
]

const putGroup = (group: PushedGroup): readonly Request[] => [
  {
    method: 'PUT',
    path: groupPath(group),
    body: { schemas: [GROUP_SCHEMA], displayName: group.displayName, members: group.members },
  },
]

/** Without a path and with the read-only id, before the members each time: so Okta's reference shows it. */
const patchName = (group: PushedGroup): Request =>
  patch(groupPath(group), { op: 'replace', value: { id: group.id, displayName: group.displayName } })

const patchMembers = (
  group: PushedGroup,
  added: readonly Member[],
  removed: readonly Member[],
): readonly Request[] => {
  const changes = [
    ...removed.map((member) => ({ member, removed: true })),
    ...added.map((member) => ({ member, removed: false })),
  ]
  return Array.from({ length: Math.ceil(changes.length / CHANGES_PER_PATCH) }, (_, at) => {
    const some = changes.slice(at * CHANGES_PER_PATCH, (at + 1) * CHANGES_PER_PATCH)
    const out = some.filter((change) => change.removed)
    const value = some.filter((change) => !change.removed).map(({ member }) => member)
    return patch(
      groupPath(group),
      ...out.map(({ member }) => ({ op: 'remove', path: `members[value eq "${member.value}"]` })),
      ...(value.length === 0 ? [] : [{ op: 'add', path: 'members', value }]),
    )
  })
}

const HEADERS = {
  'User-Agent': 'Okta SCIM Client 1.0.0',
  Accept: 'application/scim+json',
  'Accept-Charset': 'utf-8',
  'Accept-Encoding': 'gzip,deflate',
}
const BODY_HEADERS = { 'Content-Type': 'application/scim+json; charset=utf-8' }

/**
 * The two ways Okta speaks SCIM 2.0 (its SCIM 2.0 reference): `oin` an app of its Integration Network, with
 * the token as it is ("Header" mode) and PATCH for all but the profile; `aiw` an app made with its App
 * Integration Wizard, with a Bearer token and PUT for everything.
 */
export const DIALECTS: Readonly<Record<'oin' | 'aiw', Dialect>> = {
  oin: {
    name: 'oin',
    authorization: (token) => token,
    space: '%20',
    headers: HEADERS,
    bodyHeaders: BODY_HEADERS,
    setActive: (user, active) => patchUser(user, { active }),
    setPassword: (user, password) => patchUser(user, { password }),
    pushProfile: putUser,
    linkGroup: (group) => [patchName(group)],
    renameGroup: (group) => [patchName(group)],
    changeMembers: (group, added, removed) => [patchName(group), ...patchMembers(group, added, removed)],
    pushMembers: (group) => [
      patchName(group),
      patch(groupPath(group), { op: 'replace', path: 'members', value: group.members }),
    ],
  },
  aiw: {
    name: 'aiw',
    authorization: (token) => `Bearer ${token}`,
    space: '+',
    headers: HEADERS,
    bodyHeaders: BODY_HEADERS,
    setActive: (user, active) => putUser(user, { active }),
    setPassword: (user, password) => putUser(user, { password }),
    pushProfile: putUser,
    linkGroup: () => [],
    renameGroup: putGroup,
    changeMembers: putGroup,
    pushMembers: putGroup,
  },
}
