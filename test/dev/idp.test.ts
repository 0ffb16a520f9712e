import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startSqld } from '../../dev/sqld.ts'
import { PROVIDERS } from '../../dev/idp/providers.ts'
import { onLoopback } from '../sync/onLoopback.ts'
import { play, serve } from './served.ts'

const slow = { timeout: 180_000 }

/** All text in the files of a folder, the database among them. */
async function textOf(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return (await Promise.all(files.map((file) => readFile(file, 'latin1')))).join('\n')
}

test('no provider finds anything amiss; logs and database hold what they may', slow, async () => {
  const { base, token, lines, dataDir, secret, stop } = await serve()
  onTestFinished(stop)
  const { code, output } = await play(base, token, '--people', '7', '--groups', '2')
  expect([code, output]).toEqual([0, expect.stringContaining('specification test')])
  const titles = output.match(/^[\w-]+ at http/gm)
  expect(titles).toEqual([...PROVIDERS.keys()].map((name) => `${name} at http`))
  expect(output.match(/^all +\d+ +0 /gm)).toHaveLength(PROVIDERS.size)
  expect(output).not.toContain(token.slice(30))

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

test('a provider that nobody knows, or none but a comma, is a wrong argument', slow, async () => {
  for (const names of ['okta', 'entra,', '']) {
    const { code, output } = await play('http://127.0.0.1:1/scim/v2', 'token', '--provider', names)
    expect([names, code, output]).toEqual([names, 2, expect.stringContaining('okta-oin, okta-aiw, entra')])
  }
})

test('a file that cannot be saved to, or gone on from, is said before anything is sent', slow, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'drawbridge-saved-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const other = join(folder, 'x.json')
  await writeFile(other, '{"kind":"scim"}')
  const one = ['--provider', 'okta-oin']
  const ask = (...options: readonly string[]) => play('http://127.0.0.1:1/scim/v2', 'token', ...options)
  expect(await ask(...one, '--save', '/nodir/x.json')).toEqual({
    code: 1,
    output: '--save: /nodir/x.json cannot be written: there is no such folder. Nothing was sent.\n',
  })
  expect((await ask(...one, '--save', folder)).output).toContain('it is a folder. Nothing was sent.')
  expect(await ask('--resume', other)).toEqual({
    code: 1,
    output: `${other} was not written by npm run idp -- --save. Nothing was sent.\n`,
  })
  expect((await ask('--resume', '/nodir/x.json')).output).toBe(
    '--resume: there is no file /nodir/x.json. Nothing was sent.\n',
  )
})

test('a play that did not go through is not saved', slow, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'drawbridge-saved-'))
  const { url, stop } = await onLoopback(async () => new Response(null, { status: 401 }))
  onTestFinished(async () => {
    await stop()
    await rm(folder, { recursive: true, force: true })
  })
  const file = join(folder, 'x.json')
  const { code, output } = await play(url, 'token', '--provider', 'okta-oin', '--save', file)
  expect([code, output]).toEqual([1, expect.stringContaining('Not saved: the play did not go through.\n')])
  expect(await readdir(folder)).toEqual([])
})

test(
  'while the database is away it is 503 with Retry-After, and all is well once it is back',
  slow,
  async () => {
    const { base, token, sqld, dataDir, stop } = await serve()
    onTestFinished(stop)
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
