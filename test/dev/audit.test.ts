import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as v from 'valibot'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeToken } from '../../dev/connection.ts'
import { migrateDatabase } from '../../dev/migrate.ts'
import { keySecrets, makeDataDir, readKeys } from '../../dev/settings.ts'
import { startSqld } from '../../dev/sqld.ts'
import { createApp, createSweep } from '../../worker/app.ts'
import { newKey } from '../../worker/auth/keys.ts'
import { readConfig } from '../../worker/config.ts'
import { ensureConnection } from '../../worker/store/connections.ts'
import { openDatabase, sql, type SQL } from '../../worker/store/database.ts'

type Sqld = Awaited<ReturnType<typeof startSqld>>

let dataDir = ''
let sqld: Sqld
let here: Awaited<ReturnType<typeof bridgeOn>>
let anna = ''
let bert = ''

/** The app with cron on a data folder, as `npm run dev` has it, with a connection. */
async function bridgeOn(url: string) {
  const keys = await readKeys(dataDir)
  const config = readConfig({
    REGION: 'local',
    DEPLOYMENT: 'drawbridge',
    LIBSQL_URL: url,
    ...keySecrets(keys),
  })
  const parts = {
    config,
    now: () => new Date(),
    newId: () => crypto.randomUUID(),
    log: () => undefined,
    openDatabase: () => openDatabase({ url }),
  }
  const { id } = await ensureConnection(openDatabase({ url }), 'acme', 'c1', new Date())
  const { token } = await makeToken(openDatabase({ url }), config, id, {})
  const app = createApp(parts)
  return {
    sweep: createSweep(parts),
    write: (...statements: readonly SQL[]) => openDatabase({ url }).write(statements),
    send: async (method: string, path: string, body?: object) => {
      const response = await app.request(`https://bridge.test/scim/v2${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await response.text()
      return text === '' ? '' : v.parse(v.object({ id: v.string() }), JSON.parse(text)).id
    },
  }
}

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'drawbridge-audit-'))
  await makeDataDir(dataDir)
  sqld = await startSqld({ dataDir, open: true })
  await migrateDatabase(sqld)
  here = await bridgeOn(sqld.url)
  anna = await here.send('POST', '/Users', { userName: 'anna@example.com' })
  bert = await here.send('POST', '/Users', { userName: 'bert@example.com' })
  await here.send('DELETE', `/Users/${bert}`)
  await here.sweep()
})
afterAll(async () => {
  await sqld.stop()
  await rm(dataDir, { recursive: true, force: true })
})

type Ended = { readonly code: number; readonly said: string; readonly complained: string }

/** Runs the command as `npm run audit` does; gives what it says, and how it ended. */
const audit = (...args: readonly string[]): Promise<Ended> =>
  new Promise((done) => {
    const env = { ...process.env, DATA_DIR: dataDir, LIBSQL_URL: sqld.url }
    execFile(process.execPath, ['dev/audit.ts', ...args], { env }, (error, said, complained) =>
      done({ code: typeof error?.code === 'number' ? error.code : 0, said, complained }),
    )
  })

test(
  'verify says that all is as it was, with heads that were saved too; erase leaves it so',
  { timeout: 120_000 },
  async () => {
    expect(await audit('verify')).toEqual({
      code: 0,
      complained: '',
      said: [
        'acts: 0 rows, 0 of them sealed.',
        'acme: 3 rows, 3 of them sealed.',
        'All of it is as it was written. An end that was cut off shows only with --heads.\n',
      ].join('\n'),
    })
    const heads = await audit('heads')
    const file = join(dataDir, 'heads.json')
    await writeFile(file, `\n> drawbridge@0.1.0 audit\n> node dev/audit.ts heads\n\n${heads.said}`)

    expect(await audit('erase', '--connection', 'acme', '--person', anna)).toMatchObject({
      code: 1,
      complained: expect.stringContaining('still in the directory') as unknown,
    })
    expect(
      await audit('erase', '--connection', 'acme', '--person', bert, '--reason', 'asked for it'),
    ).toMatchObject({
      code: 0,
      said: expect.stringContaining(`${bert} is erased`) as unknown,
    })
    const again = await audit('erase', '--connection', 'acme', '--person', bert)
    expect([again.code, again.complained]).toEqual([1, 'This person is erased already.\n'])
    expect(await audit('verify', '--connection', 'acme', '--heads', file)).toEqual({
      code: 0,
      complained: '',
      said: [
        'acts: 1 rows, 0 of them sealed.',
        'acme: 3 rows, 3 of them sealed.',
        'All of it is as it was written.\n',
      ].join('\n'),
    })

    // A signing key that was retired since: what it signed is verified by the public one that was saved with the heads.
    const keys = await readKeys(dataDir)
    const kept = join(dataDir, 'keys.json')
    await writeFile(kept, JSON.stringify({ ...keys, keys: [await newKey()] }))
    const retired = await audit('verify')
    expect(retired.said).toContain('signed by a key that is not here')
    expect((await audit('verify', '--heads', file)).code).toBe(0)
    await writeFile(kept, JSON.stringify(keys))
  },
)

test('keep shows how long it is kept, and sets it', { timeout: 120_000 }, async () => {
  expect(await audit('keep', '--connection', 'acme')).toEqual({
    code: 0,
    complained: '',
    said: 'A deleted person of acme is erased after 30 days; changes are kept for ever.\n',
  })
  const set = await audit('keep', '--connection', 'acme', '--erase-after', '7', '--keep-changes', '400')
  expect(set.said).toBe('A deleted person of acme is erased after 7 days; changes are kept for 400 days.\n')
  const back = await audit('keep', '--connection', 'acme', '--keep-changes', 'forever')
  expect(back.said).toBe('A deleted person of acme is erased after 7 days; changes are kept for ever.\n')
})

test('what was changed is named, and the exit code says so', { timeout: 120_000 }, async () => {
  const file = join(dataDir, 'heads.json')
  await writeFile(file, (await audit('heads')).said)
  const operation = sql`(SELECT operation FROM changes WHERE resource = ${anna})`
  const changed = await openDatabase({ url: sqld.url }).read([sql`SELECT ${operation} AS id`])
  const { id } = v.parse(v.object({ id: v.string() }), changed[0]?.[0])
  await here.write(sql`UPDATE changes SET attributes = '["active"]' WHERE resource = ${anna}`)
  const { code, said } = await audit('verify', '--heads', file)
  expect(code).toBe(1)
  expect(said).toMatch(new RegExp(`acme +changed +${id} +it is not as it was when it was sealed`))
  expect(said).toMatch(new RegExp(`acme +wrong MAC +${id} `))
  expect(said).toContain('2 findings')
  // All of it gone: only the head that was saved knows.
  await here.write(sql`DELETE FROM changes`, sql`DELETE FROM segments WHERE log = 'changes'`)
  expect((await audit('verify')).code).toBe(0)
  const cut = await audit('verify', '--heads', file)
  expect([cut.code, cut.said]).toEqual([
    1,
    expect.stringMatching(/connection c1 +cut off +segment 1 +its head was saved, and it is gone/),
  ])
})

test.each([
  [[], 'Say what: verify, heads, erase or keep', 2],
  [['look'], 'Not understood: look', 2],
  [['keep', '--connection', 'acme', '--keep-changes', '0'], '--keep-changes: expected a number of days', 2],
  [['erase', '--person', 'x'], 'Say who', 2],
  [['verify', '--connection', 'none'], 'There is no connection none', 1],
  [['verify', '--heads', '/none.json'], '--heads: /none.json cannot be read', 1],
  [['verify', '--heads', 'package.json'], '--heads: package.json was not written by', 1],
] as const)('%j is refused with words', async (args, words, code) => {
  expect(await audit(...args)).toMatchObject({
    code,
    said: '',
    complained: expect.stringContaining(words) as unknown,
  })
})
