import { DatabaseAway, WriteRefused, type Database } from '../store/database.ts'
import { settle, type Settled } from '../store/outcome.ts'
import type { Delivered } from './round.ts'

/** How long a delivery waits for a person to look at it, in milliseconds. */
const UNTIL_LOOKED_AT = 3_600_000

/** When it is, what says whether another subrequest fits into the run, and where what cannot be written down is told. */
export type Settling = {
  readonly at: Date
  readonly fits: () => boolean
  readonly log: (entry: { readonly message: string; readonly [field: string]: string | undefined }) => void
}

/**
 * Takes what opens the database, deliveries with what became of them, and how they are settled; writes the outcomes down at once. Where
 * that is refused, each half by itself, down to the one delivery it was: where its target named a remote id that another resource has, a
 * person has to look; whatever else cannot be written down is logged and left, so that the others are. What is left, or does not fit,
 * is found uncertain when its lease is over. Throws DatabaseAway.
 */
export async function settleAll(
  database: () => Database,
  delivered: readonly Delivered[],
  settling: Settling,
): Promise<void> {
  const { at, fits, log } = settling
  const [only, ...others] = delivered
  if (only === undefined || !fits()) return
  try {
    await settle(database(), delivered, at)
  } catch (error) {
    if (error instanceof DatabaseAway) throw error
    if (others.length > 0) {
      const half = Math.ceil(delivered.length / 2)
      await settleAll(database, delivered.slice(0, half), settling)
      await settleAll(database, delivered.slice(half), settling)
      return
    }
    const { work, settled } = only
    // What is written instead may be refused too, and is not tried a third time.
    if (error instanceof WriteRefused && settled.kind === 'done')
      return settleAll(database, [{ work, settled: taken(at) }], settling)
    const { connection, resource } = work
    const { name } = error instanceof Error ? error : { name: typeof error }
    log({ level: 'error', message: 'outcome', connection, resource, outcome: settled.kind, error: name })
  }
}

/** The id that the target gave belongs to another resource: a person has to look. */
function taken(at: Date): Settled {
  const words = 'the target gave an id that belongs to another resource here'
  const due = new Date(at.getTime() + UNTIL_LOOKED_AT)
  return { kind: 'later', due, uncertain: true, words, isDead: false, alarm: 'decide' }
}
