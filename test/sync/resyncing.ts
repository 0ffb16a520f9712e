import type { Resync } from '../../worker/store/resync.ts'
import { loadStanding } from '../../worker/store/settings.ts'
import type { World } from './world.ts'

/** Takes a world with a target, and when; gives what makes something of it due there. */
export async function resyncOf(here: World, at: Date = new Date()): Promise<Resync> {
  const { connection, database, sign } = here
  const { settings } = await loadStanding(database, connection)
  if (settings.target === undefined) throw new Error('no target')
  return { connection, target: settings.target.id, request: crypto.randomUUID(), sign, at }
}
