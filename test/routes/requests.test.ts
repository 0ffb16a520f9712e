import { expect, test } from 'vitest'
import { signToken } from '../../worker/auth/token.ts'
import { shortId } from '../../worker/store/ids.ts'
import { listRequests } from '../../worker/store/requests.ts'
import { revokeToken } from '../../worker/store/tokens.ts'
import { listTallies, readArrivals } from '../../worker/store/tallies.ts'
import { readConfig } from '../../worker/config.ts'
import { env } from 'cloudflare:workers'
import { bridge, idOf, patchOp, people, type Bridge } from '../bridge.ts'
import { database } from '../worker.ts'

/** The log of requests, oldest first: method, route, status, refusal, resource, quirks. */
const logOf = async ({ connection }: Bridge) =>
  (await listRequests(database(), connection, { most: 100 })).toReversed()

test('a write is a row of its own batch: ids, the pattern of the route and names, and nothing that was sent', async () => {
  const to = await bridge()
  const [person = ''] = await people(to, 1)
  await to.send('PUT', `/Users/${person}`, { userName: 'person0@example.com', title: 'Canary' })
  await to.send('PATCH', `/Users/${person}`, patchOp({ op: 'Replace', path: 'active', value: 'False' }))
  const group = idOf(await to.send('POST', '/Groups', { displayName: 'Canary' }))
  const add = { op: 'add', path: 'members', value: [{ value: person }] }
  await to.send('PATCH', `/Groups/${group}`, patchOp(add))
  await to.send('DELETE', `/Groups/${group}`)
  expect(to.tripsAfterwards()).toBe(0)
  const rows = await logOf(to)
  const users = '/scim/v2/Users'
  const shown = rows.map((row) => [row.method, row.route, row.status, row.resource, row.quirks])
  expect(shown).toEqual([
    ['POST', users, 201, person, ['body_without_schemas']],
    ['PUT', `${users}/:id`, 200, person, ['body_without_schemas']],
    ['PATCH', `${users}/:id`, 200, person, ['op_case', 'string_boolean']],
    ['POST', '/scim/v2/Groups', 201, group, ['body_without_schemas']],
    ['PATCH', '/scim/v2/Groups/:id', 204, group, []],
    ['DELETE', '/scim/v2/Groups/:id', 204, group, []],
  ])
  expect(rows.every(({ token, refusal }) => token === to.jti && refusal === undefined)).toBe(true)
  expect(JSON.stringify(rows)).not.toMatch(/canary|person0/i)
})

test('somebody who is brought back is told by the row', async () => {
  const to = await bridge()
  const sent = { userName: 'a', externalId: '00u1', active: false }
  const id = idOf(await to.send('POST', '/Users', sent))
  await to.send('POST', '/Users', { ...sent, active: true })
  const last = (await logOf(to)).at(-1)
  expect(last).toMatchObject({ status: 201, resource: id, quirks: ['body_without_schemas', 'revived'] })
})

test('what was refused is one write after the answer, by the name of the refusal', async () => {
  const to = await bridge()
  const [a = ''] = await people(to, 1)
  const unknown = crypto.randomUUID()
  const sent = [
    ['POST', '/Users', '{', 'invalidSyntax'],
    ['POST', '/Users', { userName: 'person0@example.com' }, 'user_name_taken'],
    ['PUT', `/Users/${a}`, {}, 'invalidValue'],
    ['GET', `/Users/${unknown}`, undefined, 'missing'],
    ['DELETE', '/Users/Canary', undefined, 'missing'],
    ['GET', '/Users/Users?filter=x', undefined, 'base_url'],
    ['GET', '/Users?filter=canary', undefined, 'invalidFilter'],
    ['GET', '/Nopes/Canary', undefined, 'path'],
    ['PUT', '/Users', {}, 'method'],
  ] as const
  for (const [method, path, body] of sent) {
    to.trips()
    await to.send(method, path, body)
    expect([path, to.trips(), to.tripsAfterwards()]).toEqual([path, 1, 1])
  }
  const rows = (await logOf(to)).slice(1)
  expect(rows.map(({ refusal }) => refusal)).toEqual(sent.map(([, , , refusal]) => refusal))
  expect(rows.map(({ resource }) => resource).slice(2, 5)).toEqual([a, unknown, undefined])
  expect(rows.every(({ ms, status }) => ms !== undefined && status >= 400)).toBe(true)
  expect(JSON.stringify(rows)).not.toMatch(/canary/i)
})

test('good reads are counted, and written down with the first and then every 10 s at the most', async () => {
  let now = new Date()
  const to = await bridge({ now: () => now })
  const seen: number[] = []
  for (const seconds of [0, 1, 1, 9, 1]) {
    now = new Date(now.getTime() + seconds * 1_000)
    expect((await to.send('GET', '/Users')).status).toBe(200)
    seen.push(to.tripsAfterwards())
  }
  // With the first it is written too that the token is used.
  expect(seen).toEqual([2, 0, 0, 1, 0])
  const counted = await listTallies(database(), to.connection, '2000-01-01')
  expect(counted).toMatchObject([{ what: 'read', count: 4 }])
  expect(await logOf(to)).toEqual([])
})

test('a token without the word Bearer is told, as it is good', async () => {
  const to = await bridge()
  await to.send('GET', '/Users', undefined, { authorization: to.token })
  const counted = await listTallies(database(), to.connection, '2000-01-01')
  expect(counted.map(({ what }) => what)).toEqual(['bare', 'read'])
})

test('a token that is good and went wrong in the paste is its connection’s; any other is nobody’s', async () => {
  const to = await bridge()
  const { token } = to
  const other = token.replace('drawbridge_local_', 'drawbridge_mars_')
  const since = new Date()
  for (const authorization of [
    `Bearer Bearer ${token}`,
    `Bearer "${token}"`,
    `Bearer ${token.slice(0, 40)} ${token.slice(40)}`,
    `Bearer ${other}`,
    `Bearer ${token.slice(0, -20)}`,
    'Bearer',
    'Bearer non-token',
    `Bearer ${token.slice(0, -4)}AAAA`,
  ])
    expect((await to.send('GET', '/Users', undefined, { authorization })).status).toBe(401)
  expect((await logOf(to)).map(({ refusal }) => refusal)).toEqual(['bearer_twice', 'quotes'])
  const later = await bridge({ connection: to.connection })
  expect((await later.send('GET', '/Users', undefined, { authorization: 'Basic' })).status).toBe(401)
  const { strangers, refused } = await readArrivals(database(), to.connection, since)
  expect(refused?.refusal).toBe('quotes')
  const kinds = strangers.map(({ what }) => what)
  expect(kinds).toContain('no_token')
})

test('every kind of stranger has a name', async () => {
  let now = new Date()
  const to = await bridge({ now: () => now })
  const since = new Date(now.getTime() - 1)
  const { token } = to
  const cases = [
    [`Bearer ${token.slice(0, 40)} ${token.slice(40)}`, 'broken_paste'],
    [`Bearer ${token.replace('drawbridge_local_', 'drawbridge_mars_')}`, 'other_region'],
    [`Bearer ${token.slice(0, -20)}`, 'cut_off'],
    ['Bearer', 'no_token'],
    ['Bearer non-token', 'not_a_token'],
    [`Bearer ${token.slice(0, -4)}AAAA`, 'token'],
  ] as const
  for (const [authorization, name] of cases) {
    now = new Date(now.getTime() + 10_000)
    await to.send('GET', '/Users', undefined, { authorization })
    const { strangers } = await readArrivals(database(), to.connection, since)
    expect(strangers.map(({ what }) => what)).toContain(name)
  }
  expect(await logOf(to)).toEqual([])
})

test('a token that was revoked, has expired, or that the database does not know, is genuine: its refusals are rows', async () => {
  const to = await bridge()
  await revokeToken(database(), to.jti, new Date())
  expect((await to.send('GET', '/Users')).status).toBe(401)
  const config = readConfig(env)
  const unknown = await signToken(config, { connection: to.connection, jti: shortId(), issued: 1 })
  await to.send('POST', '/Users', { userName: 'x' }, { authorization: `Bearer ${unknown}` })
  const claims = { connection: to.connection, jti: shortId(), issued: 1, expires: 2 }
  const ended = await signToken(config, claims)
  await to.send('GET', '/Users', undefined, { authorization: `Bearer ${ended}` })
  await to.send('GET', '/Users', undefined, { authorization: `Bearer "${ended}"` })
  const rows = await logOf(to)
  expect(rows.map(({ status, refusal }) => [status, refusal])).toEqual([
    [401, 'revoked'],
    [401, 'token'],
    [401, 'expired'],
    [401, 'quotes'],
  ])
})

test('of what is refused for its number the first is a row, and the rest is counted', async () => {
  let now = new Date()
  const to = await bridge({ rateLimit: () => Promise.resolve(false), now: () => now })
  for (let count = 0; count < 5; count += 1) await to.send('GET', '/Users')
  now = new Date(now.getTime() + 10_000)
  await to.send('GET', '/Users')
  expect((await logOf(to)).map(({ refusal }) => refusal)).toEqual(['rate', 'rate'])
  const counted = await listTallies(database(), to.connection, '2000-01-01')
  expect(counted).toMatchObject([{ what: 'rate', count: 4 }])
})

test('the operations of a bulk request are rows, and what was refused of them goes with its own answer', async () => {
  const to = await bridge()
  const Operations = [
    { method: 'POST', path: '/Users', bulkId: 'a', data: { userName: 'a' } },
    { method: 'POST', path: '/Users', bulkId: 'b', data: { userName: 'a' } },
    { method: 'DELETE', path: `/Users/${crypto.randomUUID()}` },
  ]
  const schemas = ['urn:ietf:params:scim:api:messages:2.0:BulkRequest']
  to.trips()
  expect((await to.send('POST', '/Bulk', { schemas, Operations })).status).toBe(200)
  expect([to.trips(), to.tripsAfterwards()]).toEqual([3, 1])
  expect((await logOf(to)).map(({ method, status }) => [method, status])).toEqual(
    expect.arrayContaining([
      ['POST', 201],
      ['POST', 409],
      ['DELETE', 404],
    ]),
  )
})

test('a database that is away after the answer changes nothing of it, and is told by a line of the log', async () => {
  let away = false
  const to = await bridge({
    timeout: 100,
    fetch: async (request) => {
      if (away && (await request.clone().text()).includes('INTO requests')) throw new TypeError('away')
      return fetch(request)
    },
  })
  away = true
  expect((await to.send('GET', '/Nopes')).status).toBe(404)
  expect(to.logs.map(({ message }) => message)).toEqual(['request', 'unrecorded'])
})
