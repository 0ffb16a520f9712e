import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as v from 'valibot'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { signingKeys } from '../../worker/auth/keys.ts'
import { sql } from '../../worker/store/database.ts'
import { downstream, type Downstream } from '../sync/downstream.ts'
import { guarded, off, type Guarded } from '../sync/guarded.ts'
import { databaseUrl, readKeysOf } from '../sync/world.ts'

let there: Downstream
let here: Guarded
let name = ''
let dataDir = ''

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'drawbridge-guard-'))
  there = await downstream()
  here = await guarded(there)
  const [row] = await here.rows(sql`SELECT name FROM connections WHERE id = ${here.connection}`)
  name = String(row?.['name'])
  // The command signs what it makes due as the bridge does.
  dataDir = await mkdtemp(join(tmpdir(), 'drawbridge-guard-'))
  const keys = v.parse(signingKeys, inject('tokenKeys'))
  await writeFile(join(dataDir, 'keys.json'), JSON.stringify({ keys, ...readKeysOf() }))
})
afterAll(async () => {
  await there.stop()
  await rm(dataDir, { recursive: true, force: true })
})

/** Runs the command as `npm run guard` does; gives what it says, and how it ended. */
async function guard(...args: readonly string[]): Promise<readonly [number, string]> {
  const run = promisify(execFile)(process.execPath, ['dev/guard.ts', '--connection', name, ...args], {
    env: { ...process.env, LIBSQL_URL: databaseUrl, DATA_DIR: dataDir },
  })
  return run.then(
    ({ stdout }) => [0, stdout] as const,
    ({ code, stderr }: { code: number; stderr: string }) => [code, stderr] as const,
  )
}

test('the command shows what is held, and carries out what an admin says', async () => {
  const [a = '', b = '', c = ''] = await here.hire(3)
  await here.group('Owners', [c])
  expect(await guard('--limit', 'suspend=0,0%,30')).toEqual([0, 'The guard is set.\n'])
  expect(await guard('--hold', '5')).toEqual([0, 'The guard is set.\n'])
  await here.send('PATCH', `/Users/${a}`, off)
  await here.send('PATCH', `/Users/${b}`, off)
  const [, shown] = await guard()
  expect(shown).toMatch(/suspend +0 +0 % +30 +5 minutes/)
  expect(shown).toMatch(/Held\n.*\n(?:.*\n)?suspend .* 2 /)
  expect(shown).toContain('Nobody is protected')
  expect(shown).toMatch(/Might be protected[\s\S]*p2@example\.com +member of Owners/)
  for (const [option, words] of [
    ['--release', 'Nothing is held of nope.\n'],
    ['--reject', 'Nothing is held of nope.\n'],
    ['--release=create', 'Nothing is held of create.\n'],
    ['--end', 'Nothing of nope is rejected.\n'],
    ['--unprotect', 'nope was not protected.\n'],
  ] as const)
    expect(await guard(option, ...(option.includes('=') ? [] : ['nope']))).toEqual([1, words])
  expect((await guard('--reject', 'P0@example.com'))[1]).toBe(
    '1 hold is rejected; the target keeps what it has.\n',
  )
  expect((await guard())[1]).toMatch(new RegExp(`suspend .* p1@example.com ${b} `))
  expect((await guard('--release', 'suspend'))[1]).toBe('1 hold is released; cron brings it to the target.\n')
  await here.sweep()
  expect([...there.users.values()].map(({ body }) => body['active'])).toEqual([true, false, true])
  expect((await guard('--protect', 'P2@example.com'))[1]).toContain('is protected')
  const [, after] = await guard()
  expect(after).not.toContain('Nobody is protected')
  expect(after).toMatch(new RegExp(`Rejected[^]*p0@example.com +${a} +active`))
  expect((await guard('--announce', 'suspend', '--for', '10'))[1]).toContain('nothing of suspend is held')
})

test('a person is locked and unlocked by name', async () => {
  const [id = ''] = await here.hire(1, 'lock')
  const kept = () => [...there.users.values()].find(({ body }) => body['userName'] === 'lock0@example.com')
  expect((await guard('--lock', 'Lock0@example.com'))[1]).toContain('Lock0@example.com is locked;')
  expect((await guard('--lock', id))[1]).toContain('locked already')
  expect((await guard())[1]).toMatch(/Locked: [^\n]*\n.*\n(?:.*\n)?.*lock0@example\.com .*locked by an admin/)
  await here.sweep()
  expect(kept()?.body['active']).toBe(false)
  expect((await guard('--end', id))[1]).toContain('Nothing of')
  expect((await guard('--unlock', 'lock0@example.com'))[1]).toContain('locked no more')
  expect((await guard('--unlock', id))[1]).toContain('was not locked')
  await here.sweep()
  expect(kept()?.body['active']).toBe(true)
  expect((await guard('--lock', 'nobody@example.com'))[1]).toContain('is nobody of this connection')
})

test.each([
  [['--limit', 'much=1'], 'no kind of harm much'],
  [['--limit', 'suspend=x'], '--limit: expected HARM=NUMBER'],
  [['--hold', '31'], '--hold: expected minutes, a whole number from 1 to 30, not 31'],
  [['--announce', 'suspend'], '--announce and --for go together'],
  [['--release', 'x', '--reject', 'y'], 'One at a time'],
] as const)('%j is refused with words', async (args, words) => {
  const [code, said] = await guard(...args)
  expect([code, said]).toEqual([2, expect.stringContaining(words)])
})
