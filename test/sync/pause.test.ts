import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sql } from '../../worker/store/database.ts'
import { downstream, type Downstream } from './downstream.ts'
import { idOf, world, type World } from './world.ts'

let there: Downstream
let here: World
let offset = 0
const now = () => new Date(Date.now() + offset)
const HOUR = 3_600_000

beforeAll(async () => {
  there = await downstream()
})
afterAll(() => there.stop())

beforeEach(async () => {
  offset = 0
  there.users.clear()
  there.groups.clear()
  there.spoil = () => undefined
  here = await world({ now })
  await here.target({ kind: 'scim', url: there.url, auth: { kind: 'bearer', token: there.token } })
})

const anna = { userName: 'anna@example.com', displayName: 'Anna' }
const setActive = (value: boolean) => ({ Operations: [{ op: 'replace', path: 'active', value }] })
const named = (displayName: string) => ({
  Operations: [{ op: 'replace', path: 'displayName', value: displayName }],
})
const people = () => [...there.users.values()].map(({ body }) => body)
const writes = () => there.seen.filter(({ method }) => method !== 'GET')
const open = () =>
  here.rows(sql`SELECT resource FROM receipts WHERE connection = ${here.connection} AND confirmed IS NULL`)
const pause = (deactivationsToo?: Date) =>
  here.settings({
    state: {
      is: 'paused',
      since: now().toISOString(),
      ...(deactivationsToo === undefined ? {} : { deactivationsToo: deactivationsToo.toISOString() }),
    },
  })
const resume = () => here.settings({ state: { is: 'active' } })

describe('a paused connection', () => {
  let id = ''

  beforeEach(async () => {
    id = idOf(await here.send('POST', '/Users', anna))
    there.seen.length = 0
  })

  test('answers as ever and brings nothing, not by cron either', async () => {
    await pause()
    expect((await here.send('PATCH', `/Users/${id}`, named('A'))).status).toBe(200)
    expect((await here.send('POST', '/Users', { userName: 'ben@example.com' })).status).toBe(201)
    expect((await here.send('POST', '/Groups', { displayName: 'Team' })).status).toBe(201)
    await here.sweep()
    expect(there.seen).toEqual([])
    expect((await here.send('GET', `/Users/${id}`)).body).toMatchObject({ displayName: 'A' })
  })

  test('brings a deactivation at once, by PATCH and by DELETE', async () => {
    const ben = idOf(await here.send('POST', '/Users', { userName: 'ben@example.com' }))
    await pause()
    expect((await here.send('PATCH', `/Users/${id}`, setActive(false))).status).toBe(200)
    expect((await here.send('DELETE', `/Users/${ben}`)).status).toBe(204)
    expect(people()).toMatchObject([{ active: false }, { active: false }])
    expect(await open()).toEqual([])
  })

  test('a deactivation that fails at first is tried again while it is paused', async () => {
    await pause()
    there.spoil = ({ method }) => (method === 'PATCH' ? { kind: 'answer', status: 503 } : undefined)
    await here.send('PATCH', `/Users/${id}`, setActive(false))
    there.spoil = () => undefined
    offset += HOUR
    await here.sweep()
    expect(people()).toMatchObject([{ active: false }])
  })

  test('somebody activated again waits, and is not suspended meanwhile', async () => {
    await pause()
    await here.send('PATCH', `/Users/${id}`, setActive(false))
    await here.send('PATCH', `/Users/${id}`, setActive(true))
    await here.sweep()
    expect(people()).toMatchObject([{ active: false }])
    await resume()
    await here.sweep()
    expect(people()).toMatchObject([{ active: true }])
  })

  test('with its deactivations too they wait, and that ends by itself', async () => {
    await pause(new Date(now().getTime() + 24 * HOUR))
    expect((await here.send('PATCH', `/Users/${id}`, setActive(false))).status).toBe(200)
    await here.send('POST', '/Users', { userName: 'ben@example.com' })
    offset += 23 * HOUR
    await here.sweep()
    expect(there.seen).toEqual([])
    expect(await open()).toEqual([{ resource: id }])
    offset += 1.1 * HOUR
    await here.sweep()
    expect(people()).toMatchObject([{ active: false }])
    expect(await open()).toEqual([])
    // And what is asked for then goes in its request; the rest waits still.
    await here.send('PATCH', `/Users/${id}`, named('A'))
    await here.sweep()
    expect(people()).toHaveLength(1)
  })

  test('resumed, each resource is sent once, as it is wanted by then', async () => {
    await pause()
    for (const name of ['A', 'B', 'C']) await here.send('PATCH', `/Users/${id}`, named(name))
    const ben = idOf(await here.send('POST', '/Users', { userName: 'ben@example.com' }))
    await here.send('PATCH', `/Users/${ben}`, named('Ben'))
    const group = idOf(await here.send('POST', '/Groups', { displayName: 'Tea', members: [{ value: id }] }))
    await here.send('PATCH', `/Groups/${group}`, named('Team'))
    await here.send('PATCH', `/Groups/${group}`, {
      Operations: [{ op: 'add', path: 'members', value: [{ value: ben }] }],
    })
    await here.send('DELETE', `/Users/${idOf(await here.send('POST', '/Users', { userName: 'eva@x.test' }))}`)
    await resume()
    await here.sweep()
    await here.sweep()
    expect(people()).toMatchObject([{ displayName: 'C' }, { displayName: 'Ben' }])
    const groups = [...there.groups.values()]
    expect(groups.map(({ body, members }) => [body['displayName'], members.size])).toEqual([['Team', 2]])
    const ofPeople = writes().filter(({ path }) => path.startsWith('/Users'))
    expect(ofPeople.map(({ method }) => method).toSorted()).toEqual(['PATCH', 'POST'])
    const left = sql`SELECT * FROM deliveries WHERE connection = ${here.connection}`
    expect(await here.rows(left)).toEqual([])
  })
})

describe('a closed connection', () => {
  test('answers writes 429 with whole seconds, and reads as ever; nothing of a write is kept', async () => {
    const id = idOf(await here.send('POST', '/Users', anna))
    await here.settings({ state: { is: 'closed', since: now().toISOString() } })
    there.seen.length = 0
    const answers = [
      await here.send('POST', '/Users', { userName: 'ben@example.com' }),
      await here.send('PUT', `/Users/${id}`, { ...anna, displayName: 'A' }),
      await here.send('PATCH', `/Users/${id}`, setActive(false)),
      await here.send('DELETE', `/Users/${id}`),
      await here.send('POST', '/Groups', { displayName: 'Team' }),
    ]
    for (const { status, headers } of answers) {
      expect(status).toBe(429)
      expect(headers.get('retry-after')).toMatch(/^[1-9]\d*$/)
    }
    expect((await here.send('GET', `/Users/${id}`)).body).toMatchObject({ displayName: 'Anna', active: true })
    expect((await here.send('GET', '/Users')).body).toMatchObject({ totalResults: 1 })
    expect(there.seen).toEqual([])
  })

  test('what was taken before it closed is brought still', async () => {
    there.spoil = ({ method }) => (method === 'POST' ? { kind: 'answer', status: 503 } : undefined)
    await here.send('POST', '/Users', anna)
    there.spoil = () => undefined
    await here.settings({ state: { is: 'closed', since: now().toISOString() } })
    offset += HOUR
    await here.sweep()
    expect(people()).toHaveLength(1)
  })

  test('closed for two days, cron warns once: the provider gives up after its tenth try', async () => {
    const raised = () =>
      here.rows(
        sql`SELECT kind, subject, count, words, cleared FROM alarms WHERE connection = ${here.connection}`,
      )
    await here.settings({ state: { is: 'closed', since: now().toISOString() } })
    offset += 47 * HOUR
    await here.sweep()
    expect(await raised()).toEqual([])
    offset += 2 * HOUR
    await here.sweep()
    await here.sweep()
    expect(await raised()).toMatchObject([{ kind: 'closed', subject: '', count: 1, cleared: null }])
    expect(
      here.logs.filter((one) => one.message === 'closed' && one['connection'] === here.connection),
    ).toHaveLength(1)
    await resume()
    await here.sweep()
    expect(await raised()).toMatchObject([{ kind: 'closed', cleared: expect.any(String) }])
  })
})
