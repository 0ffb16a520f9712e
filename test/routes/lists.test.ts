import { expect, test } from 'vitest'
import { at, bridge, idOf, people, resourcesOf } from '../bridge.ts'

const filter = (text: string) => `?filter=${encodeURIComponent(text)}`

test('pages follow on in one order, with numbers as numbers', async () => {
  const to = await bridge()
  const made = new Set(await people(to, 25))
  const seen: unknown[] = []
  for (const startIndex of [1, 11, 21]) {
    const page = await to.send('GET', `/Users?startIndex=${startIndex}&count=10`)
    const resources = resourcesOf(page)
    expect(page.body).toMatchObject({ totalResults: 25, startIndex, itemsPerPage: resources.length })
    seen.push(...resources.map((resource) => at(resource, 'id')))
  }
  expect(seen).toHaveLength(25)
  expect(new Set(seen)).toEqual(made)
  const all = await to.send('GET', '/Users?count=1000')
  expect(resourcesOf(all).map((resource) => at(resource, 'id'))).toEqual(seen)
})

test.each([
  ['count=0', { totalResults: 3, itemsPerPage: 0, Resources: [] }],
  ['count=-1', { totalResults: 3, itemsPerPage: 0, Resources: [] }],
  ['startIndex=0&count=1', { totalResults: 3, startIndex: 1, itemsPerPage: 1 }],
  ['startIndex=-5', { startIndex: 1, itemsPerPage: 3 }],
  ['startIndex=99', { totalResults: 3, startIndex: 99, itemsPerPage: 0, Resources: [] }],
  ['count=100000', { totalResults: 3, itemsPerPage: 3 }],
  ['', { totalResults: 3, startIndex: 1, itemsPerPage: 3 }],
  ['foo=bar&', { totalResults: 3 }],
])('?%s', async (query, expected) => {
  const to = await bridge()
  await people(to, 3)
  expect(await to.send('GET', `/Users?${query}`)).toMatchObject({ status: 200, body: expected })
})

test.each(['count=abc', 'startIndex=1.5'])('?%s is refused', async (query) => {
  const { send } = await bridge()
  expect(await send('GET', `/Users?${query}`)).toMatchObject({
    status: 400,
    body: { scimType: 'invalidValue' },
  })
})

test('equality on userName, externalId, displayName and id, and their conjunction', async () => {
  const { send } = await bridge()
  const anna = idOf(
    await send('POST', '/Users', { userName: 'Anna', externalId: 'Ab', displayName: 'Ånna "B\\' }),
  )
  const berta = idOf(await send('POST', '/Users', { userName: 'Berta', externalId: 'ab', displayName: 'B' }))
  const found = async (text: string) => {
    const list = await send('GET', `/Users${filter(text)}`)
    const resources = resourcesOf(list)
    expect(at(list.body, 'totalResults')).toBe(resources.length)
    return resources.map((resource) => at(resource, 'id'))
  }
  expect(await found('userName eq "aNNA"')).toEqual([anna])
  expect(await found('USERNAME EQ "anna"')).toEqual([anna])
  expect(await found('urn:ietf:params:scim:schemas:core:2.0:User:userName eq "anna"')).toEqual([anna])
  expect(await found('externalId eq "Ab"')).toEqual([anna])
  expect(await found('externalId eq "AB"')).toEqual([])
  expect(await found(`id eq "${berta}"`)).toEqual([berta])
  expect(await found(`id eq "${berta.toUpperCase()}"`)).toEqual([])
  expect(await found('displayName eq "ånna \\"b\\\\"')).toEqual([anna])
  expect(await found(String.raw`displayName eq "\u00e5NNA \u0022B\u005c"`)).toEqual([anna])
  expect(await found(`userName eq "anna" and id eq "${anna}" AND externalId eq "Ab"`)).toEqual([anna])
  expect(await found(`userName eq "anna" and id eq "${berta}"`)).toEqual([])
  expect(await found('userName eq "\' OR 1=1 --"')).toEqual([])
})

test.each([
  'shoeSize eq 9',
  'userName eq 9',
  'userName eq true',
  'userName eq',
  'eq "x"',
  'userName eq "x" and',
  'userName eq bare',
  'userName eq "open',
  'active gt true',
  'x509Certificates.value lt "a"',
  'active eq "x"',
  'meta.created gt "yesterday"',
  'meta.created sw "2026"',
  'userName co null',
  'password eq "x"',
  'name eq "x"',
  'meta.location eq "x"',
  'emails[shoeSize eq 9]',
  'userName[value eq "x"]',
  '',
  `userName eq "${'x'.repeat(8000)}"`,
  Array.from({ length: 101 }, () => 'id eq "x"').join(' and '),
  String.raw`userName eq "\ud800"`,
])('the filter %s is refused, never answered with an empty list', async (text) => {
  const { send } = await bridge()
  const answer = await send('GET', `/Users${filter(text)}`)
  expect(answer.status).toBe(400)
  expect(['invalidFilter', 'invalidValue']).toContain(at(answer.body, 'scimType'))
  expect(at(answer.body, 'detail')).not.toBe('')
})

test('attributes and excludedAttributes choose what is shown', async () => {
  const { send } = await bridge()
  const sent = {
    userName: 'Anna',
    name: { givenName: 'A', familyName: 'B' },
    emails: [{ value: 'a@b.c', type: 'work' }],
  }
  const id = idOf(await send('POST', '/Users', sent))
  const shown = async (query: string) => (await send('GET', `/Users/${id}?${query}`)).body
  const always = { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], id }
  expect(await shown('attributes=USERNAME,name.givenName,shoeSize')).toEqual({
    ...always,
    userName: 'Anna',
    name: { givenName: 'A' },
  })
  expect(await shown('attributes=emails.value')).toEqual({ ...always, emails: [{ value: 'a@b.c' }] })
  expect(await shown('excludedAttributes=id,schemas,name.givenName,emails,active,meta')).toEqual({
    ...always,
    userName: 'Anna',
    name: { familyName: 'B' },
  })
  const list = await send('GET', '/Users?attributes=userName')
  expect(at(list.body, 'Resources')).toEqual([{ ...always, userName: 'Anna' }])
})
