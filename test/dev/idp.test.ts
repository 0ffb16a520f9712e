import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { devToken } from '../../dev/connection.ts'
import { migrateDatabase } from '../../dev/migrate.ts'
import { startSqld } from '../../dev/sqld.ts'
import { buildWorker, serveWorkers } from '../../dev/workerd.ts'
import { newKey } from '../../worker/auth/keys.ts'

const slow = { timeout: 180_000 }

/** The built Worker in workerd on a database of its own, and every line either has written. */
async function serve() {
  const dataDir = await mkdtemp(join(tmpdir(), 'drawbridge-idp-'))
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }))
  const [sqld, built] = await Promise.all([startSqld({ dataDir }), buildWorker(join(dataDir, 'build'))])
  await migrateDatabase(sqld)
  const keys = [await newKey()]
  const { REGION: region, DEPLOYMENT: deployment } = built.vars
  const { token } = await devToken({ ...sqld, keys, region, deployment, name: 'dev', dataDir })
  const lines: string[] = []
  const libsql = { LIBSQL_URL: sqld.url, LIBSQL_AUTH_TOKEN: sqld.authToken ?? '' }
  const bindings = { ...built.vars, ...libsql, TOKEN_KEYS: JSON.stringify({ keys }) }
  const services = [{ name: 'bridge', ...built, bindings }]
  const served = await serveWorkers({ folder: dataDir, services, onLine: (line) => lines.push(line) })
  onTestFinished(async () => {
    await served.stop()
    await sqld.stop()
  })
  return { base: `${served.url}/scim/v2`, token, lines, sqld, dataDir, secret: keys[0]?.d ?? '' }
}

function play(base: string, token: string, provider: string): Promise<{ code: number; output: string }> {
  const player = resolve(import.meta.dirname, '../../dev/idp.ts')
  const options = ['--base', base, '--provider', provider, '--people', '12', '--groups', '3']
  return new Promise((done) => {
    const env = { ...process.env, TOKEN: token }
    execFile(process.execPath, [player, ...options], { env }, (error, stdout, stderr) =>
      done({ code: typeof error?.code === 'number' ? error.code : 0, output: `${stdout}${stderr}` }),
    )
  })
}

/** All text in the files of a folder, the database among them. */
async function textOf(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return (await Promise.all(files.map((file) => readFile(file, 'latin1')))).join('\n')
}

test('Okta finds nothing amiss in either dialect; logs and database hold what they may', slow, async () => {
  const { base, token, lines, dataDir, secret } = await serve()
  for (const provider of ['okta-oin', 'okta-aiw']) {
    const { code, output } = await play(base, token, provider)
    expect([code, output]).toEqual([0, expect.stringContaining('specification test')])
    expect(output).not.toContain(token.slice(30))
  }
  const canary = { userName: 'canary.name@example.com', password: 'canary-password', title: 'Canary Title' }
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' }
  const created = await fetch(`${base}/Users`, { method: 'POST', headers, body: JSON.stringify(canary) })
  expect(created.status).toBe(201)
  await fetch(`${base}/Users?filter=${encodeURIComponent('userName eq "canary.name@example.com"')}`, {
    headers,
  })
  await fetch(`${base}/Users/canary.name@example.com`, { headers: { authorization: '"canary-password"' } })

  const log = lines.join('\n')
  expect(lines.length).toBeGreaterThan(500)
  const written = await textOf(dataDir)
  expect(written).toContain('canary.name@example.com')
  for (const never of ['canary', '@example.com', 'filter', 'userName', secret, token.slice(30)]) {
    expect([never, log.toLowerCase().includes(never.toLowerCase())]).toEqual([never, false])
  }
  for (const never of ['canary-password', secret, token.slice(30), token.slice(-60)]) {
    expect([never, written.includes(never)]).toEqual([never, false])
  }
})

test(
  'while the database is away it is 503 with Retry-After, and all is well once it is back',
  slow,
  async () => {
    const { base, token, sqld, dataDir } = await serve()
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' }
    const post = (userName: string) =>
      fetch(`${base}/Users`, { method: 'POST', headers, body: JSON.stringify({ userName }) })
    expect((await post('before')).status).toBe(201)
    await sqld.stop()
    const away = await post('during')
    expect([away.status, away.headers.get('retry-after'), away.headers.get('content-type')]).toEqual([
      503,
      '10',
      'application/scim+json',
    ])
    // Open, as the Worker still has the token of the one that is gone.
    const back = await startSqld({ dataDir, port: Number(new URL(sqld.url).port), open: true })
    onTestFinished(() => back.stop())
    expect((await post('after')).status).toBe(201)
    expect(await (await fetch(`${base}/Users`, { headers })).json()).toMatchObject({ totalResults: 2 })
  },
)
