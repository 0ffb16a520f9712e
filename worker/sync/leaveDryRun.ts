import type { Database } from '../store/database.ts'
import { forgetMadeUp, forgetSteps, markOf } from '../store/dryRun.ts'
import { makeAllDue, makeLeftDue } from '../store/resync.ts'
import { loadStanding, saveSettings } from '../store/settings.ts'

/** What a dry run is left with: what makes MACs, fresh ids, and the clock. */
export type LeavingTools = {
  readonly sign: (texts: readonly string[]) => Promise<string>
  readonly newId: () => string
  readonly now: () => Date
}

/** What came of it: it is left, with so much due at the target; or why not. */
export type Left =
  { readonly kind: 'left'; readonly due: number } | { readonly kind: 'refused'; readonly words: string }

/** Takes the database and a connection's id; begins a dry run. Gives why not, undefined where it has begun. Two trips. */
export async function enterDryRun(database: Database, connection: string): Promise<string | undefined> {
  const standing = await loadStanding(database, connection)
  if (standing.settings.target === undefined) return 'there is no target: the bridge itself is the account'
  const saved = await saveSettings(database, connection, standing, { ...standing.settings, dryRun: true })
  return saved === undefined ? CHANGED : undefined
}

const CHANGED = 'somebody else changed the settings at the same time: look, and try again'

/**
 * Takes the database, a connection's id, what becomes of its dry run, and the tools; leaves it. `deliver`: what it made up is
 * dropped and everything is due, so that what differs is then sent. `discard`: it is dropped, and nothing is due, but that
 * whoever has lost access at the bridge loses it at an account that was linked for real. It may be repeated where it broke off.
 */
export async function leaveDryRun(
  database: Database,
  connection: string,
  then: 'deliver' | 'discard',
  { sign, newId, now }: LeavingTools,
): Promise<Left> {
  // Read first: what comes after it is no part of the dry run.
  const { seq, isLeft } = await markOf(database, connection)
  const standing = await loadStanding(database, connection)
  const { dryRun, target } = standing.settings
  if (!dryRun && !isLeft) return { kind: 'refused', words: 'it is not in a dry run' }
  const saved = await saveSettings(database, connection, standing, { ...standing.settings, dryRun: false })
  if (saved === undefined) return { kind: 'refused', words: CHANGED }
  const isDelivered = then === 'deliver'
  await forgetMadeUp(database, connection, { seq, now: now(), isDelivered })
  let due = 0
  if (target !== undefined) {
    const resync = { connection, target: target.id, request: newId(), sign, at: now() }
    due += await makeLeftDue(database, resync, isDelivered ? 'gone' : 'leavers')
    if (isDelivered) due += await makeAllDue(database, resync)
  }
  await forgetSteps(database, connection)
  return { kind: 'left', due }
}
