import { WriteRefused, type Database } from '../store/database.ts'
import { settle, type Settled } from '../store/outcome.ts'
import type { Delivered } from './round.ts'

/** How long a delivery waits for a person to look at it, in milliseconds. */
const UNTIL_LOOKED_AT = 3_600_000

/**
 * Takes what opens the database, deliveries with what became of them, when, and what says whether another subrequest fits into the run;
 * writes the outcomes down at once. Where the target named a remote id that another resource has, each half by itself, down to the one
 * delivery it was. What does not fit is found uncertain when its lease is over.
 */
export async function settleAll(
  database: () => Database,
  delivered: readonly Delivered[],
  at: Date,
  fits: () => boolean,
): Promise<void> {
  if (delivered.length === 0 || !fits()) return
  try {
    await settle(database(), delivered, at)
  } catch (error) {
    if (!(error instanceof WriteRefused)) throw error
    const [only, ...others] = delivered
    if (only !== undefined && others.length === 0) {
      if (fits()) await settle(database(), [{ work: only.work, settled: taken(at) }], at)
      return
    }
    const half = Math.ceil(delivered.length / 2)
    await settleAll(database, delivered.slice(0, half), at, fits)
    await settleAll(database, delivered.slice(half), at, fits)
  }
}

/** The id that the target gave belongs to another resource: a person has to look. */
function taken(at: Date): Settled {
  const words = 'the target gave an id that belongs to another resource here'
  const due = new Date(at.getTime() + UNTIL_LOOKED_AT)
  return { kind: 'later', due, uncertain: true, words, isDead: false, alarm: 'decide' }
}
