import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sql } from '../../worker/store/database.ts'
import { readDryRun } from '../../worker/store/dryRun.ts'
import { enterDryRun, leaveDryRun } from '../../worker/sync/leaveDryRun.ts'
import { downstream, type Downstream } from './downstream.ts'
import { idOf, world, type World } from './world.ts'

let there: Downstream
let here: World

beforeAll(async () => {
  there = await downstream()
})
afterAll(() => there.stop())

beforeEach(async () => {
  there.users.clear()
  there.groups.clear()
  there.seen.length = 0
  there.spoil = () => undefined
  here = await world()
  await here.target({ kind: 'scim', url: there.url, auth: { kind: 'bearer', token: there.token } })
})

const anna = { userName: 'anna@example.com', displayName: 'Anna', externalId: 'okta-1' }
const off = { Operations: [{ op: 'replace', path: 'active', value: false }] }
const named = (displayName: string) => ({
  Operations: [{ op: 'replace', path: 'displayName', value: displayName }],
})
const people = () => [...there.users.values()].map(({ body }) => body)
const writes = () => there.seen.filter(({ method }) => method !== 'GET')
const begin = () => enterDryRun(here.database, here.connection)
const leave = (then: 'deliver' | 'discard') =>
  leaveDryRun(here.database, here.connection, then, {
    sign: here.sign,
    newId: () => crypto.randomUUID(),
    now: () => new Date(),
  })
const recorded = () => readDryRun(here.database, here.connection, 100)
const steps = async () =>
  (await recorded()).steps.map(({ what, method, path }) => `${what} ${method} ${path}`)
const links = () =>
  here.rows(sql`SELECT remote, state, confirmed FROM links WHERE connection = ${here.connection}`)
const deliveries = () => here.rows(sql`SELECT * FROM deliveries WHERE connection = ${here.connection}`)
const receipts = () =>
  here.rows(sql`SELECT confirmed, ended FROM receipts WHERE connection = ${here.connection}`)

describe('a dry run', () => {
  beforeEach(async () => {
    expect(await begin()).toBeUndefined()
    there.seen.length = 0
  })

  test('reads, records what it would send, and changes nothing there', async () => {
    const made = await here.send('POST', '/Users', anna)
    const id = idOf(made)
    expect(made.status).toBe(201)
    const ben = idOf(await here.send('POST', '/Users', { userName: 'ben@example.com' }))
    const team = { displayName: 'Team', members: [{ value: id }, { value: ben }] }
    const group = idOf(await here.send('POST', '/Groups', team))
    await here.send('PATCH', `/Users/${id}`, named('Anna B'))
    await here.send('PATCH', `/Groups/${group}`, {
      Operations: [{ op: 'remove', path: `members[value eq "${ben}"]` }],
    })
    await here.send('PATCH', `/Users/${id}`, off)
    await here.send('DELETE', `/Users/${ben}`)
    await here.send('DELETE', `/Groups/${group}`)
    expect(writes()).toEqual([])
    expect(there.seen.length).toBeGreaterThan(0)
    expect(await steps()).toEqual([
      'create POST /Users',
      'create POST /Users',
      'create POST /Groups',
      `update PATCH /Users/dry%3A${id}`,
      `update PATCH /Groups/dry%3A${group}`,
      `suspend PATCH /Users/dry%3A${id}`,
      `suspend PATCH /Users/dry%3A${ben}`,
      `delete DELETE /Groups/dry%3A${group}`,
    ])
    expect((await recorded()).counts).toEqual([
      { type: 'User', what: 'create', count: 2 },
      { type: 'User', what: 'suspend', count: 2 },
      { type: 'User', what: 'update', count: 1 },
      { type: 'Group', what: 'create', count: 1 },
      { type: 'Group', what: 'delete', count: 1 },
      { type: 'Group', what: 'update', count: 1 },
    ])
    expect(await deliveries()).toEqual([])
    expect(await receipts()).toEqual([
      { confirmed: null, ended: null },
      { confirmed: null, ended: null },
    ])
    const kept = JSON.stringify(await here.rows(sql`SELECT step FROM dry_steps`))
    expect(kept).not.toContain(there.token)
    expect(kept).not.toContain('127.0.0.1')
    expect(kept.toLowerCase()).not.toContain('authorization')
  })

  test('an account that is found counts by the rules of adoption, and is not claimed', async () => {
    there.users.set('r-1', {
      id: 'r-1',
      body: { ...anna, active: true, displayName: 'Old' },
      members: new Set(),
    })
    there.users.set('r-2', { id: 'r-2', body: { userName: 'ben@example.com' }, members: new Set() })
    await here.send('POST', '/Users', anna)
    await here.send('POST', '/Users', { userName: 'ben@example.com', title: 'Boss' })
    expect(await steps()).toEqual(['update PATCH /Users/r-1'])
    expect(await links()).toMatchObject([{ remote: 'r-1', state: 'provisional' }])
    expect(await deliveries()).toMatchObject([
      {
        state: 'due',
        words: expect.stringContaining('To take it over: npm run connection -- --name NAME --adopt '),
      },
    ])
  })

  test('a target that cannot be read: later, as ever, and nothing is recorded', async () => {
    there.spoil = () => ({ kind: 'answer', status: 503 })
    await here.send('POST', '/Users', anna)
    expect(await deliveries()).toMatchObject([{ state: 'due' }])
    expect(await steps()).toEqual([])
  })

  test('left with deliver: what it made up is dropped, and what differs is sent', async () => {
    const id = idOf(await here.send('POST', '/Users', anna))
    const ben = idOf(await here.send('POST', '/Users', { userName: 'ben@example.com' }))
    await here.send('POST', '/Groups', { displayName: 'Team', members: [{ value: id }, { value: ben }] })
    await here.send('PATCH', `/Users/${ben}`, off)
    expect(await leave('deliver')).toEqual({ kind: 'left', due: 3 })
    expect(await links()).toEqual([])
    await here.sweep()
    await here.sweep()
    expect(people()).toMatchObject([{ userName: 'anna@example.com' }])
    expect([...there.groups.values()].map(({ members }) => [...members])).toEqual([[...there.users.keys()]])
    expect(await links()).toMatchObject([{ state: 'linked' }, { state: 'linked' }])
    // He never came to the target: it was asked, and has nobody of that name.
    expect(await receipts()).toEqual([{ confirmed: expect.any(String), ended: null }])
    expect(await steps()).toEqual([])
    expect(await leave('deliver')).toMatchObject({ kind: 'refused' })
  })

  test('somebody deleted whose account had been taken over loses access there', async () => {
    there.users.set('r-1', { id: 'r-1', body: { ...anna, active: true }, members: new Set() })
    const id = idOf(await here.send('POST', '/Users', anna))
    await here.send('DELETE', `/Users/${id}`)
    expect(people()).toMatchObject([{ active: true }])
    expect(await leave('deliver')).toEqual({ kind: 'left', due: 1 })
    await here.sweep()
    expect(people()).toMatchObject([{ active: false }])
    expect(await receipts()).toEqual([{ confirmed: expect.any(String), ended: null }])
  })

  test.each(['deliver', 'discard'] as const)('left with %s while a delivery is under way', async (then) => {
    let left: Promise<unknown> | undefined
    here = await world({
      fetchTarget: async (request) => {
        await (left ??= leave(then))
        return fetch(request)
      },
    })
    await here.target({ kind: 'scim', url: there.url, auth: { kind: 'bearer', token: there.token } })
    await begin()
    expect((await here.send('POST', '/Users', anna)).status).toBe(201)
    expect([people(), await steps()]).toEqual([[], []])
    await here.sweep()
    expect(people()).toHaveLength(then === 'deliver' ? 1 : 0)
    expect(await deliveries()).toEqual([])
    expect(await links()).toMatchObject(then === 'deliver' ? [{ state: 'linked' }] : [])
  })

  test('left with deliver while a group is under way: its members are brought all the same', async () => {
    let isArmed = false
    let left: Promise<unknown> | undefined
    here = await world({
      fetchTarget: async (request) => {
        if (isArmed) await (left ??= leave('deliver'))
        return fetch(request)
      },
    })
    await here.target({ kind: 'scim', url: there.url, auth: { kind: 'bearer', token: there.token } })
    await begin()
    const id = idOf(await here.send('POST', '/Users', anna))
    isArmed = true
    await here.send('POST', '/Groups', { displayName: 'Team', members: [{ value: id }] })
    await here.sweep()
    await here.sweep()
    expect([...there.groups.values()].map(({ members }) => [...members])).toEqual([[...there.users.keys()]])
    expect(await deliveries()).toEqual([])
  })

  test('left with discard: nothing is due, and nothing of it is kept', async () => {
    const id = idOf(await here.send('POST', '/Users', anna))
    await here.send('PATCH', `/Users/${id}`, off)
    there.spoil = () => ({ kind: 'answer', status: 503 })
    await here.send('POST', '/Users', { userName: 'ben@example.com' })
    there.spoil = () => undefined
    expect(await leave('discard')).toEqual({ kind: 'left', due: 0 })
    expect([await links(), await deliveries(), await steps()]).toEqual([[], [], []])
    await here.sweep()
    expect(people()).toEqual([])
    expect(await receipts()).toEqual([{ confirmed: null, ended: expect.any(String) }])
    await here.send('PATCH', `/Users/${id}`, { Operations: [{ op: 'replace', path: 'active', value: true }] })
    expect(people()).toMatchObject([{ userName: 'anna@example.com' }])
  })
})

describe('a dry run of a connection that is at its target already', () => {
  let [id, ben, group] = ['', '', '']

  beforeEach(async () => {
    id = idOf(await here.send('POST', '/Users', anna))
    ben = idOf(await here.send('POST', '/Users', { userName: 'ben@example.com' }))
    group = idOf(
      await here.send('POST', '/Groups', { displayName: 'Team', members: [{ value: id }, { value: ben }] }),
    )
    await begin()
    there.seen.length = 0
  })

  async function change(): Promise<void> {
    await here.send('PATCH', `/Users/${id}`, named('Anna B'))
    await here.send('PATCH', `/Groups/${group}`, {
      Operations: [{ op: 'remove', path: `members[value eq "${id}"]` }],
    })
    await here.send('DELETE', `/Users/${ben}`)
    expect(writes()).toEqual([])
  }

  test('its links go on saying what the target last showed', async () => {
    const before = await links()
    await change()
    await here.sweep()
    expect(writes()).toEqual([])
    expect(await links()).toEqual(before)
    expect(await steps()).toHaveLength(4)
  })

  test('left with deliver, it comes to what is wanted: who left a group and who was deleted too', async () => {
    await change()
    await leave('deliver')
    await here.sweep()
    await here.sweep()
    expect(people()).toMatchObject([{ displayName: 'Anna B' }, { active: false }])
    expect([...there.groups.values()].map(({ members }) => [...members])).toEqual([[]])
    expect(await deliveries()).toEqual([])
    expect(await receipts()).toEqual([{ confirmed: expect.any(String), ended: null }])
  })

  test('left with discard, a leaver loses access all the same, and nothing else is sent', async () => {
    await change()
    expect(await leave('discard')).toEqual({ kind: 'left', due: 1 })
    await here.sweep()
    expect(people()).toMatchObject([{ displayName: 'Anna' }, { active: false }])
    expect(writes()).toHaveLength(1)
  })
})
