import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import { sql } from '../../worker/store/database.ts'
import { at } from '../json.ts'
import { downstream, type Downstream } from '../sync/downstream.ts'
import { onLoopback } from '../sync/onLoopback.ts'
import { databaseUrl, idOf, readKeysOf, world, type World } from '../sync/world.ts'

const script = resolve(import.meta.dirname, '../../dev/target.ts')
const slow = { timeout: 60_000 }
let dataDir = ''
let there: Downstream
let here: World
let name = ''

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'drawbridge-target-'))
  there = await downstream()
  const keys: unknown = JSON.parse(inject('tokenKeys'))
  await writeFile(join(dataDir, 'keys.json'), JSON.stringify({ keys: at(keys, 'keys'), ...readKeysOf() }))
})
afterAll(async () => {
  await there.stop()
  await rm(dataDir, { recursive: true, force: true })
})

const entered = (url: string) => ({ kind: 'scim', url, auth: { kind: 'bearer', token: there.token } })

beforeEach(async () => {
  there.users.clear()
  there.spoil = () => undefined
  here = await world()
  expect(await here.target(entered(there.url))).toMatchObject({ kind: 'set' })
  const [row] = await here.rows(sql`SELECT name FROM connections WHERE id = ${here.connection}`)
  name = String(row?.['name'])
})

type Ended = { readonly code: number; readonly stdout: string; readonly stderr: string }

function target(...options: readonly string[]): Promise<Ended> {
  const env = { ...process.env, DATA_DIR: dataDir, LIBSQL_URL: databaseUrl, LIBSQL_AUTH_TOKEN: '' }
  return new Promise((done) => {
    execFile(process.execPath, [script, '--connection', name, ...options], { env }, (error, stdout, stderr) =>
      done({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    )
  })
}

async function set(settings: unknown): Promise<Ended> {
  const file = join(dataDir, 'target.json')
  await writeFile(file, JSON.stringify(settings))
  return target('--set', file)
}

test('what keeps changes back is said first, with names, and where a list ends', slow, async () => {
  there.spoil = ({ method }) => (method === 'POST' ? { kind: 'answer', status: 401 } : undefined)
  const ids: string[] = []
  for (let n = 0; n < 52; n += 1)
    ids.push(idOf(await here.send('POST', '/Users', { userName: `p${n}@example.com` })))
  await here.settings({ state: { is: 'paused', since: '2026-01-02T03:04:05.000Z' }, dryRun: true })
  const { stdout } = await target()
  const [first, second, third] = stdout.split('\n')
  expect(first).toBe('Paused since 2026-01-02T03:04:05.000Z: only deactivations are sent')
  expect(second).toBe('Dry run: nothing is sent')
  expect(third).toMatch(/^Stopped until \S+Z: the target answers 401/)
  expect(stdout).toMatch(new RegExp(`^p0@example.com +${ids[0]} +User +due`, 'm'))
  expect(stdout).toMatch(/^50 of 52$/m)
  const other = await world()
  await other.target(entered(there.url))
  const [row] = await here.rows(sql`SELECT name FROM connections WHERE id = ${other.connection}`)
  name = String(row?.['name'])
  expect((await target()).stdout).toBe(`Target: scim, ${there.url}/\n`)
})

test(
  'what waits is tried again by id and by userName; of nobody it is said that nothing waits',
  slow,
  async () => {
    there.spoil = ({ method }) => (method === 'POST' ? { kind: 'answer', status: 503 } : undefined)
    await here.send('POST', '/Users', { userName: 'anna@example.com' })
    there.spoil = () => undefined
    expect(await target('--replay', 'nope')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'Nothing waits of nope.\n',
    })
    expect((await target('--replay', 'ANNA@example.com')).stdout).toBe(
      '1 delivery is due again; its time, since, begins anew.\n',
    )
    await here.sweep()
    expect(there.users.size).toBe(1)
    expect((await target('--replay')).stdout).toContain('0 deliveries are due again')
    expect(await target('--replay', '--test')).toMatchObject({
      code: 2,
      stderr: 'One at a time: --replay, --test\n--help shows more.\n',
    })
  },
)

test('everything is brought again, and the target is tested, by the command', slow, async () => {
  await here.send('POST', '/Users', { userName: 'anna@example.com', title: 'Engineer' })
  expect((await target('--test')).stdout).toContain('The target is tested: The target answers')
  expect((await target('--snapshot')).stdout).toBe(
    '1 person or group is due: the next runs of cron bring it there.\n',
  )
  const [due] = await here.rows(sql`SELECT kind, state FROM deliveries WHERE connection = ${here.connection}`)
  expect(due).toEqual({ kind: 'resync', state: 'due' })
  there.spoil = () => ({ kind: 'answer', status: 401 })
  expect(await target('--test')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^The target is not as it should be: the target answers 401/),
  })
})

test('an address that nobody answers at is named with its cause, and never the token', slow, async () => {
  const gone = await onLoopback(async () => new Response())
  await gone.stop()
  const { code, stderr } = await set(entered(gone.url))
  const { host } = new URL(gone.url)
  expect([code, stderr]).toEqual([
    1,
    `The target is not set: the target could not be reached: ${host} (ECONNREFUSED).\n`,
  ])
  expect((await set(entered('http://10.0.0.1'))).stderr).toContain('https:// (http only on this machine)')
})
