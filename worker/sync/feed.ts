import { ScimError } from '../scim/error.ts'
import type { ResourceType } from '../scim/schema.ts'
import type { FeedPage, FeedRow } from '../store/feed.ts'
import type { Settings } from '../store/settings.ts'
import { eventsOf, type Feed } from '../targets/event.ts'
import type { Wanted } from '../targets/target.ts'
import { mapperOf, mappingOf } from './mapping.ts'

/**
 * Takes the kinds of resources; gives what makes the feed: of a connection's id, what changed after a place in it, and that
 * place it gives the events, as a webhook would send them, and the next place. Throws 503 where the attribute mapping does
 * not fit any more: nothing is told without it.
 */
export function feedOf(types: readonly ResourceType[]) {
  return (connection: string, { rows, settings }: FeedPage, after: number): Feed => {
    if (settings.mapping.length > 0 && mappingOf(settings, types).kind === 'faults') throw unfit()
    const map = mapperOf(settings, types)
    const events = rows.flatMap((row) => {
      const { seq, at, operation, resource, type, document, add, remove, all } = row
      const stamp = { id: `${operation}_${seq}`, connection, seq, at }
      const known = wantedOf(row, settings)
      const wanted: Wanted = { ...known, document: map(type, known.document) }
      const isSnapshot = after === 0 && document !== undefined
      return type === 'User'
        ? eventsOf(stamp, { type, resource, wanted }, isSnapshot)
        : eventsOf(stamp, { type, resource, wanted, add, remove, all }, isSnapshot)
    })
    return { events, next: rows.at(-1)?.seq ?? after }
  }
}

/** A DELETE is at the webhook what the connection has it be; where there is none, the person is gone from the bridge itself. */
function wantedOf({ document, last }: FeedRow, { target, deletes }: Settings): Wanted {
  if (document !== undefined) return { kind: 'present', document }
  const how = target === undefined || last === undefined ? 'delete' : deletes
  return { kind: 'absent', how, document: last ?? {} }
}

const unfit = () =>
  new ScimError(
    503,
    undefined,
    'The attribute mapping of the connection does not fit the schemas any more: an admin has to mend it.',
    { 'retry-after': '600' },
  )
