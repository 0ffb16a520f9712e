import type { Okta } from './calls.ts'
import * as groups from './groupSteps.ts'
import * as imports from './importSteps.ts'
import * as refusals from './refusalSteps.ts'
import * as users from './userSteps.ts'

export type Step = { readonly name: string; readonly run: (okta: Okta) => Promise<void> }

/** Okta lets nobody go on before this passes. */
export const FIRST_STEP: Step = { name: 'test credentials', run: imports.testCredentials }

/** All that Okta does to an app, in an order in which each step finds what it needs. */
export const STEPS: readonly Step[] = [
  { name: 'create users', run: users.create },
  { name: 'create users again', run: users.createAgain },
  { name: 'look up in capitals', run: users.lookUpInCapitals },
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
