import { later, openApi, type Api } from './onepassword/api.ts'
import { lookUp, readOne, readPage } from './onepassword/lookUp.ts'
import { addressesOf, importedOf, isActive, shownOf, type Person } from './onepassword/people.ts'
import { baseOf, type OnepasswordUsersSettings } from './onepassword/settings.ts'
import type { Outbound } from './outbound.ts'
import type { Capabilities, Later, Link, Outcome, Page, Probe, Target, UserStep } from './target.ts'

export { onepasswordUsersEntered, type OnepasswordUsersSettings } from './onepassword/settings.ts'

/**
 * It neither invites people nor changes or deletes them, and has no groups
 * (developer.1password.com/docs/users-api/about-users-api).
 */
const capabilities: Capabilities = {
  create: false,
  update: false,
  suspend: true,
  reactivate: true,
  delete: false,
  groups: false,
  membersAtOnce: 1,
  wholeGroups: false,
  list: true,
  everyChange: false,
}

/**
 * What the words of an outcome begin with that waits for an admin to do something at the target: a worklist is made of
 * them.
 */
export const TO_DO = 'To do: '

/** How long it is until it is looked whether that was done, in seconds. */
const LOOK_AGAIN = 3_600

/**
 * Takes settings; gives the target: the people of a 1Password account by the Users API for Partners, which suspends and
 * reactivates them. `done` is said only of what a GET showed afterwards.
 */
export function onepasswordUsersTarget(settings: OnepasswordUsersSettings): Target {
  return {
    capabilities,
    deliverUser: async (step, send) => {
      const outcome = await deliver(openApi(settings, send), settings, step)
      // What may have happened before may still have happened.
      return outcome.kind === 'later' && step.uncertain ? { ...outcome, uncertain: true } : outcome
    },
    deliverGroup: async () => ({
      kind: 'never',
      status: 403,
      words: 'the Users API of 1Password has no groups',
    }),
    list: (type, page, send) => list(openApi(settings, send), type, page),
    test: (send) => test(settings, send),
  }
}

const isWantedActive = ({ wanted }: UserStep) =>
  wanted.kind === 'present' && wanted.document['active'] !== false

async function deliver(api: Api, settings: OnepasswordUsersSettings, step: UserStep): Promise<Outcome> {
  const { link } = step
  if (link === undefined) return find(api, settings, step)
  const { remote } = link
  const wanted = isWantedActive(step)
  const done = (person: Person): Outcome => ({ kind: 'done', link: { remote, confirmed: shownOf(person) } })
  const before = await readOne(api, remote)
  if (before.kind === 'missing') return gone(api, settings, step, link)
  if (before.kind === 'later') return before
  if (isActive(before.person) === wanted) return done(before.person)
  const action = wanted ? 'reactivate' : 'suspend'
  const heard = await api.post(`/users/${encodeURIComponent(remote)}:${action}`)
  if (heard.kind === 'missing') return gone(api, settings, step, link)
  if (heard.kind === 'refused')
    return { kind: 'never', words: `${heard.words}: ${wanted ? REACTIVATE : SUSPEND}` }
  if (heard.kind === 'later') return heard
  // The answer to the action may be of what is meant to be. What is, a GET says.
  const after = await readOne(api, remote)
  if (after.kind === 'later') return { ...after, uncertain: true }
  if (after.kind === 'person' && isActive(after.person) === wanted) return done(after.person)
  return later(`1Password took the ${action} and does not show it yet`, true)
}

/** developer.1password.com/docs/users-api/suspend-user, "Restrictions". */
const SUSPEND = 'it suspends neither the last owner of an account nor externally managed administrators'

const REACTIVATE = 'the person stays suspended'

/** Nobody is linked: who has the address is found, and who is to be there has to be invited by hand. */
async function find(api: Api, settings: OnepasswordUsersSettings, step: UserStep): Promise<Outcome> {
  const addresses = addressesOf(step.wanted.document)
  const [address] = addresses
  if (address === undefined) {
    return isWantedActive(step)
      ? { kind: 'never', words: 'the person has no e-mail address to be found by', attribute: 'emails' }
      : { kind: 'done', link: undefined }
  }
  const looked = await lookUp(api, addresses)
  if (looked.kind === 'later') return looked
  if (looked.people.length > 0) {
    const accounts = looked.people.map((person) => ({ remote: person.id, document: shownOf(person) }))
    return { kind: 'found', accounts }
  }
  return isWantedActive(step) ? notThere(settings, address) : { kind: 'done', link: undefined }
}

function notThere({ onCreate }: OnepasswordUsersSettings, address: string): Outcome {
  switch (onCreate) {
    case 'refuse':
      return {
        kind: 'never',
        status: 403,
        words: `the Users API cannot invite people: invite ${address} in 1Password, then try again`,
      }
    case 'worklist':
      return { ...later(`${TO_DO}invite ${address} in 1Password`, false), pause: LOOK_AGAIN }
  }
}

/**
 * A 404 of one person proves nothing, the account or the scope may be missing: the list has to be there, without them.
 */
async function gone(
  api: Api,
  settings: OnepasswordUsersSettings,
  step: UserStep,
  { remote, confirmed }: Link,
): Promise<Outcome> {
  const { document } = step.wanted
  const addresses = [...addressesOf(confirmed), ...addressesOf(document)]
  if (addresses.length === 0) return later('there is no address to look up in 1Password', true, 'connection')
  const looked = await lookUp(api, addresses)
  if (looked.kind === 'later') return { ...looked, whose: 'connection' }
  // Spelled otherwise, it may be the same: whoever asks has the id from the SCIM endpoint then.
  if (looked.people.some(({ id }) => id === remote))
    return later('1Password lists the person and answers 404 for them', true, 'connection')
  if (looked.people.length > 0) {
    const accounts = looked.people.map((person) => ({ remote: person.id, document: shownOf(person) }))
    return { kind: 'found', accounts }
  }
  if (!isWantedActive(step)) return { kind: 'done', link: undefined }
  return notThere(settings, addressesOf(document)[0] ?? addresses[0] ?? '')
}

/**
 * Of groups the page is empty, as the API has none: `capabilities` says so, and nobody should take it for "no groups".
 */
async function list(api: Api, type: 'User' | 'Group', token: string | undefined): Promise<Page | Later> {
  if (type === 'Group') return { accounts: [], next: undefined }
  const page = await readPage(api, token)
  if (page.kind === 'later') return page
  const accounts = page.people.map((person) => ({ remote: person.id, document: importedOf(person) }))
  return { accounts, next: page.next }
}

/** Whether it may suspend cannot be tested without doing it; that it may list and get can. */
async function test(settings: OnepasswordUsersSettings, send: Outbound): Promise<Probe> {
  const api = openApi(settings, send)
  const page = await readPage(api, undefined, 1)
  if (page.kind === 'later') return { kind: 'bad', words: page.words }
  const [first] = page.people
  const one = first === undefined ? undefined : await readOne(api, first.id)
  if (one?.kind === 'later') return { kind: 'bad', words: one.words }
  if (one?.kind === 'missing')
    return { kind: 'bad', words: '1Password lists a person and answers 404 for them' }
  return {
    kind: 'good',
    capabilities,
    account: `${baseOf(settings)} ${settings.accountId.toUpperCase()}`,
    words: 'The Users API lists people and shows them. That it may suspend them is seen with the first one.',
    learned: {},
  }
}
