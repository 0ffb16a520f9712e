import { later } from './onepassword/api.ts'
import { prove, type Proof } from './onepassword/proof.ts'
import type { OnepasswordSettings } from './onepassword/settings.ts'
import { onepasswordUsersTarget } from './onepasswordUsers.ts'
import type { Outbound } from './outbound.ts'
import type { Link, Outcome, Probe, Target, UserStep } from './target.ts'

export { onepasswordEntered, type OnepasswordSettings } from './onepassword/settings.ts'

/**
 * Takes settings; gives those of the SCIM part, for the target that any SCIM service has. A DELETE at 1Password
 * suspends: the person stays in the list, inactive.
 */
export function scimPartOf({ scimUrl, scimToken, learned }: OnepasswordSettings) {
  return {
    kind: 'scim',
    url: scimUrl,
    auth: { kind: 'bearer', token: scimToken },
    deleteSuspends: true,
    learned,
  } as const
}

/** Takes settings; gives the Users API as a target, undefined where it is not set up or the region has none. */
export function usersPartOf({ region, users }: OnepasswordSettings): Target | undefined {
  if (users === undefined || region === 'ent') return undefined
  return onepasswordUsersTarget({
    kind: 'onepassword-users',
    region,
    ...users,
    onCreate: 'refuse',
    learned: {},
  })
}

/**
 * Takes a 1Password account's SCIM endpoint and its Users API, each as a target; gives the target of both. Everything
 * goes to the SCIM endpoint. A suspension is done only when the Users API shows it, which carries it out itself where
 * the endpoint did not or cannot be reached.
 */
export function onepasswordTarget(scim: Target, users: Target | undefined): Target {
  return {
    capabilities: capabilitiesOf(scim),
    deliverUser: async (asked, send) => {
      const step = suspending(asked)
      const outcome = await scim.deliverUser(step, send)
      return users === undefined || !takesAccess(step) ? outcome : verified(users, step, outcome, send)
    },
    deliverGroup: scim.deliverGroup,
    list: scim.list,
    ...(scim.read === undefined ? {} : { read: scim.read }),
    test: (send) => test(scim, users, send),
  }
}

const capabilitiesOf = ({ capabilities }: Target) => ({ ...capabilities, delete: false })

/** Nobody is deleted at 1Password. */
function suspending(step: UserStep): UserStep {
  const { wanted } = step
  return wanted.kind === 'absent' ? { ...step, wanted: { ...wanted, how: 'suspend' } } : step
}

/** Who was shown to be suspended before is not proven again with every change of their name. */
function takesAccess({ wanted, link, uncertain }: UserStep): boolean {
  if (wanted.kind === 'absent') return true
  return wanted.document['active'] === false && (uncertain || link?.confirmed['active'] !== false)
}

async function verified(users: Target, step: UserStep, outcome: Outcome, send: Outbound): Promise<Outcome> {
  switch (outcome.kind) {
    case 'done':
      return proven(users, step, outcome, send)
    case 'later':
      return step.link === undefined ? outcome : instead(users, step, step.link, outcome, send)
    case 'found':
    case 'never':
      return outcome
  }
}

/** The SCIM endpoint says it is done. Who never had an account there is nobody's to look for. */
async function proven(
  users: Target,
  step: UserStep,
  outcome: Extract<Outcome, { kind: 'done' }>,
  send: Outbound,
): Promise<Outcome> {
  const before = step.link ?? outcome.link
  if (before === undefined) return outcome
  const proof = await prove(users, step, { before, after: outcome.link }, send)
  if (proof.kind === 'suspended') return outcome
  if (proof.kind === 'absent' && outcome.link === undefined) return outcome
  // Of this person alone, and so is the time that the Users API asks for: while only the proof is missing, everything else goes on.
  return {
    ...later(
      `the SCIM endpoint says it is done, but the Users API does not show it: ${wordsOf(proof)}`,
      true,
    ),
    ...(proof.kind === 'unproven' && proof.pause !== undefined ? { pause: proof.pause } : {}),
  }
}

/** The SCIM endpoint could not: the Users API does it. What else was to change is told by what is confirmed. */
async function instead(
  users: Target,
  step: UserStep,
  before: Link,
  outcome: Extract<Outcome, { kind: 'later' }>,
  send: Outbound,
): Promise<Outcome> {
  const { remote, confirmed } = before
  const proof = await prove(users, step, { before, after: undefined }, send)
  if (proof.kind === 'suspended')
    return { kind: 'done', link: { remote, confirmed: { ...confirmed, active: false } } }
  return { ...outcome, words: `${outcome.words}; the Users API could not do it either: ${wordsOf(proof)}` }
}

const wordsOf = (proof: Proof) =>
  proof.kind === 'unproven' ? proof.words : 'it lists nobody with this address'

/**
 * A bridge whose provisioning is switched off answers 500 to everything
 * (github.com/1Password/scim-examples/issues/247).
 */
const SWITCHED_OFF =
  'is "Provisioning users & groups" switched on in 1Password, under Integrations? While it is off, 1Password answers 500'

async function test(scim: Target, users: Target | undefined, send: Outbound): Promise<Probe> {
  let isBroken = false
  const watched: Outbound = async (request) => {
    const incoming = await send(request)
    isBroken ||= 'status' in incoming && incoming.status === 500
    return incoming
  }
  const probe = await scim.test(watched)
  if (probe.kind === 'bad') {
    return isBroken ? { kind: 'bad', words: `${probe.words}: ${SWITCHED_OFF}` } : probe
  }
  const proof = await users?.test(send)
  if (proof?.kind === 'bad') return { kind: 'bad', words: `the Users API: ${proof.words}` }
  const words =
    proof === undefined
      ? 'Suspensions are not verified: the Users API is not set up.'
      : 'Suspensions are verified by the Users API.'
  return {
    ...probe,
    capabilities: capabilitiesOf({ ...scim, capabilities: probe.capabilities }),
    words: `${probe.words} ${words}`,
  }
}
