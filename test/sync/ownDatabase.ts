import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrateDatabase } from '../../dev/migrate.ts'
import { startSqld } from '../../dev/sqld.ts'

/** Starts a database for one file: cron looks at every connection there is, and those of other files have other keys. */
export async function ownDatabase(): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'drawbridge-sync-'))
  const sqld = await startSqld({ dataDir, open: true })
  await migrateDatabase(sqld)
  return {
    url: sqld.url,
    stop: async () => {
      await sqld.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
