import type { Json } from '../answer.ts'
import * as attributes from '../attributeSteps.ts'
import { equals } from '../calls.ts'
import * as connection from '../connectionSteps.ts'
import * as deletes from '../deleteSteps.ts'
import { ENTERPRISE_SCHEMA } from '../org.ts'
import type { Identity } from '../org.ts'
import type { Provider } from '../provider.ts'
import { byFilter, byLists, groupPath, patch, patchGroupName, patchMembers, userPath } from '../requests.ts'
import { GROUP_SCHEMA, USER_SCHEMA } from '../resource.ts'
import { GROUPS, PEOPLE, REFUSALS, TAKE_BACK } from '../steps.ts'
import type { Step } from '../steps.ts'
import { patchEach, patchTogether } from './entraPatch.ts'

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

/** With a null $ref beside each id, as Microsoft's samples have it. */
const inLists = byLists({ add: 'Add', remove: 'Remove', beside: { $ref: null } })

const STEPS: readonly Step[] = [
  { name: 'test connection', run: connection.lookUpNobody },
  ...PEOPLE,
  { name: 'numbers and addresses', run: attributes.changeContacts },
  { name: 'managers', run: attributes.changeManagers },
  ...GROUPS,
  { name: 'delete a member', run: deletes.deleteMember },
  ...REFUSALS,
  ...TAKE_BACK,
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
  renameGroup: (group) => patchGroupName(group, 'Replace'),
  changeMembers: (group, added, removed) => patchMembers(group, added, removed, inLists),
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
  renameGroup: (group) => patchGroupName(group, 'replace'),
  changeMembers: (group, added, removed) => patchMembers(group, added, removed, byFilter),
}
