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

/** Takes the word of a guard; gives the refusal of a switch or of a closed connection it stands for, if it is one. */
export function refusedBySwitch(word: string): ScimError | undefined {
  if (word === 'closed') {
    const detail =
      'This connection is closed for changes. Send the request again later: nothing of it was applied.'
    return new ScimError(429, undefined, detail, { 'retry-after': CLOSED_FOR })
  }
  const name = Object.entries(SWITCHES).find(([key]) => word === `switch_${key}`)?.[1]
  if (name === undefined) return undefined
  const detail = `"${name}" is switched off for this connection at the bridge. Switch it on there, or off in the identity provider.`
  return new ScimError(403, undefined, detail)
}
