import { expect, test } from 'vitest'
import { scimTarget } from '../../worker/targets/scim.ts'
import { linkOf, scriptedTarget, user, way } from './scimSteps.ts'
import { listed, on, refused, type Scripted } from './servers/scripted.ts'

const { server, settings, target } = await scriptedTarget()

const person = (id: unknown) => ({ id, userName: `${String(id)}@example.com` })
const config = (patch: unknown, filter: unknown, maxResults: unknown = 200) => ({
  body: { patch: { supported: patch }, filter: { supported: filter, maxResults } },
})

test('a page of fewer than were asked for, with numbers as strings', async () => {
  const body = { totalResults: '5', itemsPerPage: '2', startIndex: '1', Resources: [person(1), person('2')] }
  server.play(on('GET', '/Users', { body }, { body: { ...body, startIndex: '3' } }))
  const page = await target.list('User', undefined, way())
  expect(page).toEqual({
    accounts: [
      { remote: '1', document: { userName: '1@example.com' } },
      { remote: '2', document: { userName: '2@example.com' } },
    ],
    next: '3',
    total: 5,
  })
  expect(await target.list('User', '3', way())).toMatchObject({ next: '5' })
  expect(server.asked.map(({ path }) => path)).toEqual([
    '/Users?startIndex=1&count=100',
    '/Users?startIndex=3&count=100',
  ])
})

test('nobody at all is a list', async () => {
  server.play(on('GET', '/Groups', { body: { totalResults: 0 } }))
  expect(await target.list('Group', undefined, way())).toEqual({ accounts: [], next: undefined, total: 0 })
})

test.each<[string, Scripted]>([
  ['an object of something else', { body: { ok: true } }],
  ['a list without a total', { body: { Resources: [] } }],
  ['a total without people', { body: { totalResults: 3 } }],
  ['an empty page before the end', listed([], 3)],
  ['somebody without an id', listed([{ userName: 'a' }])],
  ['nothing', {}],
  ['a page', { body: '<html>' }],
  ['half a list', { ...listed([person(1)]), half: true }],
  ['500', { status: 500 }],
  ['400', refused(400)],
  ['404', { status: 404 }],
])('%s is no list', async (_, answer) => {
  server.play(on('GET', '/Users', answer))
  expect(await target.list('User', undefined, way())).toMatchObject({ kind: 'later', uncertain: false })
})

test('a look-up without filters, with filters that are refused or not minded, reads the pages', async () => {
  const all = [1, 2, 3].map(person)
  const step = user({ userName: '3@EXAMPLE.com', active: true })
  const found = { kind: 'found', accounts: [{ remote: '3' }] }
  server.play(
    on('GET', '/Users?filter', refused(400, { scimType: 'invalidFilter' })),
    on('GET', '/Users?start', listed(all)),
  )
  expect(await target.deliverUser(step, way())).toMatchObject(found)
  server.play(on('GET', '/Users', listed(all)))
  expect(await target.deliverUser(step, way())).toMatchObject(found)
  server.play(on('GET', '/Users?start', listed(all)))
  const without = scimTarget({ ...settings, learned: { filter: false } })
  expect(await without.deliverUser(step, way())).toMatchObject(found)
  expect(server.asked).toHaveLength(1)
})

test('a name is asked for as a string of JSON', async () => {
  server.play(on('GET', '/Users', listed([])))
  await target.deliverUser(user({ userName: 'a"b\\c&d=e', active: false }), way())
  const [, query = ''] = server.asked[0]?.path.split('?') ?? []
  expect(new URLSearchParams(query).get('filter')).toBe('userName eq "a\\"b\\\\c&d=e"')
})

test.each<[string, Scripted, object]>([
  ['PATCH and filters', config(true, true), { patch: true, filter: true, maxResults: 200 }],
  ['neither, in words', config('false', 'False', '10'), { patch: false, filter: false, maxResults: 10 }],
  ['no limit', config(true, true, 0), { patch: true, filter: true, maxResults: 100 }],
  ['nothing of it', { body: {} }, { patch: true, filter: true, maxResults: 100 }],
  ['404', { status: 404 }, { patch: true, filter: true, maxResults: 100, etag: false }],
  ['501', refused(501), { patch: true, filter: true, maxResults: 100 }],
])('the test learns from a service that says %s', async (_, answer, learned) => {
  server.play(
    on('GET', '/ServiceProviderConfig', answer),
    on('GET', '/Users?startIndex=1&count=1', listed([])),
  )
  const probe = await target.test(way())
  expect(probe).toMatchObject({ kind: 'good', learned, account: server.url })
  if (probe.kind === 'good')
    expect(probe.capabilities.wholeGroups).toBe(!('patch' in learned && learned.patch))
})

test.each<[string, Scripted, string]>([
  ['401', refused(401, { detail: 'who is token?' }), 'the target answers 401: "who is …?"'],
  ['403', { status: 403 }, 'the target answers 403'],
  ['404', { status: 404 }, 'nothing is at this address'],
  ['a redirect', { status: 301, headers: { location: '/' } }, 'redirect'],
  ['a page', { body: '<html>' }, 'no JSON'],
  ['something else', { body: { hello: 1 } }, 'no SCIM list'],
  ['silence', { reset: true }, 'could not be reached'],
])('the test says what is wrong where /Users answers %s', async (_, answer, words) => {
  server.play(on('GET', '/ServiceProviderConfig', config(true, true)), on('GET', '/Users', answer))
  const bad = { kind: 'bad', words: expect.stringContaining(words) }
  expect(await target.test(way())).toMatchObject(bad)
})

const eve = { userName: 'eve@example.com', active: true }
const linked = { remote: '7', confirmed: eve }
const shouting = {
  ID: '7',
  USERNAME: 'eve@example.com',
  Active: false,
  Name: { GivenName: 'Eve' },
  Emails: [{ Value: 'eve@example.com', Type: 'work' }],
  'urn:ietf:params:scim:schemas:extension:enterprise:2.0:user': { Department: 'Looms' },
}
const loud = (...Resources: readonly unknown[]) => ({
  body: { TotalResults: Resources.length, startindex: 1, resources: Resources },
})

test('names are read in any case: in people, in lists, in errors and in what a service can do', async () => {
  server.play(on('GET', '/Users', loud(shouting)))
  expect(await target.list('User', undefined, way())).toEqual({
    accounts: [
      {
        remote: '7',
        document: {
          userName: 'eve@example.com',
          active: false,
          name: { givenName: 'Eve' },
          emails: [{ value: 'eve@example.com', type: 'work' }],
          'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { department: 'Looms' },
        },
      },
    ],
    next: undefined,
    total: 1,
  })
  // Where a name stands in two cases, the right one is meant.
  server.play(on('GET', '/Users', loud({ id: '7', username: 'mallory', ...eve })))
  expect(await target.list('User', undefined, way())).toMatchObject({ accounts: [{ document: eve }] })
  server.play(on('PATCH', '/Users/7', { status: 204 }), on('GET', '/Users/7', { body: shouting }))
  const off = user({ ...eve, active: false }, { link: linked })
  expect(linkOf(await target.deliverUser(off, way())).confirmed).toMatchObject({ active: false })
  const refusal = {
    SCHEMAS: ['urn:ietf:params:scim:api:messages:2.0:Error'],
    Detail: 'no',
    ScimType: 'mutability',
  }
  server.play(on('PATCH', '/Users/7', { status: 400, body: refusal }))
  expect(await target.deliverUser(user({ ...eve, title: 'x' }, { link: linked }), way())).toMatchObject({
    kind: 'never',
    scimType: 'mutability',
    words: 'the target answers 400: "no"',
  })
  const says = {
    Patch: { Supported: false },
    Filter: { SUPPORTED: 'true', maxresults: 20 },
    ETag: { supported: true },
  }
  server.play(on('GET', '/ServiceProviderConfig', { body: says }), on('GET', '/Users', loud()))
  expect(await target.test(way())).toMatchObject({
    learned: { patch: false, filter: true, maxResults: 20, etag: true },
  })
})

test.each<[string, Scripted]>([
  ['shows the person with the name in another case', listed([{ id: '7', username: 'EVE@example.com' }])],
  ['counts somebody and shows nobody', { body: { totalResults: 1, Resources: [] } }],
  ['shows somebody without a name', listed([{ id: '7', active: true }])],
])('nobody is gone where the list %s', async (_, answer) => {
  server.play(on('PATCH', '/Users/7', { status: 404 }), on('GET', '/Users', answer))
  const off = user({ ...eve, active: false }, { link: linked })
  expect(await target.deliverUser(off, way())).toMatchObject({ kind: 'later' })
})

test('a list that cannot be read to its end in one try is left at its first page, one that grows at the hundredth', async () => {
  const without = scimTarget({ ...settings, learned: { filter: false } })
  const words = expect.stringMatching(/lists more than can be read in one try: .* filter userName eq/)
  const page = (startIndex: number, totalResults: number): Scripted => ({
    body: { totalResults, startIndex, Resources: [person(startIndex)] },
  })
  const step = user({ userName: 'a@example.com', active: true })
  server.play(on('GET', '/Users', page(1, 1_000_000)))
  expect(await without.deliverUser(step, way())).toMatchObject({ kind: 'later', uncertain: false, words })
  expect(server.asked).toHaveLength(1)
  server.play(on('GET', '/Users', ...Array.from({ length: 120 }, (_, index) => page(index + 1, index + 50))))
  expect(await without.deliverUser(step, way(200))).toMatchObject({ kind: 'later', uncertain: false, words })
  expect(server.asked).toHaveLength(100)
  // A hundred pages are read.
  const last = {
    body: { totalResults: 100, startIndex: 100, Resources: [{ id: 'a', ...step.wanted.document }] },
  }
  server.play(on('GET', '/Users', ...Array.from({ length: 99 }, (_, index) => page(index + 1, 100)), last))
  expect(await without.deliverUser(step, way(200))).toMatchObject({
    kind: 'found',
    accounts: [{ remote: 'a' }],
  })
})
