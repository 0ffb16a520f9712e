import type { Json } from '../answer.ts'
import { equals } from '../calls.ts'
import * as creates from '../createSteps.ts'
import * as connection from '../connectionSteps.ts'
import * as imports from '../importSteps.ts'
import type { Identity } from '../org.ts'
import type { Provider } from '../provider.ts'
import { byFilter, patchGroupName, patchMembers, putUser } from '../requests.ts'
import { GROUP_SCHEMA, USER_SCHEMA } from '../resource.ts'
import { GROUPS, PEOPLE, REFUSALS, TAKE_BACK } from '../steps.ts'

/** What it maps: no displayName. */
const profile = ({ userName, name, externalId }: Identity): Json => ({
  userName,
  externalId,
  name,
  emails: [{ value: userName, primary: true }],
})

/**
 * Rippling's custom SCIM app with "Pagination" and "Use PATCH to edit groups": it is said to ask for
 * /ServiceProviderConfig first and to send a create again when it is unsure of the first. Its payloads were
 * not found: RFC 7644's own are played, PUT for people.
 */
export const rippling: Provider = {
  name: 'rippling',
  authorization: (token) => `Bearer ${token}`,
  space: '%20',
  headers: { Accept: 'application/scim+json' },
  bodyHeaders: { 'Content-Type': 'application/scim+json' },
  profile,
  createUser: (mapped) => ({ schemas: [USER_SCHEMA], ...mapped, active: true }),
  createGroup: (displayName) => ({ schemas: [GROUP_SCHEMA], displayName }),
  lookUp: (path, filter) => ({ method: 'GET', path, query: { filter, startIndex: 1, count: 100 } }),
  filters: ({ profile: { externalId } }) => [equals('externalId', String(externalId))],
  setActive: (user, active) => putUser(user, { active }),
  pushProfile: putUser,
  renameGroup: (group) => patchGroupName(group, 'replace'),
  changeMembers: (group, added, removed) => patchMembers(group, added, removed, byFilter),
  steps: [
    { name: 'read the configuration', run: connection.readConfiguration },
    ...PEOPLE,
    { name: 'retry a create', run: creates.retryCreate },
    { name: 'import users', run: imports.importUsers },
    ...GROUPS,
    { name: 'import groups', run: imports.importGroups },
    ...REFUSALS,
    ...TAKE_BACK,
  ],
}
