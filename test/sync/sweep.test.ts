import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { sql } from '../../worker/store/database.ts'
import { crowd, hurry } from './crowd.ts'
import { downstream, type Downstream } from './downstream.ts'
import { world, type World, type WorldOptions } from './world.ts'

let there: Downstream
let silent: Downstream

beforeAll(async () => {
  there = await downstream()
  silent = await downstream()
})
afterAll(async () => {
  await there.stop()
  await silent.stop()
})
beforeEach(() => {
  for (const service of [there, silent]) {
    service.users.clear()
    service.seen.length = 0
    service.spoil = () => undefined
  }
})

/** A connection whose people are all due at a target. */
async function due({ url, token }: Downstream, people: number, options: WorldOptions = {}): Promise<World> {
  const here = await world(options)
  await crowd(here, people)
  expect(await here.target({ kind: 'scim', url, auth: { kind: 'bearer', token } })).toMatchObject({
    due: people,
  })
  return here
}

const left = async ({ connection, rows }: World) =>
  rows(sql`SELECT state, tries, leased FROM deliveries WHERE connection = ${connection} ORDER BY tries DESC`)

test('a target that answers nothing takes six requests or so of a run, and the others get on', async () => {
  const [dead, alive] = [await due(silent, 40), await due(there, 12, { subrequests: 45 })]
  silent.spoil = () => ({ kind: 'reset' })
  silent.seen.length = 0
  await alive.sweep()
  expect(there.users.size).toBe(12)
  // Six in a row, and as many as were under way beside them.
  expect(silent.seen.length).toBeLessThan(12)
  const rest = await left(dead)
  expect(rest).toHaveLength(40)
  expect(rest.filter(({ tries }) => tries !== 0).length).toBeLessThan(12)
  expect(rest.filter(({ leased }) => leased !== null)).toEqual([])
  silent.spoil = () => undefined
  await hurry(dead)
  await dead.sweep(1_000)
  expect([silent.users.size, await left(dead)]).toEqual([40, []])
})

test('a database that is away during one delivery is the trouble of that one', async () => {
  let isAway = false
  const here = await due(there, 8, {
    fetchDatabase: async (request) => {
      if (isAway && (await request.clone().text()).includes('AS owner')) throw new Error('away')
      return fetch(request)
    },
  })
  await here.settings({ adoption: { open: true, domains: ['example.com'] } })
  const body = { userName: 'p3@example.com', active: true }
  there.users.set('old', { id: 'old', body, members: new Set() })
  isAway = true
  expect((await here.sweep(1_000)).outcomes).toMatchObject({ done: 7, later: 1 })
  expect(await left(here)).toMatchObject([{ state: 'due', tries: 1, leased: null }])
  isAway = false
  await hurry(here)
  await here.sweep()
  expect([there.users.size, await left(here)]).toEqual([8, []])
  expect(there.users.get('old')?.body).toMatchObject({ displayName: 'P 3' })
})

test('nothing is begun that could go on when its lease is over', async () => {
  let offset = 0
  const here = await due(there, 30, {
    now: () => new Date(Date.now() + offset),
    fetchTarget: async (request) => {
      // The first answers take so long that the others would have no time left.
      offset = 220_000
      return fetch(request)
    },
    subrequests: 1_000,
  })
  there.seen.length = 0
  await here.sweep()
  expect(there.users.size).toBeLessThanOrEqual(6)
  const rest = await left(here)
  expect(rest).toHaveLength(30 - there.users.size)
  expect(rest).toEqual(rest.map(() => ({ state: 'due', tries: 0, leased: null })))
  await here.sweep()
  expect([there.users.size, await left(here)]).toEqual([30, []])
})
