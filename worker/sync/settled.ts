import type { Settled } from '../store/outcome.ts'
import type { Settings } from '../store/settings.ts'
import type { Work } from '../store/work.ts'
import { TO_DO } from '../targets/onepasswordUsers.ts'
import type { Attempted } from './attempt.ts'
import { membershipsOf } from './members.ts'

/** The first pause before another try, and the longest, in seconds: of what takes access away, and of the rest. */
const PAUSES = { urgent: { first: 15, most: 300 }, other: { first: 30, most: 3_600 } }

/** The longest a target is left alone that takes nothing, in seconds, whatever it asks for. */
const LONGEST_STOP = 3_600

/** How long a delivery waits whose mapping an admin has to mend, in milliseconds. */
const UNTIL_MENDED = 600_000

const HOUR = 3_600_000

/** How much longer than the rest a deactivation is tried. */
const URGENT_FACTOR = 10

/**
 * Takes a delivery, what a try came to, how the connection is set up, the target's account and the time; gives what is
 * written down. Pauses double and are jittered; the target's Retry-After counts where it is longer.
 */
export function settledOf(
  work: Work,
  tried: Attempted,
  settings: Settings,
  account: string,
  now: Date,
): Settled {
  const settled = settledFrom(work, tried, settings, account, now)
  return settled.kind === 'later' && tried.making !== undefined
    ? { ...settled, making: tried.making }
    : settled
}

function settledFrom(work: Work, tried: Attempted, settings: Settings, account: string, now: Date): Settled {
  switch (tried.kind) {
    case 'nothing':
      // Nothing was asked of the target, so it has confirmed nothing: whoever never came there has no receipt to wait for.
      return {
        kind: 'done',
        link: undefined,
        members: idleOf(work),
        refused: [],
        isSuspended: false,
        ...(settings.dryRun ? { dry: [] } : work.takesAccess ? { isSuperseded: true } : {}),
      }
    case 'superseded':
      return {
        kind: 'done',
        link: undefined,
        members: [],
        refused: [],
        isSuspended: false,
        isSuperseded: true,
      }
    case 'skip':
      return { kind: 'skipped', words: tried.words }
    case 'held':
      return { kind: 'held', words: tried.words }
    case 'done':
      return doneOf(work, tried, account, settings)
    case 'doubtful':
      return {
        kind: 'later',
        ...again(work, settings, now, HOUR / 1000),
        words: tried.words,
        uncertain: work.uncertain,
        alarm: 'decide',
      }
    case 'faulty':
      // Nothing is wrong with the delivery: it is not given up, and nobody else waits with it.
      return {
        kind: 'later',
        due: new Date(now.getTime() + UNTIL_MENDED),
        isDead: false,
        words: tried.words,
        uncertain: work.uncertain,
        alarm: 'mapping',
      }
    case 'never':
      // A refused deactivation stays wanted.
      return work.takesAccess
        ? {
            kind: 'later',
            ...again(work, settings, now),
            words: tried.words,
            uncertain: false,
            alarm: 'refused',
          }
        : { kind: 'never', words: tried.words }
    case 'later': {
      const { words, whose, retryAfter } = tried
      // What may have happened before may have happened still.
      const uncertain = tried.uncertain || work.uncertain
      if (whose === 'resource' && (retryAfter === undefined || words.startsWith(TO_DO)))
        return { kind: 'later', ...again(work, settings, now, retryAfter), words, uncertain }
      const isAsked = whose === 'resource' && retryAfter !== undefined
      const next = again(work, settings, now, retryAfter, LONGEST_STOP)
      // What the delivery itself waits longer than the target asked for holds up nobody else.
      const seconds = isAsked ? retryAfter : (next.due.getTime() - now.getTime()) / 1000
      const stop = Math.min(seconds, LONGEST_STOP) * 1000
      return {
        kind: 'later',
        ...next,
        isDead: false,
        words,
        uncertain,
        isAsked,
        stopUntil: new Date(now.getTime() + stop),
      }
    }
  }
}

const idleOf = (work: Work) => (work.type === 'Group' ? membershipsOf(work, false).idle : [])

/** What an admin has rejected stays otherwise than the provider wants it. */
const rejectedOf = ({ overrides }: Work) =>
  overrides.find(({ kind, attribute }) => kind === 'reject' && attribute !== 'members')?.why

function doneOf(
  work: Work,
  {
    link,
    refused = [],
    memberships,
    differs = rejectedOf(work),
    held,
    dry,
    upTo,
  }: Extract<Attempted, { kind: 'done' }>,
  account: string,
  { switches, dryRun }: Settings,
): Settled {
  const kept = link === undefined ? undefined : { ...link, account }
  const isLocked = work.overrides.some(({ kind: over }) => over === 'lock')
  const isWanted = work.document !== undefined && work.document['active'] !== false && !isLocked
  const isSuspended =
    work.type === 'User' &&
    !isWanted &&
    // Nothing was asked of the target, so it has shown nothing.
    !dryRun &&
    (switches.deactivate === 'on' || isLocked) &&
    (link === undefined || link.confirmed['active'] === false)
  if (upTo !== undefined && upTo < work.seq) {
    return { kind: 'done', link: kept, members: [], refused: [], isSuspended: false, upTo }
  }
  const recorded = dryRun ? { dry: dry ?? [] } : {}
  if (work.type === 'User')
    return {
      kind: 'done',
      link: kept,
      members: [],
      refused: [],
      isSuspended,
      ...recorded,
      ...(differs === undefined ? {} : { differs }),
      ...(held === undefined ? {} : { held }),
    }
  const { add, remove, memberOf, idle } = memberships
  const unwilling = new Map(refused.map(({ remote, words }) => [remote, words]))
  const moved = (remotes: readonly string[], isThere: boolean) =>
    remotes.flatMap((remote) => {
      const member = memberOf.get(remote)
      return member === undefined || unwilling.has(remote) ? [] : [{ member, isThere }]
    })
  return {
    kind: 'done',
    ...recorded,
    link: kept,
    members: [...moved(add, true), ...moved(remove, false), ...idle],
    refused: refused.flatMap(({ remote, words }) => {
      const member = memberOf.get(remote)
      return member === undefined ? [] : [{ member, words }]
    }),
    isSuspended: false,
  }
}

/** When a delivery is tried again, and whether it is given up. `atLeast`: seconds, of what takes access away not more than `mostUrgent`. */
function again(
  { tries, since, takesAccess }: Work,
  { deadAfter, state }: Settings,
  now: Date,
  atLeast = 0,
  mostUrgent = PAUSES.urgent.most,
): { readonly due: Date; readonly isDead: boolean } {
  const { first, most } = takesAccess ? PAUSES.urgent : PAUSES.other
  const pause = Math.min(first * 2 ** Math.min(tries, 16), most)
  const seconds = Math.max(
    pause * (0.8 + Math.random() * 0.4),
    takesAccess ? Math.min(atLeast, mostUrgent) : atLeast,
  )
  const resumed = state.is === 'active' ? (state.since ?? since) : since
  const age = now.getTime() - Math.max(Date.parse(since), Date.parse(resumed))
  const isDead = age > deadAfter * HOUR * (takesAccess ? URGENT_FACTOR : 1)
  return { due: new Date(now.getTime() + seconds * 1000), isDead }
}
