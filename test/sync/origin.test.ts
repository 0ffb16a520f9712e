import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { sql } from '../../worker/store/database.ts'
import { releaseHolds } from '../../worker/store/holds.ts'
import { downstream, type Downstream } from './downstream.ts'
import { guarded, limit, patch, type Guarded } from './guarded.ts'
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

const origins = async () =>
  (
    await here.rows(sql`SELECT origin FROM links WHERE connection = ${here.connection} AND type = 'Group'`)
  ).map(({ origin }) => origin)

/** A group that is at the target before the bridge knows of it: the provider's externalId says that it is the same. */
const crew = { displayName: 'Crew', externalId: 'x-1' }
function crewThere(): void {
  there.users.set('u9', { id: 'u9', body: { userName: 'u9@example.com' }, members: new Set() })
  there.groups.set('g9', { id: 'g9', body: { ...crew }, members: new Set(['u9']) })
}
const push = async (body: object = crew) => idOf(await here.send('POST', '/Groups', body))
const drop = async (id: string) => {
  expect((await here.send('DELETE', `/Groups/${id}`)).status).toBe(204)
  await here.sweep()
}

test('a group that was taken over as the provider’s is given back untouched', async () => {
  crewThere()
  const id = await push()
  expect(await origins()).toEqual(['adopted'])
  const title = patch({ op: 'replace', path: 'displayName', value: 'Crew 2' })
  expect((await here.send('PATCH', `/Groups/${id}`, title)).status).toBe(204)
  there.seen.length = 0
  await drop(id)
  expect(there.groups.get('g9')).toMatchObject({ body: { displayName: 'Crew 2' }, members: new Set(['u9']) })
  expect(there.seen).toEqual([])
  expect(await origins()).toEqual([])
})

test('one that an earlier try of the bridge made is deleted', async () => {
  there.spoil = ({ method, path }) =>
    method === 'POST' && path === '/Groups' ? { kind: 'reset', after: true } : undefined
  const id = await push()
  expect(there.groups.size).toBe(1)
  there.spoil = () => undefined
  here.pass(60_000)
  await here.sweep()
  expect(await origins()).toEqual(['made'])
  await drop(id)
  expect(there.groups.size).toBe(0)
})

test.each([
  ['adopted', 1],
  ['made', 0],
] as const)('whoever takes over from a deleted one has it as it was: %s', async (origin, left) => {
  if (origin === 'adopted') crewThere()
  const first = await push()
  await here.guard({ dissolve: limit(0) })
  // Neither is anything sent while the connection is paused, nor while the guard holds the end of the group.
  await here.settings({ state: { is: 'paused', since: here.now().toISOString() } })
  await here.send('DELETE', `/Groups/${first}`)
  await here.settings({ state: { is: 'active' } })
  const second = await push()
  expect(second).not.toBe(first)
  expect(await origins()).toEqual([origin])
  await here.send('DELETE', `/Groups/${second}`)
  await releaseHolds(here.database, here.connection, 'dissolve', here.now())
  await here.sweep()
  expect(there.groups.size).toBe(left)
})

test('one that vanished at the target and was made anew is the bridge’s', async () => {
  crewThere()
  const id = await push()
  there.groups.clear()
  await here.send('PATCH', `/Groups/${id}`, patch({ op: 'replace', path: 'displayName', value: 'Crew 2' }))
  await here.sweep()
  expect([[...there.groups.keys()].includes('g9'), there.groups.size]).toEqual([false, 1])
  expect(await origins()).toEqual(['made'])
  await drop(id)
  expect(there.groups.size).toBe(0)
})
