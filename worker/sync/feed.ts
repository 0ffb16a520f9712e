import type { FeedRow } from '../store/feed.ts'
import { eventsOf, type Feed } from '../targets/event.ts'

/**
 * Takes a connection's id, what changed after a place in its feed, and that place; gives the events, as a webhook would send
 * them, and the next place.
 */
export function feedOf(connection: string, rows: readonly FeedRow[], after: number): Feed {
  const events = rows.flatMap(({ seq, at, operation, resource, type, document, add, remove, all }) => {
    const stamp = { id: `${operation}_${seq}`, connection, seq, at }
    const wanted =
      document === undefined
        ? ({ kind: 'absent', how: 'delete', document: {} } as const)
        : ({ kind: 'present', document } as const)
    const isSnapshot = after === 0 && document !== undefined
    return type === 'User'
      ? eventsOf(stamp, { type, resource, wanted }, isSnapshot)
      : eventsOf(stamp, { type, resource, wanted, add, remove, all }, isSnapshot)
  })
  return { events, next: rows.at(-1)?.seq ?? after }
}
