import { afterAll, beforeEach, expect, test } from 'vitest'
import { sql } from '../../worker/store/database.ts'
import { downstream, type Fault, type Seen } from './downstream.ts'
import { guarded, off, patch, type Guarded } from './guarded.ts'

const there = await downstream()
afterAll(() => there.stop())
let here: Guarded
beforeEach(async () => {
  here = await guarded(there)
})

const writes =
  (status: number) =>
  ({ method }: Seen): Fault | undefined =>
    method === 'GET' ? undefined : { kind: 'answer', status }
const back = patch({ op: 'replace', value: { active: true, title: 'Boss' } })
const deliveries = () =>
  here.rows(sql`SELECT rank, state FROM deliveries WHERE connection = ${here.connection} ORDER BY resource`)
const receipts = () =>
  here.rows(sql`SELECT confirmed, ended FROM receipts WHERE connection = ${here.connection} ORDER BY asked`)
const actives = () => [...there.users.values()].map(({ body }) => body['active'])
const open = { confirmed: null, ended: null }

test('a refused activation is undone: the deactivation before it has right of way and its receipt again', async () => {
  const [anna] = await here.hire(1)
  there.spoil = writes(500)
  await here.send('PATCH', `/Users/${anna}`, off)
  there.spoil = writes(400)
  expect((await here.send('PATCH', `/Users/${anna}`, back)).status).toBe(400)
  expect([await deliveries(), await receipts()]).toEqual([[{ rank: 0, state: 'due' }], [open]])
  there.spoil = () => undefined
  here.pass(60_000)
  await here.sweep()
  expect([actives(), await deliveries()]).toEqual([[false], []])
  expect(await receipts()).toEqual([{ confirmed: expect.any(String), ended: null }])
})

test('so too where nobody is known at the target yet', async () => {
  there.spoil = writes(500)
  const [anna] = await here.hire(1)
  // Not even whether there is an account can be seen.
  there.spoil = () => ({ kind: 'answer', status: 500 })
  await here.send('PATCH', `/Users/${anna}`, off)
  there.spoil = writes(400)
  expect((await here.send('PATCH', `/Users/${anna}`, back)).status).toBe(400)
  expect([await deliveries(), await receipts()]).toEqual([[{ rank: 0, state: 'due' }], [open]])
  there.spoil = () => undefined
  here.pass(60_000)
  await here.sweep()
  expect([await deliveries(), actives().includes(true)]).toEqual([[], false])
})

test('a receipt that was over before stays so, and what takes nothing away has no right of way', async () => {
  const [anna, ben] = await here.hire(2)
  there.spoil = writes(500)
  await here.send('PATCH', `/Users/${anna}`, off)
  // Brought back by a request that stands; then deactivated and confirmed.
  await here.send('PATCH', `/Users/${anna}`, back)
  here.pass(1_000)
  there.spoil = () => undefined
  await here.send('PATCH', `/Users/${anna}`, off)
  const before = await receipts()
  expect(before).toEqual([
    { confirmed: null, ended: expect.any(String) },
    { confirmed: expect.any(String), ended: null },
  ])
  there.spoil = writes(400)
  expect((await here.send('PATCH', `/Users/${anna}`, back)).status).toBe(400)
  expect(
    (await here.send('PATCH', `/Users/${ben}`, patch({ op: 'add', path: 'title', value: 'T' }))).status,
  ).toBe(400)
  expect(await receipts()).toEqual(before)
  expect((await deliveries()).map(({ rank }) => rank).toSorted()).toEqual([0, 1])
})

test('the log of requests has the row of the write, which learns of the refusal of the target', async () => {
  const [anna] = await here.hire(1)
  there.spoil = writes(400)
  expect((await here.send('PATCH', `/Users/${anna}`, back)).status).toBe(400)
  const rows = await here.rows(
    sql`SELECT method, status, refusal, resource, ms IS NOT NULL AS timed FROM requests WHERE connection = ${here.connection} ORDER BY at`,
  )
  expect(rows).toEqual([
    { method: 'POST', status: 201, refusal: null, resource: anna, timed: 0 },
    { method: 'PATCH', status: 400, refusal: 'target_refused', resource: anna, timed: 1 },
  ])
})
