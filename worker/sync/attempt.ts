import type { JsonObject } from '../scim/json.ts'
import type { ResourceType } from '../scim/schema.ts'
import { DatabaseAway, type Database } from '../store/database.ts'
import { adoptLink, ownerOf } from '../store/adoption.ts'
import type { DryStep } from '../store/dryRun.ts'
import type { Settings } from '../store/settings.ts'
import { earlierOf, type Making } from '../store/making.ts'
import type { Override } from '../store/overrides.ts'
import type { Work } from '../store/work.ts'
import type { Outbound } from '../targets/outbound.ts'
import type { Account, Link, Outcome, Target, Wanted } from '../targets/target.ts'
import { isOurs, mayTake } from './adoption.ts'
import { isMadeUp, recorder, runDry, whatOf, type Recorder } from './dryRun.ts'
import { mapWork, withoutMapping } from './mapping.ts'
import { withManager } from './manager.ts'
import { membershipsOf, type Memberships } from './members.ts'
import { tell } from './tell.ts'
import { aimOf, isLocked, type Aim } from './wanted.ts'

/** What a try came to, and whether the request that makes the resource at the target went out. */
export type Attempted = Result & {
  readonly making?: 'sent' | 'unsent'
  /** What stands over the resource since an account was taken over in the try; not there where none was. */
  readonly stands?: readonly Override[]
}

/** Takes a delivery and what a try came to; gives the delivery as it is since: with what came over it together with an account. */
export function workSince(work: Work, { stands }: Attempted): Work {
  if (stands === undefined) return work
  return { ...work, overrides: stands, takesAccess: work.takesAccess || isLocked({ overrides: stands }) }
}

/** An outcome of the target, or nothing that it was asked for. */
type Result =
  | (Extract<Outcome, { kind: 'done' }> & {
      readonly memberships: Memberships
      /** Up to which change it was told, where the target is told every change. */
      readonly upTo?: number
      /** Why something else that was wanted was left out. */
      readonly held?: string
      /** It is a dry run: what would have been sent. */
      readonly dry?: readonly DryStep[]
    })
  | Exclude<Outcome, { kind: 'found' | 'done' }>
  | { readonly kind: 'nothing' }
  /** Who was deleted had an account that is somebody else's now: nothing of it is theirs to lose. */
  | { readonly kind: 'superseded' }
  | { readonly kind: 'skip' | 'held'; readonly words: string }
  /** There is an account that may be the same person: a human has to say. */
  | { readonly kind: 'doubtful'; readonly words: string }
  /** The connection's attribute mapping cannot be used: an admin has to mend it. */
  | { readonly kind: 'faulty'; readonly words: string }

/** Where a delivery goes: the target, the way out, how the connection is set up, and the database for what is adopted. */
export type Destination = {
  readonly target: Target
  readonly settings: Settings
  /** The kinds of resources, as the attribute mapping names their attributes. */
  readonly types: readonly ResourceType[]
  readonly account: string
  readonly send: Outbound
  readonly database: Database
  readonly at: Date
}

/** `tookOver` is told what stands over the resource once it has an account that was there. */
type Taking = Destination & { readonly tookOver: (stands: readonly Override[]) => void }

type Way = Taking & { readonly dry?: Recorder }

/** How often an account that was found and adopted is not the end of it, within one delivery. */
const MOST_ROUNDS = 3

/**
 * Takes a delivery and where it goes; brings the resource to the state wanted now. What is found at the target without a
 * link is taken over where the rules of adoption allow it: first the link is written, then anything is sent.
 */
export async function attempt(work: Work, destination: Destination): Promise<Attempted> {
  let making: 'sent' | 'unsent' = 'unsent'
  let stands: readonly Override[] | undefined
  const tookOver = (given: readonly Override[]): void => {
    stands = given
  }
  const send: Outbound = async (request) => {
    if (request.makes === true) making = 'sent'
    const incoming = await destination.send(request)
    if (request.makes === true && incoming.kind === 'refused') making = 'unsent'
    return incoming
  }
  const tried = await mappedOrUrgent(work, { ...destination, send, tookOver }).catch(
    (error: unknown): Result => {
      if (!(error instanceof DatabaseAway)) throw error
      // What is not linked and was not sent has not happened.
      const uncertain = work.uncertain || work.link !== undefined || making === 'sent'
      return { kind: 'later', words: 'the database did not answer', uncertain, whose: 'resource' }
    },
  )
  return { ...tried, making, ...(stands === undefined ? {} : { stands }) }
}

async function mappedOrUrgent(work: Work, destination: Taking): Promise<Result> {
  // Who is told every change knows people by their ids here.
  const named = destination.target.capabilities.everyChange ? work : withManager(work)
  const mapped = mapWork(named, destination.settings, destination.types)
  if (mapped.kind === 'mapped') return bring(mapped.work, destination)
  const urgent = withoutMapping(work)
  if (urgent === undefined) return mapped
  const tried = await bring(urgent, destination)
  return tried.kind === 'done' ? { ...tried, differs: tried.differs ?? mapped.words } : tried
}

async function bring(work: Work, given: Taking): Promise<Result> {
  const dry = given.settings.dryRun ? recorder(given.send, work.resource, work.link) : undefined
  const destination: Way = dry === undefined ? given : { ...given, send: dry.send, dry }
  const { target, settings } = destination
  let aim = aimOf(work, settings, target.capabilities)
  if (aim.kind !== 'bring') return aim
  if (target.capabilities.everyChange && dry === undefined) {
    const { outcome, seq } = await tell(work, aim.wanted, destination)
    const held = aim.held === undefined ? {} : { held: aim.held }
    if (outcome.kind === 'done')
      return { ...outcome, memberships: membershipsOf(work, true), ...held, upTo: seq }
    return outcome.kind === 'found' ? { kind: 'skip', words: 'the target named others' } : outcome
  }
  const memberships = membershipsOf(work, target.capabilities.everyChange)
  let link: Link | undefined = work.link
  // Of what a dry run made up nothing can be read.
  // Nobody is taken for suspended because the target showed it some time ago: it is asked again.
  const isStale = work.takesAccess && link?.confirmed['active'] === false
  let uncertain = (work.uncertain || isStale) && !isMadeUp(link)
  if (link === undefined && (uncertain || work.takesAccess)) {
    const made = await findMade(work, memberships, destination)
    if (made !== undefined && 'kind' in made) return made
    if (made !== undefined) {
      link = made.link
      aim = aimWith(aim, work, made, destination)
    }
    // Whoever is to lose access is looked for, whether or not anybody knows of an account.
    uncertain = link === undefined && work.takesAccess
  }
  for (let round = 1; round <= MOST_ROUNDS; round += 1) {
    if (aim.kind !== 'bring') return aim
    const outcome = await deliver(work, aim.wanted, link, uncertain, memberships, destination)
    if (outcome.kind === 'done') {
      const what = whatOf(work.type, aim.wanted, link)
      const recorded = dry === undefined ? {} : { dry: dry.steps().map((step) => ({ what, ...step })) }
      const held = aim.held === undefined ? {} : { held: aim.held }
      return { ...outcome, memberships, ...held, ...recorded }
    }
    if (outcome.kind !== 'found') return outcome
    const adopted = await adopt(work, aim.wanted.document, outcome.accounts, destination)
    if ('kind' in adopted) return adopted
    link = adopted.link
    aim = aimWith(aim, work, adopted, destination)
    uncertain = false
  }
  return {
    kind: 'later',
    words: 'the target keeps showing other accounts',
    uncertain: true,
    whose: 'resource',
  }
}

/** An account that was taken over, and what stood over whoever had it. */
type Adopted = { readonly link: Link; readonly overrides: readonly Override[] }

/** What stood over the account before stands over it still, so the aim is another then. */
function aimWith(aim: Aim, work: Work, { link, overrides }: Adopted, { settings, target }: Destination): Aim {
  if (overrides.length === 0) return aim
  const linked = { ...link, state: 'linked', origin: 'adopted' } as const
  return aimOf({ ...work, link: linked, overrides }, settings, target.capabilities)
}

/**
 * Gives what an earlier try has made at the target, by the name that it was to have then; nothing where there is nothing; or
 * what the delivery comes to where that cannot be told.
 */
async function findMade(
  work: Work,
  memberships: Memberships,
  destination: Way,
): Promise<Adopted | Result | undefined> {
  const name = work.type === 'User' ? 'userName' : 'displayName'
  // The last is the document of this try, unless there is none any more.
  const tried = new Map<unknown, Making>()
  for (const one of earlierOf(work))
    if (tried.get(one.document[name])?.isSent !== true) tried.set(one.document[name], one)
  for (const { document, isSent } of tried.values()) {
    // Nothing is made for what is absent: it is only looked for.
    const absent: Wanted = { kind: 'absent', how: 'suspend', document }
    const outcome = await deliver(work, absent, undefined, true, memberships, destination)
    if (outcome.kind === 'later' || outcome.kind === 'never') return outcome
    if (outcome.kind === 'found')
      return adopt(work, document, outcome.accounts, destination, { document, isSent })
  }
  return undefined
}

function deliver(
  work: Work,
  wanted: Wanted,
  link: Link | undefined,
  uncertain: boolean,
  { add, remove }: Memberships,
  { target, send, dry }: Way,
): Promise<Outcome> {
  const { connection, resource, type, request: key } = work
  const event = { seq: work.seq, at: work.since }
  const step = { connection, resource, wanted, link, uncertain, key, event }
  const go = () =>
    type === 'User'
      ? target.deliverUser({ ...step, type }, send)
      : target.deliverGroup({ ...step, type, add, remove, all: work.all }, send)
  return dry === undefined ? go() : runDry(dry, step, go)
}

/** Gives the account that is taken over, or what the delivery comes to where none is. */
async function adopt(
  work: Work,
  wanted: JsonObject,
  accounts: readonly Account[],
  { settings, account, database, at, dry, tookOver }: Way,
  /** The earlier try that may have made it. */
  by?: Making,
): Promise<Adopted | Result> {
  const doubtful = (words: string): Result => ({ kind: 'doubtful', words })
  const [only, ...others] = accounts
  if (only === undefined || others.length > 0)
    return doubtful('the target has several accounts that may be meant')
  const owner = await ownerOf(database, work, account, only.remote, at)
  if (owner === 'other' && work.document === undefined) return { kind: 'superseded' }
  if (owner === 'other' || owner === 'imported')
    return doubtful('the account at the target is linked to somebody else')
  const busy: Result = {
    kind: 'later',
    words: 'the account is just being taken from whoever was deleted',
    uncertain: work.uncertain,
    whose: 'resource',
  }
  if (owner === 'busy') return busy
  const origin = by !== undefined && isOurs(work, by, only) ? 'made' : 'adopted'
  const isFree = owner === 'former' || origin === 'made'
  const fault = isFree ? undefined : mayTake(wanted, only.document, settings, work.type)
  if (fault !== undefined) return doubtful(fault.words)
  const link = { remote: only.remote, confirmed: only.document }
  // A dry run claims nothing.
  if (dry !== undefined) return { link, overrides: [] }
  const overrides = await adoptLink(database, work, account, only, at, origin)
  if (overrides === undefined) return busy
  tookOver(overrides)
  return { link, overrides }
}
