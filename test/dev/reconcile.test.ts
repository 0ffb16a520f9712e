import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test, inject } from 'vitest'
import { at } from '../json.ts'
import { downstream, type Downstream } from '../sync/downstream.ts'
import { databaseUrl, idOf, readKeysOf, world, type World } from '../sync/world.ts'

const script = resolve(import.meta.dirname, '../../dev/reconcile.ts')
const slow = { timeout: 60_000 }
let dataDir = ''
let there: Downstream
let here: World

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'drawbridge-reconcile-'))
  there = await downstream()
  const { sealKeys, macKeys } = readKeysOf()
  const keys: unknown = JSON.parse(inject('tokenKeys'))
  await writeFile(join(dataDir, 'keys.json'), JSON.stringify({ keys: at(keys, 'keys'), sealKeys, macKeys }))
})
afterAll(async () => {
  await there.stop()
  await rm(dataDir, { recursive: true, force: true })
})

beforeEach(async () => {
  there.users.clear()
  there.groups.clear()
  there.showsMembers = true
  there.omitsEmpty = true
  here = await world()
  const auth = { kind: 'bearer', token: there.token }
  expect(await here.target({ kind: 'scim', url: there.url, auth })).toMatchObject({ kind: 'set' })
})

type Ended = { readonly code: number; readonly stdout: string; readonly stderr: string }

/** Runs the command on the connection of the test. */
function run(...options: readonly string[]): Promise<Ended> {
  const env = { ...process.env, DATA_DIR: dataDir, LIBSQL_URL: databaseUrl, LIBSQL_AUTH_TOKEN: '' }
  return new Promise((done) => {
    execFile(process.execPath, [script, ...options], { env }, (error, stdout, stderr) =>
      done({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    )
  })
}
const reconcile = (...options: readonly string[]) => run('--connection', here.connection, ...options)

const make = async (name: string) =>
  idOf(await here.send('POST', '/Users', { userName: `${name}@example.com`, title: 'Engineer' }))
const body = (name: string) => {
  const kept = [...there.users.values()].find(({ body: one }) => one['userName'] === `${name}@example.com`)
  if (kept === undefined) throw new Error(`no ${name}`)
  return kept.body
}

test('a damaged target: the table, one repair, all repairs, and nothing differs', slow, async () => {
  const [anna, ben] = [await make('anna'), await make('ben')]
  expect(await reconcile()).toEqual({
    code: 0,
    stdout: '2 people and 0 groups at the target: nothing differs.\n',
    stderr: '',
  })
  await here.send('PATCH', `/Users/${ben}`, { Operations: [{ op: 'replace', path: 'active', value: false }] })
  body('anna')['title'] = 'Boss\u001B[2J\n=1'
  body('ben')['active'] = true

  const shown = await reconcile()
  expect(shown).toMatchObject({ code: 1, stderr: '' })
  const lines = shown.stdout.split('\n')
  expect(lines[2]).toContain('active at the target, and inactive here')
  expect(lines[2]).toMatch(new RegExp(`--repair ${ben}$`))
  expect(lines[3]).toContain('title: "Boss\\u001b[2J\\n=1", wanted "Engineer"')
  expect(lines[4]).toBe('2 people and 0 groups at the target: 2 findings.')

  const one = await reconcile('--repair', ben)
  expect(one.code).toBe(1)
  expect(one.stdout).toContain('1 person or group is due again: the next run of cron brings it there.')
  await here.sweep()
  expect([body('ben')['active'], body('anna')['title']]).toEqual([false, 'Boss\u001B[2J\n=1'])
  const all = await reconcile('--repair', 'all')
  expect([all.code, all.stderr]).toEqual([0, ''])
  await here.sweep()
  expect(body('anna')['title']).toBe('Engineer')
  expect((await reconcile()).code).toBe(0)
  expect(await reconcile('--repair', anna)).toMatchObject({
    code: 1,
    stderr: `Nothing can be repaired of: ${anna}\n`,
  })
})

test(
  'as JSON and as CSV, with a list, and who is not on it is suspended by a release alone',
  slow,
  async () => {
    const anna = await make('anna')
    await make('ben')
    const list = join(dataDir, 'list.csv')
    const saved = join(dataDir, 'saved.csv')
    await writeFile(
      list,
      '\uFEFF"Login";Name\r\n"BEN@example.com";"=HYPERLINK(""x"")"\r\n=cmd@example.com;x\r\n',
    )
    const { code, stdout, stderr } = await reconcile('--csv', list, '--json', '--save', saved, '--stale', '3')
    expect(code).toBe(1)
    expect(stderr).toBe('2 people and 0 groups at the target: 2 findings.\n')
    expect(JSON.parse(stdout)).toEqual({
      at: expect.stringMatching(/Z$/),
      result: { kind: 'compared', people: 2, groups: 0 },
      findings: [
        {
          kind: 'unassigned',
          id: anna,
          remote: expect.any(String),
          type: 'User',
          name: 'anna@example.com',
          known: 'active',
          repair: { by: 'nobody', words: `nothing is done without an admin: --release ${anna}` },
        },
        {
          kind: 'assigned',
          type: 'User',
          name: '=cmd@example.com',
          shown: 'nobody',
          repair: { by: 'nobody', words: 'the provider has to send it' },
        },
      ],
      due: [],
    })
    const csv = await readFile(saved, 'utf8')
    expect(csv.split('\r\n')[0]).toBe('finding,kind,id,name,at the target,what,repair')
    expect(csv).toContain(",'=cmd@example.com,")
    expect(body('anna')['active']).toBe(true)

    expect(await reconcile('--csv', list, '--repair', 'all')).toMatchObject({ code: 1 })
    await here.sweep()
    expect(body('anna')['active']).toBe(true)
    expect(await reconcile('--release', `${anna},nobody`)).toEqual({
      code: 1,
      stdout: `${anna} is deactivated, and on its way to the target.\n`,
      stderr: 'nobody: There is no such resource in this connection.\n',
    })
    await here.sweep()
    expect(body('anna')['active']).toBe(false)
  },
)

test(
  'a group that was emptied, and nothing else that shows members: said, and not taken for nothing',
  slow,
  async () => {
    const members = [{ value: await make('anna') }, { value: await make('ben') }]
    await here.send('POST', '/Groups', { displayName: 'Team', members })
    expect((await reconcile()).code).toBe(0)
    for (const group of there.groups.values()) group.members.clear()
    expect(await reconcile()).toEqual({
      code: 1,
      stdout: '2 people and 1 group at the target: nothing that was compared differs.\n',
      stderr:
        'Members were not compared: the target showed those of no group. 1 group here should have 2 members.\n',
    })
    expect((await reconcile('--repair', 'all')).code).toBe(1)
  },
)

test('what the target has of its own is counted apart, unless it is asked for', slow, async () => {
  await make('anna')
  for (const id of ['x1', 'x2'])
    there.users.set(id, { id, body: { userName: `${id}@example.com`, active: true }, members: new Set() })
  const shown = await reconcile()
  expect(shown).toMatchObject({ code: 0, stderr: '' })
  expect(shown.stdout).toContain('x2@example.com')
  const end = (ended: Ended) => ended.stdout.trimEnd().split('\n').at(-1)
  expect(end(shown)).toBe(
    '3 people and 0 groups at the target: nothing differs; 2 more at the target are linked to nobody.',
  )
  const strict = await reconcile('--strict-extra')
  expect(strict.code).toBe(1)
  expect(end(strict)).toBe('3 people and 0 groups at the target: 2 findings.')
  body('anna')['title'] = 'Boss'
  const differs = await reconcile()
  expect([differs.code, end(differs)]).toEqual([
    1,
    '3 people and 0 groups at the target: 1 finding; 2 more at the target are linked to nobody.',
  ])
  expect((await reconcile('--repair', 'all')).code).toBe(0)
})

test('a target that is away, and a bridge that is the account itself, are said', slow, async () => {
  await make('anna')
  there.spoil = () => ({ kind: 'answer', status: 503 })
  const away = await reconcile('--json')
  there.spoil = () => undefined
  expect(away.code).toBe(1)
  expect(away.stderr).toMatch(/^Not compared to the end, so nobody is missed: .*503/)
  expect(JSON.parse(away.stdout)).toMatchObject({ result: { kind: 'away' }, findings: [] })
  const { connection } = await world()
  expect(await run('--connection', connection)).toMatchObject({
    code: 1,
    stderr: 'Not compared: the bridge itself is the account of this connection.\n',
  })
})

test.each([
  [[], /--connection NAME/],
  [['--connection', 'a', '--stale', '0'], /--stale: expected a whole number of days from 1, not 0/],
  [['--connection', 'a', '--release', 'x', '--repair', 'all'], /--release goes alone/],
  [['--connection', 'a', '--csv', '/nowhere'], /^--csv: there is no file \/nowhere\.\n$/],
  [['--connection', 'a', '--save', '/nowhere/x'], /there is no such folder/],
  [['--nonsense'], /nonsense/],
])('%j is explained', slow, async (options, words) => {
  const { code, stderr } = await run(...options)
  expect(code).toBe(options.includes('--csv') || options.includes('--save') ? 1 : 2)
  expect(stderr).toMatch(words)
})
