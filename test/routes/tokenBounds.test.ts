import { describe, expect, test } from 'vitest'
import { readNetwork } from '../../worker/auth/network.ts'
import { at, bridge, idOf, patchOp } from '../bridge.ts'

const networks = (...texts: readonly string[]) => texts.flatMap((text) => readNetwork(text) ?? [])

describe('a token that is bound to networks', () => {
  const bound = { networks: networks('203.0.113.0/24', '2001:db8:1::/48') }
  const requests: readonly [string, string, unknown?][] = [
    ['GET', '/Users'],
    ['GET', '/Users?filter=title%20pr'],
    ['GET', '/ServiceProviderConfig'],
    ['GET', '/Me'],
    ['GET', '/Nopes'],
    ['POST', '/Users', { userName: 'x' }],
    ['POST', '/Users', '{'],
    ['DELETE', '/Users/none'],
  ]

  test.each(['203.0.113.77', '::ffff:203.0.113.77', '2001:db8:1:ffff::1'])(
    'is taken from %s',
    async (address) => {
      const to = await bridge({ allowed: bound })
      for (const request of requests) {
        const { status } = await to.send(request[0], request[1], request[2], { 'cf-connecting-ip': address })
        expect([request, status]).not.toEqual([request, 403])
      }
    },
  )

  test.each(['203.0.112.77', '2001:db8:2::1', 'nonsense', null])(
    'is refused from %s, in one trip',
    async (address) => {
      const to = await bridge({ allowed: bound })
      for (const request of requests) {
        const { status, body } = await to.send(request[0], request[1], request[2], {
          'cf-connecting-ip': address,
        })
        expect([request, status, to.trips()]).toEqual([request, 403, 1])
        expect(at(body, 'detail')).toMatch(
          /bound to networks, and this request came from (203.0.112.0\/24|2001:db8:2::\/48|an address that is not known)/,
        )
      }
    },
  )

  test('is before its scope', async () => {
    const to = await bridge({ allowed: { ...bound, scope: 'groups' } })
    const { body } = await to.send('GET', '/Users', undefined, { 'cf-connecting-ip': '192.0.2.1' })
    expect(at(body, 'detail')).toMatch(/bound to networks/)
  })

  test('is taken for each operation of a bulk request', async () => {
    const to = await bridge({ allowed: bound })
    const Operations = [{ method: 'POST', path: '/Users', bulkId: 'a', data: { userName: 'a' } }]
    const schemas = ['urn:ietf:params:scim:api:messages:2.0:BulkRequest']
    const headers = { 'cf-connecting-ip': '203.0.113.1' }
    const { status, body } = await to.send('POST', '/Bulk', { schemas, Operations }, headers)
    expect([status, at(body, 'Operations', 0, 'status')]).toEqual([200, '201'])
  })
})

describe('a token that is bound to e-mail domains', () => {
  const world = async () => {
    const whole = await bridge()
    const person = async (userName: string, more: object = {}) =>
      idOf(await whole.send('POST', '/Users', { userName, ...more }))
    const [inside, outside] = [await person('in@example.com'), await person('out@other.org')]
    const domains = ['example.com', 'straße.de'].map((domain) => domain.replace('ß', 'ss'))
    return {
      whole,
      inside,
      outside,
      person,
      to: await bridge({ connection: whole.connection, allowed: { domains } }),
    }
  }

  test('writes people of those', async () => {
    const { to, inside } = await world()
    const requests: readonly [string, string, unknown?][] = [
      ['POST', '/Users', { userName: 'New@Example.COM' }],
      ['POST', '/Users', { userName: 'new@STRASSE.de' }],
      ['PATCH', `/Users/${inside}`, patchOp({ op: 'replace', value: { userName: 'in2@example.com' } })],
      ['PATCH', `/Users/${inside}`, patchOp({ op: 'replace', path: 'title', value: 'T' })],
      [
        'PATCH',
        `/Users/${inside}`,
        patchOp({ op: 'replace', path: 'emails[type eq "work"].value', value: 'x' }),
      ],
      ['PUT', `/Users/${inside}`, { userName: 'in@example.com' }],
      ['DELETE', `/Users/${inside}`],
      ['POST', '/Groups', { displayName: 'g' }],
    ]
    for (const request of requests)
      expect([request, (await to.send(...request)).status < 300]).toEqual([request, true])
  })

  test('writes nobody else, in one trip, and takes nobody in or out by a rename', async () => {
    const { to, inside, outside } = await world()
    const requests: readonly [string, string, unknown?][] = [
      ['POST', '/Users', { userName: 'new@other.org' }],
      ['POST', '/Users', { userName: 'new' }],
      ['POST', '/Users', { userName: 'new@evilexample.com' }],
      ['POST', '/Users', { userName: 'new@example.com@other.org' }],
      ['PATCH', `/Users/${outside}`, patchOp({ op: 'replace', value: { active: false } })],
      ['PATCH', `/Users/${outside}`, patchOp({ op: 'replace', value: { userName: 'out@example.com' } })],
      ['PATCH', `/Users/${inside}`, patchOp({ op: 'replace', value: { userName: 'in@other.org' } })],
      ['PUT', `/Users/${outside}`, { userName: 'out@example.com' }],
      ['PUT', `/Users/${inside}`, { userName: 'in@other.org' }],
      ['DELETE', `/Users/${outside}`],
    ]
    await to.send('PATCH', `/Users/${inside}`, patchOp({ op: 'replace', path: 'title', value: 'T' }))
    to.trips()
    for (const request of requests) {
      const { status, body } = await to.send(...request)
      expect([request, status, to.trips()]).toEqual([request, 403, 1])
      expect(at(body, 'detail')).toMatch(/^userName: the API token is bound to e-mail domains/)
    }
    const elements = patchOp(
      { op: 'replace', path: 'userName', value: 'in@other.org' },
      { op: 'replace', path: 'emails[type eq "work"].value', value: 'x' },
    )
    expect((await to.send('PATCH', `/Users/${inside}`, elements)).status).toBe(403)
  })

  test('reads everybody, and nobody who is not there is told apart', async () => {
    const { to, outside } = await world()
    expect((await to.send('GET', `/Users/${outside}`)).status).toBe(200)
    expect((await to.send('DELETE', '/Users/none')).status).toBe(404)
  })

  test('brings nobody back under its own name who had another', async () => {
    const { to, person } = await world()
    await person('gone@other.org', { externalId: 'E', active: false })
    expect((await to.send('POST', '/Users', { userName: 'gone@example.com', externalId: 'E' })).status).toBe(
      403,
    )
  })
})

test('a 403 names the scope it wants', async () => {
  const whole = await bridge()
  const id = idOf(await whole.send('POST', '/Users', { userName: 'a' }))
  const said = async (scope: string, ...request: [string, string, unknown?]) => {
    const to = await bridge({ connection: whole.connection, allowed: { scope } })
    const { status, body, headers } = await to.send(...request)
    expect([scope, request, status]).toEqual([scope, request, 403])
    return [at(body, 'detail'), headers.get('www-authenticate')]
  }
  const challenge = 'Bearer realm="Drawbridge", error="insufficient_scope"'
  for (const request of [
    ['POST', '/Users', { userName: 'b' }],
    ['PATCH', `/Users/${id}`, patchOp({ op: 'replace', path: 'title', value: 'T' })],
    ['DELETE', `/Users/${id}`],
  ] as const)
    expect(await said('groups', request[0], request[1], request[2])).toEqual([
      expect.stringContaining('It takes one whose scope is empty or has "users", without "read"'),
      `${challenge}, scope="users"`,
    ])
  expect(await said('users', 'GET', '/Groups')).toEqual([
    expect.stringContaining('is empty or has "groups", and'),
    `${challenge}, scope="groups"`,
  ])
  expect(await said('users', 'GET', '/')).toEqual([expect.stringContaining('names no resources'), challenge])
  expect(await said('admin', 'GET', '/Users')).toEqual([
    expect.stringContaining('is empty or has "users"'),
    `${challenge}, scope="users"`,
  ])
})
