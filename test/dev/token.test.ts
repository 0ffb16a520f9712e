import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import * as v from 'valibot'
import { beforeAll, expect, test } from 'vitest'
import { migrateDatabase } from '../../dev/migrate.ts'
import { freePort } from '../../dev/port.ts'
import { startSqld } from '../../dev/sqld.ts'
import { openDatabase, sql } from '../../worker/store/database.ts'

const script = resolve(import.meta.dirname, '../../dev/token.ts')
const slow = { timeout: 60_000 }
let dataDir = ''

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'drawbridge-token-'))
  const sqld = await startSqld({ dataDir })
  await migrateDatabase(sqld)
  await sqld.stop()
  return () => rm(dataDir, { recursive: true, force: true })
})

type Ended = { code: number; stdout: string; stderr: string }

const run = (...options: readonly string[]): Promise<Ended> => runWith({}, ...options)

function runWith(more: NodeJS.ProcessEnv, ...options: readonly string[]): Promise<Ended> {
  const env = { ...process.env, DATA_DIR: dataDir, LIBSQL_URL: '', ...more }
  return new Promise((done) => {
    execFile(process.execPath, [script, ...options], { env }, (error, stdout, stderr) =>
      done({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    )
  })
}

/** The expiry that a printed token carries. */
const expiryOf = (stdout: string): number => {
  const [, payload = ''] = /_(?:[\w-]+)\.([\w-]+)\./.exec(stdout) ?? []
  return v.parse(v.object({ exp: v.number() }), JSON.parse(Buffer.from(payload, 'base64url').toString())).exp
}

test('a token is made, shown once with its id, listed, and ended by it or by itself', slow, async () => {
  const none = await run('--connection', 'acme')
  expect(none).toMatchObject({ code: 1, stdout: '' })
  expect(none.stderr).toContain(
    `There is no connection acme in the database in ${dataDir}; there are: none. Add --new`,
  )

  const made = await run('--connection', 'acme', '--new', '--expires', '90d', '--scope', 'users,read')
  expect(made).toMatchObject({ code: 0, stderr: '' })
  const token = /^API token: (drawbridge_local_\S+)$/m.exec(made.stdout)?.[1] ?? ''
  const jti = /^Token id: (\S+)$/m.exec(made.stdout)?.[1] ?? ''
  expect(token.length).toBeGreaterThan(200)
  expect(token.length).toBeLessThanOrEqual(350)
  const ninetyDays = Math.floor(Date.now() / 1000) + 90 * 86_400
  expect(Math.abs(expiryOf(made.stdout) - ninetyDays)).toBeLessThan(60)

  const twice = await run('--connection', 'acme', '--new')
  expect(twice).toMatchObject({ code: 1, stdout: '' })
  expect(twice.stderr).toContain('Connection acme exists already')
  const stranger = await run('--connection', 'acme', '--user', 'nobody')
  expect(stranger).toMatchObject({
    code: 1,
    stdout: '',
    stderr: 'There is no person with the id nobody in connection acme.\n',
  })

  const second = /^API token: (\S+)$/m.exec((await run('--connection', 'acme')).stdout)?.[1] ?? ''
  const listed = await run('--connection', 'acme', '--list')
  expect(listed.stdout).toMatch(
    /^connection +id +name +scope +person +made +last used +from +renew by +ends$/m,
  )
  const [row] = listed.stdout.split('\n').filter((line) => line.includes(jti))
  expect(row).toMatch(/^acme +\S+ +- +users,read +all +\S+Z +never +- +\S+Z +\S+Z$/)
  expect(listed.stdout).toMatch(/^acme +\S+ +- +everything +all +\S+Z +never +- +- +never$/m)
  expect(listed.stdout).not.toContain(second)

  const ended = await run('--revoke', jti)
  expect(ended).toMatchObject({ code: 0, stdout: `Token ${jti} has ended.\n` })
  const whole = await run('--revoke', second)
  expect(whole).toMatchObject({ code: 0, stderr: '' })
  expect((await run('--list')).stdout.split('\n')).toHaveLength(3)
  expect(await run('--revoke', 'nothing')).toMatchObject({
    code: 1,
    stderr: `There is no token with the id nothing in the database in ${dataDir}.\n`,
  })
})

test(
  'a token is named, bound, replaced by one of the same rights, and what was done is recorded',
  slow,
  async () => {
    const bound = ['--networks', '203.0.113.9/24,::1', '--domains', '@Example.com,example.org']
    const first = await run('--connection', 'beta', '--new', '--name', 'Okta', ...bound, '--sliding', '30d')
    const jti = /^Token id: (\S+)$/m.exec(first.stdout)?.[1] ?? ''
    const rotated = await run('--rotate', jti, '--countdown', '2d')
    expect(rotated).toMatchObject({ code: 0, stderr: '' })
    const next = /^Token id: (\S+)$/m.exec(rotated.stdout)?.[1] ?? ''
    expect(rotated.stdout).toMatch(
      new RegExp(`^Token ${jti} goes on until \\S+Z. Paste the new one before.$`, 'm'),
    )
    const [old, made] = (await run('--list', '--connection', 'beta')).stdout
      .split('\n')
      .filter((line) => line.startsWith('beta'))
      .toSorted((a, b) => Number(b.includes(`${jti} `)) - Number(a.includes(`${jti} `)))
    expect(old).toMatch(new RegExp(`${jti} .*\\(replaced by ${next}\\)$`))
    expect(made).toMatch(/ Okta +everything +all /)
    expect(await run('--rotate', jti)).toMatchObject({
      code: 1,
      stderr: `Token ${jti} is being replaced by ${next} already. Rotate that one.\n`,
    })
    expect(await run('--rotate', 'nothing')).toMatchObject({
      code: 1,
      stderr: `There is no live token with the id nothing in the database in ${dataDir}.\n`,
    })
    await run('--revoke', next)
    const sqld = await startSqld({ dataDir })
    const database = openDatabase(sqld)
    const [tokens, acts] = await database.read([
      sql`SELECT networks, domains, sliding, expires - issued AS life FROM tokens WHERE jti IN (${jti}, ${next}) ORDER BY jti = ${next}`,
      sql`SELECT action, subject, who FROM acts WHERE connection = (SELECT connection FROM tokens WHERE jti = ${jti}) ORDER BY seq`,
    ])
    await sqld.stop()
    const networks = expect.stringMatching(/^{"203.0.113.0\/24":"4[01]{24}","::1\/128":"6[01]{128}"}$/)
    const domains = '["example.com","example.org"]'
    expect(tokens).toMatchObject([
      { networks, domains, sliding: null },
      { networks, domains, sliding: 30 * 86_400, life: 44 * 86_400 },
    ])
    expect(acts).toMatchObject([
      { action: 'token.create', who: 'command line' },
      { action: 'token.rotate', subject: jti },
      { action: 'token.revoke', subject: next },
    ])
  },
)

test('a DATA_DIR that is not there is named, not made', slow, async () => {
  const away = join(dataDir, 'elsewhere')
  const { code, stderr } = await runWith({ DATA_DIR: away }, '--connection', 'acme', '--new')
  expect([code, stderr]).toEqual([1, expect.stringContaining(`There is no database in ${away}.`)])
  expect(existsSync(away)).toBe(false)
})

test('a database that is away is named with the cause', slow, async () => {
  const port = await freePort()
  const { code, stderr } = await runWith({ LIBSQL_URL: `http://127.0.0.1:${port}` }, '--list')
  expect([code, stderr]).toEqual([
    1,
    `The database at 127.0.0.1:${port} cannot be used: connect ECONNREFUSED 127.0.0.1:${port}\n`,
  ])
})

test('--help shows the usage', slow, async () => {
  const help = await run('--help')
  expect(help).toMatchObject({ code: 0, stderr: '' })
  expect(help.stdout).toContain('npm run token -- --connection NAME')
})

test.each([
  [[], /--connection NAME/],
  [['--connection', 'a', '--scope', 'everything'], /--scope: expected some of users, groups, read, admin/],
  [['--connection', 'a', '--expires', 'soon'], /--expires: expected a number of days or hours/],
  [['--connection', 'a', '--expires', '0d'], /--expires/],
  [['--connection', 'a', '--scope', ''], /--scope: expected .* not nothing/],
  [['--connection', 'a', '--user', ''], /--user: expected the id of a person/],
  [['--connection', 'a', '--sliding', '29d'], /--sliding: expected at least 30d/],
  [['--connection', 'a', '--networks', 'here'], /--networks: expected some such as/],
  [['--connection', 'a', '--domains', ''], /--domains: expected .* not nothing/],
  [['--connection', 'a', '--countdown', '7d'], /--countdown goes with --rotate/],
  [['--list', '--rotate', 'x'], /Only one of/],
  [['--rotate', 'drawbridge_local_half'], /--rotate: expected the id/],
  [['--revoke', 'drawbridge_local_half'], /--revoke: expected the id/],
  [['--connection', 'a\u001Bb', '--new'], /without control characters, not a\\u001bb/],
  [['--nonsense'], /nonsense/],
])('%j is explained, with the usage, and exit code 2', slow, async (options, words) => {
  const { code, stderr } = await run(...options)
  expect(code).toBe(2)
  expect(stderr).toMatch(words)
  expect(stderr).toMatch(/--help shows more|npm run token -- --connection NAME/)
})
