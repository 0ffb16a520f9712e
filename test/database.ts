import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { migrateDatabase } from '../dev/migrate.ts'
import { startSqld } from '../dev/sqld.ts'
import { newKey } from '../worker/auth/keys.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    libsqlUrl: string
    tokenKeys: string
  }
}

/** Starts the real libSQL server with empty tables for the run, and stops it at the end. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = await mkdtemp(join(tmpdir(), 'drawbridge-test-'))
  const sqld = await startSqld({ dataDir, open: true })
  await migrateDatabase(sqld)
  project.provide('libsqlUrl', sqld.url)
  project.provide('tokenKeys', JSON.stringify({ keys: [await newKey()] }))
  return async () => {
    await sqld.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
}
