import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import * as v from 'valibot'
import { devToken } from '../../dev/connection.ts'
import { migrateDatabase } from '../../dev/migrate.ts'
import { startSqld } from '../../dev/sqld.ts'
import { buildWorker, serveWorkers } from '../../dev/workerd.ts'
import { newKey, signingKeys } from '../../worker/auth/keys.ts'

/**
 * Starts the built Worker in workerd on a database of its own; `lines` is every line either has written. `cron` runs its cron
 * handler. `more`: settings of the Worker beside those it needs.
 */
export async function serve(more: Readonly<Record<string, string>> = {}) {
  const dataDir = await mkdtemp(join(tmpdir(), 'drawbridge-idp-'))
  const [sqld, built] = await Promise.all([startSqld({ dataDir }), buildWorker(join(dataDir, 'build'))])
  await migrateDatabase(sqld)
  const keys = [await newKey()]
  const { REGION: region, DEPLOYMENT: deployment } = built.vars
  const { token } = await devToken({ ...sqld, keys, region, deployment, name: 'dev', dataDir })
  const lines: string[] = []
  const libsql = { LIBSQL_URL: sqld.url, LIBSQL_AUTH_TOKEN: sqld.authToken ?? '' }
  const bindings = { ...built.vars, ...libsql, TOKEN_KEYS: JSON.stringify({ keys }), ...more }
  const services = [{ name: 'bridge', ...built, bindings, cron: true }]
  const served = await serveWorkers({ folder: dataDir, services, onLine: (line) => lines.push(line) })
  const stop = async (): Promise<void> => {
    await served.stop()
    await sqld.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
  const issuer = { region, deployment, keys: v.parse(signingKeys, JSON.stringify({ keys })) }
  return {
    base: `${served.url}/scim/v2`,
    token,
    lines,
    sqld,
    dataDir,
    secret: keys[0]?.d ?? '',
    issuer,
    cron: served.tick,
    stop,
  }
}

/** Runs `npm run idp` with these options against a server; gives how it ended and all it printed. */
export function play(
  base: string,
  token: string,
  ...options: readonly string[]
): Promise<{ code: number; output: string }> {
  const player = resolve(import.meta.dirname, '../../dev/idp.ts')
  return new Promise((done) => {
    const env = { ...process.env, TOKEN: token }
    execFile(process.execPath, [player, '--base', base, ...options], { env }, (error, stdout, stderr) =>
      done({ code: typeof error?.code === 'number' ? error.code : 0, output: `${stdout}${stderr}` }),
    )
  })
}
