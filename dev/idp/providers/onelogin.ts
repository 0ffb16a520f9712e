import type { Json, Request } from '../answer.ts'
import { without } from '../compare.ts'
import * as connection from '../connectionSteps.ts'
import * as deletes from '../deleteSteps.ts'
import { coreProfile } from '../org.ts'
import type { Provider } from '../provider.ts'
import { byFilter, merge, patchGroupName, patchMembers, userPath } from '../requests.ts'
import type { Resource } from '../resource.ts'
import { GROUPS, PEOPLE, REFUSALS, TAKE_BACK } from '../steps.ts'

const CORE = 'urn:scim:schemas:core:2.0'
const ENTERPRISE = 'urn:scim:schemas:extension:enterprise:2.0'

/** A JSON template that the admin edits, with the URNs that are in it: none of RFC 7643. */
const fromTemplate = (values: Json): Json => ({
  schemas: [CORE, ENTERPRISE],
  ...values,
  [ENTERPRISE]: { department: 'Sales' },
})

const put = (user: Resource, changes: Json): readonly Request[] => {
  const held = without(user.body, 'schemas', 'id', 'meta', 'groups')
  return [{ method: 'PUT', path: userPath(user), body: fromTemplate(merge(held, changes)) }]
}

/**
 * OneLogin, as goauthentik/authentik issue 11249 shows it: no User-Agent, `&` or `?` after everything, PUT
 * for people, PATCH for groups. How its PATCH names members was not found: RFC 7644's own way is played;
 * nor was how it suspends: `active` in the same PUT.
 */
export const onelogin: Provider = {
  name: 'onelogin',
  authorization: (token) => `Bearer ${token}`,
  space: '+',
  endQuery: (query) => (query === '' ? '?' : `?${query}&`),
  headers: { 'User-Agent': '', Accept: 'application/scim+json' },
  bodyHeaders: { 'Content-Type': 'application/scim+json' },
  profile: coreProfile,
  createUser: (mapped) => fromTemplate({ ...mapped, active: true }),
  createGroup: (displayName) => ({ schemas: [CORE], displayName }),
  lookUp: (path, filter) => ({ method: 'GET', path, query: { filter } }),
  setActive: (user, active) => put(user, { active }),
  pushProfile: put,
  renameGroup: (group) => patchGroupName(group, 'replace'),
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
