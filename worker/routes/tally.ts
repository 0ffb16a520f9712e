import type { SQL } from '../store/database.ts'
import { forgetOldSql } from '../store/requests.ts'
import { NOBODY, quirksSql, talliesSql, type Count } from '../store/tallies.ts'

/** How long an isolate counts before it writes the counts down, in milliseconds. */
const EVERY = 10_000

type Counted = { count: number; last: string }

/** What an isolate counts between two writes: what is lost with it are counts, never an event. */
export type Tally = {
  readonly add: (connection: string, what: string, now: Date) => void
  readonly addQuirk: (connection: string, quirk: string, now: Date) => void
  /** Says whether one more row of what is refused for its number may be written now; else it is counted. */
  readonly mayRecord: (connection: string, now: Date) => boolean
  /** Gives the statements that write down what was counted, where it is time to; the counts then begin anew. */
  readonly due: (now: Date) => readonly SQL[]
}

/** Gives an empty tally, which is due with the first thing counted. */
export function newTally(): Tally {
  const counts = new Map<string, Map<string, Counted>>()
  const quirks = new Map<string, Map<string, Counted>>()
  const recorded = new Map<string, number>()
  let flushed = -Infinity
  const addTo = (all: typeof counts, connection: string, name: string, now: Date) => {
    const of = all.get(connection) ?? new Map<string, Counted>()
    all.set(connection, of)
    const { count } = of.get(name) ?? { count: 0 }
    of.set(name, { count: count + 1, last: now.toISOString() })
  }
  return {
    add: (connection, what, now) => addTo(counts, connection, what, now),
    addQuirk: (connection, quirk, now) => addTo(quirks, connection, quirk, now),
    mayRecord: (connection, now) => {
      if (now.getTime() - (recorded.get(connection) ?? -Infinity) < EVERY) return false
      recorded.set(connection, now.getTime())
      return true
    },
    due: (now) => {
      if (counts.size + quirks.size === 0 || now.getTime() - flushed < EVERY) return []
      flushed = now.getTime()
      const connections = [...counts.keys()].filter((connection) => connection !== NOBODY)
      const statements = [
        ...talliesSql(listed(counts), now),
        ...quirksSql(listed(quirks)),
        ...connections.map((connection) => forgetOldSql(connection, now)),
      ]
      counts.clear()
      quirks.clear()
      return statements
    },
  }
}

const listed = (all: ReadonlyMap<string, ReadonlyMap<string, Counted>>): readonly Count[] =>
  [...all].flatMap(([connection, of]) =>
    [...of].map(([what, counted]): Count => ({ connection, what, ...counted })),
  )
