import type { Json, Request } from '../answer.ts'
import { ENTERPRISE_SCHEMA, placeholderPassword } from '../org.ts'
import type { Identity } from '../org.ts'
import type { Provider, PushedGroup } from '../provider.ts'
import { byFilter, groupPath, patch, patchMembers, patchUser, putGroup, putUser } from '../requests.ts'
import { GROUP_SCHEMA, USER_SCHEMA } from '../resource.ts'
import * as creates from '../createSteps.ts'
import * as groups from '../groupSteps.ts'
import * as imports from '../importSteps.ts'
import * as refusals from '../refusalSteps.ts'
import type { Step } from '../steps.ts'
import * as users from '../userSteps.ts'

/** Every third person has enterprise attributes, every seventh no externalId, as Okta's samples have it. */
const profile = ({ n, userName, name, displayName, externalId, employee }: Identity): Json => ({
  userName,
  name,
  emails: [{ primary: true, value: userName, type: 'work' }],
  displayName,
  locale: 'en-US',
  ...(n % 7 === 6 ? {} : { externalId: `00u${externalId.slice(0, 17)}` }),
  ...(n % 3 === 1 ? { [ENTERPRISE_SCHEMA]: employee } : {}),
})

/** What Okta always adds to a create: no groups, a password, active. */
const createUser = (mapped: Json, secret: string): Json => ({
  schemas: ENTERPRISE_SCHEMA in mapped ? [USER_SCHEMA, ENTERPRISE_SCHEMA] : [USER_SCHEMA],
  ...mapped,
  groups: [],
  password: placeholderPassword(secret),
  active: true,
})

/** Without a path and with the read-only id, before the members each time: so Okta's reference shows it. */
const patchName = (group: PushedGroup): Request =>
  patch(groupPath(group), { op: 'replace', value: { id: group.id, displayName: group.displayName } })

const STEPS: readonly Step[] = [
  { name: 'test credentials', run: imports.testCredentials },
  { name: 'create users', run: creates.create },
  { name: 'create users again', run: creates.createAgain },
  { name: 'look up in capitals', run: creates.lookUpInCapitals },
  { name: 'assign existing users', run: users.adopt },
  { name: 'put back unchanged', run: users.putBack },
  { name: 'change profiles', run: users.changeProfile },
  { name: 'change userNames', run: users.changeUserName },
  { name: 'take a taken userName', run: users.clash },
  { name: 'sync passwords', run: users.syncPassword },
  { name: 'import users', run: imports.importUsers },
  { name: 'deactivate users', run: users.deactivate },
  { name: 'import with inactive users', run: imports.importUsers },
  { name: 'reactivate users', run: users.reactivate },
  { name: 'push groups', run: groups.createGroups },
  { name: 'members in', run: groups.membersIn },
  { name: 'members out', run: groups.membersOut },
  { name: 'rename groups', run: groups.renameGroups },
  { name: 'Push Now, all', run: groups.pushAll },
  { name: 'Push Now, none', run: groups.pushNone },
  { name: 'link a group', run: groups.linkGroup },
  { name: 'unassign a member', run: groups.unassignMember },
  { name: 'import groups', run: imports.importGroups },
  { name: 'unknown ids', run: refusals.unknownIds },
  { name: 'no token', run: refusals.noToken },
  { name: 'specification test', run: refusals.specificationTest },
  { name: '429, Retry-After', run: refusals.tooManyRequests },
  { name: 'delete groups', run: groups.deleteGroups },
  { name: 'unassign everybody', run: users.unassignAll },
]

const both = {
  headers: {
    'User-Agent': 'Okta SCIM Client 1.0.0',
    Accept: 'application/scim+json',
    'Accept-Charset': 'utf-8',
    'Accept-Encoding': 'gzip,deflate',
  },
  bodyHeaders: { 'Content-Type': 'application/scim+json; charset=utf-8' },
  profile,
  createUser,
  createGroup: (displayName) => ({ schemas: [GROUP_SCHEMA], displayName, members: [] }),
  lookUp: (path, filter) => ({ method: 'GET', path, query: { filter, startIndex: 1, count: 100 } }),
  pushProfile: putUser,
  steps: STEPS,
} satisfies Partial<Provider>

/** An app of Okta's Integration Network: the token as it is ("Header" mode), PATCH for all but the profile. */
export const oktaOin: Provider = {
  ...both,
  name: 'okta-oin',
  authorization: (token) => token,
  space: '%20',
  setActive: (user, active) => patchUser(user, { active }),
  setPassword: (user, password) => patchUser(user, { password }),
  linkGroup: (group) => [patchName(group)],
  renameGroup: (group) => [patchName(group)],
  changeMembers: (group, added, removed) => [
    patchName(group),
    ...patchMembers(group, added, removed, byFilter),
  ],
  pushMembers: (group) => [
    patchName(group),
    patch(groupPath(group), { op: 'replace', path: 'members', value: group.members }),
  ],
}

/** An app made with Okta's App Integration Wizard: a Bearer token, PUT for everything. */
export const oktaAiw: Provider = {
  ...both,
  name: 'okta-aiw',
  authorization: (token) => `Bearer ${token}`,
  space: '+',
  setActive: (user, active) => putUser(user, { active }),
  setPassword: (user, password) => putUser(user, { password }),
  renameGroup: putGroup,
  changeMembers: putGroup,
  pushMembers: putGroup,
}
