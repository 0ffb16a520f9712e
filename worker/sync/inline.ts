import type { ScimError } from '../scim/error.ts'
import { DatabaseAway, WriteRefused, type Database } from '../store/database.ts'
import { settle, settleSql, type Settled } from '../store/outcome.ts'
import type { Standing } from '../store/settings.ts'
import { undoSql } from '../store/undo.ts'
import type { Work } from '../store/work.ts'
import type { Budget } from '../targets/outbound.ts'
import { attempt } from './attempt.ts'
import { hearing, withHeard } from './heard.ts'
import type { Opener } from './open.ts'
import { refusalOf, undoOf } from './refused.ts'
import { settledOf } from './settled.ts'
import { spending } from './spending.ts'

/** How long a request waits for its target, in milliseconds; the provider waits 60 s. */
export const INLINE_DEADLINE = 20_000

/** One delivery within the request that asked for it. */
export type Inline = {
  readonly database: Database
  readonly work: Work
  readonly standing: Standing
  readonly budget: Budget
  readonly now: () => Date
}

/**
 * What was taken back is not refused any more. The state before it may not be at the target either, so it stays due: where the
 * target has it, the next run of cron finds nothing to do.
 */
const asBefore = (words: string, due: Date): Settled => ({
  kind: 'later',
  due,
  uncertain: true,
  words,
  isDead: false,
})

/**
 * Takes what opens targets; gives what brings a change to its target within the request that made it. Gives the refusal
 * where the target refuses: what was refused has then been taken back, but for a deactivation, which stays wanted. What
 * cannot be done now is left to cron, and the request stands. One trip after the target's answer.
 */
export function inlineOf(open: Opener) {
  return async ({ database, work, standing, budget, now }: Inline): Promise<ScimError | undefined> => {
    // A target that takes nothing is left alone; for whoever is to lose access only where it asked for that itself.
    if (work.stopped !== undefined && work.stopped > now().toISOString()) {
      await settle(database, [{ work, settled: { kind: 'released' } }], now())
      return undefined
    }
    const until = now().getTime() + INLINE_DEADLINE
    const opened = await open(work, standing, { budget, until })
    if (opened.kind === 'bad') {
      await settle(database, [{ work, settled: opened.settled }], now())
      return undefined
    }
    const { settings } = standing
    const before = database.trips()
    const { send, heard } = hearing(opened.send)
    const destination = { ...opened, send, settings, database: spending(() => database, budget), at: now() }
    const tried = await attempt(work, destination)
    // The database counts its own trips.
    budget.left += database.trips() - before
    const undo = undoOf(work, tried)
    const at = now()
    // Who is to be inactive again is looked for at the target, although nobody is known there: a deactivation has to come to its end.
    const isBefore =
      undo?.kind === 'document' && (work.link !== undefined || undo.document['active'] === false)
    const settled = isBefore
      ? asBefore('what the target refused was taken back', at)
      : settledOf(work, tried, settings, opened.account, at)
    const written = withHeard(settled, heard())
    const back = undo === undefined ? [] : undoSql(work, undo, at)
    const refusal = refusalOf(tried)
    await database.write([...back, ...settleSql(work, written, at)]).catch((error: unknown) => {
      // The change is kept and will be looked at again when the lease is over; what it came to is asked of the target then.
      if (refusal !== undefined || !(error instanceof DatabaseAway || error instanceof WriteRefused))
        throw error
    })
    return refusal
  }
}
