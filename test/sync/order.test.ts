import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { sql } from '../../worker/store/database.ts'
import { replay } from '../../worker/store/outbox.ts'
import { at } from '../json.ts'
import { downstream } from './downstream.ts'
import { idOf, world, type World } from './world.ts'

const there = await downstream()
const other = await downstream()
afterAll(() => Promise.all([there.stop(), other.stop()]))

let clock = 0
let here: World
const now = () => new Date(Date.now() + clock)
const entered = (url: string, token: string) => ({ kind: 'scim', url, auth: { kind: 'bearer', token } })

beforeEach(async () => {
  clock = 0
  for (const service of [there, other]) {
    service.users.clear()
    service.groups.clear()
    service.seen.length = 0
    service.spoil = () => undefined
  }
  here = await world({ now })
  await here.database.write([sql`DELETE FROM deliveries`])
  await here.target(entered(there.url, there.token))
})

const names = (of: typeof there) => [...of.users.values()].map(({ body }) => body['userName']).toSorted()
const patch = (path: string, value: unknown) => ({ Operations: [{ op: 'replace', path, value }] })
const due = () =>
  here.rows(sql`SELECT type, state, words FROM deliveries WHERE connection = ${here.connection}`)
const away = () => ({ kind: 'answer' as const, status: 503 })

describe('one that cannot be brought holds up no other', () => {
  test('a membership waits for its member, and the rest of the group does not', async () => {
    there.spoil = ({ method, body }) =>
      method === 'POST' && at(body, 'userName') === 'ben@example.com' ? away() : undefined
    const anna = idOf(await here.send('POST', '/Users', { userName: 'anna@example.com' }))
    const ben = idOf(await here.send('POST', '/Users', { userName: 'ben@example.com' }))
    await here.send('POST', '/Groups', { displayName: 'Team', members: [{ value: anna }, { value: ben }] })
    const members = () =>
      [...there.groups.values()].map((group) =>
        [...group.members].map((id) => there.users.get(id)?.body['userName']),
      )
    expect(members()).toEqual([['anna@example.com']])
    expect((await due()).map(({ type, state }) => [type, state]).toSorted()).toEqual([
      ['Group', 'waiting'],
      ['User', 'due'],
    ])
    there.spoil = () => undefined
    clock += 60_000
    await here.sweep()
    expect(members().map((list) => list.toSorted())).toEqual([['anna@example.com', 'ben@example.com']])
    expect(await due()).toEqual([])
  })

  test('a dead target holds up no other connection', async () => {
    const second = await world({ now })
    await second.target(entered(other.url, other.token))
    there.spoil = () => ({ kind: 'reset' })
    other.spoil = away
    for (let index = 0; index < 12; index += 1) {
      await here.send('POST', '/Users', { userName: `a${index}@example.com` })
      await second.send('POST', '/Users', { userName: `b${index}@example.com` })
    }
    other.spoil = () => undefined
    clock += 120_000
    await here.sweep()
    expect(names(other)).toHaveLength(12)
    expect(names(there)).toEqual([])
  })

  test('a person the target refuses holds up nobody, and is kept with the words', async () => {
    there.spoil = away
    for (const name of ['anna', 'ben', 'cleo'])
      await here.send('POST', '/Users', { userName: `${name}@example.com` })
    there.spoil = ({ method, body }) =>
      method === 'POST' && at(body, 'userName') === 'ben@example.com'
        ? {
            kind: 'answer',
            status: 400,
            body: {
              schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
              status: '400',
              detail: 'no Bens here',
            },
          }
        : undefined
    clock += 600_000
    await here.sweep()
    expect(names(there)).toEqual(['anna@example.com', 'cleo@example.com'])
    expect(await due()).toEqual([
      { type: 'User', state: 'dead', words: expect.stringContaining('no Bens here') },
    ])
    // Found later, nothing is undone: the provider still has Ben.
    expect((await here.send('GET', '/Users?filter=userName eq "ben@example.com"')).body).toMatchObject({
      totalResults: 1,
    })
  })
})

test('deactivations go first', async () => {
  there.spoil = () => undefined
  const ids = []
  for (let index = 0; index < 14; index += 1)
    ids.push(idOf(await here.send('POST', '/Users', { userName: `p${index}@example.com` })))
  there.spoil = away
  for (const id of ids.slice(0, 12)) await here.send('PATCH', `/Users/${id}`, patch('title', 'Boss'))
  for (const id of ids.slice(12)) await here.send('PATCH', `/Users/${id}`, patch('active', false))
  there.spoil = () => undefined
  there.seen.length = 0
  clock += 3_600_000
  await here.database.write([sql`DELETE FROM stops WHERE connection = ${here.connection}`])
  await here.sweep()
  const accounts = [...there.users.values()]
    .filter(({ body }) => body['active'] === false)
    .map(({ id }) => `/Users/${id}`)
  // Six are brought side by side.
  const first = there.seen.slice(0, 6).map(({ path }) => path)
  expect(accounts.filter((path) => first.includes(path))).toHaveLength(2)
})

test('what cannot be brought for three days is a dead letter, a deactivation only after thirty; both can be sent again', async () => {
  const anna = idOf(await here.send('POST', '/Users', { userName: 'anna@example.com' }))
  const ben = idOf(await here.send('POST', '/Users', { userName: 'ben@example.com' }))
  there.spoil = ({ method }) =>
    method === 'PATCH' || method === 'GET' ? { kind: 'answer', status: 500 } : undefined
  await here.send('PATCH', `/Users/${anna}`, patch('title', 'Boss'))
  await here.send('PATCH', `/Users/${ben}`, patch('active', false))
  clock += 73 * 3_600_000
  await here.sweep()
  expect((await due()).map(({ state }) => state).toSorted()).toEqual(['dead', 'due'])
  clock += 720 * 3_600_000
  await here.sweep()
  expect((await due()).map(({ state }) => state)).toEqual(['dead', 'dead'])
  there.spoil = () => undefined
  expect(await replay(here.database, here.connection, now())).toBe(2)
  await here.sweep()
  expect(await due()).toEqual([])
  expect([...there.users.values()].map(({ body }) => [body['title'], body['active']])).toEqual([
    ['Boss', true],
    [undefined, false],
  ])
})

test('a Retry-After of the target is kept for all of it, in both its forms, and nobody is alarmed', async () => {
  there.spoil = () => ({ kind: 'answer', status: 429, headers: { 'retry-after': '600' } })
  await here.send('POST', '/Users', { userName: 'anna@example.com' })
  there.spoil = () => undefined
  there.seen.length = 0
  await here.send('POST', '/Users', { userName: 'ben@example.com' })
  clock += 300_000
  await here.sweep()
  expect(there.seen).toEqual([])
  clock += 400_000
  await here.sweep()
  await here.sweep()
  expect(names(there)).toEqual(['anna@example.com', 'ben@example.com'])
  const date = new Date(Date.now() + 900_000).toUTCString()
  there.spoil = () => ({ kind: 'answer', status: 503, headers: { 'retry-after': date } })
  await here.send('POST', '/Users', { userName: 'cleo@example.com' })
  const [stop] = await here.rows(sql`SELECT until FROM stops WHERE connection = ${here.connection}`)
  expect(Date.parse(String(stop?.['until'])) - Date.parse(date)).toBeLessThan(5_000)
  expect(
    await here.rows(sql`SELECT * FROM alarms WHERE connection = ${here.connection} AND cleared IS NULL`),
  ).toEqual([])
})

test('a deactivation long after something was skipped is tried again, however old that is', async () => {
  const anna = idOf(await here.send('POST', '/Users', { userName: 'anna@example.com' }))
  await here.database.write([
    sql`INSERT INTO deliveries (connection, resource, type, asked, kind, request, target, mac, rank, seq, first, since, state,
        due, tries, lease, leased, uncertain)
      VALUES (${here.connection}, ${anna}, 'User', ${anna}, 'patch', 'r', 't', 'm', 1, 0, 0, '2020-01-01T00:00:00.000Z', 'skipped',
        '2020-01-01T00:00:00.000Z', 0, 1, NULL, 0)`,
  ])
  there.spoil = () => ({ kind: 'reset' })
  await here.send('PATCH', `/Users/${anna}`, patch('active', false))
  expect(await due()).toMatchObject([{ state: 'due' }])
})

test('who is inactive at the target by an old word of it is looked at again before a receipt says so', async () => {
  const anna = idOf(await here.send('POST', '/Users', { userName: 'anna@example.com' }))
  await here.database.write([
    sql`UPDATE links SET confirmed = json_set(confirmed, '$.active', json('false')) WHERE connection = ${here.connection}`,
  ])
  await here.send('PATCH', `/Users/${anna}`, patch('active', false))
  expect([...there.users.values()].map(({ body }) => body['active'])).toEqual([false])
})

test('what is taken back of a refused change does not take back that somebody is to lose access', async () => {
  const anna = idOf(await here.send('POST', '/Users', { userName: 'anna@example.com' }))
  there.spoil = ({ method }) => (method === 'PATCH' ? { kind: 'answer', status: 500 } : undefined)
  await here.send('PATCH', `/Users/${anna}`, patch('active', false))
  there.spoil = ({ method }) => (method === 'PATCH' ? { kind: 'answer', status: 400 } : undefined)
  const back = { Operations: [{ op: 'replace', value: { active: true, title: 'Boss' } }] }
  expect((await here.send('PATCH', `/Users/${anna}`, back)).status).toBe(400)
  expect((await here.send('GET', `/Users/${anna}`)).body).toMatchObject({ active: false })
  there.spoil = () => undefined
  clock += 60_000
  await here.sweep()
  expect([...there.users.values()].map(({ body }) => body['active'])).toEqual([false])
})
