import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { migrateDatabase } from '../../dev/migrate.ts'
import { startSqld } from '../../dev/sqld.ts'
import { countQuirks } from '../../worker/store/admission.ts'
import { ensureConnection } from '../../worker/store/connections.ts'
import { openDatabase } from '../../worker/store/database.ts'

const script = resolve(import.meta.dirname, '../../dev/connections.ts')

type Ended = { readonly code: number; readonly stdout: string; readonly stderr: string }

test(
  'connections are shown with what their providers send, and held strictly or not',
  { timeout: 60_000 },
  async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'drawbridge-connections-'))
    const run = (...options: readonly string[]): Promise<Ended> =>
      new Promise((done) => {
        const env = { ...process.env, DATA_DIR: dataDir, LIBSQL_URL: '' }
        execFile(process.execPath, [script, ...options], { env }, (error, stdout, stderr) =>
          done({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
        )
      })
    try {
      const sqld = await startSqld({ dataDir })
      await migrateDatabase(sqld)
      const database = openDatabase(sqld)
      const at = new Date('2026-01-02T03:04:05Z')
      await ensureConnection(database, 'acme', 'c1', at)
      const reading = { strict: false, quirks: new Set(['op_case', 'pathless'] as const) }
      await database.write(countQuirks({ caller: { connection: 'c1', token: 't' }, id: 'r', at, reading }))
      await sqld.stop()

      expect((await run('--name', 'acme', '--mode', 'strict')).stdout).toBe(
        'Connection acme is strict from its next request on.\n',
      )
      const shown = await run()
      expect(shown).toMatchObject({ code: 0, stderr: '' })
      expect(shown.stdout).toMatch(/^acme +strict$/m)
      expect(shown.stdout).toMatch(
        /^acme +op_case +1 +op in capital letters +Entra +2026-01-02T03:04:05.000Z$/m,
      )
      expect((await run('--name', 'acme', '--mode', 'tolerant')).code).toBe(0)
      expect((await run()).stdout).toMatch(/^acme +tolerant$/m)
      expect(await run('--name', 'acme')).toMatchObject({ code: 2, stdout: '' })
      expect(await run('--name', 'acme', '--mode', 'lax')).toMatchObject({ code: 2 })
      expect((await run('--name', 'other', '--mode', 'strict')).stderr).toContain(
        'There is no connection other',
      )
      expect((await run('--help')).stdout).toContain('npm run connection')
    } finally {
      await rm(dataDir, { recursive: true, force: true })
    }
  },
)
