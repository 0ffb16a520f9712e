import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sql } from '../../worker/store/database.ts'
import { at } from '../json.ts'
import { downstream, type Downstream } from './downstream.ts'
import { ownDatabase } from './ownDatabase.ts'
import { firstId, idOf, world, type World, type WorldOptions } from './world.ts'

let there: Downstream
let here: World
let offset = 0

let database: Awaited<ReturnType<typeof ownDatabase>>
const start = (options: WorldOptions = {}) =>
  world({ now: () => new Date(Date.now() + offset), libsqlUrl: database.url, ...options })

beforeAll(async () => {
  database = await ownDatabase()
})
afterAll(() => database.stop())

const target = () => ({ kind: 'scim', url: there.url, auth: { kind: 'bearer', token: there.token } })

beforeEach(async () => {
  there = await downstream()
  offset = 0
  here = await start()
  expect(await here.target(target())).toMatchObject({ kind: 'set' })
})

// Cron looks at every connection: those of other tests are left without a target.
afterEach(async () => {
  await here.database.write([sql`UPDATE connections SET settings = '{}', revision = revision + 1`])
  await there.stop()
})

const DAY = 86_400_000

function put(id: string, body: Record<string, unknown> = {}): void {
  there.users.set(id, {
    id,
    body: { userName: `${id}@example.com`, active: true, ...body },
    members: new Set(),
  })
}

/** Lets cron run until the import is over. Gives how it stands. */
async function imported() {
  for (let runs = 0; runs < 60; runs += 1) {
    await here.sweep()
    const [row] = await here.rows(sql`SELECT * FROM imports WHERE connection = ${here.connection}`)
    if (row !== undefined && row['state'] !== 'running') return row
  }
  throw new Error('never over')
}

const again = () => {
  offset += DAY + 1000
  return imported()
}

const off = { Operations: [{ op: 'replace', path: 'active', value: false }] }
const find = (userName: string) =>
  here.send('GET', `/Users?filter=${encodeURIComponent(`userName eq "${userName}"`)}`)

describe('what the target has is shown to the provider', () => {
  test('under the target’s own ids, with the names that Okta needs; a deactivation lands', async () => {
    put('t1', { name: { givenName: 'Anna', familyName: 'Berg' }, title: 'Boss' })
    put('t2', { displayName: 'Ben Holm', active: false, phoneNumbers: 'none', nickName: 7 })
    expect(await imported()).toMatchObject({ state: 'done', people: 2, former: 2, waiting: 0 })
    const list = await here.send('GET', '/Users')
    expect(list.body).toMatchObject({
      totalResults: 2,
      Resources: [
        { id: 't1', userName: 't1@example.com', title: 'Boss', active: true },
        { id: 't2', name: { givenName: 'Ben', familyName: 'Holm' }, active: false },
      ],
    })
    there.seen.length = 0
    expect((await here.send('PATCH', '/Users/t1', off)).status).toBe(200)
    expect(there.users.get('t1')?.body).toMatchObject({ active: false, title: 'Boss' })
    expect(there.seen.filter(({ method }) => method === 'PATCH')).toHaveLength(1)
    const receipts = await here.rows(sql`SELECT remote FROM receipts WHERE connection = ${here.connection}
      AND confirmed IS NOT NULL`)
    expect(receipts).toEqual([{ remote: 't1' }])
  })

  test('a name that was made up is not brought there', async () => {
    put('t1')
    await imported()
    expect((await here.send('GET', '/Users/t1')).body).toMatchObject({ name: { givenName: 't1' } })
    await here.send('PATCH', '/Users/t1', off)
    expect(there.users.get('t1')?.body).toEqual({ userName: 't1@example.com', active: false })
  })

  test('the provider’s POST of it is 409, its look-up finds it, and its write makes it the provider’s own', async () => {
    put('t1')
    await imported()
    const mine = () => here.rows(sql`SELECT imported FROM resources WHERE connection = ${here.connection}`)
    expect((await here.send('POST', '/Users', { userName: 'T1@example.com' })).status).toBe(409)
    expect(firstId(await find('T1@example.com'))).toBe('t1')
    expect(await mine()).toEqual([{ imported: 1 }])
    const { body } = await here.send('GET', '/Users/t1')
    expect((await here.send('PUT', '/Users/t1', body)).status).toBe(200)
    expect(await mine()).toEqual([{ imported: 0 }])
  })

  test('hundreds of people and few subrequests: it goes on where it ended', async () => {
    await here.settings({ importEvery: 0 })
    here = await start({ subrequests: 18 })
    await here.target(target())
    for (let n = 0; n < 450; n += 1) put(`p${n}`)
    there.seen.length = 0
    const swept = await here.sweep()
    expect(swept.subrequests).toBeLessThanOrEqual(18)
    expect(await here.rows(sql`SELECT state FROM imports WHERE connection = ${here.connection}`)).toEqual([
      { state: 'running' },
    ])
    expect(await imported()).toMatchObject({ state: 'done', people: 450 })
    expect((await here.send('GET', '/Users?count=0')).body).toMatchObject({ totalResults: 450 })
    const asked = there.seen.filter(({ path }) => path.startsWith('/Users?startIndex'))
    expect(new Set(asked.map(({ path }) => path)).size).toBe(asked.length)
  })
})

describe('nobody twice, and nobody lost', () => {
  test('what the bridge made is linked: it is seen, and stays one', async () => {
    const made = await here.send('POST', '/Users', { userName: 'anna@example.com', externalId: 'okta-1' })
    expect(await imported()).toMatchObject({ state: 'done', people: 1, waiting: 0 })
    expect((await here.send('GET', '/Users')).body).toMatchObject({
      totalResults: 1,
      Resources: [{ id: idOf(made) }],
    })
    await here.send('PATCH', `/Users/${idOf(made)}`, off)
    expect([...there.users.values()]).toMatchObject([{ body: { active: false } }])
  })

  test('a create and a delete that are on their way are nobody new', async () => {
    there.spoil = ({ method }) => (method === 'POST' ? { kind: 'reset', after: true } : undefined)
    const made = await here.send('POST', '/Users', { userName: 'anna@example.com' })
    there.spoil = () => undefined
    const lease = (until: string | null) =>
      here.database.write([
        sql`UPDATE deliveries SET leased = ${until} WHERE connection = ${here.connection}`,
      ])
    await lease('2999')
    await here.send('DELETE', `/Users/${idOf(made)}`)
    expect(await imported()).toMatchObject({ state: 'done', people: 1, waiting: 1 })
    expect((await here.send('GET', '/Users')).body).toMatchObject({ totalResults: 0 })
    await lease(null)
    offset += DAY / 2
    await here.sweep()
    expect([...there.users.values()]).toMatchObject([{ body: { active: false } }])
    await again()
    expect((await here.send('GET', '/Users')).body).toMatchObject({ totalResults: 0 })
  })

  test('somebody of the same userName waits for an admin', async () => {
    const made = await here.send('POST', '/Users', { userName: 'anna@example.com', active: false })
    put('t1', { userName: 'Anna@example.com' })
    expect(await imported()).toMatchObject({
      waiting: 1,
      words: expect.stringContaining('1 accounts were not'),
    })
    expect((await here.send('GET', '/Users')).body).toMatchObject({ totalResults: 1 })
    const alarms = await here.rows(
      sql`SELECT kind, subject FROM alarms WHERE connection = ${here.connection}`,
    )
    expect(alarms).toEqual([{ kind: 'decide', subject: idOf(made) }])
  })

  test('an account that another connection has linked is left out', async () => {
    const other = await start()
    await other.target(target())
    await other.settings({ importEvery: 0 })
    await other.send('POST', '/Users', { userName: 'anna@example.com' })
    put('t2')
    expect(await imported()).toMatchObject({ people: 2, taken: 1, words: expect.stringContaining('another') })
    expect((await here.send('GET', '/Users')).body).toMatchObject({
      totalResults: 1,
      Resources: [{ id: 't2' }],
    })
  })

  test('an account that is gone marks its link, and the person stays as they are', async () => {
    for (let n = 0; n < 10; n += 1) put(`p${n}`)
    await imported()
    there.users.delete('p3')
    expect(await again()).toMatchObject({ state: 'done', people: 9 })
    const gone = () =>
      here.rows(sql`SELECT resource FROM links WHERE connection = ${here.connection} AND differs IS NOT NULL`)
    expect(await gone()).toEqual([{ resource: 'p3' }])
    expect((await here.send('GET', '/Users/p3')).body).toMatchObject({ active: true })
    put('p3')
    await again()
    expect(await gone()).toEqual([])
  })

  test('what an import saw late does not hide what a delivery did meanwhile', async () => {
    put('t1', { active: false })
    await imported()
    offset += DAY + 1000
    // The page shows the person inactive; before it is kept, the provider activates.
    let shown = false
    there.spoil = ({ method, path }) => {
      if (method === 'GET' && path.startsWith('/Users?startIndex')) shown = true
      return undefined
    }
    const rows = sql`UPDATE links SET at = '2999' WHERE connection = ${here.connection}`
    await here.database.write([
      rows,
      sql`UPDATE links SET confirmed = json_set(confirmed, '$.active', json('true'))
      WHERE connection = ${here.connection}`,
    ])
    await imported()
    expect(shown).toBe(true)
    const [link] = await here.rows(
      sql`SELECT confirmed ->> '$.active' AS active FROM links WHERE connection = ${here.connection}`,
    )
    expect(link).toEqual({ active: 1 })
  })
})

describe('a target that is not itself', () => {
  beforeEach(async () => {
    for (let n = 0; n < 10; n += 1) put(`p${n}`)
    await imported()
  })
  const shownHere = async () => at((await here.send('GET', '/Users?count=0')).body, 'totalResults')
  const marked = () =>
    here.rows(sql`SELECT 1 FROM links WHERE connection = ${here.connection} AND differs IS NOT NULL`)

  test.each([
    ['empty', 0],
    ['shrunk by more than a fifth', 7],
    ['grown by more than a fifth', 13],
  ])('%s: held, and nothing is changed', async (_, count) => {
    for (const id of there.users.keys()) if (there.users.size > count) there.users.delete(id)
    for (let n = 20; there.users.size < count; n += 1) put(`p${n}`)
    expect(await again()).toMatchObject({
      state: 'held',
      former: 10,
      words: expect.stringContaining(`${count} people`),
    })
    expect([await shownHere(), await marked()]).toEqual([10, []])
    expect(
      await here.rows(
        sql`SELECT kind, subject FROM alarms WHERE connection = ${here.connection} AND cleared IS NULL`,
      ),
    ).toEqual([{ kind: 'import', subject: 'held' }])
  })

  test('people the bridge itself has brought there are no growth', async () => {
    for (let n = 0; n < 5; n += 1) await here.send('POST', '/Users', { userName: `new${n}@example.com` })
    expect(await again()).toMatchObject({ state: 'done', people: 15 })
  })

  test('away at any page: failed with words, and everybody stays', async () => {
    there.spoil = ({ path }) =>
      path.startsWith('/Users?startIndex') ? { kind: 'answer', status: 503 } : undefined
    expect(await again()).toMatchObject({ state: 'failed', words: expect.any(String) })
    expect([await shownHere(), await marked()]).toEqual([10, []])
    there.spoil = () => undefined
    offset += 3_700_000
    expect(await imported()).toMatchObject({ state: 'done', people: 10 })
  })
})
