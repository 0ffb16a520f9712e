import { describe, expect, test } from 'vitest'
import { at, bridge, idOf, patchOp, people, type Answer, type Bridge } from '../bridge.ts'

const BULK = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest'
const USER = 'urn:ietf:params:scim:schemas:core:2.0:User'
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group'
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

const bulk = (to: Bridge, operations: readonly object[], more: object = {}): Promise<Answer> =>
  to.send('POST', '/Bulk', { schemas: [BULK], Operations: operations, ...more })

const user = (bulkId: string, data: object = {}) => ({
  method: 'POST',
  path: '/Users',
  bulkId,
  data: { schemas: [USER], userName: bulkId, ...data },
})
const group = (bulkId: string, ...members: readonly string[]) => ({
  method: 'POST',
  path: '/Groups',
  bulkId,
  data: {
    schemas: [GROUP],
    displayName: bulkId,
    members: members.map((value) => ({ value: `bulkId:${value}` })),
  },
})

function results(answer: Answer): readonly unknown[] {
  expect([answer.status, at(answer.body, 'schemas', 0)]).toEqual([
    200,
    'urn:ietf:params:scim:api:messages:2.0:BulkResponse',
  ])
  const list = at(answer.body, 'Operations')
  return Array.isArray(list) ? list : []
}
const statuses = (answer: Answer) => results(answer).map((result) => at(result, 'status'))
const idAt = (answer: Answer, index: number) =>
  String(at(results(answer)[index], 'location'))
    .split('/')
    .at(-1) ?? ''

async function membersOf(to: Bridge, id: string): Promise<readonly unknown[]> {
  const members = at((await to.send('GET', `/Groups/${id}`)).body, 'members')
  return Array.isArray(members) ? members.map((member: unknown) => at(member, 'value')) : []
}

test('one of each is carried out, in order, with its own status, place and version', async () => {
  const to = await bridge()
  const [one = '', two = ''] = await people(to, 2)
  const answer = await bulk(to, [
    user('new'),
    { method: 'PUT', path: `/Users/${one}`, data: { schemas: [USER], userName: 'one' } },
    { method: 'patch', path: `/Users/${one}`, data: patchOp({ op: 'replace', path: 'title', value: 'T' }) },
    { method: 'DELETE', path: `/Users/${two}` },
  ])
  expect(statuses(answer)).toEqual(['201', '200', '200', '204'])
  const [made, put, patched, gone] = results(answer)
  expect(made).toMatchObject({
    method: 'POST',
    bulkId: 'new',
    location: expect.stringMatching(/\/scim\/v2\/Users\/[0-9a-f-]{36}$/),
    version: 'W/"1"',
  })
  expect(put).toMatchObject({ location: `https://bridge.test/scim/v2/Users/${one}`, version: 'W/"2"' })
  expect(patched).toMatchObject({ version: 'W/"3"' })
  expect(gone).toMatchObject({ location: `https://bridge.test/scim/v2/Users/${two}` })
  expect(at((await to.send('GET', `/Users/${one}`)).body, 'title')).toBe('T')
  expect((await to.send('GET', `/Users/${two}`)).status).toBe(404)
})

test('references are resolved: back, ahead, in extensions and in a path', async () => {
  const to = await bridge()
  const answer = await bulk(to, [
    group('team', 'anna', 'boss'),
    user('anna', { [ENTERPRISE]: { manager: { value: 'bulkId:boss' } } }),
    user('boss'),
    {
      method: 'PATCH',
      path: '/Groups/bulkId:team',
      data: patchOp({ op: 'remove', path: 'members', value: [{ value: 'bulkId:boss' }] }),
    },
  ])
  expect(statuses(answer)).toEqual(['201', '201', '201', '204'])
  const [team, anna, boss] = [0, 1, 2].map((index) => idAt(answer, index))
  expect(await membersOf(to, team ?? '')).toEqual([anna])
  expect(at((await to.send('GET', `/Users/${anna}`)).body, ENTERPRISE, 'manager', 'value')).toBe(boss)
  expect(at(results(answer)[3], 'location')).toBe(`https://bridge.test/scim/v2/Groups/${team}`)
})

test('what refers to each other in a circle is made all the same, with the version it has in the end', async () => {
  const to = await bridge()
  const answer = await bulk(to, [
    group('a', 'b', 'u'),
    group('b', 'c'),
    group('c', 'a'),
    user('u'),
    user('x', { [ENTERPRISE]: { manager: { value: 'bulkId:y' } } }),
    user('y', { [ENTERPRISE]: { manager: { value: 'bulkId:x' } } }),
  ])
  expect(statuses(answer)).toEqual(['201', '201', '201', '201', '201', '201'])
  const [a = '', b = '', c = '', u = '', x = '', y = ''] = [0, 1, 2, 3, 4, 5].map((index) =>
    idAt(answer, index),
  )
  expect((await membersOf(to, a)).toSorted()).toEqual([b, u].toSorted())
  expect(await membersOf(to, b)).toEqual([c])
  expect(await membersOf(to, c)).toEqual([a])
  expect(at((await to.send('GET', `/Users/${x}`)).body, ENTERPRISE, 'manager', 'value')).toBe(y)
  expect(at((await to.send('GET', `/Users/${y}`)).body, ENTERPRISE, 'manager', 'value')).toBe(x)
  for (const [index, id] of [a, b, c].entries()) {
    expect(at(results(answer)[index], 'version')).toBe(
      (await to.send('GET', `/Groups/${id}`)).headers.get('etag'),
    )
  }
})

describe('an operation that fails', () => {
  test('carries its error, and the rest goes on', async () => {
    const to = await bridge()
    const answer = await bulk(to, [
      user('a'),
      user('b', { userName: 'A' }),
      group('g', 'b'),
      user('c'),
      group('h', 'none'),
    ])
    expect(statuses(answer)).toEqual(['201', '409', '409', '201', '400'])
    expect(results(answer)[1]).toMatchObject({
      bulkId: 'b',
      response: { status: '409', scimType: 'uniqueness' },
    })
    expect(at(results(answer)[1], 'location')).toBeUndefined()
    expect(at(results(answer)[4], 'response', 'scimType')).toBe('invalidValue')
  })

  test('ends the job where failOnErrors says so', async () => {
    const to = await bridge()
    const operations = [user('a', { userName: '' }), user('b', { userName: '' }), user('c')]
    expect(statuses(await bulk(to, operations, { failOnErrors: 1 }))).toEqual(['400'])
    expect(statuses(await bulk(to, operations, { failOnErrors: 2 }))).toEqual(['400', '400'])
    expect(at((await to.send('GET', '/Users')).body, 'totalResults')).toBe(0)
    expect(statuses(await bulk(to, operations, { failOnErrors: 3 }))).toEqual(['400', '400', '201'])
  })

  test('leaves its resource as it was', async () => {
    const to = await bridge()
    const [id = ''] = await people(to, 1)
    const before = await to.send('GET', `/Users/${id}`)
    const path = `/Users/${id}`
    const answer = await bulk(to, [
      {
        method: 'PATCH',
        path,
        data: patchOp(
          { op: 'replace', path: 'title', value: 'T' },
          { op: 'replace', path: 'active', value: 'maybe' },
        ),
      },
      { method: 'PUT', path, version: 'W/"9"', data: { schemas: [USER], userName: 'other' } },
      { method: 'DELETE', path: '/Users/none' },
    ])
    expect(statuses(answer)).toEqual(['400', '412', '404'])
    expect(results(answer).map((result) => at(result, 'location'))).toEqual([
      `https://bridge.test/scim/v2${path}`,
      `https://bridge.test/scim/v2${path}`,
      'https://bridge.test/scim/v2/Users/none',
    ])
    expect((await to.send('GET', path)).body).toEqual(before.body)
  })

  test.each([
    ['no bulkId', { method: 'POST', path: '/Users', data: { userName: 'a' } }],
    ['no data', { method: 'POST', path: '/Users', bulkId: 'a' }],
    ['data that is no object', { method: 'PUT', path: '/Users/x', data: [] }],
    ['no path', { method: 'DELETE' }],
    ['a POST to a resource', { method: 'POST', path: '/Users/x', bulkId: 'a', data: {} }],
    ['a PUT to an endpoint', { method: 'PUT', path: '/Users', data: {} }],
    ['another method', { method: 'GET', path: '/Users/x' }],
    ['a query', { method: 'DELETE', path: '/Users/x?a=b' }],
    ['a path out of the base', { method: 'DELETE', path: '/../Users' }],
    ['another address', { method: 'DELETE', path: 'https://example.com/Users/x' }],
    ['/Me', { method: 'PUT', path: '/Me/x', data: {} }],
    ['/Bulk', { method: 'POST', path: '/Bulk', bulkId: 'a', data: { schemas: [BULK], Operations: [] } }],
    ['no object', 7],
    [
      'too deep',
      { method: 'PUT', path: '/Users/x', data: JSON.parse(`${'{"a":'.repeat(30)}1${'}'.repeat(30)}`) },
    ],
  ])('for %s is 400 by itself', async (_, operation) => {
    const to = await bridge()
    const answer = await to.send('POST', '/Bulk', { schemas: [BULK], Operations: [operation, user('good')] })
    expect(statuses(answer)).toEqual(['400', '201'])
  })
})

describe('a bulk request is refused whole', () => {
  test.each([
    ['no schemas', { Operations: [user('a')] }, 400],
    ['other schemas', { schemas: [USER], Operations: [user('a')] }, 400],
    ['no operations', { schemas: [BULK] }, 400],
    ['an empty list', { schemas: [BULK], Operations: [] }, 400],
    ['a bulkId twice', { schemas: [BULK], Operations: [user('a'), user('a')] }, 400],
    ['failOnErrors that counts nothing', { schemas: [BULK], failOnErrors: 0, Operations: [user('a')] }, 400],
    [
      '41 operations',
      { schemas: [BULK], Operations: Array.from({ length: 41 }, (_, index) => user(`u${index}`)) },
      413,
    ],
    ['10,000 operations', { schemas: [BULK], Operations: Array.from({ length: 10_000 }, () => 0) }, 413],
    [
      '5 MiB and more',
      { schemas: [BULK], Operations: [user('a', { title: 'x'.repeat(5 * 1024 * 1024) })] },
      413,
    ],
  ])('with %s', async (_, body, status) => {
    const to = await bridge()
    const answer = await to.send('POST', '/Bulk', body)
    expect(answer.status).toBe(status)
    if (status === 413) expect(at(answer.body, 'detail')).toMatch(/40|5242880/)
    expect(at((await to.send('GET', '/Users')).body, 'totalResults')).toBe(0)
  })

  test('without a token, with a dead one, and by another method', async () => {
    const to = await bridge()
    const body = { schemas: [BULK], Operations: [user('a')] }
    expect((await to.send('POST', '/Bulk', body, { authorization: null })).status).toBe(401)
    expect((await to.send('GET', '/Bulk')).status).toBe(405)
    const ended = await bridge({
      connection: to.connection,
      now: () => new Date('2100-01-01'),
      allowed: { expires: 1_900_000_000 },
    })
    expect((await ended.send('POST', '/Bulk', body)).status).toBe(401)
    expect((await ended.send('POST', '/Bulk', {})).status).toBe(401)
  })
})

test('40 operations are 40 trips; what passes the budget is told to come again', async () => {
  const to = await bridge()
  to.trips()
  const made = await bulk(
    to,
    Array.from({ length: 40 }, (_, index) => user(`u${index}`)),
  )
  expect(new Set(statuses(made))).toEqual(new Set(['201']))
  expect(to.trips()).toBe(40)
  const dear = await bulk(
    to,
    Array.from({ length: 40 }, (_, index) => ({
      method: 'PATCH',
      path: `/Users/${idAt(made, index)}`,
      data: patchOp({ op: 'add', path: 'emails', value: [{ value: 'a@b.c' }] }),
    })),
  )
  const count = to.trips()
  expect(count).toBeLessThanOrEqual(50)
  expect(statuses(dear).filter((status) => status === '200')).toHaveLength(count / 2)
  expect(new Set(statuses(dear).slice(count / 2))).toEqual(new Set(['503']))
  const lines = to.logs.filter(({ job }) => job !== undefined)
  expect(new Set(lines.map(({ job }) => job)).size).toBe(2)
})

test('a job has the rights of its token and the borders of its connection', async () => {
  const to = await bridge()
  const [id = ''] = await people(to, 1)
  const stranger = await bridge()
  const path = `/Users/${id}`
  const foreign = await bulk(stranger, [
    { method: 'DELETE', path },
    { method: 'PUT', path, data: { schemas: [USER], userName: 'x' } },
    {
      method: 'POST',
      path: '/Groups',
      bulkId: 'g',
      data: { schemas: [GROUP], displayName: 'g', members: [{ value: id }] },
    },
  ])
  expect(statuses(foreign)).toEqual(['404', '404', '400'])
  const reader = await bridge({ connection: to.connection, allowed: { scope: 'read' } })
  expect(statuses(await bulk(reader, [{ method: 'DELETE', path }]))).toEqual(['403'])
  const groups = await bridge({ connection: to.connection, allowed: { scope: 'groups' } })
  expect(statuses(await bulk(groups, [{ method: 'DELETE', path }, group('g')]))).toEqual(['403', '201'])
  expect((await to.send('GET', path)).status).toBe(200)
})

test('names that mean something to JavaScript are names like others', async () => {
  const to = await bridge()
  const answer = await bulk(to, [
    user('__proto__'),
    group('constructor', '__proto__'),
    group('toString', 'hasOwnProperty'),
  ])
  expect(statuses(answer)).toEqual(['201', '201', '400'])
  expect(await membersOf(to, idAt(answer, 1))).toEqual([idAt(answer, 0)])
  expect(idOf(await to.send('GET', `/Users/${idAt(answer, 0)}`))).toBe(idAt(answer, 0))
})
