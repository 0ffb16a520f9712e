import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { sql } from '../../worker/store/database.ts'
import { lockPerson } from '../../worker/store/lock.ts'
import { downstream, type Downstream } from './downstream.ts'
import { guarded, MINUTE, type Guarded } from './guarded.ts'
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

const lock = async (id: string) =>
  lockPerson(here.database, await resyncOf(here, here.now()), id, { who: 'admin', why: 'w' })
const active = () => [...there.users.values()].map(({ body }) => body['active'])
const deliveries = () =>
  here.rows(sql`SELECT resource, rank, state FROM deliveries WHERE connection = ${here.connection}`)
const open = () =>
  here.rows(sql`SELECT resource FROM receipts WHERE connection = ${here.connection}
    AND confirmed IS NULL AND ended IS NULL GROUP BY resource`)
/** The account can be read, and no change of it is taken. */
const takesNoChange = (status: number) => {
  there.spoil = ({ method }) =>
    method === 'PATCH' || method === 'DELETE' ? { kind: 'answer', status } : undefined
}
/** Locks, deletes and makes somebody anew of the same name. Gives the id of the new one. */
async function lockedAnew(id: string): Promise<string> {
  await lock(id)
  await here.send('DELETE', `/Users/${id}`)
  await here.send('POST', '/Users', { userName: 'p0@example.com' })
  const [row] = await here.rows(sql`SELECT id FROM resources WHERE connection = ${here.connection}`)
  return String(row?.['id'])
}

test('who takes over a locked account takes access away too, for as long and with the receipts', async () => {
  const [a = ''] = await here.hire(1)
  takesNoChange(500)
  const again = await lockedAnew(a)
  expect(await deliveries()).toEqual([{ resource: again, rank: 0, state: 'due' }])
  expect(await open()).toEqual([{ resource: again }])
  for (let hour = 0; hour < 82; hour += 1) {
    here.pass(60 * MINUTE)
    await here.sweep()
  }
  expect(await here.alarms()).toEqual([{ kind: 'unconfirmed', subject: again, count: expect.any(Number) }])
  expect(await deliveries()).toEqual([{ resource: again, rank: 0, state: 'due' }])
  there.spoil = () => undefined
  here.pass(60 * MINUTE)
  await here.sweep()
  expect([active(), await open(), await deliveries(), await here.alarms()]).toEqual([[false], [], [], []])
})

test('a refusal of it is no end of it, and an admin is told of whom it is now', async () => {
  const [a = ''] = await here.hire(1)
  takesNoChange(400)
  const again = await lockedAnew(a)
  expect(await deliveries()).toEqual([{ resource: again, rank: 0, state: 'due' }])
  here.pass(10 * MINUTE)
  await here.sweep()
  expect(await here.alarms()).toMatchObject([
    { kind: 'refused', subject: again },
    { kind: 'unconfirmed', subject: again },
  ])
  there.spoil = () => undefined
  here.pass(10 * MINUTE)
  await here.sweep()
  expect([active(), await open(), await deliveries(), await here.alarms()]).toEqual([[false], [], [], []])
})

test('an account that was active there again has a receipt, and is told of', async () => {
  const [a = ''] = await here.hire(1)
  await lock(a)
  await here.sweep()
  await here.send('DELETE', `/Users/${a}`)
  for (const { body } of there.users.values()) body['active'] = true
  takesNoChange(500)
  const again = idOf(await here.send('POST', '/Users', { userName: 'p0@example.com' }))
  expect(await open()).toEqual([{ resource: again }])
  here.pass(10 * MINUTE)
  await here.sweep()
  expect(await here.alarms()).toMatchObject([{ kind: 'unconfirmed', subject: again }])
})

test('where nobody was locked, the receipts of who was deleted are over', async () => {
  const [a = ''] = await here.hire(1)
  takesNoChange(500)
  await here.send('DELETE', `/Users/${a}`)
  const again = idOf(await here.send('POST', '/Users', { userName: 'p0@example.com', title: 'T' }))
  expect([await open(), await deliveries()]).toEqual([[], [{ resource: again, rank: 1, state: 'due' }]])
})
