import { equals } from '../calls.ts'
import * as connection from '../connectionSteps.ts'
import * as deletes from '../deleteSteps.ts'
import { coreProfile } from '../org.ts'
import type { Provider } from '../provider.ts'
import { byFilter, groupPath, patch, patchMembers, patchUser, putGroup, putUser } from '../requests.ts'
import { GROUP_SCHEMA, USER_SCHEMA } from '../resource.ts'
import { GROUPS, PEOPLE, REFUSALS, TAKE_BACK } from '../steps.ts'

/**
 * PingFederate with "SCIM SP Supports Patch Updates": people found by userName or emails, and deleted in the
 * end. The operations of its PATCH were not found: one without a path is played, and RFC 7644's for members.
 */
export const ping: Provider = {
  name: 'ping',
  authorization: (token) => `Bearer ${token}`,
  space: '+',
  headers: { 'User-Agent': 'Apache-HttpClient', Accept: 'application/scim+json' },
  bodyHeaders: { 'Content-Type': 'application/scim+json; charset=UTF-8' },
  profile: coreProfile,
  createUser: (mapped) => ({ schemas: [USER_SCHEMA], ...mapped, active: true }),
  createGroup: (displayName) => ({ schemas: [GROUP_SCHEMA], displayName }),
  lookUp: (path, filter) => ({ method: 'GET', path, query: { filter } }),
  filters: ({ userName }) => [equals('emails', userName), equals('emails.value', userName)],
  setActive: (user, active) => patchUser(user, { active }),
  pushProfile: patchUser,
  renameGroup: (group) => [
    patch(groupPath(group), { op: 'replace', value: { displayName: group.displayName } }),
  ],
  changeMembers: (group, added, removed) => patchMembers(group, added, removed, byFilter),
  steps: [
    { name: 'test connection', run: connection.lookUpNobody },
    ...PEOPLE,
    ...GROUPS,
    { name: 'delete a member', run: deletes.deleteMember },
    ...REFUSALS,
    ...TAKE_BACK,
    { name: 'delete everybody', run: deletes.deleteUsers },
  ],
}

/** PingFederate without PATCH: PUT for everything. */
export const pingPut: Provider = {
  ...ping,
  name: 'ping-put',
  setActive: (user, active) => putUser(user, { active }),
  pushProfile: putUser,
  renameGroup: putGroup,
  changeMembers: putGroup,
}
