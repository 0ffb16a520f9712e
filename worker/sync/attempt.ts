import type { JsonObject } from '../scim/json.ts'
import type { Database } from '../store/database.ts'
import { adoptLink, ownerOf } from '../store/adoption.ts'
import type { Settings } from '../store/settings.ts'
import type { Work } from '../store/work.ts'
import type { Outbound } from '../targets/outbound.ts'
import type { Account, Link, Outcome, Target, Wanted } from '../targets/target.ts'
import { mayAdopt } from './adoption.ts'
import { membershipsOf, type Memberships } from './members.ts'
import { aimOf } from './wanted.ts'

/** What a try came to: an outcome of the target, or nothing that it was asked for. */
export type Attempted =
  | (Extract<Outcome, { kind: 'done' }> & { readonly memberships: Memberships })
  | Exclude<Outcome, { kind: 'found' | 'done' }>
  | { readonly kind: 'nothing' }
  | { readonly kind: 'skip' | 'held'; readonly words: string }
  /** There is an account that may be the same person: a human has to say. */
  | { readonly kind: 'doubtful'; readonly words: string }

/** Where a delivery goes: the target, the way out, how the connection is set up, and the database for what is adopted. */
export type Destination = {
  readonly target: Target
  readonly settings: Settings
  readonly account: string
  readonly send: Outbound
  readonly database: Database
  readonly at: Date
}

/** How often an account that was found and adopted is not the end of it, within one delivery. */
const MOST_ROUNDS = 3

/**
 * Takes a delivery and where it goes; brings the resource to the state wanted now. What is found at the target without a
 * link is taken over where the rules of adoption allow it: first the link is written, then anything is sent.
 */
export async function attempt(work: Work, destination: Destination): Promise<Attempted> {
  const { target, settings } = destination
  const aim = aimOf(work, settings, target.capabilities)
  if (aim.kind !== 'bring') return aim
  const memberships = membershipsOf(work, target.capabilities.everyChange)
  let link: Link | undefined = work.link
  let { uncertain } = work
  if (link === undefined && uncertain) {
    const made = await findMade(work, memberships, destination)
    if (made !== undefined && 'kind' in made) return made
    if (made !== undefined) link = { remote: made.remote, confirmed: made.document }
    uncertain = false
  }
  for (let round = 1; round <= MOST_ROUNDS; round += 1) {
    const outcome = await deliver(work, aim.wanted, link, uncertain, memberships, destination)
    if (outcome.kind === 'done') return { ...outcome, memberships }
    if (outcome.kind !== 'found') return outcome
    const adopted = await adopt(work, aim.wanted.document, outcome.accounts, destination, 'anybody')
    if ('kind' in adopted) return adopted
    link = { remote: adopted.remote, confirmed: adopted.document }
    uncertain = false
  }
  return {
    kind: 'later',
    words: 'the target keeps showing other accounts',
    uncertain: true,
    whose: 'resource',
  }
}

/**
 * Gives what an earlier try has made at the target, by the name that it was to have then; nothing where there is nothing; or
 * what the delivery comes to where that cannot be told.
 */
async function findMade(
  work: Work,
  memberships: Memberships,
  destination: Destination,
): Promise<Account | Attempted | undefined> {
  const name = work.type === 'User' ? 'userName' : 'displayName'
  // The last is the document of this try, unless there is none any more.
  const earlier = work.document === undefined ? work.making : work.making.slice(0, -1)
  const tried = new Map(earlier.map((document) => [document[name], document]))
  for (const document of tried.values()) {
    // Nothing is made for what is absent: it is only looked for.
    const absent: Wanted = { kind: 'absent', how: 'suspend', document }
    const outcome = await deliver(work, absent, undefined, true, memberships, destination)
    if (outcome.kind === 'later' || outcome.kind === 'never') return outcome
    if (outcome.kind === 'found') return adopt(work, document, outcome.accounts, destination, 'ourselves')
  }
  return undefined
}

function deliver(
  work: Work,
  wanted: Wanted,
  link: Link | undefined,
  uncertain: boolean,
  { add, remove }: Memberships,
  { target, send }: Destination,
): Promise<Outcome> {
  const { connection, resource, type, request: key } = work
  const event = { seq: work.seq, at: work.since }
  const step = { connection, resource, wanted, link, uncertain, key, event }
  if (type === 'User') return target.deliverUser({ ...step, type }, send)
  return target.deliverGroup({ ...step, type, add, remove, all: work.all }, send)
}

/** Gives the account that is taken over, or what the delivery comes to where none is. */
async function adopt(
  work: Work,
  wanted: JsonObject,
  accounts: readonly Account[],
  { settings, account, database, at }: Destination,
  by: 'ourselves' | 'anybody',
): Promise<Account | Attempted> {
  const doubtful = (words: string): Attempted => ({ kind: 'doubtful', words })
  const [only, ...others] = accounts
  if (only === undefined || others.length > 0)
    return doubtful('the target has several accounts that may be meant')
  const owner = await ownerOf(database, work, account, only.remote, at)
  if (owner === 'other') return doubtful('the account at the target is linked to somebody else')
  const busy: Attempted = {
    kind: 'later',
    words: 'the account is just being taken from whoever was deleted',
    uncertain: work.uncertain,
    whose: 'resource',
  }
  if (owner === 'busy') return busy
  const fault = owner === 'former' ? undefined : mayAdopt(work, wanted, only, settings, by)
  if (fault !== undefined) return doubtful(fault)
  return (await adoptLink(database, work, account, only, at)) ? only : busy
}
