import { expect, test } from 'vitest'
import type { JsonObject } from '../../worker/scim/json.ts'
import { scimTarget, type ScimSettings } from '../../worker/targets/scim.ts'
import type { Outcome, UserStep } from '../../worker/targets/target.ts'
import { absent, linkOf, scriptedTarget, user, way } from './scimSteps.ts'
import { listed, on, refused, type Scripted } from './servers/scripted.ts'

const TOKEN = 'the-secret-token'

const { server, settings, target } = await scriptedTarget(TOKEN)

const eve: JsonObject = { userName: 'eve@example.com', title: 'Doctor', active: true }
const link = { remote: '7', confirmed: eve }
const nobody = on('GET', '/Users?filter', listed([]))
const changed = { ...eve, title: 'Professor' }

/** Changes a title at a service that answers the PATCH like this. */
async function patched(answer: Scripted, differs: Partial<UserStep> = {}, requests = 100): Promise<Outcome> {
  server.play(on('PATCH', '/Users/7', answer), on('GET', '/Users?startIndex', listed([])), nobody)
  const outcome = await target.deliverUser(user(changed, { link, ...differs }), way(requests))
  expect(JSON.stringify(outcome)).not.toContain(TOKEN)
  return outcome
}

async function posted(answer: Scripted): Promise<Outcome> {
  server.play(on('POST', '/Users', answer), nobody)
  return target.deliverUser(user(eve), way())
}

const later = (whose: 'resource' | 'connection', uncertain: boolean) => ({ kind: 'later', whose, uncertain })

test.each<[string, Scripted, object]>([
  ['401', refused(401, { detail: `the token ${TOKEN} is old` }), later('connection', false)],
  ['403 without a reason', { status: 403 }, later('connection', false)],
  ['403 as a page', { status: 403, body: '<html>' }, later('connection', false)],
  ['408', { status: 408 }, later('resource', false)],
  ['425', { status: 425 }, later('resource', false)],
  ['429', { status: 429 }, later('resource', false)],
  ['429, as a page', { status: 429, body: '<html>' }, later('resource', false)],
  ['500', { status: 500 }, later('resource', true)],
  ['502, as a page', { status: 502, body: '<html>' }, later('resource', true)],
  ['503', refused(503), later('resource', true)],
  [
    '200 and half of a body',
    { body: { id: '7', userName: 'eve@example.com' }, half: true },
    later('resource', true),
  ],
  ['200 that is no JSON', { body: 'OK' }, later('resource', true)],
  ['a line that breaks', { reset: true }, later('resource', true)],
  ['a redirect', { status: 302, headers: { location: '/elsewhere' } }, later('connection', false)],
  ['another account', { body: { id: '8', ...changed } }, later('resource', true)],
  ['412', refused(412, { detail: 'changed' }), { kind: 'never', words: 'the target answers 412: "changed"' }],
  ['409', refused(409, { scimType: 'uniqueness' }), { kind: 'never', scimType: 'uniqueness' }],
  ['409 without its keyword', refused(409), { kind: 'never', scimType: 'uniqueness' }],
  [
    '400',
    refused(400, { scimType: 'invalidValue', detail: "Attribute 'title': too long" }),
    {
      kind: 'never',
      scimType: 'invalidValue',
      attribute: 'title',
      words: expect.stringContaining('too long'),
    },
  ],
  [
    '400 in words of its own',
    { status: 400, body: { message: 'no' } },
    { words: 'the target answers 400: "no"' },
  ],
])('a change that is answered by %s', async (_, answer, expected) => {
  expect(await patched(answer)).toMatchObject(expected)
})

test('Retry-After is read in both its forms', async () => {
  const seconds = await patched({ status: 429, headers: { 'retry-after': '17' } })
  expect(seconds).toMatchObject({ kind: 'later', retryAfter: 17 })
  const at = new Date(Date.now() + 60_000).toUTCString()
  const date = await patched({ status: 503, headers: { 'retry-after': at } })
  expect(date).toMatchObject({ kind: 'later', retryAfter: expect.any(Number) })
  if (date.kind === 'later') expect(date.retryAfter).toBeGreaterThan(50)
  expect(await patched({ status: 429, headers: { 'retry-after': 'soon' } })).not.toHaveProperty('retryAfter')
  expect(await patched({ status: 429, headers: { 'retry-after': '99999999' } })).toMatchObject({
    retryAfter: 86_400,
  })
})

test.each<[string, Scripted]>([
  ['a page', { body: '<html><h1>Slow down</h1></html>' }],
  ['plain text', { body: 'Slow down.' }],
  ['half of a body', { body: { detail: 'Slow down.' }, half: true }],
])('Retry-After is read in both its forms beside %s', async (_, answer) => {
  const asked = (status: number, value: string) =>
    patched({ ...answer, status, headers: { 'content-type': 'text/html', 'retry-after': value } })
  expect(await asked(429, '17')).toMatchObject({ kind: 'later', uncertain: false, retryAfter: 17 })
  expect(await asked(503, '18')).toMatchObject({ kind: 'later', uncertain: true, retryAfter: 18 })
  const date = await asked(503, new Date(Date.now() + 60_000).toUTCString())
  expect(date.kind === 'later' ? date.retryAfter : undefined).toBeGreaterThan(50)
  expect(await asked(503, 'soon')).not.toHaveProperty('retryAfter')
})

test('403 with a reason is of the person where the credentials are good, else of the connection', async () => {
  const answer = refused(403, { detail: 'the last owner stays' })
  expect(await patched(answer)).toMatchObject({
    kind: 'never',
    words: expect.stringContaining('the last owner'),
  })
  server.play(on('PATCH', '/Users/7', answer), on('GET', '/Users?startIndex', { status: 403 }))
  const outcome = await target.deliverUser(user(changed, { link }), way())
  expect(outcome).toMatchObject(later('connection', false))
})

test('a budget that is spent and an address that is not allowed are told apart', async () => {
  expect(await patched({}, {}, 0)).toMatchObject(later('resource', false))
  expect(server.asked).toEqual([])
  const away = scimTarget({ ...settings, url: 'http://192.0.2.1/scim' })
  expect(await away.deliverUser(user(changed, { link }), way())).toMatchObject(later('connection', false))
  // An earlier try that may have happened may still have happened.
  expect(await patched({}, { uncertain: true }, 0)).toMatchObject(later('resource', true))
  // The 404 is known, and the look-up was not sent.
  expect(await patched({ status: 404 }, {}, 1)).toMatchObject(later('resource', false))
})

test('a 404 of a linked person is believed only where the list says the same', async () => {
  const missing = on('PATCH', '/Users/7', { status: 404 })
  const off = user({ ...eve, active: false }, { link })
  const gone = { kind: 'done', link: undefined }
  server.play(missing, nobody)
  expect(await target.deliverUser(off, way())).toEqual(gone)
  server.play(missing, nobody, on('POST', '/Users', { status: 201, body: { id: 8, ...changed } }))
  expect(linkOf(await target.deliverUser(user(changed, { link }), way())).remote).toBe('8')
  for (const trouble of [{ status: 404 }, { status: 500 }, { body: { hello: 1 } }, { body: '<html>' }]) {
    server.play(missing, on('GET', '/Users', trouble))
    expect(await target.deliverUser(off, way())).toMatchObject({ kind: 'later', whose: 'connection' })
  }
  server.play(missing, on('GET', '/Users', listed([{ id: '9', userName: 'EVE@example.com' }])))
  expect(await target.deliverUser(off, way())).toMatchObject({ kind: 'found', accounts: [{ remote: '9' }] })
  // The list is ahead of the resource, or behind it: not gone.
  server.play(missing, on('GET', '/Users', listed([{ id: '7', ...eve }])))
  expect(await target.deliverUser(off, way())).toMatchObject(later('resource', true))
  const deletion = user(eve, { link, wanted: absent(eve, 'delete') })
  server.play(on('DELETE', '/Users/7', { status: 404 }), nobody)
  expect(await target.deliverUser(deletion, way())).toEqual(gone)
  server.play(on('DELETE', '/Users/7', { status: 404 }), on('GET', '/Users', { status: 404 }))
  expect(await target.deliverUser(deletion, way())).toMatchObject({ kind: 'later', whose: 'connection' })
})

test('an endpoint that is not there is the connection’s trouble', async () => {
  server.play(on('GET', '/Users', { status: 404 }))
  expect(await target.deliverUser(user(eve), way())).toMatchObject(later('connection', false))
  expect(await posted({ status: 404 })).toMatchObject(later('connection', false))
})

test.each<[string, Scripted]>([
  ['nothing', { status: 201 }],
  ['no id', { status: 201, body: eve }],
  ['an empty id', { status: 201, body: { ...eve, id: '' } }],
  ['an id without end', { status: 201, body: { ...eve, id: 'x'.repeat(1025) } }],
  ['somebody else', { status: 201, body: { id: '1', userName: 'mallory@example.com' } }],
  ['a list', { status: 201, body: [] }],
  ['a line that breaks', { reset: true }],
  ['500', { status: 500 }],
])('a person is not linked by an answer of %s', async (_, answer) => {
  expect(await posted(answer)).toMatchObject(later('resource', true))
})

test('a person whose creation is answered with an address alone is read there', async () => {
  const made = (location: string) => on('POST', '/Users', { status: 201, headers: { location } })
  const read = on('GET', '/Users/5', { body: { id: '5', ...eve, title: 'Dr' } })
  server.play(made(`${server.url}/Users/5`), nobody, read)
  expect(linkOf(await target.deliverUser(user(eve), way()))).toEqual({
    remote: '5',
    confirmed: { ...eve, title: 'Dr' },
  })
  expect(server.log()).toEqual(['GET /Users', 'POST /Users', 'GET /Users/5'])
  // A proxy in front of it: only the id counts, and no other host is called.
  server.play(made('https://inside.example/v2/Users/5'), nobody, read)
  expect(linkOf(await target.deliverUser(user(eve), way())).remote).toBe('5')
  server.play(made('/Users/5'), nobody, on('GET', '/Users/5', { body: { id: '5', userName: 'mallory' } }))
  expect(await target.deliverUser(user(eve), way())).toMatchObject(later('resource', true))
  for (const strange of ['/Users/', '/Users/..', '/Users/%ff', '/5', '/Groups/5']) {
    server.play(made(strange), nobody, read)
    expect(await target.deliverUser(user(eve), way())).toMatchObject(later('resource', true))
    expect(server.log()).toEqual(['GET /Users', 'POST /Users'])
  }
})

test('a person is linked by the userName in another case, or by an address, and with a number for an id', async () => {
  const other = { ...eve, userName: 'EVE@EXAMPLE.COM', id: 12 }
  expect(linkOf(await posted({ status: 201, body: other })).remote).toBe('12')
  const mail = { ...eve, emails: [{ value: 'eve@mail.example' }] }
  const body = { id: '3', userName: 'u-3', emails: [{ value: 'Eve@mail.example', primary: true }] }
  server.play(on('POST', '/Users', { status: 201, body }), nobody)
  const made = linkOf(await target.deliverUser(user(mail), way()))
  // A service that makes names of its own, and shows no address.
  const own = { status: 201, body: { id: '4', userName: 'u-4', externalId: 'e-1' } }
  server.play(on('POST', '/Users', own), nobody)
  expect(linkOf(await target.deliverUser(user({ ...eve, externalId: 'e-1' }), way())).remote).toBe('4')
  expect(await target.deliverUser(user({ ...eve, externalId: 'E-1' }), way())).toMatchObject({
    kind: 'later',
  })
  // What it showed, and what was sent of what it does not show.
  expect(made).toEqual({
    remote: '3',
    confirmed: { ...mail, userName: 'u-3', emails: [{ value: 'eve@mail.example' }] },
  })
})

test('a POST that is lost is found by the next try', async () => {
  server.play(
    on('POST', '/Users', { reset: true }),
    on('GET', '/Users', listed([]), listed([{ id: '5', userName: 'eve@example.com' }])),
  )
  expect(await target.deliverUser(user(eve), way())).toMatchObject(later('resource', true))
  const next = await target.deliverUser(user(eve, { uncertain: true }), way())
  expect(next).toEqual({
    kind: 'found',
    accounts: [{ remote: '5', document: { userName: 'eve@example.com' } }],
  })
  // Deleted at the bridge in between: still the bridge decides.
  const wanted = absent(eve, 'delete')
  expect(await target.deliverUser(user(eve, { uncertain: true, wanted }), way())).toEqual(next)
  server.play()
  expect(await target.deliverUser(user(eve, { wanted }), way())).toEqual({ kind: 'done', link: undefined })
})

test('a duplicate is looked up once more, and refused where it is another’s', async () => {
  const conflict = on('POST', '/Users', refused(409, { detail: 'userName is taken' }))
  server.play(conflict, on('GET', '/Users', listed([]), listed([{ id: '5', ...eve }])))
  expect(await target.deliverUser(user(eve), way())).toMatchObject({ kind: 'found' })
  server.play(conflict, on('GET', '/Users', listed([])))
  expect(await target.deliverUser(user(eve), way())).toMatchObject({
    kind: 'never',
    scimType: 'uniqueness',
    attribute: 'userName',
  })
})

test('how the bridge shows itself: bearer, a value of its own, basic', async () => {
  const seen = async (auth: ScimSettings['auth']) => {
    server.play(on('GET', '/Users', listed([])))
    await scimTarget({ ...settings, auth }).list('User', undefined, way())
    return server.asked[0]?.headers['authorization']
  }
  expect(await seen({ kind: 'bearer', token: 't' })).toBe('Bearer t')
  expect(await seen({ kind: 'header', value: 'raw' })).toBe('raw')
  expect(await seen({ kind: 'basic', user: 'ü', password: 'p:w' })).toBe('Basic w7w6cDp3')
})
