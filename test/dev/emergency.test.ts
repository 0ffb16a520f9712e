import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newKey } from '../../worker/auth/keys.ts'
import { sql } from '../../worker/store/database.ts'
import { downstream, type Downstream } from '../sync/downstream.ts'
import { guarded, on, type Guarded } from '../sync/guarded.ts'
import { databaseUrl, readKeysOf } from '../sync/world.ts'

let there: Downstream
let here: Guarded
let name = ''
let dataDir = ''

beforeAll(async () => {
  there = await downstream()
  here = await guarded(there)
  const [row] = await here.rows(sql`SELECT name FROM connections WHERE id = ${here.connection}`)
  name = String(row?.['name'])
  // What the command signs, cron has to take: the same keys.
  dataDir = await mkdtemp(join(tmpdir(), 'drawbridge-emergency-'))
  const keys = { keys: [await newKey()], ...readKeysOf() }
  await writeFile(join(dataDir, 'keys.json'), JSON.stringify(keys), { mode: 0o600 })
})
afterAll(async () => {
  await there.stop()
  await rm(dataDir, { recursive: true, force: true })
})

/** Runs the command; gives what it says, and how it ended. */
async function emergency(...args: readonly string[]): Promise<readonly [number, string]> {
  const run = promisify(execFile)(process.execPath, ['dev/emergency.ts', ...args], {
    env: { ...process.env, LIBSQL_URL: databaseUrl, DATA_DIR: dataDir },
  })
  return run.then(
    ({ stdout }) => [0, stdout] as const,
    ({ code, stderr }: { code: number; stderr: string }) => [code, stderr] as const,
  )
}

const why = ['--reason', 'stolen laptop'] as const
const actives = () => [...there.users.values()].map(({ body }) => body['active'])
const acts = () =>
  here.rows(
    sql`SELECT who, action, subject, reason FROM acts WHERE connection = ${here.connection} ORDER BY seq`,
  )

test('with no provider: somebody is suspended at every target and let back, deliveries are frozen, tokens end', async () => {
  const [anna = ''] = await here.hire(1)
  const locked = await emergency('--suspend', 'P0@example.com', ...why)
  expect(locked).toEqual([0, expect.stringContaining(`${name}: ${anna} suspended, whatever is pushed`)])
  await here.send('PATCH', `/Users/${anna}`, on)
  await here.sweep()
  expect(actives()).toEqual([false])
  expect((await emergency('--unlock', anna, ...why))[1]).toContain('is not locked any more')
  await here.sweep()
  expect(actives()).toEqual([true])
  const frozen = await emergency('--freeze', '--connection', name, ...why)
  expect(frozen).toEqual([0, `${name}: nothing is delivered but deactivations\n`])
  const [row] = await here.rows(
    sql`SELECT settings ->> '$.state.is' AS state FROM connections WHERE id = ${here.connection}`,
  )
  expect(row).toEqual({ state: 'paused' })
  expect((await emergency('--thaw', '--connection', name, ...why))[1]).toContain('deliveries go on')
  expect((await emergency('--revoke-tokens', '--connection', name, ...why))[1]).toContain(
    '1 tokens are revoked',
  )
  expect((await here.send('GET', '/Users')).status).toBe(401)
  const by = { who: 'command line', reason: 'stolen laptop' }
  expect(await acts()).toEqual([
    { ...by, action: 'person.lock', subject: anna },
    { ...by, action: 'person.unlock', subject: anna },
    { ...by, action: 'connection.freeze', subject: null },
    { ...by, action: 'connection.thaw', subject: null },
    { ...by, action: 'token.revokeAll', subject: null },
  ])
})

test.each([
  [['--freeze'], 'Say why'],
  [['--freeze', '--thaw', ...why], 'Say one of'],
  [['--revoke-tokens', ...why], 'Say which connection'],
  [['--nonsense'], 'Unknown option'],
] as const)('%j is refused with words', async (args, words) => {
  const [code, said] = await emergency(...args)
  expect([code, said]).toEqual([2, expect.stringContaining(words)])
})

test('nobody, and nobody locked, is told', async () => {
  expect(await emergency('--suspend', 'nobody', ...why)).toEqual([
    1,
    expect.stringContaining('Nobody is found'),
  ])
  expect(await emergency('--unlock', 'nobody', ...why)).toEqual([1, expect.stringContaining('is locked')])
})
