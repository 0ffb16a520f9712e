import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sql } from '../../worker/store/database.ts'
import { listBursts, rejectHolds, releaseHolds } from '../../worker/store/holds.ts'
import { readStanding, type Settings } from '../../worker/store/settings.ts'
import { downstream, type Downstream } from './downstream.ts'
import { idOf, world, type World } from './world.ts'

let there: Downstream
let here: World
let offset = 0
const now = () => new Date(Date.now() + offset)
const MINUTE = 60_000

beforeAll(async () => {
  there = await downstream()
})
afterAll(() => there.stop())

beforeEach(async () => {
  there.users.clear()
  there.groups.clear()
  there.spoil = () => undefined
  offset = 0
  here = await world({ now, subrequests: 1_000 })
  const set = await here.target({
    kind: 'scim',
    url: there.url,
    auth: { kind: 'bearer', token: there.token },
  })
  expect(set).toMatchObject({ kind: 'set' })
})

type Guard = Settings['guard']
const { guard: usual } = readStanding({ settings: '{}', revision: 0 }).settings
const guarded = (change: Partial<Guard>) => here.settings({ guard: { ...usual, ...change } })
const limit = (number: number) => ({ number, share: 0, window: 60 })

const patch = (...Operations: object[]) => ({ Operations })
const off = patch({ op: 'replace', path: 'active', value: false })
const on = patch({ op: 'replace', path: 'active', value: true })

async function hire(n: number, name = 'p'): Promise<readonly string[]> {
  const made = await Promise.all(
    Array.from({ length: n }, (_, i) =>
      here.send('POST', '/Users', {
        userName: `${name}${i}@example.com`,
        emails: [{ value: `${name}${i}@example.com`, type: 'work', primary: true }],
      }),
    ),
  )
  expect(made.map(({ status }) => status)).toEqual(made.map(() => 201))
  return made.map(idOf)
}

const suspended = () => [...there.users.values()].filter(({ body }) => body['active'] === false).length
const alarms = () =>
  here.rows(
    sql`SELECT kind, subject, count FROM alarms WHERE connection = ${here.connection} AND cleared IS NULL ORDER BY kind, subject`,
  )
const states = () =>
  here.rows(
    sql`SELECT state, count(*) AS n FROM deliveries WHERE connection = ${here.connection} GROUP BY state ORDER BY state`,
  )

describe('a wrong unassign of everyone', () => {
  test('the first 20 go through, the rest wait three minutes, alarmed, and a rejected one stays active', async () => {
    const ids = await hire(60)
    for (const id of ids) {
      here.trips()
      const answer = await here.send('PATCH', `/Users/${id}`, off)
      // One trip before, one after the target's answer; none after where it is held.
      expect([answer.status, here.trips()]).toEqual([200, ids.indexOf(id) < 20 ? 2 : 1])
    }
    expect(suspended()).toBe(20)
    expect(await states()).toEqual([{ state: 'held', n: 40 }])
    expect(await alarms()).toEqual([{ kind: 'held', subject: 'suspend', count: 40 }])
    expect(await listBursts(here.database, here.connection)).toMatchObject([
      { harm: 'suspend', resources: 40, memberships: 0 },
    ])
    await here.sweep()
    expect(suspended()).toBe(20)
    const [spared = ''] = ids.slice(-1)
    expect(await rejectHolds(here.database, here.connection, spared, now(), 'admin')).toBe(1)
    offset += 3 * MINUTE + 1_000
    await here.sweep()
    expect(suspended()).toBe(59)
    expect(await alarms()).toEqual([])
    expect(await states()).toEqual([])
    const receipts = await here.rows(
      sql`SELECT count(*) AS n, count(held) AS held, count(confirmed) AS confirmed, count(ended) AS ended
        FROM receipts WHERE connection = ${here.connection}`,
    )
    expect(receipts).toEqual([{ n: 60, held: 40, confirmed: 59, ended: 1 }])
    const [link] = await here.rows(sql`SELECT differs FROM links WHERE resource = ${spared}`)
    expect(link?.['differs']).toContain('rejected by an admin')
    // The provider changes it anew: the rejection is over.
    await here.send('PATCH', `/Users/${spared}`, on)
    offset += 61 * MINUTE
    await here.send('PATCH', `/Users/${spared}`, off)
    expect(suspended()).toBe(60)
  })

  test('below the guard nobody is held, and nobody twice', async () => {
    const ids = await hire(20)
    await Promise.all(ids.map((id) => here.send('PATCH', `/Users/${id}`, off)))
    expect(suspended()).toBe(20)
    expect(await alarms()).toEqual([])
  })

  test('40 at once against a limit of 10: exactly 10 go through', async () => {
    const ids = await hire(40)
    await guarded({ suspend: limit(10) })
    const answers = await Promise.all(ids.map((id) => here.send('PATCH', `/Users/${id}`, off)))
    expect(answers.map(({ status }) => status)).toEqual(ids.map(() => 200))
    expect(suspended()).toBe(10)
    expect(await states()).toEqual([{ state: 'held', n: 30 }])
  })

  test('a deletion is held with its groups; a harmless change releases nothing, a reactivation ends it', async () => {
    const [a = '', b = '', c = ''] = await hire(3)
    const group = await here.send('POST', '/Groups', {
      displayName: 'Team',
      members: [{ value: a }, { value: b }],
    })
    await guarded({ suspend: limit(0) })
    expect((await here.send('DELETE', `/Users/${a}`)).status).toBe(204)
    await here.send('PATCH', `/Users/${b}`, off)
    await here.send('PATCH', `/Users/${b}`, patch({ op: 'replace', path: 'title', value: 'T' }))
    await here.send('PATCH', `/Users/${c}`, off)
    await here.sweep()
    const members = () => [...there.groups.values()].map((one) => one.members.size)
    expect([suspended(), members()]).toEqual([0, [2]])
    await here.send('PATCH', `/Users/${b}`, on)
    expect([...there.users.values()].map(({ body }) => body['title'])).toContain('T')
    offset += 4 * MINUTE
    await here.sweep()
    expect([suspended(), members()]).toEqual([2, [1]])
    expect(await states()).toEqual([])
    expect(idOf(group)).toBeDefined()
  })

  test('an announced window holds and counts nothing', async () => {
    const ids = await hire(5)
    await guarded({
      suspend: limit(1),
      announced: { kinds: ['suspend'], until: new Date(Date.now() + MINUTE).toISOString() },
    })
    for (const id of ids) await here.send('PATCH', `/Users/${id}`, off)
    expect(suspended()).toBe(5)
    expect(
      await here.rows(sql`SELECT * FROM harms WHERE connection = ${here.connection} AND kind = 'suspend'`),
    ).toEqual([])
  })
})

describe('groups', () => {
  test('Push Now with none: all of it waits for release; what is added goes on', async () => {
    const ids = await hire(12)
    await guarded({ unmember: limit(5) })
    const group = await here.send('POST', '/Groups', {
      displayName: 'Team',
      members: ids.slice(0, 10).map((value) => ({ value })),
    })
    const path = `/Groups/${idOf(group)}`
    here.trips()
    await here.send('PATCH', path, patch({ op: 'replace', path: 'members', value: [] }))
    expect(here.trips()).toBe(1)
    const members = () => [...there.groups.values()].map((one) => one.members.size)
    expect(members()).toEqual([10])
    expect(await states()).toEqual([{ state: 'held', n: 1 }])
    expect(await alarms()).toEqual([{ kind: 'held', subject: 'unmember', count: 1 }])
    expect(await listBursts(here.database, here.connection)).toMatchObject([
      { harm: 'unmember', resources: 1, memberships: 10 },
    ])
    await here.send('PATCH', path, patch({ op: 'add', path: 'members', value: [{ value: ids[10] }] }))
    expect(members()).toEqual([11])
    expect(await states()).toEqual([{ state: 'held', n: 1 }])
    // One of them comes back, and is asked for no more.
    await here.send('PATCH', path, patch({ op: 'add', path: 'members', value: [{ value: ids[0] }] }))
    offset += 60 * MINUTE
    await here.sweep()
    expect(members()).toEqual([11])
    expect(await releaseHolds(here.database, here.connection, 'unmember', now())).toBe(1)
    await here.sweep()
    expect(members()).toEqual([2])
    expect([await states(), await alarms()]).toEqual([[], []])
  })

  test('what is rejected stays a member', async () => {
    const ids = await hire(3)
    await guarded({ unmember: limit(0) })
    const group = await here.send('POST', '/Groups', {
      displayName: 'Team',
      members: ids.map((value) => ({ value })),
    })
    await here.send('PUT', `/Groups/${idOf(group)}`, { displayName: 'Crew', members: [] })
    expect([...there.groups.values()]).toMatchObject([{ body: { displayName: 'Crew' } }])
    await rejectHolds(here.database, here.connection, idOf(group), now(), 'admin')
    await here.sweep()
    expect([...there.groups.values()].map((one) => one.members.size)).toEqual([3])
    expect(await states()).toEqual([])
  })

  test('deletions: the sixth waits, and goes when it is released', async () => {
    for (let i = 0; i < 7; i += 1) await here.send('POST', '/Groups', { displayName: `G${i}` })
    const list = await here.rows(
      sql`SELECT id FROM resources WHERE connection = ${here.connection} AND type = 'Group' ORDER BY seq`,
    )
    for (const { id } of list) expect((await here.send('DELETE', `/Groups/${String(id)}`)).status).toBe(204)
    expect(there.groups.size).toBe(2)
    expect(await rejectHolds(here.database, here.connection, String(list[6]?.['id']), now(), 'admin')).toBe(1)
    expect(await releaseHolds(here.database, here.connection, 'dissolve', now())).toBe(1)
    await here.sweep()
    expect([...there.groups.values()].map(({ body }) => body['displayName'])).toEqual(['G6'])
    expect(await states()).toEqual([{ state: 'skipped', n: 1 }])
  })
})

describe('people', () => {
  test('everyone assigned: the rest is made when it is released, and whoever leaves first is not', async () => {
    await guarded({ create: limit(3) })
    const ids = await hire(3)
    const [d = '', e = ''] = await hire(2, 'late')
    expect(there.users.size).toBe(3)
    expect(await alarms()).toEqual([{ kind: 'held', subject: 'create', count: 2 }])
    await here.send('PATCH', `/Users/${d}`, off)
    expect(await states()).toEqual([{ state: 'held', n: 1 }])
    await here.send('PATCH', `/Users/${e}`, patch({ op: 'replace', path: 'title', value: 'T' }))
    offset += 61 * MINUTE
    await here.sweep()
    expect(there.users.size).toBe(3)
    expect(await releaseHolds(here.database, here.connection, 'create', now())).toBe(1)
    await here.sweep()
    expect([...there.users.values()].slice(3)).toMatchObject([
      { body: { userName: 'late1@example.com', title: 'T' } },
    ])
    expect(ids).toHaveLength(3)
  })

  test('blanked names: they stay as they were there; the rest of a change and a deactivation go on', async () => {
    const ids = await hire(4)
    await guarded({ rename: limit(1) })
    for (const [i, id] of ids.entries())
      await here.send('PATCH', `/Users/${id}`, patch({ op: 'replace', path: 'userName', value: `x${i}` }))
    const names = () => [...there.users.values()].map(({ body }) => body['userName'])
    expect(names()).toEqual(['x0', 'p1@example.com', 'p2@example.com', 'p3@example.com'])
    expect(await states()).toEqual([{ state: 'held', n: 3 }])
    await here.send('PATCH', `/Users/${ids[1]}`, patch({ op: 'replace', path: 'title', value: 'T' }))
    await here.send('PATCH', `/Users/${ids[2]}`, off)
    await here.send(
      'PATCH',
      `/Users/${ids[3]}`,
      patch({ op: 'replace', path: 'userName', value: 'p3@example.com' }),
    )
    const [, b, c] = [...there.users.values()]
    expect([b, c]).toMatchObject([
      { body: { userName: 'p1@example.com', title: 'T', active: true } },
      { body: { userName: 'p2@example.com', active: false } },
    ])
    expect(await states()).toEqual([{ state: 'held', n: 2 }])
    await releaseHolds(here.database, here.connection, 'rename', now())
    await here.sweep()
    expect(names()).toEqual(['x0', 'x1', 'x2', 'p3@example.com'])
    expect(await states()).toEqual([])
  })

  test('addresses taken away', async () => {
    const [a = ''] = await hire(1)
    await guarded({ rename: limit(0) })
    await here.send('PATCH', `/Users/${a}`, patch({ op: 'remove', path: 'emails' }))
    const emails = () => [...there.users.values()].map(({ body }) => body['emails'])
    expect(emails()).toMatchObject([[{ value: 'p0@example.com' }]])
    await rejectHolds(here.database, here.connection, 'rename', now(), 'admin')
    await here.sweep()
    expect(emails()).toMatchObject([[{ value: 'p0@example.com' }]])
    expect(await states()).toEqual([])
  })
})
