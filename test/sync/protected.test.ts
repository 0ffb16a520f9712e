import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sql } from '../../worker/store/database.ts'
import { endOverrides, listBursts, listKept, rejectHolds, releaseHolds } from '../../worker/store/holds.ts'
import {
  findPerson,
  listProtected,
  proposeProtected,
  protect,
  unprotect,
} from '../../worker/store/protection.ts'
import { loadStanding } from '../../worker/store/settings.ts'
import { downstream, type Downstream } from './downstream.ts'
import { idOf } from './world.ts'
import { guarded, limit, MINUTE, off, patch, type Guarded } from './guarded.ts'

let there: Downstream
let here: Guarded

beforeAll(async () => {
  there = await downstream()
})
afterAll(() => there.stop())
beforeEach(async () => {
  here = await guarded(there)
})

const named = (name: string) => [...there.users.values()].find(({ body }) => body['userName'] === name)
const members = () => [...there.groups.values()].map((one) => one.members.size)
const keep = (id: string) =>
  protect(here.database, here.connection, id, { now: here.now(), who: 'admin', why: 'break-glass' })
const release = (which: string) => releaseHolds(here.database, here.connection, which, here.now())

describe('a protected person', () => {
  test('is neither suspended nor renamed nor regrouped nor deleted by a provider, and an admin is told', async () => {
    const [glass = '', other = ''] = await here.hire(2)
    const team = await here.group('Team', [glass, other])
    const crew = await here.group('Crew', [other])
    await keep(glass)
    here.trips()
    const rename = patch({ op: 'replace', path: 'userName', value: 'x' }, { op: 'remove', path: 'emails' })
    expect((await here.send('PATCH', `/Users/${glass}`, rename)).status).toBe(200)
    expect((await here.send('PATCH', `/Users/${glass}`, off)).status).toBe(200)
    expect(here.trips()).toBe(2)
    expect(
      (await here.send('PATCH', `/Groups/${team}`, patch({ op: 'replace', path: 'members', value: [] })))
        .status,
    ).toBe(204)
    const join = patch({ op: 'add', path: 'members', value: [{ value: glass }] })
    expect((await here.send('PATCH', `/Groups/${crew}`, join)).status).toBe(204)
    here.pass(60 * MINUTE)
    await here.sweep()
    const spared = {
      body: { userName: 'p0@example.com', active: true, emails: [{ value: 'p0@example.com' }] },
    }
    expect(named('p0@example.com')).toMatchObject(spared)
    expect(members()).toEqual([1, 1])
    // Once a request: names, active, and two groups.
    expect(await here.alarms()).toEqual([{ kind: 'protected', subject: glass, count: 3 }])
    expect((await here.send('DELETE', `/Users/${glass}`)).status).toBe(204)
    here.pass(60 * MINUTE)
    await here.sweep()
    expect(named('p0@example.com')).toMatchObject(spared)
    expect(members()).toEqual([1, 1])
    expect(await listBursts(here.database, here.connection)).toMatchObject([
      { harm: 'protect', resources: 1 },
    ])
    await release('protect')
    await here.sweep()
    expect([named('p0@example.com')?.body['active'], members()]).toEqual([false, [0, 1]])
    expect([await here.alarms(), await here.states()]).toEqual([[], []])
  })

  test('who is made anew while the deletion is held has the account, its groups, and the protection', async () => {
    const [glass = ''] = await here.hire(1)
    await here.group('Team', [glass])
    await keep(glass)
    await here.send('DELETE', `/Users/${glass}`)
    const emails = [{ value: 'P0@example.com', type: 'work', primary: true }]
    const again = idOf(await here.send('POST', '/Users', { userName: 'p0@example.com', emails }))
    expect(there.users.size).toBe(1)
    expect(await listProtected(here.database, here.connection)).toMatchObject([{ id: again }])
    await here.sweep()
    expect([members(), await here.states()]).toEqual([[1], [{ state: 'held', n: 1 }]])
    await release('protect')
    await here.sweep()
    expect([members(), await here.states()]).toEqual([[0], []])
    await here.send('PATCH', `/Users/${again}`, off)
    expect(named('p0@example.com')?.body['active']).toBe(true)
  })

  test('who is made anew with an address that the account has not keeps it without', async () => {
    const glass = idOf(await here.send('POST', '/Users', { userName: 'root' }))
    await keep(glass)
    await here.send('DELETE', `/Users/${glass}`)
    const emails = [{ value: 'evil@evil.example', type: 'work' }]
    expect((await here.send('POST', '/Users', { userName: 'root', emails })).status).toBe(201)
    await here.sweep()
    expect(JSON.stringify(named('root')?.body)).not.toContain('evil')
    await release('protect')
    await here.sweep()
    expect(JSON.stringify(named('root')?.body)).toContain('evil')
  })

  test('who is made anew and is to lose access before the account was taken over keeps it, and the name', async () => {
    const [glass = ''] = await here.hire(1)
    await keep(glass)
    await here.send('DELETE', `/Users/${glass}`)
    // Nothing is heard of the create: what is brought is the state after it.
    there.spoil = ({ method }) => (method === 'GET' ? { kind: 'answer', status: 503 } : undefined)
    const externalId = 'okta-1'
    const again = idOf(await here.send('POST', '/Users', { userName: 'p0@example.com', externalId }))
    await here.database.write([
      sql`UPDATE deliveries SET uncertain = 1, making = json_array(json_object('document', json_object('userName', 'p0@example.com'), 'isSent', json('false')))
        WHERE connection = ${here.connection} AND resource = ${again}`,
    ])
    await here.send('PATCH', `/Users/${again}`, off)
    there.spoil = () => undefined
    here.pass(60 * MINUTE)
    await here.sweep()
    expect(named('p0@example.com')?.body).toMatchObject({
      active: true,
      emails: [{ value: 'p0@example.com' }],
    })
    expect([await here.states(), there.users.size]).toEqual([[{ state: 'held', n: 1 }], 1])
    await release('protect')
    await here.sweep()
    expect([named('p0@example.com')?.body['active'], await here.states()]).toEqual([false, []])
  })

  test('a group with one in it is not deleted; what else is asked of the person is done', async () => {
    const [glass = ''] = await here.hire(1)
    const team = await here.group('Team', [glass])
    await keep(glass)
    await here.send('PATCH', `/Users/${glass}`, patch({ op: 'replace', path: 'title', value: 'T' }))
    expect(named('p0@example.com')).toMatchObject({ body: { title: 'T' } })
    expect((await here.send('DELETE', `/Groups/${team}`)).status).toBe(204)
    await here.sweep()
    expect(there.groups.size).toBe(1)
    await release(team)
    await here.sweep()
    expect(there.groups.size).toBe(0)
  })

  test('named while a suspension is held or on its way: it waits for an admin', async () => {
    const [held = '', due = '', last = ''] = await here.hire(3)
    await here.guard({ suspend: limit(0) })
    await here.send('PATCH', `/Users/${held}`, off)
    await here.guard({ suspend: limit(9) })
    there.spoil = () => ({ kind: 'answer', status: 503 })
    await here.send('PATCH', `/Users/${due}`, off)
    await here.send('PATCH', `/Users/${last}`, off)
    there.spoil = () => undefined
    await keep(held)
    await keep(due)
    here.pass(90 * MINUTE)
    await here.sweep()
    expect([...there.users.values()].map(({ body }) => body['active']).toSorted()).toEqual([
      false,
      true,
      true,
    ])
    expect(await release(due)).toBeGreaterThan(0)
    await here.sweep()
    expect(named('p1@example.com')?.body['active']).toBe(false)
    expect(named('p0@example.com')?.body['active']).toBe(true)
  })

  test('is proposed from powerful groups, found by name, and given up again', async () => {
    const [a = '', b = ''] = await here.hire(2)
    await here.group('OWNERS', [a])
    await here.group('Team', [b])
    const found = await proposeProtected(here.database, here.connection, 10)
    expect(found).toEqual([{ id: a, name: 'p0@example.com', why: 'member of OWNERS' }])
    expect(await findPerson(here.database, here.connection, 'P0@example.com')).toBe(a)
    await keep(a)
    expect(await proposeProtected(here.database, here.connection, 10)).toEqual([])
    expect(await listProtected(here.database, here.connection)).toMatchObject([{ id: a }])
    expect(await unprotect(here.database, here.connection, a)).toBe(true)
    await here.send('PATCH', `/Users/${a}`, off)
    expect(named('p0@example.com')?.body['active']).toBe(false)
  })
})

describe('what an admin has rejected', () => {
  test('comes to what the provider wants when it is ended, with its receipt', async () => {
    const [a = ''] = await here.hire(1)
    await here.guard({ suspend: limit(0) })
    await here.send('PATCH', `/Users/${a}`, off)
    await rejectHolds(here.database, here.connection, 'suspend', here.now(), 'admin')
    await here.sweep()
    // A profile change does not end it.
    await here.send('PATCH', `/Users/${a}`, patch({ op: 'replace', path: 'title', value: 'T' }))
    expect(named('p0@example.com')).toMatchObject({ body: { active: true, title: 'T' } })
    expect(await listKept(here.database, here.connection, 10)).toMatchObject([
      { resource: a, attribute: 'active' },
    ])
    const { settings } = await loadStanding(here.database, here.connection)
    const resync = {
      connection: here.connection,
      target: settings.target?.id ?? '',
      request: crypto.randomUUID(),
      sign: here.sign,
      at: here.now(),
    }
    expect(await endOverrides(here.database, resync, a)).toBe(true)
    await here.sweep()
    expect(named('p0@example.com')?.body['active']).toBe(false)
    const [receipt] = await here.rows(sql`SELECT confirmed, ended FROM receipts WHERE resource = ${a}`)
    expect(receipt).toEqual({ confirmed: expect.any(String), ended: null })
  })

  test('a person who is deleted after it is judged anew', async () => {
    const [a = ''] = await here.hire(1)
    await here.guard({ suspend: limit(0) })
    await here.send('PATCH', `/Users/${a}`, off)
    await rejectHolds(here.database, here.connection, a, here.now(), 'admin')
    await here.sweep()
    await here.guard({ suspend: limit(9) })
    await here.send('DELETE', `/Users/${a}`)
    expect(named('p0@example.com')?.body['active']).toBe(false)
    expect(await here.states()).toEqual([])
    await here.send('POST', '/Users', { userName: 'p0@example.com' })
    expect(named('p0@example.com')?.body['active']).toBe(true)
  })
})
