import type { JsonObject } from '../scim/json.ts'
import type { Settings } from '../store/settings.ts'
import type { Work, WorkEvent } from '../store/work.ts'
import { isLocked } from './wanted.ts'
import type { Outbound } from '../targets/outbound.ts'
import type { Outcome, Target, Wanted } from '../targets/target.ts'

/** What telling came to: the outcome of the last change told, and its number. */
export type Told = { readonly outcome: Outcome; readonly seq: number }

/**
 * Takes a delivery to a target that is told every change, the state wanted now, and the way; tells the changes one by one, in
 * their order, each with the resource as it was then. It ends at the first that is not done: that one is told again. Where
 * nothing is known of single changes, as they were erased or everything is brought anew, the state wanted now is told.
 */
export async function tell(
  work: Work,
  wanted: Wanted,
  {
    target,
    settings,
    send,
  }: { readonly target: Target; readonly settings: Settings; readonly send: Outbound },
): Promise<Told> {
  const events = work.events.length === 0 ? [whole(work)] : work.events
  for (const [index, event] of events.entries()) {
    const isEnd = index === events.length - 1
    const isNow = event.seq === work.seq
    const outcome = await tellOne(work, event, isNow ? wanted : asThen(work, event, settings), target, send)
    if (isNow || (outcome.kind !== 'done' && outcome.kind !== 'never')) return { outcome, seq: event.seq }
    // What is refused of an earlier state is made good by a later one.
    if (isEnd)
      return {
        outcome: outcome.kind === 'done' ? outcome : { kind: 'done', link: work.link },
        seq: event.seq,
      }
  }
  throw new Error('nothing to tell')
}

/** All that is wanted now, as one change: everyone who is to be in the group comes in. */
const whole = (work: Work): WorkEvent => ({
  seq: work.seq,
  at: work.since,
  isDelete: work.document === undefined,
  document: work.document,
  added: work.members.flatMap(({ member, isWanted }) => (isWanted ? [member] : [])),
  removed: work.members.flatMap(({ member, isWanted }) => (isWanted ? [] : [member])),
})

/** The resource after a change; where only members changed, or its values were erased, as it is now. */
function asThen(work: Work, event: WorkEvent, { deletes }: Settings): Wanted {
  const document: JsonObject = event.document ?? work.document ?? work.last ?? {}
  if (event.isDelete) return { kind: 'absent', how: deletes, document }
  // Nor does the news of an earlier state lift a lock.
  return { kind: 'present', document: isLocked(work) ? { ...document, active: false } : document }
}

function tellOne(
  work: Work,
  event: WorkEvent,
  wanted: Wanted,
  target: Target,
  send: Outbound,
): Promise<Outcome> {
  const { connection, resource, type, link, uncertain } = work
  const { seq, at, added: add, removed: remove } = event
  const snapshot = work.kind === 'resync'
  const step = {
    connection,
    resource,
    wanted,
    link,
    uncertain,
    // The same with every try; what is told anew is another event.
    key: `${inHeader(resource)}_${seq}${snapshot ? `_${work.request}` : ''}`,
    event: { seq, at, ...(snapshot ? { snapshot } : {}) },
  }
  if (type === 'User') return target.deliverUser({ ...step, type }, send)
  // The list of all is as old as the delivery.
  const all = seq === work.seq ? work.all : undefined
  return target.deliverGroup({ ...step, type, add, remove, all }, send)
}

/**
 * The event's id stands in a header, and before the "." of what is signed. Whoever was read from a target has its id, which may be
 * any text.
 */
const inHeader = (id: string) => encodeURIComponent(id).replaceAll('.', '%2E')
