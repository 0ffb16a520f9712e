import type { JsonObject } from '../../scim/json.ts'
import type { Outbound } from '../outbound.ts'
import type { Link, Target, UserStep } from '../target.ts'
import { addressesOf } from './people.ts'

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
 * person, latest first, and the way out; gives the proof. Who still has access is suspended. People are matched by the
 * address that 1Password itself showed, never by id: its two interfaces write the same id in different case.
 */
export async function prove(
  users: Target,
  step: UserStep,
  shown: readonly JsonObject[],
  send: Outbound,
): Promise<Proof> {
  const addresses = (shown.length > 0 ? shown : [step.wanted.document]).flatMap(addressesOf)
  const [userName, former = userName] = addresses
  if (userName === undefined || former === undefined)
    return { kind: 'unproven', words: 'there is no address to look up' }
  const document = { userName, emails: [{ value: former, primary: true }], active: false }
  const ask = (link: Link | undefined) =>
    users.deliverUser({ ...step, wanted: { kind: 'present', document }, link, uncertain: false }, send)
  const found = await ask(undefined)
  if (found.kind === 'done') return { kind: 'absent' }
  if (found.kind !== 'found') return unproven(found)
  const [only, ...others] = found.accounts
  if (only === undefined || others.length > 0)
    return { kind: 'unproven', words: `several people have the address ${userName}` }
  const outcome = await ask({ remote: only.remote, confirmed: only.document })
  if (outcome.kind === 'later' || outcome.kind === 'never') return unproven(outcome)
  if (outcome.kind === 'found')
    return { kind: 'unproven', words: 'the Users API shows somebody else meanwhile' }
  if (outcome.link === undefined) return { kind: 'absent' }
  return outcome.link.confirmed['active'] === false
    ? { kind: 'suspended' }
    : { kind: 'unproven', words: 'the Users API shows the person active' }
}

function unproven({ words, retryAfter }: { words: string; retryAfter?: number }): Proof {
  return { kind: 'unproven', words, ...(retryAfter === undefined ? {} : { retryAfter }) }
}
