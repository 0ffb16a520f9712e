import * as connection from '../connectionSteps.ts'
import * as imports from '../importSteps.ts'
import { coreProfile } from '../org.ts'
import type { Provider } from '../provider.ts'
import { byLists, patchGroupName, patchMembers, putUser } from '../requests.ts'
import { GROUP_SCHEMA, USER_SCHEMA } from '../resource.ts'
import { GROUPS, PEOPLE, REFUSALS, TAKE_BACK } from '../steps.ts'

/**
 * JumpCloud: when it is activated it makes a test user and a test group and removes them. Members are said to
 * go and come in lists as Entra's do. Its payloads were not found, so the likeliest are played: RFC 7643's
 * attributes, PUT for people.
 */
export const jumpcloud: Provider = {
  name: 'jumpcloud',
  authorization: (token) => `Bearer ${token}`,
  space: '%20',
  headers: { Accept: 'application/scim+json' },
  bodyHeaders: { 'Content-Type': 'application/scim+json' },
  profile: coreProfile,
  createUser: (mapped) => ({ schemas: [USER_SCHEMA], ...mapped, active: true }),
  createGroup: (displayName) => ({ schemas: [GROUP_SCHEMA], displayName, members: [] }),
  lookUp: (path, filter) => ({ method: 'GET', path, query: { filter, startIndex: 1, count: 100 } }),
  setActive: (user, active) => putUser(user, { active }),
  pushProfile: putUser,
  renameGroup: (group) => patchGroupName(group, 'replace'),
  changeMembers: (group, added, removed) =>
    patchMembers(group, added, removed, byLists({ add: 'add', remove: 'remove' })),
  steps: [
    { name: 'activate', run: connection.lookUpNobody },
    { name: 'test user and group', run: connection.testUserAndGroup },
    ...PEOPLE,
    { name: 'import users', run: imports.importUsers },
    ...GROUPS,
    { name: 'import groups', run: imports.importGroups },
    ...REFUSALS,
    ...TAKE_BACK,
  ],
}
