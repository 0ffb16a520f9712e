import { expect, test } from 'vitest'
import { at, bridge, idOf, resourcesOf, type Bridge } from '../bridge.ts'
import { custom, DEVICE, TEST_USER, WARRANTY } from '../custom.ts'

const until = (year: number) => ({ [WARRANTY]: { until: `${year}-06-01T12:00:00+02:00` } })
const devices = [
  { displayName: 'Åsa’s laptop', serial: 'aB1', size: 13, ...until(2030) },
  { displayName: 'laptop', serial: 'AB1', size: 9, ...until(2028) },
  { displayName: 'Phone', serial: 'x', ...until(2029) },
]
const people = [
  {
    number: 7,
    ratio: 0.5,
    since: '2026-01-01T00:00:00Z',
    plain: 'Straße',
    code: 'aB',
    badge: { value: 'B1', kind: 'staff' },
  },
  { number: 12, since: '2027-01-01T00:00:00+01:00', secret: 's', badge: { value: 'b2' } },
]

async function filled(): Promise<Bridge> {
  const to = await bridge({ custom })
  for (const device of devices) await to.send('POST', '/Devices', device)
  for (const [index, extension] of people.entries()) {
    await to.send('POST', '/Users', { userName: `p${index}`, [TEST_USER]: extension })
  }
  return to
}

const found = async (to: Bridge, path: string, name: string, query: Readonly<Record<string, string>>) => {
  const list = await to.send('GET', `${path}?${new URLSearchParams(query).toString()}`)
  return resourcesOf(list).map((resource) => at(resource, name))
}

test('declared attributes are filtered by, each as its type is', async () => {
  const to = await filled()
  const cases: readonly [string, readonly number[]][] = [
    ['number eq 7', [0]],
    ['number gt 7', [1]],
    ['ratio le 0.5', [0]],
    ['ratio pr', [0]],
    ['since ge "2026-12-31T23:00:00Z"', [1]],
    ['plain eq "STRASSE"', [0]],
    ['plain co "RASS"', [0]],
    ['code eq "aB"', [0]],
    ['code eq "ab"', []],
    ['badge.value eq "B2"', [1]],
    ['badge[value sw "b" and kind eq "STAFF"]', [0]],
    ['badge pr', [0, 1]],
    ['secret eq "s"', [1]],
    ['serial pr', []],
  ]
  for (const [filter, wanted] of cases) {
    const names = await found(to, '/Users', 'userName', { filter: `${TEST_USER}:${filter}` })
    expect([filter, names]).toEqual([filter, wanted.map((index) => `p${index}`)])
  }
  for (const wrong of ['number eq "7"', 'since eq "yesterday"', 'ratio co 1', 'nothing pr']) {
    const filter = encodeURIComponent(`${TEST_USER}:${wrong}`)
    expect(await to.send('GET', `/Users?filter=${filter}`)).toMatchObject({
      status: 400,
      body: { scimType: 'invalidFilter' },
    })
  }
})

test('a declared kind of resource is filtered, sorted and paged through', async () => {
  const to = await filled()
  const serials = (query: Readonly<Record<string, string>>) => found(to, '/Devices', 'serial', query)
  expect(await serials({ filter: 'size gt 9 or displayName sw "PHO"' })).toEqual(['aB1', 'x'])
  expect(await serials({ filter: 'serial eq "AB1"' })).toEqual(['AB1'])
  expect(await serials({ filter: `${DEVICE}:size lt 10` })).toEqual(['AB1'])
  expect(await serials({ filter: `${WARRANTY}:until lt "2029-06-01T10:00:01Z"` })).toEqual(['AB1', 'x'])
  expect(await serials({ sortBy: 'size' })).toEqual(['AB1', 'aB1', 'x'])
  expect(await serials({ sortBy: 'displayName' })).toEqual(['AB1', 'x', 'aB1'])
  expect(await serials({ sortBy: `${WARRANTY}:until`, sortOrder: 'descending' })).toEqual(['aB1', 'x', 'AB1'])
  const first = await to.send('GET', '/Devices?cursor&count=2')
  const next = encodeURIComponent(String(at(first.body, 'nextCursor')))
  expect(await to.send('GET', `/Devices?cursor=${next}`)).toMatchObject({
    body: { totalResults: 3, Resources: [{ serial: 'x' }] },
  })
})

test('a declared kind of resource is in the list of all', async () => {
  const to = await filled()
  const all = await to.send('GET', `/?filter=${encodeURIComponent('meta.resourceType eq "Device"')}`)
  expect(all).toMatchObject({ status: 200, body: { totalResults: 3 } })
  const mixed = await to.send(
    'GET',
    `/?filter=${encodeURIComponent('displayName co "laptop" or userName pr')}`,
  )
  expect(
    resourcesOf(mixed)
      .map((resource) => at(resource, 'meta', 'resourceType'))
      .toSorted(),
  ).toEqual(['Device', 'Device', 'User', 'User'])
})

test('what is required now and was not before does not hide who has none from a sorted list', async () => {
  const lax = structuredClone(custom)
  for (const schema of lax.schemas) {
    for (const attribute of schema.attributes) if ('required' in attribute) attribute.required = false
  }
  const before = await bridge({ custom: lax })
  const nameless = await before.send('POST', '/Devices', { serial: 's', ...until(2030) })
  const to = await bridge({ custom, connection: before.connection })
  expect(await found(to, '/Devices', 'id', { sortBy: 'displayName' })).toEqual([idOf(nameless)])
})

test('a part named id is compared as any other text is, and the id as it is', async () => {
  const schema = {
    id: DEVICE,
    attributes: [{ name: 'box', type: 'complex', subAttributes: [{ name: 'id' }] }],
  }
  const declared = {
    schemas: [schema],
    resourceTypes: [{ name: 'Device', endpoint: '/Devices', schema: DEVICE }],
  }
  const to = await bridge({ custom: declared })
  const id = idOf(await to.send('POST', '/Devices', { box: { id: 'Ab' } }))
  expect(await found(to, '/Devices', 'id', { filter: 'box.id eq "AB"' })).toEqual([id])
  expect(await found(to, '/Devices', 'id', { filter: `id eq "${id.toUpperCase()}"` })).toEqual([])
})
