import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import * as v from 'valibot'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { sql } from '../../worker/store/database.ts'
import { allDue, crowd, setAll } from './crowd.ts'
import { at } from '../json.ts'
import { downstream, type Downstream } from './downstream.ts'
import { guarded, MINUTE, type Guarded } from './guarded.ts'
import { world, type World } from './world.ts'

let there: Downstream
let here: Guarded

beforeAll(async () => {
  there = await downstream()
})
afterAll(() => there.stop())
beforeEach(async () => {
  here = await guarded(there)
  await here.database.write([sql`DELETE FROM deliveries`])
})

/** A target that has nobody who is asked for, and lists people without end, one a page: as many as it says, or always some more. */
async function endless() {
  const state = { asked: 0, url: '', totalAt: (_start: number): number => 1_000_000, isEmpty: true }
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      state.asked += 1
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost')
      const start = Number(searchParams.get('startIndex') ?? 1)
      const answer = (status: number, shown: unknown) =>
        response.writeHead(status, { 'content-type': 'application/scim+json' }).end(JSON.stringify(shown))
      if (request.method === 'POST')
        return answer(201, {
          userName: at(JSON.parse(body), 'userName'),
          active: true,
          id: crypto.randomUUID(),
        })
      if (request.method === 'PATCH') return answer(404, {})
      if (pathname.endsWith('ServiceProviderConfig'))
        return answer(200, { patch: { supported: true }, filter: { supported: false } })
      if (state.isEmpty) return answer(200, { totalResults: 0, Resources: [] })
      const Resources = [{ id: `x${start}`, userName: `x${start}` }]
      return answer(200, { totalResults: state.totalAt(start), startIndex: start, Resources })
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  afterAll(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = v.parse(v.object({ port: v.number() }), server.address())
  return Object.assign(state, { url: `http://127.0.0.1:${port}` })
}

const leavers = () => [...there.users.values()].filter(({ body }) => body['active'] === false).length

/** Forty people leave here, and ten in each of so many connections before that target. Gives how many have left after each run. */
async function race(hostile: number, runs: number, totalAt?: (start: number) => number) {
  const bad = await endless()
  if (totalAt !== undefined) bad.totalAt = totalAt
  const all: { one: World; ids: readonly string[] }[] = [{ one: here, ids: await crowd(here, 40) }]
  for (let n = 0; n < hostile; n += 1) {
    const one = await world({ now: here.now, subrequests: 1_000 })
    const auth = { kind: 'bearer', token: 'x1234567' }
    await one.target({ kind: 'scim', url: `${bad.url}/${n}`, auth })
    all.push({ one, ids: await crowd(one, 10) })
  }
  for (const { one } of all) await allDue(one)
  await here.sweep(1_000)
  expect(there.users.size).toBe(40)
  for (const { one, ids } of all) {
    await setAll(one, ids, { active: false })
    await allDue(one)
  }
  bad.isEmpty = false
  const counts: number[] = []
  for (let run = 0; run < runs; run += 1) {
    here.pass(MINUTE)
    const { subrequests } = await here.sweep(45)
    expect(subrequests).toBeLessThanOrEqual(45)
    counts.push(leavers())
  }
  return counts
}

test.each([1, 3, 8])(
  '%i targets that list a million people, one a page, do not use up the runs',
  async (n) => {
    const counts = await race(n, 3)
    console.log(`40 leavers beside ${n} that list a million: ${counts.join(', ')}`)
    expect(counts.at(-1)).toBe(40)
  },
)

test.each([
  [1, 4],
  [3, 6],
  [8, 10],
])('nor do %i whose lists go on and on', async (n, runs) => {
  const counts = await race(n, runs, (start) => start + 20)
  console.log(`40 leavers beside ${n} whose lists go on: ${counts.join(', ')}`)
  expect(counts.at(-1)).toBe(40)
})

test('a delivery that was cut short for the others is tried again at its own pace, not at once', async () => {
  await race(3, 1, (start) => start + 20)
  const cut = await here.rows(
    sql`SELECT due > ${here.now().toISOString()} AS waits, state FROM deliveries WHERE words LIKE '%while others wait%'`,
  )
  expect(cut.length).toBeGreaterThan(0)
  expect(new Set(cut.map(({ waits, state }) => `${String(waits)} ${String(state)}`))).toEqual(
    new Set(['1 due']),
  )
})

test('who has much to do has what others leave of a run', async () => {
  const other = await world({ now: here.now, subrequests: 1_000 })
  await other.target({ kind: 'scim', url: there.url, auth: { kind: 'bearer', token: there.token } })
  const [many, few] = [await crowd(here, 34), await crowd(other, 3)]
  await other.database.write([
    sql`UPDATE resources SET document = json_set(document, '$.userName', id || '@example.com'),
      folded = json_set(folded, '$.userName', id || '@example.com') WHERE connection = ${other.connection}`,
  ])
  for (const one of [here, other]) await allDue(one)
  await here.sweep(1_000)
  expect(there.users.size).toBe(37)
  for (const [one, ids] of [
    [here, many],
    [other, few],
  ] as const) {
    await setAll(one, ids, { active: false })
    await allDue(one)
  }
  here.pass(MINUTE)
  await here.sweep(45)
  expect(leavers()).toBe(37)
})
