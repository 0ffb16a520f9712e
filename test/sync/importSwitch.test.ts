import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sql } from '../../worker/store/database.ts'
import { at } from '../json.ts'
import { downstream, type Downstream } from './downstream.ts'
import { ownDatabase } from './ownDatabase.ts'
import { firstId, idOf, world, type World } from './world.ts'

let database: Awaited<ReturnType<typeof ownDatabase>>
let there: Downstream
let here: World
const own: string[] = []

/** 150 people were at the target before; the provider made ten others before the import, and ten after it. */
beforeAll(async () => {
  database = await ownDatabase()
  there = await downstream()
  here = await world({ libsqlUrl: database.url })
  await here.target({ kind: 'scim', url: there.url, auth: { kind: 'bearer', token: there.token } })
  for (let n = 0; n < 150; n += 1) {
    const body = { userName: `t${n}@example.com`, active: true, title: n % 2 === 0 ? 'Even' : 'Odd' }
    there.users.set(`t${n}`, { id: `t${n}`, body, members: new Set() })
  }
  for (let n = 0; n < 10; n += 1)
    own.push(idOf(await here.send('POST', '/Users', { userName: `own${n}@example.com`, title: 'Even' })))
  await here.sweep()
  for (let n = 10; n < 20; n += 1)
    own.push(idOf(await here.send('POST', '/Users', { userName: `own${n}@example.com`, title: 'Even' })))
  await here.settings({
    switches: { create: 'on', update: 'on', deactivate: 'on', groups: 'on', import: 'off' },
  })
})
afterAll(async () => {
  await there.stop()
  await database.stop()
})

const ids = (body: unknown): unknown[] => {
  const found = at(body, 'Resources')
  return Array.isArray(found) ? found.map((one: unknown) => at(one, 'id')) : []
}
const get = async (query: string) => (await here.send('GET', `/Users${query}`)).body
const filter = (text: string) => `filter=${encodeURIComponent(text)}`

describe('with the switch off, only what the provider made or linked is in lists', () => {
  test('all of them, page by page, in order and with their number', async () => {
    expect(await get('?count=0')).toMatchObject({ totalResults: 20 })
    const pages = await Promise.all([1, 8, 15].map((start) => get(`?startIndex=${start}&count=7`)))
    expect(pages.flatMap(ids)).toEqual(own)
    for (const page of pages) expect(page).toMatchObject({ totalResults: 20 })
    expect(await get('?startIndex=21')).toMatchObject({ totalResults: 20 })
    expect(ids(await get('?sortBy=userName&sortOrder=descending&count=2'))).toHaveLength(2)
  })

  test('by cursor, by a filter, over all kinds, and by a look-up', async () => {
    const first = await get('?cursor&count=12')
    const next = at(first, 'nextCursor')
    const second = await get(`?count=12&cursor=${encodeURIComponent(String(next))}`)
    expect([...ids(first), ...ids(second)]).toEqual(own)
    expect(await get(`?${filter('title eq "even"')}`)).toMatchObject({ totalResults: 20 })
    expect(await get(`?${filter('userName eq "t1@example.com"')}`)).toMatchObject({ totalResults: 0 })
  })

  test('GET by id answers still, and the first write makes it the provider’s own', async () => {
    expect((await here.send('GET', '/Users/t7')).status).toBe(200)
    await here.send('PATCH', '/Users/t7', { Operations: [{ op: 'replace', path: 'active', value: false }] })
    expect(await get(`?${filter('userName eq "t7@example.com"')}`)).toMatchObject({ totalResults: 1 })
    expect(await get('?count=0')).toMatchObject({ totalResults: 21 })
  })

  test('a create of somebody hidden takes them over where adoption allows it, else it is 409', async () => {
    expect((await here.send('POST', '/Users', { userName: 't9@example.com' })).status).toBe(409)
    await here.settings({ adoption: { open: true, domains: ['example.com'] } })
    const taken = await here.send('POST', '/Users', {
      userName: 'T9@example.com',
      externalId: 'okta-9',
      displayName: 'Nine',
    })
    expect([taken.status, idOf(taken)]).toEqual([201, 't9'])
    expect(there.users.get('t9')?.body).toMatchObject({ displayName: 'Nine', externalId: 'okta-9' })
    expect(
      [...there.users.values()].filter(
        ({ body }) => String(body['userName']).toLowerCase() === 't9@example.com',
      ),
    ).toHaveLength(1)
    expect(firstId(await here.send('GET', `/Users?${filter('externalId eq "okta-9"')}`))).toBe('t9')
    await here.settings({ adoption: { open: true, domains: [] } })
    expect((await here.send('POST', '/Users', { userName: 't11@example.com' })).status).toBe(409)
  })

  test('switched on again, everybody is there', async () => {
    await here.settings({
      switches: { create: 'on', update: 'on', deactivate: 'on', groups: 'on', import: 'on' },
    })
    expect(await get('?count=0')).toMatchObject({ totalResults: 170 })
    const [row] = await here.rows(
      sql`SELECT count(*) AS n FROM resources WHERE connection = ${here.connection}`,
    )
    expect(row).toEqual({ n: 170 })
  })
})
