import type { JsonObject } from '../../worker/scim/json.ts'
import type { OnepasswordUsersSettings } from '../../worker/targets/onepasswordUsers.ts'
import { openOutbound, type Outbound } from '../../worker/targets/outbound.ts'
import type { Account, Link, Outcome, Target, UserStep } from '../../worker/targets/target.ts'
import type { Onepassword } from './servers/onepassword.ts'

/** Takes what is different; gives settings that lead to the server. */
export function settingsOf(
  server: Onepassword,
  different: Partial<OnepasswordUsersSettings> = {},
): OnepasswordUsersSettings {
  const { apiBase, clientId, clientSecret, accountId } = server
  return {
    kind: 'onepassword-users',
    region: 'com',
    clientId,
    clientSecret,
    accountId,
    base: apiBase,
    onCreate: 'refuse',
    learned: {},
    ...different,
  }
}

/** Takes how many requests fit; gives a way out that may call this machine. */
export function wayOut(left = 50, timeout = 5_000): Outbound {
  return openOutbound({ budget: { left }, until: Date.now() + 60_000, loopback: true, timeout })
}

/** Takes an address and whether its person has access; gives the document. */
export const documentOf = (email: string, active = true): JsonObject => ({
  userName: email,
  displayName: email,
  emails: [{ value: email, primary: true }],
  active,
})

/** Takes a document and a link, and what is different; gives the step that brings the person there. */
export function stepOf(
  document: JsonObject,
  link: Link | undefined,
  different: Partial<UserStep> = {},
): UserStep {
  return {
    type: 'User',
    connection: 'c',
    resource: 'r',
    key: 'k',
    wanted: { kind: 'present', document },
    link,
    uncertain: false,
    ...different,
  }
}

/** Gives the accounts that were found, fails where it is another outcome. */
export function foundIn(outcome: Outcome): readonly Account[] {
  if (outcome.kind !== 'found') throw new Error(`expected found: ${JSON.stringify(outcome)}`)
  return outcome.accounts
}

/** Takes a target and an address; gives the link to the person who has it. */
export async function linkTo(target: Target, email: string): Promise<Link> {
  const [account] = foundIn(await target.deliverUser(stepOf(documentOf(email), undefined), wayOut()))
  if (account === undefined) throw new Error(`nobody has ${email}`)
  return { remote: account.remote, confirmed: account.document }
}
