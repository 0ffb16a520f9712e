import { macOf } from '../../worker/auth/mac.ts'
import { endOverrides } from '../../worker/store/holds.ts'
import { lockPerson, unlockPerson } from '../../worker/store/lock.ts'
import type { Resync } from '../../worker/store/resync.ts'
import { loadStanding } from '../../worker/store/settings.ts'
import { DELIVERY_MAC } from '../../worker/sync/open.ts'
import type { Place } from '../place.ts'
import { readKeys, readSettings } from '../settings.ts'
import { plain } from '../words.ts'

/**
 * Takes the database, a connection's id, the id of a person or group, and what an admin calls it; ends what was rejected of it. Gives
 * words for the admin. Throws where there is no target, or nothing is rejected.
 */
export async function end(
  database: Place['database'],
  connection: string,
  id: string,
  called: string,
): Promise<string> {
  if (!(await endOverrides(database, await resyncOf(database, connection), id)))
    throw new Error(`Nothing of ${plain(called)} is rejected.`)
  return `What was rejected of ${called} is over; cron brings it to the target.`
}

/**
 * Takes the database, a connection's id, a person's id, and what an admin calls the person; locks them. Gives words for the admin.
 * Throws where there is no target, or nobody to lock.
 */
export async function lock(
  database: Place['database'],
  connection: string,
  id: string,
  called: string,
): Promise<string> {
  const resync = await resyncOf(database, connection)
  if (!(await lockPerson(database, resync, id, { who: 'admin', why: 'locked by an admin' })))
    throw new Error(`${plain(called)} is nobody of this connection, or locked already.`)
  return `${called} is locked; cron suspends the account before everything else, and no provider brings it back until --unlock.`
}

/** As lock; ends the lock. */
export async function unlock(
  database: Place['database'],
  connection: string,
  id: string,
  called: string,
): Promise<string> {
  if (!(await unlockPerson(database, await resyncOf(database, connection), id)))
    throw new Error(`${plain(called)} was not locked.`)
  return `${called} is locked no more; cron brings the account to what the provider wants.`
}

async function resyncOf(database: Place['database'], connection: string): Promise<Resync> {
  const { settings } = await loadStanding(database, connection)
  if (settings.target === undefined) throw new Error('The connection has no target.')
  const { macKeys } = await readKeys(readSettings(process.env).dataDir)
  const { sign } = macOf(macKeys, DELIVERY_MAC)
  return { connection, target: settings.target.id, request: crypto.randomUUID(), sign, at: new Date() }
}
