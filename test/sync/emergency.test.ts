import { afterAll, beforeEach, expect, test } from 'vitest'
import { proverOf } from '../../worker/auth/proof.ts'
import { sql } from '../../worker/store/database.ts'
import { endLock, freeze, suspendAt, whomOf } from '../../worker/sync/emergency.ts'
import { downstream } from './downstream.ts'
import { guarded, off, on, patch, type Guarded } from './guarded.ts'
import { world } from './world.ts'

const there = await downstream()
afterAll(() => there.stop())
let here: Guarded
beforeEach(async () => {
  here = await guarded(there)
})

const tools = () => ({
  database: here.database,
  sign: here.sign,
  prove: proverOf(undefined),
  id: crypto.randomUUID(),
  at: here.now(),
  who: 'root@example.com',
})
const lock = (person: string, connection = here.connection) =>
  suspendAt(tools(), connection, person, 'stolen laptop')
const actives = () => [...there.users.values()].map(({ body }) => body['active'])
const receipts = () =>
  here.rows(
    sql`SELECT confirmed IS NOT NULL AS done, ended IS NOT NULL AS over FROM receipts WHERE connection = ${here.connection} ORDER BY asked`,
  )

test('a lock suspends at the target, with a receipt, and no push of the provider lifts it; its wish is kept', async () => {
  const [anna = ''] = await here.hire(1)
  expect([await lock(anna), await lock(anna)]).toEqual(['locked', 'locked'])
  await here.sweep()
  expect([actives(), await receipts()]).toEqual([[false], [{ done: 1, over: 0 }]])
  for (const body of [on, patch({ op: 'replace', value: { active: true, title: 'Boss' } }), off, on]) {
    const { status } = await here.send('PATCH', `/Users/${anna}`, body)
    expect(status).toBe(200)
    await here.sweep()
    expect(actives()).toEqual([false])
  }
  expect((await here.send('GET', `/Users/${anna}`)).body).toMatchObject({ active: true, title: 'Boss' })
  expect(await endLock(tools(), here.connection, anna)).toBe(true)
  await here.sweep()
  expect(actives()).toEqual([true])
  expect(await endLock(tools(), here.connection, anna)).toBe(false)
})

test('it goes through a switch that is off, a freeze, and a pause that lets deactivations wait', async () => {
  const [anna = '', ben = '', carl = ''] = await here.hire(3)
  await here.settings({
    switches: { create: 'on', update: 'on', deactivate: 'off', groups: 'on', import: 'on' },
  })
  await lock(anna)
  await here.sweep()
  expect(actives()).toEqual([false, true, true])
  await freeze(here.database, here.connection, true, here.now())
  await lock(ben)
  await here.sweep()
  expect(actives()).toEqual([false, false, true])
  const since = here.now().toISOString()
  const deactivationsToo = new Date(here.now().getTime() + 3_600_000).toISOString()
  await here.settings({ state: { is: 'paused', since, deactivationsToo } })
  await lock(carl)
  await here.sweep()
  expect(actives()).toEqual([false, false, false])
})

test('a freeze delivers nothing but deactivations, until it is ended', async () => {
  const [anna = '', ben = ''] = await here.hire(2)
  await freeze(here.database, here.connection, true, here.now())
  await here.send('PATCH', `/Users/${anna}`, patch({ op: 'replace', value: { title: 'Boss' } }))
  await here.send('PATCH', `/Users/${ben}`, off)
  await here.sweep()
  const titles = () => [...there.users.values()].map(({ body }) => body['title'])
  expect([actives(), titles()]).toEqual([
    [true, false],
    [undefined, undefined],
  ])
  await freeze(here.database, here.connection, false, here.now())
  await here.sweep()
  expect(titles()).toEqual(['Boss', undefined])
})

test('a lock that is ended before the target has confirmed it leaves no receipt waiting', async () => {
  const [anna = ''] = await here.hire(1)
  there.spoil = () => ({ kind: 'answer', status: 500 })
  await lock(anna)
  await here.sweep()
  expect(await receipts()).toEqual([{ done: 0, over: 0 }])
  await endLock(tools(), here.connection, anna)
  expect(await receipts()).toEqual([{ done: 0, over: 1 }])
})

test('somebody is found in every connection that may be touched, by name, address and id; without a target made inactive here', async () => {
  const [anna = ''] = await here.hire(1, 'everywhere')
  const other = await world()
  const emails = [{ value: 'EVERYWHERE0@example.com' }]
  const made = await other.send('POST', '/Users', { userName: 'ev0', emails })
  expect(made.status).toBe(201)
  const found = await whomOf(here.database, ' Everywhere0@Example.com', () => true)
  expect(found.map(({ connection, hasTarget }) => [connection, hasTarget])).toEqual(
    expect.arrayContaining([
      [here.connection, 1],
      [other.connection, 0],
    ]),
  )
  expect(await whomOf(here.database, anna, (connection) => connection === other.connection)).toEqual([])
  const mine = found.find(({ connection }) => connection === other.connection)
  expect(await suspendAt({ ...tools(), sign: undefined }, other.connection, mine?.id ?? '', 'why')).toBe(
    'deactivated',
  )
  expect((await other.send('GET', `/Users/${mine?.id}`)).body).toMatchObject({ active: false })
  expect(await suspendAt({ ...tools(), sign: undefined }, here.connection, anna, 'why')).toBe('unset')
  expect(await lock(crypto.randomUUID())).toBe('missing')
})
