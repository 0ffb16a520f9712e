import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sql } from '../../worker/store/database.ts'
import { at } from '../json.ts'
import { allDue, crowd, hurry, setAll } from './crowd.ts'
import { downstream, type Downstream } from './downstream.ts'
import { idOf, world, type World } from './world.ts'

let there: Downstream

beforeAll(async () => {
  there = await downstream()
})
afterAll(() => there.stop())
beforeEach(() => {
  there.users.clear()
  there.groups.clear()
  there.seen.length = 0
  there.spoil = () => undefined
})

/** A world whose requests to the database and to the target the test counts itself, where they leave the bridge. */
async function counting(subrequests: number) {
  let sent = 0
  const through = (request: Request) => {
    sent += 1
    return fetch(request)
  }
  const here = await world({ subrequests, fetchTarget: through, fetchDatabase: through })
  const setTarget = async () => {
    const set = await here.target({
      kind: 'scim',
      url: there.url,
      auth: { kind: 'bearer', token: there.token },
    })
    if (set.kind === 'refused') throw new Error(set.words)
  }
  /** Gives how many requests were sent since it was last asked. */
  const counted = () => {
    const now = sent
    sent = 0
    return now
  }
  return { here, setTarget, counted }
}

const due = async (here: World) =>
  (
    await here.rows(
      sql`SELECT count(*) AS n, coalesce(sum(tries), 0) AS tries FROM deliveries WHERE connection = ${here.connection}`,
    )
  )[0]

/** How many runs are made at the most. */
const MOST_RUNS = 150

describe.for([10, 45, 1_000])('with %i subrequests', (subrequests) => {
  /** Sweeps until nothing is due; gives the requests of each run. */
  async function drain({ here, counted }: Awaited<ReturnType<typeof counting>>): Promise<number[]> {
    const runs: number[] = []
    for (let run = 0; run < MOST_RUNS && at(await due(here), 'n') !== 0; run += 1) {
      await hurry(here)
      counted()
      const { subrequests: said } = await here.sweep()
      runs.push(counted())
      expect(said).toBe(runs.at(-1))
    }
    return runs
  }

  test(
    'no run sends more with 200 due, deactivations go first, and every run gets on',
    { timeout: 50_000 },
    async () => {
      const its = await counting(subrequests)
      const { here, setTarget } = its
      const ids = await crowd(here, 200)
      await setTarget()
      const creating = await drain(its)
      expect(Math.max(...creating)).toBeLessThanOrEqual(subrequests)
      expect(there.users.size).toBe(200)
      expect(there.seen.filter(({ method }) => method === 'POST')).toHaveLength(200)

      there.seen.length = 0
      await setAll(here, ids.slice(0, 150), { displayName: 'Renamed' })
      await setAll(here, ids.slice(150), { active: false })
      await allDue(here)
      const changing = await drain(its)
      expect(Math.max(...changing)).toBeLessThanOrEqual(subrequests)
      const patches = there.seen.filter(({ method }) => method === 'PATCH')
      const takesAccess = patches.map(({ body }) => JSON.stringify(body).includes('"active"'))
      expect([patches.length, takesAccess.filter(Boolean).length]).toEqual([200, 50])
      // Six are under way side by side.
      expect(takesAccess.lastIndexOf(true)).toBeLessThan(56)
      expect([...there.users.values()].filter(({ body }) => body['active'] === false)).toHaveLength(50)
      expect(await due(here)).toMatchObject({ n: 0 })
      console.log(
        `${subrequests} subrequests: 200 creates in ${creating.length} runs, 50 deactivations and 150 renames in ${changing.length} (at the most ${Math.max(...creating, ...changing)} in one)`,
      )
    },
  )

  test(
    'nor where every account is there already and is adopted, or a target is away',
    { timeout: 50_000 },
    async () => {
      const its = await counting(subrequests)
      const { here, setTarget, counted } = its
      const ids = await crowd(here, 60)
      await setTarget()
      await here.settings({ adoption: { open: true, domains: ['example.com'] } })
      ids.forEach((_, index) => {
        const userName = `p${index}@example.com`
        there.users.set(`old${index}-${subrequests}`, {
          id: `old${index}-${subrequests}`,
          body: { userName, active: true },
          members: new Set(),
        })
      })
      there.spoil = () => ({ kind: 'reset' })
      counted()
      await here.sweep()
      expect(counted()).toBeLessThanOrEqual(subrequests)
      there.spoil = () => undefined
      const runs = await drain(its)
      expect(Math.max(...runs)).toBeLessThanOrEqual(subrequests)
      expect([there.users.size, await due(here)]).toEqual([60, { n: 0, tries: 0 }])
      expect(
        [...there.users.values()].every(({ body }) => String(body['displayName']).startsWith('P ')),
      ).toBe(true)
    },
  )

  test('nor does a request, whatever it has to do at the target, or a /Bulk of 40 creates', async () => {
    const its = await counting(subrequests)
    const { here, setTarget, counted } = its
    await setTarget()
    await here.settings({ adoption: { open: true, domains: ['example.com'] } })
    const most: number[] = []
    const send = async (...sent: Parameters<World['send']>) => {
      counted()
      const answer = await here.send(...sent)
      most.push(counted())
      return answer
    }
    there.users.set(`old-${subrequests}`, {
      id: `old-${subrequests}`,
      body: { userName: 'a@example.com', active: true },
      members: new Set(),
    })
    const a = idOf(await send('POST', '/Users', { userName: 'a@example.com', title: 'Boss' }))
    const b = idOf(await send('POST', '/Users', { userName: 'b@example.com' }))
    const members = [{ value: a }, { value: b }]
    const group = idOf(await send('POST', '/Groups', { displayName: 'Team', members }))
    await send('PATCH', `/Users/${a}`, { Operations: [{ op: 'replace', path: 'active', value: false }] })
    await send('PUT', `/Users/${a}`, { userName: 'a@example.com', active: true, title: 'Clerk' })
    await send('PATCH', `/Groups/${group}`, {
      Operations: [{ op: 'remove', path: `members[value eq "${a}"]` }],
    })
    await send('DELETE', `/Users/${a}`)
    await send('POST', '/Users', { userName: 'a@example.com' })
    there.spoil = ({ method }) => (method === 'PATCH' ? { kind: 'answer', status: 503 } : undefined)
    await send('PATCH', `/Users/${b}`, { Operations: [{ op: 'replace', path: 'active', value: false }] })
    there.spoil = () => undefined
    await send('DELETE', `/Groups/${group}`)
    // The first write of an isolate finds out how its connection stands.
    expect(Math.max(...most)).toBeLessThanOrEqual(subrequests)

    const Operations = Array.from({ length: 40 }, (_, index) => ({
      method: 'POST',
      path: '/Users',
      bulkId: `n${index}`,
      data: { userName: `n${index}@example.com` },
    }))
    counted()
    const bulk = await here.send('POST', '/Bulk', {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
      Operations,
    })
    const used = counted()
    expect(used).toBeLessThanOrEqual(subrequests)
    const results = at(bulk.body, 'Operations')
    const statuses = Array.isArray(results) ? results.map((result) => at(result, 'status')) : []
    const made = statuses.filter((status) => status === '201').length
    // Whoever may send 45 has all of them stored; with 10 the rest is told to come again.
    expect([made, statuses.length]).toEqual([subrequests < 45 ? expect.any(Number) : 40, 40])
    expect(new Set(statuses)).toEqual(new Set(subrequests < 45 ? ['201', '503'] : ['201']))
    await drain(its)
    expect(
      [...there.users.values()].filter(({ body }) => String(body['userName']).startsWith('n')),
    ).toHaveLength(made)
    console.log(
      `${subrequests} subrequests: at the most ${Math.max(...most)} in a request, ${used} in a /Bulk with ${made} of 40 made`,
    )
  })
})
