import { macOf } from '../../worker/auth/mac.ts'
import { endOverrides } from '../../worker/store/holds.ts'
import { lockPerson, unlockPerson } from '../../worker/store/lock.ts'
import type { Resync } from '../../worker/store/resync.ts'
import { loadStanding } from '../../worker/store/settings.ts'
import { DELIVERY_MAC } from '../../worker/sync/open.ts'
import type { Place } from '../place.ts'
import { readKeys, readSettings } from '../settings.ts'

/** Takes the database, a connection's id and the id of a person or group; ends what was rejected of it. Gives words for the admin. Throws where there is no target. */
export async function end(database: Place['database'], connection: string, id: string): Promise<string> {
  return (await endOverrides(database, await resyncOf(database, connection), id))
    ? `What was rejected of ${id} is over; cron brings it to the target.`
    : `Nothing of ${id} is rejected.`
}

/**
 * Takes the database, a connection's id, a person's id, and what an admin calls the person; locks them. Gives words for the admin.
 * Throws where there is no target, or nobody.
 */
export async function lock(
  database: Place['database'],
  connection: string,
  id: string,
  called: string,
): Promise<string> {
  const resync = await resyncOf(database, connection)
  return (await lockPerson(database, resync, id, { who: 'admin', why: 'locked by an admin' }))
    ? `${called} is locked; cron suspends the account before everything else, and no provider brings it back until --unlock.`
    : `${called} is nobody of this connection, or locked already.`
}

/** As lock; ends the lock. */
export async function unlock(
  database: Place['database'],
  connection: string,
  id: string,
  called: string,
): Promise<string> {
  return (await unlockPerson(database, await resyncOf(database, connection), id))
    ? `${called} is locked no more; cron brings the account to what the provider wants.`
    : `${called} was not locked.`
}

async function resyncOf(database: Place['database'], connection: string): Promise<Resync> {
  const { settings } = await loadStanding(database, connection)
  if (settings.target === undefined) throw new Error('The connection has no target.')
  const { macKeys } = await readKeys(readSettings(process.env).dataDir)
  const { sign } = macOf(macKeys, DELIVERY_MAC)
  return { connection, target: settings.target.id, request: crypto.randomUUID(), sign, at: new Date() }
}
