import { describe, expect, test } from 'vitest'
import { at, bridge, idOf, patchOp, resourcesOf, type Answer, type Bridge } from '../bridge.ts'
import { custom, DEVICE, TEST_USER, WARRANTY } from '../custom.ts'

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User'
const warranty = { [WARRANTY]: { until: '2030-01-01T00:00:00Z' } }
const laptop = { schemas: [DEVICE, WARRANTY], displayName: 'Laptop', serial: 'aB1', size: 13, ...warranty }

const person = (to: Bridge, extension: object, userName = crypto.randomUUID()) =>
  to.send('POST', '/Users', { userName, [TEST_USER]: extension })
const shown = (answer: Answer) => at(answer.body, TEST_USER)
const filtered = (path: string, filter: string) => `${path}?filter=${encodeURIComponent(filter)}`

describe('what is declared is discovered', () => {
  test('at /ResourceTypes', async () => {
    const to = await bridge({ custom })
    const types = resourcesOf(await to.send('GET', '/ResourceTypes'))
    expect(types.map((type) => at(type, 'name'))).toEqual(['User', 'Group', 'Device'])
    expect(at(types[0], 'schemaExtensions', 1)).toEqual({ schema: TEST_USER, required: false })
    expect(await to.send('GET', '/ResourceTypes/Device')).toMatchObject({
      status: 200,
      body: {
        endpoint: '/Devices',
        schema: DEVICE,
        schemaExtensions: [{ schema: WARRANTY, required: true }],
      },
    })
  })

  test('at /Schemas, with every trait', async () => {
    const to = await bridge({ custom })
    const ids = resourcesOf(await to.send('GET', '/Schemas')).map((schema) => at(schema, 'id'))
    expect(ids).toContain(DEVICE)
    expect(new Set(ids).size).toBe(ids.length)
    const schema = await to.send('GET', `/Schemas/${TEST_USER}`)
    expect(at(schema.body, 'attributes', 3)).toEqual({
      name: 'plain',
      type: 'string',
      multiValued: false,
      required: false,
      caseExact: false,
      mutability: 'readWrite',
      returned: 'default',
      uniqueness: 'none',
    })
    expect(at(schema.body, 'attributes', 6, 'subAttributes', 1, 'canonicalValues')).toEqual([
      'visitor',
      'staff',
    ])
  })
})

test('a declared kind of resource is made, read, listed, replaced, patched and deleted', async () => {
  const to = await bridge({ custom })
  const made = await to.send('POST', '/Devices', laptop)
  const path = `/Devices/${idOf(made)}`
  expect(made).toMatchObject({ status: 201, body: { ...laptop, meta: { resourceType: 'Device' } } })
  expect(made.headers.get('location')).toBe(`https://bridge.test/scim/v2${path}`)
  expect((await to.send('GET', path)).body).toEqual(made.body)
  const page = await to.send('GET', '/Devices?count=1&startIndex=1')
  expect(page.body).toMatchObject({ totalResults: 1, itemsPerPage: 1, Resources: [made.body] })
  for (const filter of ['displayName eq "LAPTOP"', `id eq "${idOf(made)}"`]) {
    expect(at((await to.send('GET', filtered('/Devices', filter))).body, 'totalResults')).toBe(1)
  }
  const patched = await to.send(
    'PATCH',
    path,
    patchOp(
      { op: 'replace', path: 'size', value: 14 },
      { op: 'add', path: `${WARRANTY}:until`, value: '2031-01-01T00:00:00Z' },
    ),
  )
  expect(patched).toMatchObject({
    status: 200,
    body: { size: 14, [WARRANTY]: { until: '2031-01-01T00:00:00Z' } },
  })
  const put = await to.send('PUT', path, { displayName: 'Old laptop', externalId: 'E', ...warranty })
  expect(put).toMatchObject({ status: 200, body: { displayName: 'Old laptop', ...warranty } })
  expect(at(put.body, 'size')).toBeUndefined()
  expect(at((await to.send('GET', filtered('/Devices', 'externalId eq "E"'))).body, 'totalResults')).toBe(1)
  expect((await to.send('DELETE', path)).status).toBe(204)
  expect((await to.send('GET', path)).status).toBe(404)
})

test('each kind of resource keeps to its endpoint', async () => {
  const to = await bridge({ custom })
  const device = idOf(await to.send('POST', '/Devices', laptop))
  const user = idOf(await person(to, {}))
  for (const path of [`/Users/${device}`, `/Groups/${device}`, `/Devices/${user}`]) {
    for (const method of ['GET', 'DELETE']) expect((await to.send(method, path)).status).toBe(404)
  }
  const mistaken = await to.send('POST', '/Devices', { ...laptop, schemas: [USER] })
  expect(mistaken).toMatchObject({ status: 400, body: { scimType: 'invalidValue' } })
  expect((await to.send('POST', '/Users', { schemas: [DEVICE], userName: 'a' })).status).toBe(400)
  expect((await (await bridge()).send('GET', '/Devices')).status).toBe(404)
})

test('only people and groups become members of a group', async () => {
  const to = await bridge({ custom })
  const device = idOf(await to.send('POST', '/Devices', laptop))
  const user = idOf(await person(to, {}))
  const values = (...ids: string[]) => ids.map((value) => ({ value }))
  const refused = await to.send('POST', '/Groups', { displayName: 'g', members: values(device) })
  expect(refused).toMatchObject({ status: 400, body: { scimType: 'invalidValue' } })
  const group = await to.send('POST', '/Groups', { displayName: 'g', members: values(device, user) })
  expect(at(group.body, 'members')).toMatchObject([{ value: user, type: 'User' }])
})

test('two of a declared kind may have the same externalId, and none comes back by it', async () => {
  const to = await bridge({ custom })
  const ids = [
    idOf(await to.send('POST', '/Devices', { ...laptop, externalId: 'E' })),
    idOf(await to.send('POST', '/Devices', { ...laptop, externalId: 'E', active: false })),
  ]
  expect(ids[0]).not.toBe(ids[1])
  expect(at((await to.send('GET', `/Devices/${ids[0]}`)).body, 'active')).toBeUndefined()
})

describe('a value must have the type that is declared', () => {
  test.each([
    [{ number: 1.5 }, 'number'],
    [{ number: '7' }, 'number'],
    [{ ratio: 'half' }, 'ratio'],
    [{ since: 'yesterday' }, 'since'],
    [{ plain: {} }, 'plain'],
    [{ badge: 'red' }, 'badge'],
  ])('%j', async (extension, name) => {
    const to = await bridge({ custom })
    const id = idOf(await person(to, {}))
    const answers = [
      await person(to, extension),
      await to.send('PUT', `/Users/${id}`, { userName: 'x', [TEST_USER]: extension }),
      await to.send('PATCH', `/Users/${id}`, patchOp({ op: 'add', value: { [TEST_USER]: extension } })),
      await to.send(
        'PATCH',
        `/Users/${id}`,
        patchOp(
          ...Object.values(extension).map((value) => ({ op: 'add', path: `${TEST_USER}:${name}`, value })),
        ),
      ),
    ]
    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 400, body: { scimType: 'invalidValue' } })
      expect(at(answer.body, 'detail')).toContain(name)
    }
  })

  test('and one that has it is kept as it was sent', async () => {
    const to = await bridge({ custom })
    const sent = {
      number: -7,
      ratio: 0.5,
      since: '2026-11-02T15:04:05+01:00',
      plain: 'p',
      code: 'aB',
      badge: { value: '12', kind: 'of my own' },
    }
    const made = await person(to, sent)
    expect(shown(made)).toEqual(sent)
    expect(at(made.body, 'schemas')).toEqual([USER, TEST_USER])
    expect(shown(await to.send('GET', `/Users/${idOf(made)}`))).toEqual(sent)
    const patched = await to.send(
      'PATCH',
      `/Users/${idOf(made)}`,
      patchOp(
        { op: 'replace', path: `${TEST_USER}:badge.kind`, value: 'staff' },
        { op: 'remove', path: `${TEST_USER}:number` },
        { op: 'replace', value: { [`${TEST_USER}:ratio`]: 1 } },
      ),
    )
    const { number: _, ...rest } = sent
    expect(shown(patched)).toEqual({ ...rest, ratio: 1, badge: { value: '12', kind: 'staff' } })
  })
})

describe('an attribute that is returned on request', () => {
  const path = (id: string, asked = '') => `/Users/${id}${asked}`

  test('is shown where it is asked for, and in the answer to the write that spoke of it', async () => {
    const to = await bridge({ custom })
    const made = await person(to, { secret: 's', plain: 'p' })
    const id = idOf(made)
    expect(shown(made)).toEqual({ secret: 's', plain: 'p' })
    expect(shown(await to.send('GET', path(id)))).toEqual({ plain: 'p' })
    expect(shown(await to.send('GET', path(id, `?attributes=${TEST_USER}:secret`)))).toEqual({ secret: 's' })
    expect(shown(await to.send('GET', path(id, `?attributes=${TEST_USER}`)))).toEqual({ plain: 'p' })
    expect(shown(await to.send('GET', path(id, '?excludedAttributes=emails')))).toEqual({ plain: 'p' })
    const listed = await to.send('GET', '/Users')
    expect(at(listed.body, 'Resources', 0, TEST_USER)).toEqual({ plain: 'p' })
    const other = patchOp({ op: 'replace', path: `${TEST_USER}:plain`, value: 'q' })
    expect(shown(await to.send('PATCH', path(id), other))).toEqual({ plain: 'q' })
    const own = patchOp({ op: 'replace', path: `${TEST_USER}:secret`, value: 't' })
    expect(shown(await to.send('PATCH', path(id), own))).toEqual({ plain: 'q', secret: 't' })
    expect(shown(await to.send('PATCH', path(id, '?attributes=userName'), own))).toBeUndefined()
    const body = { userName: 'x', [TEST_USER]: { secret: 'u' } }
    expect(shown(await to.send('PUT', path(id), body))).toEqual({ secret: 'u' })
    expect(
      shown(await to.send('PUT', path(id, `?excludedAttributes=${TEST_USER}:secret`), body)),
    ).toBeUndefined()
  })
})

describe('an immutable attribute', () => {
  const put = (extension?: object) => ({
    userName: 'a',
    ...(extension === undefined ? {} : { [TEST_USER]: extension }),
  })
  const patch = (op: string, value?: unknown) =>
    patchOp({ op, path: `${TEST_USER}:serial`, ...(value === undefined ? {} : { value }) })
  const refused = { status: 400, body: { scimType: 'mutability' } }

  test('is set once, by POST, PUT or PATCH', async () => {
    const to = await bridge({ custom })
    for (const set of [put({ serial: 'S' }), patch('add', 'S'), patch('replace', 'S')]) {
      const made = await to.send('POST', '/Users', { userName: 'a' })
      const path = `/Users/${idOf(made)}`
      const method = 'userName' in set ? 'PUT' : 'PATCH'
      to.trips()
      expect(shown(await to.send(method, path, set))).toEqual({ serial: 'S' })
      expect(to.trips()).toBe(2)
      expect(await to.send('PUT', path, put({ serial: 'T' }))).toMatchObject(refused)
      expect(await to.send('PATCH', path, patch('replace', 'T'))).toMatchObject(refused)
      expect(await to.send('PATCH', path, patch('add', 'T'))).toMatchObject(refused)
      expect(await to.send('PATCH', path, patch('remove'))).toMatchObject(refused)
      expect(await to.send('PATCH', path, patchOp({ op: 'remove', path: TEST_USER }))).toMatchObject(refused)
      expect(shown(await to.send('GET', path))).toEqual({ serial: 'S' })
      await to.send('DELETE', path)
    }
  })

  test('may be sent again as it is, and is kept by a PUT that leaves it out, in one trip', async () => {
    const to = await bridge({ custom })
    const made = await to.send('POST', '/Users', put({ serial: 'S', plain: 'p' }))
    const path = `/Users/${idOf(made)}`
    expect(await to.send('PUT', path, put({ serial: 'S', plain: 'p' }))).toMatchObject({ status: 200 })
    expect((await to.send('PATCH', path, patch('replace', 's'))).status).toBe(200)
    expect(at((await to.send('GET', path)).body, 'meta', 'version')).toBe('W/"1"')
    to.trips()
    expect(shown(await to.send('PUT', path, put({ plain: 'q' })))).toEqual({ serial: 'S', plain: 'q' })
    expect(shown(await to.send('PUT', path, put()))).toEqual({ serial: 'S' })
    expect(shown(await to.send('PUT', path, put({ serial: null })))).toEqual({ serial: 'S' })
    expect(to.trips()).toBe(3)
    expect(await to.send('PUT', path, put({ serial: 'T' }))).toMatchObject(refused)
  })

  test('that is not set leaves nothing behind, and a PATCH of others is one trip', async () => {
    const to = await bridge({ custom })
    const made = await to.send('POST', '/Users', put())
    const path = `/Users/${idOf(made)}`
    expect((await to.send('PUT', path, put())).body).toEqual(made.body)
    to.trips()
    const other = patchOp({ op: 'add', path: `${TEST_USER}:plain`, value: 'p' })
    expect(shown(await to.send('PATCH', path, other))).toEqual({ plain: 'p' })
    expect(to.trips()).toBe(1)
    expect((await to.send('PATCH', path, patch('remove'))).status).toBe(200)
  })

  test('is set once by many at once', async () => {
    const to = await bridge({ custom })
    const id = idOf(await to.send('POST', '/Users', put()))
    const answers = await Promise.all(
      ['A', 'B', 'C', 'D'].map((value) => to.send('PATCH', `/Users/${id}`, patch('add', value))),
    )
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 400, 400, 400])
  })

  test('of nobody is 404 before it is anything else', async () => {
    const to = await bridge({ custom })
    const none = `/Users/${crypto.randomUUID()}`
    expect((await to.send('PUT', none, put({ serial: 'S' }))).status).toBe(404)
    expect((await to.send('PATCH', none, patch('add', 'S'))).status).toBe(404)
  })
})

describe('a required extension', () => {
  test.each([
    ['nothing of it', {}],
    ['null', { [WARRANTY]: null }],
    ['an empty object', { [WARRANTY]: {} }],
    ['nothing but what it does not know', { [WARRANTY]: { from: 'x' } }],
  ])('must be in a POST and in a PUT: %s', async (_, extension) => {
    const to = await bridge({ custom })
    const id = idOf(await to.send('POST', '/Devices', laptop))
    for (const [method, path] of [
      ['POST', '/Devices'],
      ['PUT', `/Devices/${id}`],
    ] as const) {
      const answer = await to.send(method, path, { displayName: 'd', ...extension })
      expect(answer).toMatchObject({ status: 400, body: { scimType: 'invalidValue' } })
      expect(at(answer.body, 'detail')).toContain(WARRANTY)
    }
  })

  test('cannot be removed by a PATCH, however it says so', async () => {
    const to = await bridge({ custom })
    const id = idOf(await to.send('POST', '/Devices', laptop))
    for (const operation of [
      { op: 'remove', path: WARRANTY },
      { op: 'remove', path: `${WARRANTY}:until` },
      { op: 'replace', path: `${WARRANTY}:until`, value: '' },
      { op: 'replace', path: WARRANTY, value: null },
      { op: 'replace', value: { [WARRANTY]: { until: null } } },
      { op: 'add', value: { [`${WARRANTY}:until`]: null } },
    ]) {
      const answer = await to.send('PATCH', `/Devices/${id}`, patchOp(operation))
      expect([operation, answer.status, at(answer.body, 'scimType')]).toEqual([operation, 400, 'mutability'])
    }
    expect((await to.send('GET', `/Devices/${id}`)).body).toMatchObject(laptop)
  })

  test('may be removed and given back in one PATCH', async () => {
    const to = await bridge({ custom })
    const id = idOf(await to.send('POST', '/Devices', laptop))
    const operations = [
      { op: 'remove', path: WARRANTY },
      { op: 'add', path: `${WARRANTY}:until`, value: '2032-01-01T00:00:00Z' },
    ]
    expect((await to.send('PATCH', `/Devices/${id}`, patchOp(...operations))).status).toBe(200)
  })
})

test('a bulk request makes a declared kind of resource, and refers to it', async () => {
  const to = await bridge({ custom })
  const body = {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
    Operations: [
      { method: 'POST', path: '/Devices', bulkId: 'd', data: laptop },
      {
        method: 'POST',
        path: '/Users',
        bulkId: 'u',
        data: { userName: 'a', [TEST_USER]: { plain: 'bulkId:d' } },
      },
      { method: 'POST', path: '/Devices', bulkId: 'none', data: { displayName: 'd' } },
    ],
  }
  const done = await to.send('POST', '/Bulk', body)
  const status = (index: number) => at(done.body, 'Operations', index, 'status')
  expect([done.status, status(0), status(1), status(2)]).toEqual([200, '201', '201', '400'])
  const device = at((await to.send('GET', '/Devices')).body, 'Resources', 0, 'id')
  expect(at((await to.send('GET', '/Users')).body, 'Resources', 0, TEST_USER, 'plain')).toBe(device)
})

test('/Me shows a person with what is declared', async () => {
  const to = await bridge({ custom })
  const id = idOf(await person(to, { plain: 'p', secret: 's' }))
  const own = await bridge({ custom, connection: to.connection, allowed: { user: id } })
  expect(shown(await own.send('GET', '/Me'))).toEqual({ plain: 'p' })
  expect(shown(await own.send('GET', `/Me?attributes=${TEST_USER}:secret`))).toEqual({ secret: 's' })
})

test('what a declaration no longer knows is not shown', async () => {
  const to = await bridge({ custom })
  const made = await person(to, { plain: 'p' })
  const without = await bridge({ connection: to.connection })
  const read = await without.send('GET', `/Users/${idOf(made)}`)
  expect([at(read.body, 'schemas'), shown(read)]).toEqual([[USER], undefined])
})
