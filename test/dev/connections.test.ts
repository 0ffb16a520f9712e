import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { shortId } from '../../worker/store/ids.ts'
import { changesFrom, type Given } from '../../dev/connectionSettings.ts'
import { migrateDatabase } from '../../dev/migrate.ts'
import { startSqld } from '../../dev/sqld.ts'
import { UsageError } from '../../dev/usage.ts'
import { countQuirks } from '../../worker/store/admission.ts'
import { ensureConnection } from '../../worker/store/connections.ts'
import { openDatabase, sql } from '../../worker/store/database.ts'
import { changeSettings, loadStanding, UNSET, type Settings } from '../../worker/store/settings.ts'

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
      const one = await run('--name', 'acme')
      expect([one.code, one.stdout]).toEqual([0, expect.stringMatching(/^acme +tolerant$/m)])
      expect((await run('--name', 'acm\u001Be')).stderr).toMatch(
        /^There is no connection acm\\u001be in .*: acme\.\n$/,
      )
      expect(await run('--mode', 'strict')).toMatchObject({ code: 2, stdout: '' })
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

describe('a connection is set up', () => {
  const database = () => openDatabase({ url: inject('libsqlUrl') })
  const id = shortId()
  const name = `set-${id}`
  let dataDir = ''

  const run = (...options: readonly string[]): Promise<Ended> =>
    new Promise((done) => {
      const env = { ...process.env, DATA_DIR: dataDir, LIBSQL_URL: inject('libsqlUrl') }
      execFile(process.execPath, [script, ...options], { env }, (error, stdout, stderr) =>
        done({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
      )
    })
  const settings = async (): Promise<Settings> => (await loadStanding(database(), id)).settings
  const due = async () => {
    const [rows] = await database().read([sql`SELECT resource FROM deliveries WHERE connection = ${id}`])
    return rows?.length
  }
  const set = (...options: readonly string[]) => run('--name', name, ...options)
  const file = (content: unknown) => {
    const path = join(dataDir, 'mapping.json')
    return writeFile(path, JSON.stringify(content)).then(() => path)
  }

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'drawbridge-connections-'))
    const at = '2026-01-02T03:04:05.000Z'
    await ensureConnection(database(), name, id, new Date(at))
    const document = JSON.stringify({ userName: 'anna@x.test', nickName: 'Annie', active: true })
    await database().write([
      sql`INSERT INTO resources (connection, id, type, version, created, modified, document, folded)
        VALUES (${id}, 'u1', 'User', 1, ${at}, ${at}, ${document}, ${document})`,
    ])
  })
  afterAll(() => rm(dataDir, { recursive: true, force: true }))

  test('switches, state, deletes, dead letters and adoption, and the overview shows them', async () => {
    const options =
      '--switch create=off --switch groups=skip --deletes delete --dead-after 24 --adopt X.test,y.test'
    const changed = await set(...options.split(' '))
    expect(changed).toMatchObject({ code: 0, stderr: '' })
    expect(await settings()).toMatchObject({
      switches: { create: 'off', update: 'on', deactivate: 'on', groups: 'skip' },
      deletes: 'delete',
      deadAfter: 24,
      adoption: { open: true, domains: ['x.test', 'y.test'] },
    })
    const line = new RegExp(
      `^${name} +directory +active +create=off groups=skip +delete +24 h +x.test y.test$`,
      'm',
    )
    expect(changed.stdout).toMatch(line)
    expect((await run()).stdout).toMatch(line)
    await set('--switch', 'create=on', '--switch', 'groups=on', '--adopt', 'off')
    expect((await settings()).adoption).toEqual({ open: false, domains: ['x.test', 'y.test'] })
  })

  test('open adoption makes due what waited for a decision, and nothing else', async () => {
    const insert = (resource: string, state: string) =>
      sql`INSERT INTO deliveries (connection, resource, type, asked, kind, request, target, mac, rank, seq, first, since, state, due,
        tries, lease, leased, uncertain) VALUES (${id}, ${resource}, 'User', ${resource}, 'patch', 'r', 't', 'm', 1, 0, 0,
        '2026-01-01', ${state}, '2099-01-01', 9, 9, NULL, 0)`
    const alarm = (subject: string, kind: string) =>
      sql`INSERT INTO alarms (connection, kind, subject, words, count, first, last) VALUES (${id}, ${kind}, ${subject}, 'w', 1, '', '')`
    await database().write([
      ...['a', 'b', 'c'].map((one) => insert(one, one === 'a' ? 'due' : 'dead')),
      alarm('a', 'decide'),
      alarm('b', 'decide'),
      alarm('c', 'refused'),
    ])
    expect((await set('--adopt', 'off')).stdout).not.toContain('due again')
    const opened = await set('--adopt', 'x.test')
    expect(opened.stdout).toContain('2 people and groups that waited for a decision are due again.')
    const [rows] = await database().read([
      sql`SELECT resource, state FROM deliveries WHERE connection = ${id} AND due < '2099' ORDER BY resource`,
    ])
    expect(rows).toMatchObject([
      { resource: 'a', state: 'due' },
      { resource: 'b', state: 'due' },
    ])
    await database().write([
      sql`DELETE FROM deliveries WHERE connection = ${id}`,
      sql`DELETE FROM alarms WHERE connection = ${id}`,
    ])
    await set('--adopt', 'off')
  })

  test('paused, with deactivations for a day, closed; said again, since when it is so stays', () => {
    const start = new Date('2026-01-02T03:04:05.000Z')
    const since = start.toISOString()
    const later = new Date('2026-01-03T00:00:00.000Z')
    const after = (given: Given, at: Date, before: Settings) =>
      changesFrom(given, at).reduce((current, change) => change(current), before)
    const paused = after({ state: 'paused', 'deactivations-too': true }, start, UNSET.settings)
    expect(paused.state).toEqual({ is: 'paused', since, deactivationsToo: '2026-01-03T03:04:05.000Z' })
    expect(after({ state: 'paused' }, later, paused).state).toEqual({ is: 'paused', since })
    const closed = after({ state: 'closed' }, start, UNSET.settings)
    expect(closed.state).toEqual({ is: 'closed', since })
    expect(after({ state: 'closed' }, later, closed).state).toEqual({ is: 'closed', since })
    const active = after({ state: 'active' }, start, closed)
    expect(active.state).toEqual({ is: 'active', since })
    expect(after({ state: 'active' }, later, active).state).toEqual({ is: 'active', since })
  })

  test('an attribute mapping is shown on a person, refused with its faults, and set', async () => {
    const path = await file([{ rename: { from: 'nickName', to: 'displayName' } }])
    const shown = await set('--mapping', path, '--preview', 'ANNA@x.test')
    expect(shown.stdout).toMatch(/^displayName +"Annie"$/m)
    expect((await settings()).mapping).toEqual([])
    expect((await set('--mapping', path)).stdout).toContain(
      'has 1 rule. 0 people and groups are due with it.',
    )
    expect((await settings()).mapping).toHaveLength(1)
    expect(await set('--mapping', await file([{ drop: 'userName' }]))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('mapping[0].drop'),
    })
    expect((await settings()).mapping).toHaveLength(1)
  })

  test('a dry run is begun, shown and left', async () => {
    expect(await set('--dry-run', 'on')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no target'),
    })
    await changeSettings(database(), id, (before) => ({ ...before, target }))
    expect((await set('--dry-run', 'on')).code).toBe(0)
    const step = JSON.stringify({
      what: 'create',
      method: 'POST',
      path: '/Users',
      body: { userName: 'anna@x.test' },
    })
    await database().write([
      sql`INSERT INTO dry_steps (connection, resource, type, step, at) VALUES (${id}, 'u1', 'User', ${step}, '2026')`,
    ])
    const shown = await set('--dry-run', 'show')
    expect((await set('--dry-run', 'off')).stdout).toBe(shown.stdout)
    expect(shown.stdout).toContain('It is still a dry run.')
    expect(shown.stdout).toMatch(/^User +create +1$/m)
    expect(shown.stdout).toMatch(/^2026 +User +u1 +create +POST \/Users +\{"userName":"anna@x.test"\}$/m)
    expect([(await settings()).dryRun, await due()]).toEqual([true, 0])
    expect((await set('--dry-run', 'off', '--then', 'discard')).code).toBe(0)
    expect([(await settings()).dryRun, await due()]).toEqual([false, 0])
    await set('--dry-run', 'on')
    const left = await set('--dry-run', 'off', '--then', 'deliver')
    expect(left.stdout).toContain('and 1 person or group is due')
    expect([(await settings()).dryRun, await due()]).toEqual([false, 1])
    for (const options of [['off'], ['show'], ['off', '--then', 'deliver']])
      expect(await set('--dry-run', ...options)).toEqual({
        code: 1,
        stdout: '',
        stderr: `There is no dry run on ${name}.\n`,
      })
  })

  test.each<Given>([
    { switch: ['create=maybe'] },
    { switch: ['delete=off'] },
    { switch: ['create'] },
    { state: 'shut' },
    { state: 'closed', 'deactivations-too': true },
    { deletes: 'nothing' },
    { 'dead-after': '0' },
    { 'dead-after': '1.5' },
    { adopt: 'x' },
    { adopt: 'a.test,' },
  ])('%j is refused', (given) => {
    expect(() => changesFrom(given, new Date())).toThrow(UsageError)
  })

  test.each([
    [['--state', 'shut']],
    [['--dry-run', 'perhaps']],
    [['--then', 'deliver']],
    [['--preview', 'anna@x.test']],
  ])('%j is refused with the usage, and nothing changes', async (options) => {
    const before = await settings()
    expect(await set('--dead-after', '48', ...options)).toMatchObject({ code: 2, stdout: '' })
    expect(await settings()).toEqual(before)
  })

  const target: NonNullable<Settings['target']> = {
    id: 't1',
    kind: 'scim',
    account: 'https://scim.example.test',
    sealed: '',
    learned: {},
    capabilities: {
      create: true,
      update: true,
      suspend: true,
      reactivate: true,
      delete: true,
      groups: true,
      membersAtOnce: 100,
      wholeGroups: false,
      list: true,
      everyChange: false,
    },
  }
})
