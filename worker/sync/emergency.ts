import type { Prove } from '../auth/proof.ts'
import type { Database } from '../store/database.ts'
import { findEverywhere, listLocked, lockPerson, unlockPerson, type FoundPerson } from '../store/lock.ts'
import { changeSettings, loadStanding } from '../store/settings.ts'
import { release } from './release.ts'

/** What an emergency takes: the database, what makes MACs, the id of the request, the time, and who says so. */
export type Emergency = {
  readonly database: Database
  readonly sign: ((texts: readonly string[]) => Promise<string>) | undefined
  readonly prove: Prove
  readonly id: string
  readonly at: Date
  readonly who: string
}

/**
 * What became of a person at one connection. `locked`: inactive at the target whatever is pushed. `deactivated`: there is no target, so
 * the person was made inactive here, which a later push may lift. `missing`: nobody of that id. `unset`: MAC_KEYS is missing at the bridge.
 */
export type Suspended = 'locked' | 'deactivated' | 'missing' | 'unset'

/** Takes the tools, a connection's id, a person's and why; suspends that person there. Throws as release. Two trips, three where nobody was locked by it. */
export async function suspendAt(
  { database, sign, prove, id, at, who }: Emergency,
  connection: string,
  person: string,
  why: string,
): Promise<Suspended> {
  const { settings } = await loadStanding(database, connection)
  const { target } = settings
  if (target === undefined) {
    const plain = () => Promise.resolve('')
    await release({ database, sign: sign ?? plain, prove, id, at }, connection, person)
    return 'deactivated'
  }
  if (sign === undefined) return 'unset'
  const resync = { connection, target: target.id, request: id, sign, at }
  if (await lockPerson(database, resync, person, { who, why })) return 'locked'
  // Whoever was locked before is so still, and is due once more.
  const locked = await listLocked(database, connection)
  return locked.some((one) => one.id === person) ? 'locked' : 'missing'
}

/** Takes the tools, a connection's id and a person's; ends the lock, so that what the provider wants counts again. Says whether there was one. Two trips. */
export async function endLock(
  { database, sign, id, at }: Emergency,
  connection: string,
  person: string,
): Promise<boolean> {
  const { settings } = await loadStanding(database, connection)
  if (settings.target === undefined || sign === undefined) return false
  const resync = { connection, target: settings.target.id, request: id, sign, at }
  return unlockPerson(database, resync, person)
}

/** Takes the database, whom it is about and which connections may be touched; gives as whom these have the person. One trip. */
export async function whomOf(
  database: Database,
  named: string,
  mayTouch: (connection: string) => boolean,
): Promise<readonly FoundPerson[]> {
  return (await findEverywhere(database, named)).filter(({ connection }) => mayTouch(connection))
}

/**
 * Takes the database, a connection's id, whether it freezes, and the time; freezes every delivery but deactivations, or lets them go on. A connection that was closed
 * takes requests again while it is frozen: they are kept. Two trips.
 */
export async function freeze(
  database: Database,
  connection: string,
  isFrozen: boolean,
  at: Date,
): Promise<void> {
  const since = at.toISOString()
  await changeSettings(database, connection, (settings) => {
    const { is } = settings.state
    if (!isFrozen && is !== 'paused') return settings
    return { ...settings, state: isFrozen ? { is: 'paused', since } : { is: 'active', since } }
  })
}
