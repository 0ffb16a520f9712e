import { at, elements, isObject } from '../answer.ts'
import type { Json, Request } from '../answer.ts'
import * as attributes from '../attributeSteps.ts'
import { equals } from '../calls.ts'
import * as connection from '../connectionSteps.ts'
import * as deletes from '../deleteSteps.ts'
import * as groups from '../groupSteps.ts'
import { ENTERPRISE_SCHEMA } from '../org.ts'
import type { Identity } from '../org.ts'
import type { Member, Provider } from '../provider.ts'
import * as refusals from '../refusalSteps.ts'
import { byFilter, groupPath, patch, patchMembers, userPath } from '../requests.ts'
import { GROUP_SCHEMA, USER_SCHEMA } from '../resource.ts'
import type { Resource } from '../resource.ts'
import type { Step } from '../steps.ts'
import * as users from '../userSteps.ts'

/** Every second person comes with a number and an address, the others get theirs by PATCH. */
const profile = ({ n, userName, name, displayName, externalId, employee }: Identity): Json => ({
  userName,
  externalId: `${externalId}-entra`,
  displayName: `${displayName} (${externalId.slice(0, 8)})`,
  title: 'Engineer',
  name: { ...name, formatted: `${name.givenName} ${name.familyName}` },
  emails: [{ primary: true, type: 'work', value: userName }],
  ...(n % 2 === 0
    ? {
        phoneNumbers: [{ type: 'mobile', value: '+49 170 0000000' }],
        addresses: [{ type: 'work', formatted: '0 Straße' }],
      }
    : {}),
  [ENTERPRISE_SCHEMA]: employee,
})

/** Microsoft's sample of a create: no password, and what a server makes itself beside it. */
const createUser = (mapped: Json): Json => ({
  schemas: [USER_SCHEMA, ENTERPRISE_SCHEMA],
  ...mapped,
  active: true,
  meta: { resourceType: 'User' },
  roles: [],
})

const createGroup = (displayName: string, externalId: string): Json => ({
  schemas: [GROUP_SCHEMA, 'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group'],
  externalId,
  displayName,
  meta: { resourceType: 'Group' },
})

type Change = { readonly path: string; readonly value: unknown; readonly isThere: boolean }

/** Elements are named by their type, the attributes of an extension by its URN, a manager is a bare id. */
const changesOf = (there: Json, name: string, value: unknown): readonly Change[] => {
  if (Array.isArray(value)) {
    return elements(value).flatMap((element) =>
      Object.entries(isObject(element) ? element : {})
        .filter(([sub]) => sub !== 'type' && sub !== 'primary')
        .map(([sub, inside]) => ({
          path: `${name}[type eq "${String(at(element, 'type'))}"].${sub}`,
          value: inside,
          isThere: elements(there[name]).length > 0,
        })),
    )
  }
  if (!isObject(value)) return [{ path: name, value, isThere: there[name] !== undefined }]
  const mark = name.includes(':') ? ':' : '.'
  return Object.entries(value).map(([sub, inside]) => ({
    path: `${name}${mark}${sub}`,
    value: sub === 'manager' ? at(inside, 'value') : inside,
    isThere: at(there, name, sub) !== undefined,
  }))
}

const allChanges = ({ body }: Resource, changes: Json): readonly Change[] =>
  Object.entries(changes).flatMap(([name, value]) => changesOf(body, name, value))

const patchEach = (user: Resource, changes: Json): readonly Request[] => [
  patch(
    userPath(user),
    ...allChanges(user, changes).map(({ path, value, isThere }) => ({
      op: isThere ? 'Replace' : 'Add',
      path,
      value,
    })),
  ),
]

/** What has a filter in its path goes by that path, all the rest in one operation without a path. */
const patchTogether = (user: Resource, changes: Json): readonly Request[] => {
  const all = allChanges(user, changes)
  const value = Object.fromEntries(
    all.filter(({ path }) => !path.includes('[')).map((c) => [c.path, c.value]),
  )
  return [
    patch(
      userPath(user),
      ...all
        .filter(({ path }) => path.includes('['))
        .map((c) => ({ op: 'replace', path: c.path, value: c.value })),
      ...(Object.keys(value).length === 0 ? [] : [{ op: 'replace', value }]),
    ),
  ]
}

const listed = (members: readonly Member[]): Json => ({
  path: 'members',
  value: members.map(({ value }) => ({ $ref: null, value })),
})

/** A remove with a list of values beside the path: only those go, though RFC 7644 has no such operation. */
const byLists = (added: readonly Member[], removed: readonly Member[]): readonly Json[] => [
  ...(removed.length === 0 ? [] : [{ op: 'Remove', ...listed(removed) }]),
  ...(added.length === 0 ? [] : [{ op: 'Add', ...listed(added) }]),
]

const STEPS: readonly Step[] = [
  { name: 'test connection', run: connection.lookUpNobody },
  { name: 'create users', run: users.create },
  { name: 'look up by filters', run: attributes.lookUpByFilters },
  { name: 'create users again', run: users.createAgain },
  { name: 'look up in capitals', run: users.lookUpInCapitals },
  { name: 'match existing users', run: users.adopt },
  { name: 'change profiles', run: users.changeProfile },
  { name: 'change userNames', run: users.changeUserName },
  { name: 'take a taken userName', run: users.clash },
  { name: 'numbers and addresses', run: attributes.changeContacts },
  { name: 'managers', run: attributes.changeManagers },
  { name: 'disable users', run: users.deactivate },
  { name: 'enable users', run: users.reactivate },
  { name: 'create groups', run: groups.createGroups },
  { name: 'members in', run: groups.membersIn },
  { name: 'members out', run: groups.membersOut },
  { name: 'rename groups', run: groups.renameGroups },
  { name: 'disable a member', run: groups.unassignMember },
  { name: 'delete a member', run: deletes.deleteMember },
  { name: 'unknown ids', run: refusals.unknownIds },
  { name: 'no token', run: refusals.noToken },
  { name: 'delete groups', run: groups.deleteGroups },
  { name: 'disable everybody', run: users.unassignAll },
  { name: 'delete everybody', run: deletes.deleteUsers },
]

/**
 * Entra without a flag in its tenant URL (Microsoft's "Known issues and resolutions with SCIM 2.0 protocol
 * compliance"): operations with a capital, "False" as text, a remove of members with a list of values.
 */
export const entra: Provider = {
  name: 'entra',
  authorization: (token) => `Bearer ${token}`,
  space: '+',
  headers: { 'User-Agent': 'Microsoft Azure AD SCIM provisioning 1.0.0', Accept: 'application/scim+json' },
  bodyHeaders: { 'Content-Type': 'application/scim+json; charset=utf-8' },
  profile,
  createUser,
  createGroup,
  lookUp: (path, filter) => ({
    method: 'GET',
    path,
    query: { ...(path === '/Groups' ? { excludedAttributes: 'members' } : {}), filter },
  }),
  filters: ({ userName, profile: { externalId, displayName } }) => [
    equals('externalId', String(externalId)),
    equals('displayName', String(displayName)),
    equals('emails[type eq "work"].value', userName),
  ],
  readGroup: (group) => ({
    method: 'GET',
    path: groupPath(group),
    query: { excludedAttributes: 'members' },
  }),
  memberFilter: (groupId, userId) => `${equals('id', groupId)} and ${equals('members', userId)}`,
  groupPatched: [204],
  setActive: (user, active) => [
    patch(userPath(user), { op: 'Replace', path: 'active', value: active ? 'True' : 'False' }),
  ],
  pushProfile: patchEach,
  renameGroup: (group) => [
    patch(groupPath(group), { op: 'Replace', path: 'displayName', value: group.displayName }),
  ],
  changeMembers: (group, added, removed) => patchMembers(group, added, removed, byLists),
  steps: STEPS,
}

/**
 * Entra with `?aadOptscim062020` at the end of its tenant URL: operations in small letters, real booleans,
 * one operation without a path, a filter for each member that goes. Whether it sends the flag on is not
 * documented; here every request has it, as a server must not mind.
 */
export const entra062020: Provider = {
  ...entra,
  name: 'entra-062020',
  endQuery: (query) => `?${query}${query === '' ? '' : '&'}aadOptscim062020`,
  setActive: (user, active) => [patch(userPath(user), { op: 'replace', path: 'active', value: active })],
  pushProfile: patchTogether,
  renameGroup: (group) => [
    patch(groupPath(group), { op: 'replace', path: 'displayName', value: group.displayName }),
  ],
  changeMembers: (group, added, removed) => patchMembers(group, added, removed, byFilter),
}
