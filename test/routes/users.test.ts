import { expect, test } from 'vitest'
import { at, bridge, idOf, objectOf, patchOp } from '../bridge.ts'

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User'
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

/** Every core attribute of RFC 7643 §4.1 and all of the enterprise extension. */
const everything = {
  userName: 'Zoë@example.com',
  externalId: '00u1Ab',
  name: {
    formatted: 'Dr. Zoë Anna Ödman III',
    familyName: 'Ödman',
    givenName: 'Zoë',
    middleName: 'Anna',
    honorificPrefix: 'Dr.',
    honorificSuffix: 'III',
  },
  displayName: 'Zoë 日本 😀',
  nickName: 'Zo',
  profileUrl: 'https://example.com/zoe',
  title: 'Tour Guide',
  userType: 'Employee',
  preferredLanguage: 'sv-SE',
  locale: 'en-US',
  timezone: 'Europe/Stockholm',
  active: true,
  emails: [
    { value: 'zoe@example.com', type: 'work', primary: true, display: 'Zoë' },
    { value: 'zo@example.org', type: 'home' },
  ],
  phoneNumbers: [{ value: 'tel:+1-201-555-0123', type: 'work' }],
  ims: [{ value: 'zo', type: 'xmpp' }],
  photos: [{ value: 'https://example.com/zoe.jpg', type: 'photo' }],
  addresses: [
    {
      formatted: '1 Main Street\nÅre',
      streetAddress: '1 Main Street',
      locality: 'Åre',
      region: 'Z',
      postalCode: '830 13',
      country: 'SE',
      type: 'work',
      primary: true,
    },
  ],
  entitlements: [{ value: 'e1', display: 'First', type: 'License' }],
  roles: [{ value: 'r1', primary: true }],
  x509Certificates: [{ value: 'MIIDQzCCAqyg' }],
  [ENTERPRISE]: {
    employeeNumber: '701984',
    costCenter: '4130',
    organization: 'Universal',
    division: 'Theme Park',
    department: 'Tours',
    manager: { value: '26118915', $ref: '../Users/26118915' },
  },
}

test('every attribute of the User and enterprise schemas is kept and returned', async () => {
  const { send } = await bridge()
  const created = await send('POST', '/Users', { schemas: [USER, ENTERPRISE], ...everything })
  expect(created.status).toBe(201)
  expect(created.body).toMatchObject({ schemas: [USER, ENTERPRISE], ...everything })
  const read = await send('GET', `/Users/${idOf(created)}`)
  expect(read.body).toEqual(created.body)
  expect(created.headers.get('location')).toBe(at(created.body, 'meta', 'location'))
  expect(created.headers.get('content-type')).toBe('application/scim+json')
})

test('PUT of what GET gave changes nothing', async () => {
  const { send } = await bridge()
  const created = await send('POST', '/Users', everything)
  const path = `/Users/${idOf(created)}`
  const put = await send('PUT', path, (await send('GET', path)).body)
  expect(put.status).toBe(200)
  expect(put.body).toEqual(created.body)
})

test('PUT clears what it leaves out, but for externalId and active', async () => {
  const { send } = await bridge()
  const created = await send('POST', '/Users', { ...everything, active: false })
  const put = await send('PUT', `/Users/${idOf(created)}`, { userName: 'new@example.com' })
  expect(put.body).toEqual({
    schemas: [USER],
    id: idOf(created),
    userName: 'new@example.com',
    externalId: '00u1Ab',
    active: false,
    meta: expect.objectContaining({ version: 'W/"2"' }) as unknown,
  })
})

test.each([null, '', []])('%j clears an attribute, in PUT and in PATCH', async (cleared) => {
  const { send } = await bridge()
  const sent = { userName: 'a', title: 'T', emails: [{ value: 'a@example.com' }], externalId: 'x' }
  const one = await send('POST', '/Users', sent)
  const put = await send('PUT', `/Users/${idOf(one)}`, {
    userName: 'a',
    title: cleared,
    emails: cleared,
    externalId: cleared,
  })
  expect(Object.keys(objectOf(put))).toEqual(['schemas', 'id', 'userName', 'active', 'meta'])
  const two = await send('POST', '/Users', { ...sent, userName: 'b' })
  const patch = patchOp({ op: 'replace', value: { title: cleared, emails: cleared, externalId: cleared } })
  const patched = await send('PATCH', `/Users/${idOf(two)}`, patch)
  expect(Object.keys(objectOf(patched)).toSorted()).toEqual(['active', 'id', 'meta', 'schemas', 'userName'])
})

test('a password is swallowed: not returned, not an error, whatever it is', async () => {
  const { send } = await bridge()
  for (const password of ['1mz050nq', '', null, 7, { odd: true }]) {
    const created = await send('POST', '/Users', { userName: `p${JSON.stringify(password)}`, password })
    expect(created.status).toBe(201)
    expect(JSON.stringify(created.body)).not.toContain('password')
    const path = `/Users/${idOf(created)}`
    const patched = await send('PATCH', path, patchOp({ op: 'replace', value: { password } }))
    expect([patched.status, at(patched.body, 'meta', 'version')]).toEqual([200, 'W/"1"'])
    expect(
      (await send('PATCH', path, patchOp({ op: 'replace', path: 'password', value: password }))).status,
    ).toBe(200)
    expect((await send('GET', `${path}?attributes=password`)).body).toEqual({
      schemas: [USER],
      id: idOf(created),
    })
  }
})

test('userName is unique without regard to case, beyond ASCII too', async () => {
  const { send } = await bridge()
  expect((await send('POST', '/Users', { userName: 'STRASSE.Ödman@Example.com' })).status).toBe(201)
  const again = await send('POST', '/Users', { userName: 'straße.ÖDMAN@example.com' })
  expect(again).toMatchObject({ status: 409, body: { scimType: 'uniqueness', status: '409' } })
  const other = await send('POST', '/Users', { userName: 'other' })
  const put = await send('PUT', `/Users/${idOf(other)}`, { userName: 'strasse.ödman@example.com' })
  expect(put).toMatchObject({ status: 409, body: { scimType: 'uniqueness' } })
  const patch = patchOp({ op: 'replace', path: 'userName', value: 'strasse.ödman@example.com' })
  expect((await send('PATCH', `/Users/${idOf(other)}`, patch)).status).toBe(409)
  const found = await send(
    'GET',
    `/Users?filter=${encodeURIComponent('userName eq "straße.ödman@EXAMPLE.com"')}`,
  )
  expect(at(found.body, 'totalResults')).toBe(1)
})

test('a POST with the externalId of an inactive person brings that person back', async () => {
  const { send } = await bridge()
  const first = await send('POST', '/Users', { userName: 'old@example.com', externalId: 'E1', title: 'T' })
  const id = idOf(first)
  const back = { userName: 'new@example.com', externalId: 'E1', active: true }
  expect(await send('POST', '/Users', back)).toMatchObject({ status: 409, body: { scimType: 'uniqueness' } })
  await send('PATCH', `/Users/${id}`, patchOp({ op: 'replace', value: { active: false } }))
  const revived = await send('POST', '/Users', back)
  expect(revived).toMatchObject({ status: 201, body: { id, userName: 'new@example.com', active: true } })
  expect(at(revived.body, 'title')).toBeUndefined()
  expect(at((await send('GET', '/Users')).body, 'totalResults')).toBe(1)
  expect((await send('POST', '/Users', back)).status).toBe(409)
})

test('a revival that would take an active person’s userName is refused and changes nothing', async () => {
  const { send } = await bridge()
  await send('POST', '/Users', { userName: 'anna@example.com' })
  const gone = await send('POST', '/Users', {
    userName: 'berta@example.com',
    externalId: 'E2',
    active: false,
  })
  const clash = await send('POST', '/Users', { userName: 'Anna@example.com', externalId: 'E2' })
  expect(clash).toMatchObject({ status: 409, body: { scimType: 'uniqueness' } })
  expect((await send('GET', `/Users/${idOf(gone)}`)).body).toEqual(gone.body)
})

test('inactive people are listed, found and keep their id through reactivation', async () => {
  const { send } = await bridge()
  const created = await send('POST', '/Users', { userName: 'anna@example.com' })
  const path = `/Users/${idOf(created)}`
  const off = await send('PATCH', path, patchOp({ op: 'replace', value: { active: false } }))
  expect(off).toMatchObject({ status: 200, body: { active: false, meta: { version: 'W/"2"' } } })
  const again = await send('PATCH', path, patchOp({ op: 'Replace', path: 'active', value: 'False' }))
  expect(at(again.body, 'meta', 'version')).toBe('W/"2"')
  for (const query of ['', `?filter=${encodeURIComponent('userName eq "ANNA@example.com"')}`]) {
    const list = await send('GET', `/Users${query}`)
    expect(list.body).toMatchObject({ totalResults: 1, Resources: [{ id: idOf(created), active: false }] })
  }
  const on = await send('PATCH', path, patchOp({ op: 'replace', value: { active: true } }))
  expect(on.body).toMatchObject({ id: idOf(created), active: true })
})

test('a deleted person is gone, the name is free, and the id is not given again', async () => {
  const { send } = await bridge()
  const created = await send('POST', '/Users', { userName: 'anna' })
  const path = `/Users/${idOf(created)}`
  expect(await send('DELETE', path)).toMatchObject({ status: 204, body: undefined })
  for (const method of ['GET', 'PUT', 'PATCH', 'DELETE']) {
    const body = method === 'PATCH' ? patchOp({ op: 'replace', value: { title: 'x' } }) : { userName: 'x' }
    const gone = await send(method, path, method === 'GET' || method === 'DELETE' ? undefined : body)
    expect([method, gone.status]).toEqual([method, 404])
  }
  const next = await send('POST', '/Users', { userName: 'Anna' })
  expect(next.status).toBe(201)
  expect(idOf(next)).not.toBe(idOf(created))
})
