import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sql } from '../../worker/store/database.ts'
import { claimDue } from '../../worker/store/claim.ts'
import { announce, listBursts, rejectHolds, releaseHolds } from '../../worker/store/holds.ts'
import { loadStanding } from '../../worker/store/settings.ts'
import { downstream, type Downstream } from './downstream.ts'
import { guarded, limit, MINUTE, off, on, patch, type Guarded } from './guarded.ts'
import { idOf, world } from './world.ts'

let there: Downstream
let here: Guarded

beforeAll(async () => {
  there = await downstream()
})
afterAll(() => there.stop())
beforeEach(async () => {
  here = await guarded(there)
})

const suspended = () => [...there.users.values()].filter(({ body }) => body['active'] === false).length

const members = () => [...there.groups.values()].map((one) => one.members.size)

describe('a wrong unassign of everyone', () => {
  test('the first 20 go through, the rest wait three minutes, alarmed, and a rejected one stays active', async () => {
    const ids = await here.hire(60)
    for (const id of ids) {
      here.trips()
      const answer = await here.send('PATCH', `/Users/${id}`, off)
      // One trip before, one after the target's answer; none after where it is held.
      expect([answer.status, here.trips()]).toEqual([200, ids.indexOf(id) < 20 ? 2 : 1])
    }
    expect(suspended()).toBe(20)
    expect(await here.states()).toEqual([{ state: 'held', n: 40 }])
    expect(await here.alarms()).toEqual([{ kind: 'held', subject: 'suspend', count: 40 }])
    expect(await listBursts(here.database, here.connection)).toMatchObject([
      { harm: 'suspend', resources: 40, memberships: 0 },
    ])
    await here.sweep()
    expect(suspended()).toBe(20)
    const [spared = ''] = ids.slice(-1)
    expect(await rejectHolds(here.database, here.connection, spared, here.now(), 'admin')).toBe(1)
    here.pass(3 * MINUTE + 1_000)
    await here.sweep()
    expect(suspended()).toBe(59)
    expect(await here.alarms()).toEqual([])
    expect(await here.states()).toEqual([])
    const receipts = await here.rows(
      sql`SELECT count(*) AS n, count(held) AS held, count(confirmed) AS confirmed, count(ended) AS ended
        FROM receipts WHERE connection = ${here.connection}`,
    )
    expect(receipts).toEqual([{ n: 60, held: 40, confirmed: 59, ended: 1 }])
    const [link] = await here.rows(sql`SELECT differs FROM links WHERE resource = ${spared}`)
    expect(link?.['differs']).toContain('rejected by an admin')
    // The provider changes it anew: the rejection is over.
    await here.send('PATCH', `/Users/${spared}`, on)
    here.pass(61 * MINUTE)
    await here.send('PATCH', `/Users/${spared}`, off)
    expect(suspended()).toBe(60)
  })

  test('below the guard nobody is held, and nobody twice', async () => {
    const ids = await here.hire(20)
    await Promise.all(ids.map((id) => here.send('PATCH', `/Users/${id}`, off)))
    expect(suspended()).toBe(20)
    expect(await here.alarms()).toEqual([])
  })

  test('40 at once against a limit of 10: exactly 10 go through', async () => {
    const ids = await here.hire(40)
    await here.guard({ suspend: limit(10) })
    const answers = await Promise.all(ids.map((id) => here.send('PATCH', `/Users/${id}`, off)))
    expect(answers.map(({ status }) => status)).toEqual(ids.map(() => 200))
    expect(suspended()).toBe(10)
    expect(await here.states()).toEqual([{ state: 'held', n: 30 }])
  })

  test('a deletion is held with its groups; a harmless change releases nothing, a reactivation ends it', async () => {
    const [a = '', b = '', c = ''] = await here.hire(3)
    await here.group('Team', [a, b])
    await here.guard({ suspend: limit(0) })
    expect((await here.send('DELETE', `/Users/${a}`)).status).toBe(204)
    await here.send('PATCH', `/Users/${b}`, off)
    await here.send('PATCH', `/Users/${b}`, patch({ op: 'replace', path: 'title', value: 'T' }))
    await here.send('PATCH', `/Users/${c}`, off)
    await here.sweep()
    expect([suspended(), members()]).toEqual([0, [2]])
    await here.send('PATCH', `/Users/${b}`, on)
    expect([...there.users.values()].map(({ body }) => body['title'])).toContain('T')
    here.pass(4 * MINUTE)
    await here.sweep()
    expect([suspended(), members()]).toEqual([2, [1]])
    expect(await here.states()).toEqual([])
  })

  test('of many people a share is let through', async () => {
    const ids = await here.hire(20)
    await here.guard({ suspend: { number: 1, share: 0.5, window: 60 } })
    for (const id of ids.slice(0, 12)) await here.send('PATCH', `/Users/${id}`, off)
    expect([suspended(), await here.states()]).toEqual([10, [{ state: 'held', n: 2 }]])
    // Outside the window nothing of it counts.
    here.pass(61 * MINUTE)
    await here.send('PATCH', `/Users/${ids[12]}`, off)
    expect(suspended()).toBe(11)
  })

  test('without a target nothing is counted or held', async () => {
    const alone = await world()
    const made = idOf(await alone.send('POST', '/Users', { userName: 'a@example.com' }))
    alone.trips()
    await alone.send('PATCH', `/Users/${made}`, off)
    expect(alone.trips()).toBe(1)
    const of = sql`FROM harms WHERE connection = ${alone.connection}`
    expect(await alone.rows(sql`SELECT 1 ${of}`)).toEqual([])
  })

  test('an announced window holds and counts nothing', async () => {
    const ids = await here.hire(5)
    await here.guard({ suspend: limit(1) })
    expect(await announce(here.database, here.connection, ['suspend'], new Date(Date.now() + MINUTE))).toBe(
      true,
    )
    for (const id of ids) await here.send('PATCH', `/Users/${id}`, off)
    expect(suspended()).toBe(5)
    expect(
      await here.rows(sql`SELECT * FROM harms WHERE connection = ${here.connection} AND kind = 'suspend'`),
    ).toEqual([])
  })
})

describe('groups', () => {
  test('Push Now with none: all of it waits for release; what is added goes on', async () => {
    const ids = await here.hire(12)
    await here.guard({ unmember: limit(5) })
    const group = await here.group('Team', ids.slice(0, 10))
    const path = `/Groups/${group}`
    here.trips()
    await here.send('PATCH', path, patch({ op: 'replace', path: 'members', value: [] }))
    expect(here.trips()).toBe(1)
    expect(members()).toEqual([10])
    expect(await here.states()).toEqual([{ state: 'held', n: 1 }])
    expect(await here.alarms()).toEqual([{ kind: 'held', subject: 'unmember', count: 1 }])
    expect(await listBursts(here.database, here.connection)).toMatchObject([
      { harm: 'unmember', resources: 1, memberships: 10 },
    ])
    await here.send('PATCH', path, patch({ op: 'add', path: 'members', value: [{ value: ids[10] }] }))
    expect(members()).toEqual([11])
    expect(await here.states()).toEqual([{ state: 'held', n: 1 }])
    // One of them comes back, and is asked for no more.
    await here.send('PATCH', path, patch({ op: 'add', path: 'members', value: [{ value: ids[0] }] }))
    here.pass(60 * MINUTE)
    await here.sweep()
    expect(members()).toEqual([11])
    expect(await releaseHolds(here.database, here.connection, 'unmember', here.now())).toBe(1)
    await here.sweep()
    expect(members()).toEqual([2])
    expect([await here.states(), await here.alarms()]).toEqual([[], []])
  })

  test.each(['wholeGroups', 'everyChange'] as const)(
    'a target that takes a group with all its members (%s) is sent those who are held',
    async (way) => {
      const [a = '', b = '', c = ''] = await here.hire(3)
      const group = await here.group('Team', [a, b])
      await here.guard({ unmember: limit(0) })
      const { settings } = await loadStanding(here.database, here.connection)
      if (settings.target === undefined) throw new Error('no target')
      const capabilities = { ...settings.target.capabilities, [way]: true }
      await here.settings({
        target: { ...settings.target, capabilities },
        state: { is: 'paused', since: here.now().toISOString() },
      })
      await here.send('PUT', `/Groups/${group}`, {
        displayName: 'Crew',
        members: [{ value: c }, { value: b }],
      })
      await here.settings({ state: { is: 'active' } })
      const now = here.now()
      const until = new Date(now.getTime() + MINUTE)
      const claim = { most: 9, now, until, id: 'x', except: new Set<string>() }
      const { work } = await claimDue(here.database, claim)
      const own = new Set(work.find(({ resource }) => resource === group)?.all)
      const remotes = [...there.users.values()].map(({ id }) => id)
      expect(own).toEqual(new Set(way === 'everyChange' ? [a, b, c] : remotes))
    },
  )

  test('who comes back waits for nothing, and nobody has to release it', async () => {
    const ids = await here.hire(2)
    await here.guard({ unmember: limit(0) })
    const path = `/Groups/${await here.group('Team', ids)}`
    await here.send('PUT', path, { displayName: 'Team', members: [] })
    await here.send('PUT', path, { displayName: 'Team', members: ids.map((value) => ({ value })) })
    expect(await listBursts(here.database, here.connection)).toEqual([])
    expect([members(), await here.states()]).toEqual([[2], []])
    await here.sweep()
    expect(await here.alarms()).toEqual([])
  })

  test('what is rejected stays a member', async () => {
    const ids = await here.hire(3)
    await here.guard({ unmember: limit(0) })
    const group = await here.group('Team', ids)
    await here.send('PUT', `/Groups/${group}`, { displayName: 'Crew', members: [] })
    expect([...there.groups.values()]).toMatchObject([{ body: { displayName: 'Crew' } }])
    await rejectHolds(here.database, here.connection, group, here.now(), 'admin')
    await here.sweep()
    expect([...there.groups.values()].map((one) => one.members.size)).toEqual([3])
    expect(await here.states()).toEqual([])
  })

  test('deletions: the sixth waits, and goes when it is released', async () => {
    for (let i = 0; i < 7; i += 1) await here.send('POST', '/Groups', { displayName: `G${i}` })
    const list = await here.rows(
      sql`SELECT id FROM resources WHERE connection = ${here.connection} AND type = 'Group' ORDER BY seq`,
    )
    for (const { id } of list) expect((await here.send('DELETE', `/Groups/${String(id)}`)).status).toBe(204)
    expect(there.groups.size).toBe(2)
    expect(
      await rejectHolds(here.database, here.connection, String(list[6]?.['id']), here.now(), 'admin'),
    ).toBe(1)
    expect(await releaseHolds(here.database, here.connection, 'dissolve', here.now())).toBe(1)
    await here.sweep()
    expect([...there.groups.values()].map(({ body }) => body['displayName'])).toEqual(['G6'])
    expect(await here.states()).toEqual([{ state: 'skipped', n: 1 }])
  })
})

describe('people', () => {
  test('everyone assigned: the rest is made when it is released, and whoever leaves first is not', async () => {
    await here.guard({ create: limit(3) })
    const ids = await here.hire(3)
    const [d = '', e = ''] = await here.hire(2, 'late')
    expect(there.users.size).toBe(3)
    expect(await here.alarms()).toEqual([{ kind: 'held', subject: 'create', count: 2 }])
    await here.send('PATCH', `/Users/${d}`, off)
    expect(await here.states()).toEqual([{ state: 'held', n: 1 }])
    await here.send('PATCH', `/Users/${e}`, patch({ op: 'replace', path: 'title', value: 'T' }))
    here.pass(61 * MINUTE)
    await here.sweep()
    expect(there.users.size).toBe(3)
    expect(await releaseHolds(here.database, here.connection, 'create', here.now())).toBe(1)
    await here.sweep()
    expect([...there.users.values()].slice(3)).toMatchObject([
      { body: { userName: 'late1@example.com', title: 'T' } },
    ])
    expect(ids).toHaveLength(3)
  })

  test('blanked names: they stay as they were there; the rest of a change and a deactivation go on', async () => {
    const ids = await here.hire(4)
    await here.guard({ rename: limit(1) })
    for (const [i, id] of ids.entries())
      await here.send('PATCH', `/Users/${id}`, patch({ op: 'replace', path: 'userName', value: `x${i}` }))
    const names = () => [...there.users.values()].map(({ body }) => body['userName'])
    expect(names()).toEqual(['x0', 'p1@example.com', 'p2@example.com', 'p3@example.com'])
    expect(await here.states()).toEqual([{ state: 'held', n: 3 }])
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
    expect(await here.states()).toEqual([{ state: 'held', n: 2 }])
    await releaseHolds(here.database, here.connection, 'rename', here.now())
    await here.sweep()
    expect(names()).toEqual(['x0', 'x1', 'x2', 'p3@example.com'])
    expect(await here.states()).toEqual([])
  })

  test('addresses taken away', async () => {
    const [a = ''] = await here.hire(1)
    await here.guard({ rename: limit(0) })
    await here.send('PATCH', `/Users/${a}`, patch({ op: 'remove', path: 'emails' }))
    const emails = () => [...there.users.values()].map(({ body }) => body['emails'])
    expect(emails()).toMatchObject([[{ value: 'p0@example.com' }]])
    await rejectHolds(here.database, here.connection, 'rename', here.now(), 'admin')
    await here.sweep()
    expect(emails()).toMatchObject([[{ value: 'p0@example.com' }]])
    expect(await here.states()).toEqual([])
  })
})
