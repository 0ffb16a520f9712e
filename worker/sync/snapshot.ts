import type { Database } from '../store/database.ts'
import { forgetSnapshot, snapshotsOver } from '../store/resync.ts'
import { loadStanding, type Standing } from '../store/settings.ts'
import type { OpenedTarget } from './open.ts'

/**
 * Takes the database and what opens the target of a connection for one request, where one more fits into the run; tells the
 * targets whose snapshot is over that it is. What is not taken now is told by the next run.
 */
export async function endSnapshots(
  database: Database,
  open: (connection: string, standing: Standing) => Promise<OpenedTarget>,
): Promise<void> {
  for (const over of await snapshotsOver(database)) {
    const opened = await open(over.connection, await loadStanding(database, over.connection))
    const end = opened.kind === 'good' ? opened.target.endSnapshot : undefined
    if (opened.kind !== 'good' || end === undefined) return
    const { connection, request, seq, at } = over
    const outcome = await end({ id: `snapshot_${request}`, connection, seq, at }, opened.send)
    if (outcome.kind === 'done') await forgetSnapshot(database, over)
  }
}
