import type { JsonObject } from '../scim/json.ts'
import type { GroupStep, UserStep, Wanted } from './target.ts'

/** How many members one event puts in or out, and up to how many a group's event also lists them all. */
export const MOST_MEMBERS = 1000

/**
 * What an event says of itself. `id` is the same however often it is sent. `seq` is the number of the change: of two events
 * about a resource, or about a person in a group, the one with the higher number tells how it is.
 */
export type Stamp = {
  readonly id: string
  readonly connection: string
  readonly seq: number
  readonly at: string
}

/** The members of a group that an event tells: those put in, those put out, and all there are, where they are few. */
export type Members = {
  readonly add: readonly string[]
  readonly remove: readonly string[]
  readonly all?: readonly string[]
}

type About<Type extends string> = Stamp & { readonly type: Type; readonly resource: string }
/** `snapshot`: nothing happened, this is how it is. */
type Changed = { readonly wanted: JsonObject; readonly snapshot?: true }

/** An event about one resource. `wanted` is the whole of it, and null where it is not to be there. */
export type ResourceEvent =
  | (About<'user.changed'> & Changed)
  | (About<'group.changed'> & Changed & { readonly members: Members })
  | (About<'user.deleted' | 'group.deleted'> & { readonly wanted: null })

/** All that an app is told: docs/webhook.md is its contract, docs/webhook.schema.json its form. */
export type TargetEvent =
  | ResourceEvent
  | (Stamp & { readonly type: 'snapshot.done' })
  | { readonly type: 'test'; readonly id: string; readonly at: string }

/** What the feed answers: events in their order, and the `after` of the next question. */
export type Feed = { readonly events: readonly TargetEvent[]; readonly next: number }

/** What an event is made of, as it stands in a step. Members are ids at the bridge. */
export type EventParts =
  | Pick<UserStep, 'type' | 'resource' | 'wanted'>
  | Pick<GroupStep, 'type' | 'resource' | 'wanted' | 'add' | 'remove' | 'all'>

/**
 * Takes a stamp, the parts of a change, and whether they are of a snapshot; gives its one event. A person who is to be
 * suspended though deleted at the bridge is a change to `active` false; a group knows no such thing and is deleted.
 */
function eventOf(stamp: Stamp, parts: EventParts, snapshot = false): ResourceEvent {
  const about = { id: stamp.id, connection: stamp.connection, resource: parts.resource }
  const when = { seq: stamp.seq, at: stamp.at }
  const wanted = wantedOf(parts.type, parts.wanted)
  if (wanted === null) {
    return { type: parts.type === 'User' ? 'user.deleted' : 'group.deleted', ...about, ...when, wanted }
  }
  const state = { ...about, ...when, ...(snapshot ? { snapshot } : {}), wanted }
  if (parts.type === 'User') return { type: 'user.changed', ...state }
  const { add, remove, all } = parts
  const few = all !== undefined && all.length <= MOST_MEMBERS
  return { type: 'group.changed', ...state, members: { add, remove, ...(few ? { all } : {}) } }
}

/**
 * Takes the same; gives the change as one event or more, as each puts at most MOST_MEMBERS in or out. All have one `seq`,
 * and ids of their own that follow from the stamp's. They may arrive in any order.
 */
export function eventsOf(stamp: Stamp, parts: EventParts, snapshot = false): readonly ResourceEvent[] {
  if (parts.type === 'User' || parts.wanted.kind === 'absent') return [eventOf(stamp, parts, snapshot)]
  const { add, remove } = parts
  const count = Math.max(1, Math.ceil((add.length + remove.length) / MOST_MEMBERS))
  return Array.from({ length: count }, (_, index) => {
    const [from, to] = [index * MOST_MEMBERS, (index + 1) * MOST_MEMBERS]
    // The two lists stand behind each other; a part is a window on both.
    const some = {
      add: add.slice(from, to),
      remove: remove.slice(Math.max(0, from - add.length), Math.max(0, to - add.length)),
    }
    const id = index === 0 ? stamp.id : `${stamp.id}_${index + 1}`
    return eventOf({ ...stamp, id }, { ...parts, ...some }, snapshot)
  })
}

/**
 * Takes a stamp whose `seq` is the highest there was when the snapshot was begun; gives the event at its end. It may be
 * sent only when all others of the snapshot were taken or refused: the app drops what it holds and was not sent.
 */
export function snapshotDone({ id, connection, seq, at }: Stamp): TargetEvent {
  return { type: 'snapshot.done', id, connection, seq, at }
}

function wantedOf(type: EventParts['type'], wanted: Wanted): JsonObject | null {
  if (wanted.kind === 'present') return wanted.document
  return type === 'User' && wanted.how === 'suspend' ? { ...wanted.document, active: false } : null
}
