import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { sql } from '../../worker/store/database.ts'
import { endOverrides, releaseHolds } from '../../worker/store/holds.ts'
import { listLocked, lockPerson, unlockPerson } from '../../worker/store/lock.ts'
import { protect } from '../../worker/store/protection.ts'
import { loadStanding } from '../../worker/store/settings.ts'
import { downstream, type Downstream } from './downstream.ts'
import { guarded, limit, MINUTE, off, on, patch, type Guarded } from './guarded.ts'
import { resyncOf } from './resyncing.ts'
import { idOf } from './world.ts'

let there: Downstream
let here: Guarded

beforeAll(async () => {
  there = await downstream()
})
afterAll(() => there.stop())
beforeEach(async () => {
  here = await guarded(there)
})

const named = (name = 'p0@example.com') =>
  [...there.users.values()].find(({ body }) => body['userName'] === name)?.body
const title = (value: string) => patch({ op: 'replace', path: 'title', value })
const down = () => {
  there.spoil = () => ({ kind: 'answer', status: 503 })
}
const receipts = (id: string) =>
  here.rows(sql`SELECT confirmed IS NOT NULL AS confirmed, ended IS NOT NULL AS ended FROM receipts
    WHERE connection = ${here.connection} AND resource = ${id}`)
const confirmed = { confirmed: 1, ended: 0 }

const resync = () => resyncOf(here, here.now())
const lock = async (id: string) =>
  lockPerson(here.database, await resync(), id, { who: 'admin', why: 'left in a hurry' })
const unlock = async (id: string) => unlockPerson(here.database, await resync(), id)

test('a locked person is suspended by the next run, before everything else, with a receipt', async () => {
  const [a = '', b = ''] = await here.hire(2)
  down()
  await here.send('PATCH', `/Users/${b}`, title('T'))
  there.spoil = () => undefined
  expect(await lock(a)).toBe(true)
  expect(await lock(a)).toBe(false)
  expect(await receipts(a)).toEqual([{ confirmed: 0, ended: 0 }])
  expect(await here.rows(sql`SELECT rank FROM deliveries WHERE resource = ${a}`)).toEqual([{ rank: 0 }])
  expect(await listLocked(here.database, here.connection)).toMatchObject([
    { id: a, name: 'p0@example.com', why: 'left in a hurry' },
  ])
  here.pass(10 * MINUTE)
  there.seen.length = 0
  await here.sweep()
  const writes = there.seen.filter(({ method }) => method !== 'GET').map(({ body }) => body)
  // Both are under way at once, and the suspension by itself.
  expect(writes).toContainEqual(
    expect.objectContaining({ Operations: [expect.objectContaining({ path: 'active', value: false })] }),
  )
  expect(named()?.['active']).toBe(false)
  expect(await receipts(a)).toEqual([confirmed])
  expect(await here.states()).toEqual([])
})

test('no push lifts it, and the admin does; the wish was kept meanwhile', async () => {
  const [a = ''] = await here.hire(1)
  await lock(a)
  await here.sweep()
  const pushed = { userName: 'p0@example.com', active: true, title: 'T' }
  expect((await here.send('PATCH', `/Users/${a}`, off)).status).toBe(200)
  expect((await here.send('PATCH', `/Users/${a}`, on)).status).toBe(200)
  expect(await here.send('PUT', `/Users/${a}`, pushed)).toMatchObject({ status: 200, body: { active: true } })
  await here.sweep()
  expect(named()).toMatchObject({ active: false, title: 'T' })
  // What was rejected may be ended, and the lock stays.
  expect(await endOverrides(here.database, await resync(), a)).toBe(false)
  await here.sweep()
  expect(named()?.['active']).toBe(false)
  expect(await unlock(a)).toBe(true)
  expect(await unlock(a)).toBe(false)
  await here.sweep()
  expect(named()).toMatchObject({ active: true, title: 'T' })
})

test('a push while the target is away neither ends the receipt nor takes the lead', async () => {
  const [a = ''] = await here.hire(1)
  down()
  await lock(a)
  await here.sweep()
  await here.send('PATCH', `/Users/${a}`, title('T'))
  await here.send('PATCH', `/Users/${a}`, off)
  await here.send('PATCH', `/Users/${a}`, on)
  expect(await here.rows(sql`SELECT rank FROM deliveries WHERE resource = ${a}`)).toEqual([{ rank: 0 }])
  there.spoil = () => undefined
  // Nor does the pause of a connection keep it.
  await here.settings({ state: { is: 'paused', since: here.now().toISOString() } })
  here.pass(10 * MINUTE)
  await here.sweep()
  expect(named()).toMatchObject({ active: false, title: 'T' })
  expect(await receipts(a)).toEqual([confirmed, confirmed])
})

test('unlocked before it came to the target, the receipt waits for nothing', async () => {
  const [a = ''] = await here.hire(1)
  down()
  await lock(a)
  await here.sweep()
  there.spoil = () => undefined
  await unlock(a)
  here.pass(10 * MINUTE)
  await here.sweep()
  expect(named()?.['active']).toBe(true)
  expect(await receipts(a)).toEqual([{ confirmed: 0, ended: 1 }])
})

test('it is not the provider’s switch that says whether an admin may', async () => {
  const [a = ''] = await here.hire(1)
  const { settings } = await loadStanding(here.database, here.connection)
  await here.settings({ switches: { ...settings.switches, deactivate: 'off' } })
  await lock(a)
  await here.sweep()
  expect(named()?.['active']).toBe(false)
  expect(await receipts(a)).toEqual([confirmed])
})

test('whose suspension or deletion is held is suspended all the same, and not deleted', async () => {
  const [a = '', b = ''] = await here.hire(2)
  await here.guard({ suspend: limit(0) })
  await here.settings({ deletes: 'delete' })
  await here.send('PATCH', `/Users/${a}`, off)
  await here.send('DELETE', `/Users/${b}`)
  expect([named()?.['active'], named('p1@example.com')?.['active']]).toEqual([true, true])
  expect([await lock(a), await lock(b)]).toEqual([true, true])
  await here.sweep()
  expect([named()?.['active'], named('p1@example.com')?.['active']]).toEqual([false, false])
  expect(await here.states()).toEqual([{ state: 'held', n: 2 }])
  await releaseHolds(here.database, here.connection, 'suspend', here.now())
  await here.sweep()
  expect(named('p1@example.com')).toBeUndefined()
})

test('who is made anew over a locked account is locked from the first request on', async () => {
  const [a = ''] = await here.hire(1)
  await lock(a)
  await here.sweep()
  await here.send('DELETE', `/Users/${a}`)
  there.seen.length = 0
  const again = idOf(await here.send('POST', '/Users', { userName: 'p0@example.com', title: 'T' }))
  expect(JSON.stringify(there.seen)).not.toContain('"value":true')
  expect(named()).toMatchObject({ active: false, title: 'T' })
  expect(await listLocked(here.database, here.connection)).toMatchObject([{ id: again }])
  await unlock(again)
  await here.sweep()
  expect(named()?.['active']).toBe(true)
})

test('nobody else is locked: no group, nobody unknown, nobody of another connection', async () => {
  const team = await here.group('Team', [])
  const [a = ''] = await here.hire(1)
  const other = await guarded(there)
  const theirs = { ...(await resync()), connection: other.connection }
  expect(await lock(team)).toBe(false)
  expect(await lock('nobody')).toBe(false)
  expect(await lockPerson(here.database, theirs, a, { who: 'admin', why: '' })).toBe(false)
  expect(await listLocked(here.database, here.connection)).toEqual([])
})

test('a lock that does not come to the target is told of, held or not', async () => {
  const [a = ''] = await here.hire(1)
  await protect(here.database, here.connection, a, { now: here.now(), who: 'admin', why: 'w' })
  await here.send('PATCH', `/Users/${a}`, off)
  down()
  await lock(a)
  await here.sweep()
  here.pass(10 * MINUTE)
  await here.sweep()
  expect(await here.alarms()).toContainEqual({ kind: 'unconfirmed', subject: a, count: expect.any(Number) })
})
