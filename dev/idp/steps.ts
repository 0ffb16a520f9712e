import * as attributes from './attributeSteps.ts'
import type { Client } from './calls.ts'
import * as creates from './createSteps.ts'
import * as groups from './groupSteps.ts'
import * as refusals from './refusalSteps.ts'
import * as users from './userSteps.ts'

/** One thing that an identity provider does to an app, timed and counted by itself. */
export type Step = { readonly name: string; readonly run: (client: Client) => Promise<void> }

/** What happens to people at every provider, in an order in which each step finds what it needs. */
export const PEOPLE: readonly Step[] = [
  { name: 'create users', run: creates.create },
  { name: 'look up by filters', run: attributes.lookUpByFilters },
  { name: 'create users again', run: creates.createAgain },
  { name: 'look up in capitals', run: creates.lookUpInCapitals },
  { name: 'match existing users', run: users.adopt },
  { name: 'change profiles', run: users.changeProfile },
  { name: 'change userNames', run: users.changeUserName },
  { name: 'take a taken userName', run: users.clash },
  { name: 'deactivate users', run: users.deactivate },
  { name: 'reactivate users', run: users.reactivate },
]

/** What happens to groups and their members. */
export const GROUPS: readonly Step[] = [
  { name: 'create groups', run: groups.createGroups },
  { name: 'members in', run: groups.membersIn },
  { name: 'members out', run: groups.membersOut },
  { name: 'rename groups', run: groups.renameGroups },
  { name: 'deactivate a member', run: groups.unassignMember },
]

/** What every provider needs to be refused. */
export const REFUSALS: readonly Step[] = [
  { name: 'unknown ids', run: refusals.unknownIds },
  { name: 'no token', run: refusals.noToken },
]

/** How a run ends: no group stays, and nobody active. */
export const TAKE_BACK: readonly Step[] = [
  { name: 'delete groups', run: groups.deleteGroups },
  { name: 'deactivate everybody', run: users.unassignAll },
]
