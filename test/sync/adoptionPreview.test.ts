import { afterAll, beforeAll, expect, test } from 'vitest'
import { downstream, type Downstream } from './downstream.ts'
import { ownDatabase } from './ownDatabase.ts'
import { idOf, world } from './world.ts'

let database: Awaited<ReturnType<typeof ownDatabase>>
let there: Downstream

beforeAll(async () => {
  database = await ownDatabase()
  there = await downstream()
})
afterAll(async () => {
  await there.stop()
  await database.stop()
})

test('every account that nobody has linked, and whether a create would take it over', async () => {
  const here = await world({ libsqlUrl: database.url })
  await here.target({ kind: 'scim', url: there.url, auth: { kind: 'bearer', token: there.token } })
  await here.send('POST', '/Users', { userName: 'linked@example.com' })
  const waits = await here.send('POST', '/Users', {
    userName: 'cy@example.com',
    active: false,
    externalId: 'okta-3',
  })
  const put = (id: string, userName: string, externalId?: string) =>
    there.users.set(id, { id, body: { userName, active: true, externalId }, members: new Set() })
  put('a', 'anna@example.com')
  put('b', 'ben@elsewhere.example')
  put('c', 'Cy@example.com', 'okta-3')
  const closed = 'closed'
  expect(await here.adoptable()).toEqual([
    { remote: 'a', userName: 'anna@example.com', resource: undefined, fault: closed },
    { remote: 'b', userName: 'ben@elsewhere.example', resource: undefined, fault: closed },
    { remote: 'c', userName: 'Cy@example.com', resource: idOf(waits), fault: undefined },
  ])
  await here.settings({ adoption: { open: true, domains: ['example.com'] } })
  expect(await here.adoptable()).toMatchObject([
    { remote: 'a', fault: undefined },
    { remote: 'b', fault: 'elsewhere' },
    { remote: 'c', fault: undefined },
  ])
  expect(there.seen.filter(({ method }) => method !== 'GET')).toHaveLength(1)
})
