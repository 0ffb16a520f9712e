import { ScimError } from '../scim/error.ts'
import type { Switch } from './settings.ts'

/** How long a closed connection asks to be left alone, in seconds: Okta doubles it by itself, ten times. */
const CLOSED_FOR = '300'

/** What each switch is called on Okta's page, and what it lets through. */
const SWITCHES: Readonly<Record<Switch, string>> = {
  create: 'Create Users',
  update: 'Update User Attributes',
  deactivate: 'Deactivate Users',
  groups: 'Push Groups',
}

/** Why a group cannot be made that the target has already. */
const GROUPS: Readonly<
  Record<string, { readonly status: number; readonly scimType?: 'uniqueness'; readonly detail: string }>
> = {
  unmanaged: {
    status: 409,
    scimType: 'uniqueness',
    detail:
      'displayName: the target has a group of this name that is not managed by this connection. Select it under managed groups at the bridge and push again, which links it; or give one of them another name.',
  },
  powerful: {
    status: 403,
    detail:
      'displayName: the target has a group of this name that gives power over the account. Such groups are never managed from here: change it at the target itself, or give the pushed group another name.',
  },
}

/** Takes the word of a guard; gives the refusal of a switch or of a closed connection it stands for, if it is one. */
export function refusedBySwitch(word: string): ScimError | undefined {
  if (word === 'closed') {
    const detail =
      'This connection is closed for changes. Send the request again later: nothing of it was applied.'
    return new ScimError(429, undefined, detail, { 'retry-after': CLOSED_FOR })
  }
  const group = GROUPS[word]
  if (group !== undefined) return new ScimError(group.status, group.scimType, group.detail)
  const name = Object.entries(SWITCHES).find(([key]) => word === `switch_${key}`)?.[1]
  if (name === undefined) return undefined
  const detail = `"${name}" is switched off for this connection at the bridge. Switch it on there, or off in the identity provider.`
  return new ScimError(403, undefined, detail)
}
