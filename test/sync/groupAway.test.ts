import { afterAll, beforeAll, expect, test } from 'vitest'
import { sql } from '../../worker/store/database.ts'
import { downstream, type Downstream } from './downstream.ts'
import { patch } from './guarded.ts'
import { idOf, world } from './world.ts'

let there: Downstream

beforeAll(async () => {
  there = await downstream()
})
afterAll(() => there.stop())

test('who comes back while a group is just losing them is in it again', async () => {
  let meanwhile: (() => Promise<unknown>) | undefined
  const here = await world({
    subrequests: 1_000,
    fetchTarget: async (request) => {
      const isGroup = request.method === 'PATCH' && new URL(request.url).pathname.startsWith('/Groups/')
      const response = await fetch(request)
      const next = isGroup ? meanwhile : undefined
      meanwhile = undefined
      await next?.()
      return response
    },
  })
  await here.target({ kind: 'scim', url: there.url, auth: { kind: 'bearer', token: there.token } })
  const anna = { userName: 'anna@example.com' }
  const first = idOf(await here.send('POST', '/Users', anna))
  const team = idOf(await here.send('POST', '/Groups', { displayName: 'Team', members: [{ value: first }] }))
  await here.send('DELETE', `/Users/${first}`)
  meanwhile = async () => {
    const again = idOf(await here.send('POST', '/Users', anna))
    const add = patch({ op: 'add', path: 'members', value: [{ value: again }] })
    expect((await here.send('PATCH', `/Groups/${team}`, add)).status).toBe(204)
  }
  for (let runs = 0; runs < 4; runs += 1) {
    await here.database.write([
      sql`UPDATE deliveries SET due = '2000' WHERE connection = ${here.connection} AND state = 'due'`,
    ])
    await here.sweep()
  }
  expect(meanwhile).toBeUndefined()
  expect([...there.groups.values()].map(({ members }) => [...members])).toEqual([[...there.users.keys()]])
  expect([...there.users.values()].map(({ body }) => body['active'])).toEqual([true])
})
