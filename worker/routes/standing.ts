import { callerOf, requestOf, subrequestsLeft, type AppContext } from '../context.ts'
import { isUnsettled, type Request } from '../store/admission.ts'
import { loadStanding } from '../store/settings.ts'
import type { Work } from '../store/work.ts'
import type { Changed } from '../store/writing.ts'

/** How often a write is done anew because the settings of its connection have changed in between. */
const MOST_TRIES = 3

/**
 * Takes a context and a write; does it, knowing how the connection stands. What this isolate knows is tried first, and
 * only where the write finds it otherwise is it read: the first write to a connection that has been set up costs two trips more
 * in a new isolate. What the guard has held is noted for the log, and what is due is brought to the target. Throws the refusal of the target.
 */
export async function asItStands<Done extends Pick<Changed, 'work' | 'held'>>(
  c: AppContext,
  write: (request: Request) => Promise<Done>,
): Promise<Done> {
  const done = await knowing(c, write)
  c.set('held', done.held ?? [])
  c.set('isRecorded', true)
  if (done.work !== undefined) await bringOne(c, done.work)
  return done
}

async function knowing<Done>(c: AppContext, write: (request: Request) => Promise<Done>): Promise<Done> {
  const { standings } = c.get('delivery')
  const { connection } = callerOf(c)
  for (let tries = 1; ; tries += 1) {
    try {
      return await write(requestOf(c))
    } catch (error) {
      if (!isUnsettled(error) || tries === MOST_TRIES) throw error
      standings.set(connection, await loadStanding(c.get('database'), connection))
    }
  }
}

/** A trip is kept for the outcome, and one more for a second try of it. */
const RESERVED = 2

async function bringOne(c: AppContext, work: Work): Promise<void> {
  const { bring, standings } = c.get('delivery')
  const standing = standings.get(work.connection)
  if (standing === undefined) return
  const left = subrequestsLeft(c) - RESERVED
  const budget = { left }
  const now = () => new Date()
  try {
    const refusal = await bring({ database: c.get('database'), work, standing, budget, now })
    if (refusal !== undefined) throw refusal
  } finally {
    c.set('sent', c.get('sent') + left - budget.left)
  }
}
