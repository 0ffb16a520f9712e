import type { JsonObject } from '../../scim/json.ts'
import type { Outbound } from '../outbound.ts'
import type { Account, Link, Outcome, Target, UserStep } from '../target.ts'
import { addressesOf, isSame } from './people.ts'

/**
 * What the Users API says of a person who is to have no access. `suspended`: it shows so. `absent`: it lists nobody
 * with the address. `unproven`: it does not show so, and words say why; `pause`: for how many seconds it asked.
 */
export type Proof =
  | { readonly kind: 'suspended' }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unproven'; readonly words: string; readonly pause?: number }

/** Whom the SCIM endpoint showed: before the step, and after it where it has carried it out. */
export type Shown = { readonly before: Link; readonly after: Link | undefined }

/**
 * Takes the Users API as a target, a step that takes access away, whom the SCIM endpoint showed, and the way out; gives the
 * proof. Who still has access is suspended. Who has the id is meant, whatever their address: a new one is at the SCIM endpoint
 * at once and at the Users API when its person has confirmed it, and may be somebody else's until then. That the two have the
 * same ids is written nowhere: where the Users API knows none such, it goes by the address. What is then not certain is unproven.
 */
export async function prove(users: Target, step: UserStep, shown: Shown, send: Outbound): Promise<Proof> {
  const { before, after } = shown
  const now = after?.confirmed ?? before.confirmed
  const addresses = [...addressesOf(before.confirmed), ...addressesOf(now)]
  const ask: Ask = (link, document) => {
    const wanted = { kind: 'present', document: { ...document, active: false } } as const
    return users.deliverUser({ ...step, wanted, link, uncertain: false }, send)
  }
  const byId = await ask(before, now)
  if (byId.kind !== 'found') return proofOf(byId)
  const only = await whoIsMeant(ask, byId.accounts, addresses, shown)
  if (only.kind !== 'one') return only
  const { remote, document } = only.account
  const outcome = await ask({ remote, confirmed: document }, document)
  return outcome.kind === 'found'
    ? { kind: 'unproven', words: 'the Users API shows somebody else meanwhile' }
    : proofOf(outcome)
}

type Ask = (link: Link | undefined, document: JsonObject) => Promise<Outcome>

type Unproven = Extract<Proof, { kind: 'unproven' }>

/**
 * Nobody has the id as it was asked for, and these people have an address. The Users API may spell the id otherwise. Whoever has
 * another one is meant only where nobody else has an address of the person's, and it is one that they had before the step.
 */
async function whoIsMeant(
  ask: Ask,
  found: readonly Account[],
  addresses: readonly string[],
  { before, after }: Shown,
): Promise<{ readonly kind: 'one'; readonly account: Account } | Unproven> {
  const hasId = ({ remote }: Account) =>
    [before, after].some((link) => link !== undefined && isSame(link.remote, remote))
  const hasAddress = ({ document: { userName } }: Account, address: string) =>
    typeof userName === 'string' && isSame(userName, address)
  const people = [...found]
  // The best address that anybody has was looked for: those after it may be somebody else's.
  const at = addresses.findIndex((address) => people.some((one) => hasAddress(one, address)))
  const others = addresses.filter((address, place) => place > at && !isSame(address, addresses[at] ?? ''))
  for (const address of others) {
    if (people.some(hasId)) break
    const outcome = await ask(undefined, { userName: address })
    if (outcome.kind === 'found') people.push(...outcome.accounts)
    if (outcome.kind === 'later' || outcome.kind === 'never') return unproven(outcome)
  }
  const linked = people.find(hasId)
  if (linked !== undefined) return { kind: 'one', account: linked }
  const [account, ...more] = people
  if (account === undefined || more.some(({ remote }) => !isSame(remote, account.remote)))
    return {
      kind: 'unproven',
      words: `several people have the addresses ${addresses.join(', ')}, and none the id`,
    }
  if (!addressesOf(before.confirmed).some((address) => hasAddress(account, address)))
    return {
      kind: 'unproven',
      words: 'who has the new address there has another id, and may be somebody else',
    }
  return { kind: 'one', account }
}

function proofOf(outcome: Exclude<Outcome, { kind: 'found' }>): Proof {
  if (outcome.kind !== 'done') return unproven(outcome)
  if (outcome.link === undefined) return { kind: 'absent' }
  return outcome.link.confirmed['active'] === false
    ? { kind: 'suspended' }
    : { kind: 'unproven', words: 'the Users API shows the person active' }
}

function unproven({ words, retryAfter }: { words: string; retryAfter?: number }): Unproven {
  return { kind: 'unproven', words, ...(retryAfter === undefined ? {} : { pause: retryAfter }) }
}
