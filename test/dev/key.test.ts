import { execFile } from 'node:child_process'
import { readFile, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import * as v from 'valibot'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeToken } from '../../dev/connection.ts'
import { freePort } from '../../dev/port.ts'
import { sql } from '../../worker/store/database.ts'
import { revokeToken } from '../../worker/store/tokens.ts'
import { isolates, statusOf } from './twoIsolates.ts'

let here: Awaited<ReturnType<typeof isolates>>
beforeAll(async () => {
  here = await isolates(1)
}, 120_000)
afterAll(() => here.stop())

type Ended = { code: number; stdout: string; stderr: string }

function run(script: 'key' | 'token', ...options: readonly string[]): Promise<Ended> {
  const { dataDir, sqld } = here
  const more = { DATA_DIR: dataDir, LIBSQL_URL: sqld.url, LIBSQL_AUTH_TOKEN: sqld.authToken ?? '', PORT: '1' }
  const path = resolve(import.meta.dirname, `../../dev/${script}.ts`)
  return new Promise((done) => {
    execFile(
      process.execPath,
      [path, ...options],
      { env: { ...process.env, ...more } },
      (error, stdout, stderr) =>
        done({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    )
  })
}

const published = v.object({ keys: v.array(v.object({ kid: v.string() })) })

const kidsAt = async (url: string) => {
  const answer = await fetch(`${url}/.well-known/jwks.json`)
  return v.parse(published, await answer.json()).keys.map(({ kid }) => kid)
}

const kidsIn = async () => {
  const { keys, ...others } = v.parse(
    v.looseObject(published.entries),
    JSON.parse(await readFile(join(here.dataDir, 'keys.json'), 'utf8')),
  )
  return { kids: keys.map(({ kid }) => kid), others: Object.keys(others) }
}

test('a signing key is rotated in three steps, and no token ends of it', { timeout: 240_000 }, async () => {
  const { open, connection, start, issuer, dataDir } = here
  let [url = ''] = await start()
  const old = await makeToken(open(), await issuer(), connection.id, { name: 'Okta' })
  const [former = ''] = (await kidsIn()).kids
  expect((await run('key')).stdout).toMatch(new RegExp(`^${former} +signs +1$`, 'm'))

  const first = await run('key', '--rotate')
  const fresh = /^Key (\S+) is published\./.exec(first.stdout)?.[1] ?? ''
  expect([first.code, (await kidsIn()).kids]).toEqual([0, [former, fresh]])
  expect((await run('key')).stdout).toMatch(new RegExp(`^${fresh} +next +0$`, 'm'))

  // What runs does not know it yet, so it must not sign: whatever it signed would be 401.
  const early = await run('key', '--rotate', '--url', url)
  expect([early.code, early.stderr]).toEqual([
    1,
    `The bridge at ${url} does not know key ${fresh} yet. Start it anew, and then try again.\n`,
  ])
  const nowhere = await run('key', '--rotate', '--url', `http://127.0.0.1:${await freePort()}`)
  expect([nowhere.code, nowhere.stderr]).toEqual([1, expect.stringContaining('There is no bridge at')])
  expect((await kidsIn()).kids).toEqual([former, fresh])

  ;[url = ''] = await start()
  expect(await kidsAt(url)).toEqual([former, fresh])
  const second = await run('key', '--rotate', '--url', url)
  expect([second.code, second.stdout]).toEqual([
    0,
    expect.stringContaining(`Key ${fresh} signs from now on.`),
  ])
  expect((await kidsIn()).kids).toEqual([fresh, former])
  // Signed by the new key while the bridge still runs with the order of before.
  const next = await makeToken(open(), await issuer(), connection.id, {})
  expect([await statusOf(url, old.token), await statusOf(url, next.token)]).toEqual([200, 200])

  ;[url = ''] = await start()
  const third = await run('key', '--rotate', '--url', url)
  expect([third.code, third.stdout]).toEqual([1, ''])
  expect(third.stderr).toContain(`Key ${former} cannot be retired yet: 1 live tokens are signed with it.`)
  expect(third.stderr).toMatch(
    new RegExp(`^acme +${old.jti} +Okta +npm run token -- --rotate ${old.jti}$`, 'm'),
  )
  const rotated = /^API token: (\S+)$/m.exec((await run('token', '--rotate', old.jti)).stdout)?.[1] ?? ''
  expect((await run('key', '--rotate')).stderr).toMatch(/Okta +is being replaced, ends on \d{4}-\d\d-\d\d$/m)
  await revokeToken(open(), old.jti, new Date())
  const last = await run('key', '--rotate')
  expect([last.code, last.stdout]).toEqual([0, expect.stringContaining(`Key ${former} is retired`)])

  ;[url = ''] = await start()
  expect(await kidsAt(url)).toEqual([fresh])
  for (const token of [next.token, rotated]) expect(await statusOf(url, token)).toBe(200)
  expect(await statusOf(url, old.token)).toBe(401)
  expect(await kidsIn()).toEqual({ kids: [fresh], others: ['sealKeys', 'macKeys'] })
  expect((await stat(join(dataDir, 'keys.json'))).mode & 0o777).toBe(0o600)
  const [acts] = await open().read([
    sql`SELECT action, subject FROM acts WHERE action LIKE 'key.%' ORDER BY seq`,
  ])
  expect(acts).toMatchObject([
    { action: 'key.publish', subject: fresh },
    { action: 'key.sign', subject: fresh },
    { action: 'key.retire', subject: former },
  ])
})

test.each([
  [['--url', 'https://x.test'], /--url goes with --rotate/],
  [['--rotate', '--url', 'x'], /--url: expected the address/],
  [['--nonsense'], /nonsense/],
])('%j is explained, with the usage, and exit code 2', { timeout: 60_000 }, async (options, words) => {
  const { code, stderr } = await run('key', ...options)
  expect([code, stderr]).toEqual([2, expect.stringMatching(words)])
  expect(stderr).toContain('npm run key -- --rotate')
})
