import type { JsonObject } from '../../scim/json.ts'
import type { Outbound } from '../outbound.ts'
import type { Account, Link, Outcome, Target, UserStep } from '../target.ts'
import { addressesOf, isSame } from './people.ts'

/**
 * What the Users API says of a person who is to have no access. `suspended`: it shows so. `absent`: it lists nobody
 * with the address. `unproven`: it does not show so, and words say why.
 */
export type Proof =
  | { readonly kind: 'suspended' }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unproven'; readonly words: string; readonly retryAfter?: number }

/**
 * Takes the Users API as a target, a step that takes access away, the documents in which the SCIM endpoint showed the
 * person, the one before the step first, and the way out; gives the proof. Who still has access is suspended. People are
 * matched by the address that 1Password itself showed: that its two interfaces have the same ids is written nowhere. Only
 * where two addresses are two people's, the one with the id is meant.
 */
export async function prove(
  users: Target,
  step: UserStep,
  shown: readonly JsonObject[],
  send: Outbound,
): Promise<Proof> {
  const { userName, other } = addressesToAsk(shown.length > 0 ? shown : [step.wanted.document])
  if (userName === undefined) return { kind: 'unproven', words: 'there is no address to look up' }
  const ask = (link: Link | undefined, first: string, second: string = first) => {
    const document = { userName: first, emails: [{ value: second, primary: true }], active: false }
    return users.deliverUser({ ...step, wanted: { kind: 'present', document }, link, uncertain: false }, send)
  }
  const read = oneOf(await ask(undefined, userName, other), userName)
  if (read.kind !== 'one') return read
  let only = read.account
  if (other !== undefined && !isLinked(only, step) && !isOf(only, other)) {
    // Somebody else may have got the address since.
    const second = oneOf(await ask(undefined, other), other)
    if (second.kind === 'unproven') return second
    if (second.kind === 'one' && isLinked(second.account, step)) only = second.account
  }
  const outcome = await ask({ remote: only.remote, confirmed: only.document }, userName)
  if (outcome.kind === 'later' || outcome.kind === 'never') return unproven(outcome)
  if (outcome.kind === 'found')
    return { kind: 'unproven', words: 'the Users API shows somebody else meanwhile' }
  if (outcome.link === undefined) return { kind: 'absent' }
  return outcome.link.confirmed['active'] === false
    ? { kind: 'suspended' }
    : { kind: 'unproven', words: 'the Users API shows the person active' }
}

/** The address of the first document, and the one to look at else: that of a later one, or a second of the first. */
function addressesToAsk(shown: readonly JsonObject[]): {
  readonly userName: string | undefined
  readonly other: string | undefined
} {
  const [before = [], ...after] = shown.map(addressesOf).filter((addresses) => addresses.length > 0)
  const [userName, ...rest] = before
  const changed = after.flatMap(([first = '']) => (isSame(first, userName ?? '') ? [] : [first]))
  return { userName, other: changed[0] ?? rest[0] }
}

type Unproven = Extract<Proof, { kind: 'unproven' }>

type One = { readonly kind: 'one'; readonly account: Account }

function oneOf(found: Outcome, address: string): One | Unproven | { readonly kind: 'absent' } {
  if (found.kind === 'done') return { kind: 'absent' }
  if (found.kind !== 'found') return unproven(found)
  const [account, ...others] = found.accounts
  return account === undefined || others.length > 0
    ? { kind: 'unproven', words: `several people have the address ${address}` }
    : { kind: 'one', account }
}

const isLinked = ({ remote }: Account, { link }: UserStep) =>
  link !== undefined && isSame(remote, link.remote)

const isOf = ({ document: { userName } }: Account, address: string) =>
  typeof userName === 'string' && isSame(userName, address)

function unproven({ words, retryAfter }: { words: string; retryAfter?: number }): Unproven {
  return { kind: 'unproven', words, ...(retryAfter === undefined ? {} : { retryAfter }) }
}
