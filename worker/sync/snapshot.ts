import type { Database } from '../store/database.ts'
import { loadStanding, type Standing } from '../store/settings.ts'
import { forgetSnapshot, keepSnapshot, snapshotOver } from '../store/snapshots.ts'
import type { OpenedTarget } from './open.ts'

/** What the end of a snapshot needs: the database, what opens a target for one request, and whether three more requests fit into the run. */
export type SnapshotTools = {
  /** Opened anew for each use: an app may take longer than a database waits. */
  readonly database: () => Database
  readonly open: (connection: string, standing: Standing) => Promise<OpenedTarget>
  readonly fits: () => boolean
  readonly now: () => Date
}

/**
 * Takes the tools; tells a target whose snapshot is over that it is. Where it does not take that, a person is told, and it is
 * tried again after those of all other connections: one that refuses for ever holds up nobody.
 */
export async function endSnapshot({ database, open, fits, now }: SnapshotTools): Promise<void> {
  const over = await snapshotOver(database(), now())
  if (over === undefined || !fits()) return
  const { connection, request, seq, at } = over
  const opened = await open(connection, await loadStanding(database(), connection))
  if (opened.kind === 'bad') return keepSnapshot(database(), over, opened.words, now())
  const end = opened.target.endSnapshot
  // A target that is told no single changes asks for no end of them.
  if (end === undefined) return forgetSnapshot(database(), over, now())
  const outcome = await end({ id: `snapshot_${request}`, connection, seq, at }, opened.send)
  if (outcome.kind === 'done') return forgetSnapshot(database(), over, now())
  await keepSnapshot(database(), over, 'words' in outcome ? outcome.words : outcome.kind, now())
}
