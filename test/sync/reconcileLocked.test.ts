import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { sql } from '../../worker/store/database.ts'
import { lockPerson } from '../../worker/store/lock.ts'
import { protect } from '../../worker/store/protection.ts'
import { downstream, type Downstream } from './downstream.ts'
import { guarded, off, type Guarded } from './guarded.ts'
import { compare, mend } from './reconciling.ts'
import { resyncOf } from './resyncing.ts'

let there: Downstream
let here: Guarded

beforeAll(async () => {
  there = await downstream()
})
afterAll(() => there.stop())
beforeEach(async () => {
  here = await guarded(there)
})

/** Somebody who is locked, and suspended at the target. */
async function locked(prepare: (id: string) => Promise<unknown> = async () => undefined): Promise<string> {
  const [a = ''] = await here.hire(1)
  await prepare(a)
  await lockPerson(here.database, await resyncOf(here), a, { who: 'admin', why: 'w' })
  await here.sweep()
  expect(active()).toEqual([false])
  return a
}
const active = () => [...there.users.values()].map(({ body }) => body['active'])
const activateThere = () => {
  for (const { body } of there.users.values()) body['active'] = true
}
const found = async () => (await compare(here)).found
const deliveries = () =>
  here.rows(sql`SELECT rank FROM deliveries WHERE connection = ${here.connection} AND state = 'due'`)
const unconfirmed = () =>
  here.rows(
    sql`SELECT resource FROM receipts WHERE connection = ${here.connection} AND confirmed IS NULL AND ended IS NULL`,
  )

test('who is suspended as locked is as wanted, there or gone', async () => {
  await locked()
  expect(await found()).toEqual([])
  there.users.clear()
  expect((await found()).map(({ finding }) => finding)).toMatchObject([{ kind: 'gone', isWanted: false }])
})

test('who is locked and active at the target is found, and suspended first, with a receipt', async () => {
  const a = await locked()
  activateThere()
  const all = await found()
  expect(all.map(({ finding }) => finding)).toMatchObject([
    { kind: 'active', id: a, wanted: false, shown: true, isDeleted: false, repair: { by: 'outbox' } },
  ])
  expect(await mend(here, all)).toEqual([a])
  expect([await deliveries(), await unconfirmed()]).toEqual([[{ rank: 0 }], [{ resource: a }]])
  await here.sweep()
  expect([active(), await unconfirmed(), await found()]).toEqual([[false], [], []])
})

test('and though what the provider wants of the person is held', async () => {
  const a = await locked(async (id) => {
    await protect(here.database, here.connection, id, { now: here.now(), who: 'admin', why: 'w' })
    await here.send('PATCH', `/Users/${id}`, off)
  })
  // What is held is nothing to be repaired.
  expect((await found()).map(({ finding }) => finding)).toMatchObject([
    { kind: 'waiting', id: a, repair: { by: 'nobody' } },
  ])
  activateThere()
  expect(await mend(here, await found())).toEqual([a])
  await here.sweep()
  expect([active(), await here.states()]).toEqual([[false], [{ state: 'held', n: 1 }]])
})
