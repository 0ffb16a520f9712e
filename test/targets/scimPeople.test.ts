import { expect, test } from 'vitest'
import type { JsonObject } from '../../worker/scim/json.ts'
import { scimTarget } from '../../worker/targets/scim.ts'
import { absent, linkOf, scriptedTarget, user, way } from './scimSteps.ts'
import { listed, on, refused } from './servers/scripted.ts'

const { server, settings, target } = await scriptedTarget()

const eve: JsonObject = {
  userName: 'eve@example.com',
  externalId: 'x-1',
  name: { givenName: 'Eve', familyName: 'Stone' },
  emails: [{ value: 'eve@example.com', type: 'work', primary: true }],
  active: true,
}
const link = { remote: '7', confirmed: eve }
const off = { ...eve, active: false }
const operations = (at: number) => {
  const body = server.asked[at]?.body
  return typeof body === 'object' && body !== null && 'Operations' in body ? body.Operations : undefined
}
const suspension = [{ op: 'replace', path: 'active', value: false }]

test('taking access away goes first and alone; what is refused after it does not undo it', async () => {
  server.play(
    on('PATCH', '/Users/7', { body: { id: '7', ...off } }, refused(400, { scimType: 'mutability' })),
  )
  const outcome = await target.deliverUser(
    user({ ...off, title: 'None', externalId: 'x-2' }, { link }),
    way(),
  )
  expect(outcome).toMatchObject({
    kind: 'done',
    differs: expect.any(String),
    link: { confirmed: { active: false } },
  })
  expect(operations(0)).toEqual(suspension)
  expect(operations(1)).toEqual([
    { op: 'replace', path: 'externalId', value: 'x-2' },
    { op: 'replace', path: 'title', value: 'None' },
  ])
  server.play(on('PATCH', '/Users/7', { body: { id: '7', ...off } }, { status: 429 }))
  // The suspension has happened: the next try reads first.
  const later = await target.deliverUser(user({ ...off, title: 'None' }, { link }), way())
  expect(later).toMatchObject({ kind: 'later', uncertain: true })
})

test('a suspension that is not shown is read back, and only believed then', async () => {
  const quiet = on('PATCH', '/Users/7', { status: 204 })
  server.play(quiet, on('GET', '/Users/7', { body: { id: 7, ...off, active: 'False' } }))
  const done = linkOf(await target.deliverUser(user(off, { link }), way()))
  expect(done.confirmed).toEqual(off)
  expect(server.log()).toEqual(['PATCH /Users/7', 'GET /Users/7'])
  server.play(
    on('PATCH', '/Users/7', { body: { id: '7', ...eve } }),
    on('GET', '/Users/7', { body: { id: '7', ...eve } }),
  )
  expect(await target.deliverUser(user(off, { link }), way())).toMatchObject({
    kind: 'later',
    uncertain: true,
  })
  const { active: _, ...silent } = eve
  server.play(quiet, on('GET', '/Users/7', { body: { id: '7', ...silent } }))
  expect(await target.deliverUser(user(off, { link }), way())).toMatchObject({
    kind: 'later',
    uncertain: true,
  })
  server.play(quiet, on('GET', '/Users/7', { status: 500 }))
  expect(await target.deliverUser(user(off, { link }), way())).toMatchObject({
    kind: 'later',
    uncertain: true,
  })
  // A service that hides who is suspended, everywhere.
  server.play(quiet, on('GET', '/Users/7', { status: 404 }), on('GET', '/Users', listed([])))
  expect(await target.deliverUser(user(off, { link }), way())).toEqual({ kind: 'done', link: undefined })
})

test('a change of somebody suspended is done only where they are still shown so', async () => {
  const away = { remote: '7', confirmed: off }
  const changed = { ...off, title: 'None' }
  const { active: _, ...silent } = eve
  const [shows, hides] = [{ body: { id: '7', ...eve, title: 'None' } }, { body: { id: '7', ...silent } }]
  const unproven = { kind: 'later', uncertain: true, whose: 'resource' }
  for (const answer of [shows, hides, { status: 204 }]) {
    for (const read of [shows, hides, { status: 500 }]) {
      server.play(on('PATCH', '/Users/7', answer), on('GET', '/Users/7', read))
      expect(await target.deliverUser(user(changed, { link: away }), way())).toMatchObject(unproven)
      // The same where the title came with the suspension, and that was shown before the title was sent.
      const first = { body: { id: '7', ...off } }
      server.play(on('PATCH', '/Users/7', first, answer), on('GET', '/Users/7', read))
      expect(await target.deliverUser(user(changed, { link }), way())).toMatchObject(unproven)
    }
    server.play(on('PATCH', '/Users/7', answer), on('GET', '/Users/7', { body: { id: '7', ...changed } }))
    const done = await target.deliverUser(user(changed, { link: away }), way())
    expect(linkOf(done).confirmed).toEqual(changed)
  }
})

test('an uncertain try believes of access only what is shown now', async () => {
  const { active: _, ...silent } = eve
  const away = { remote: '7', confirmed: off }
  server.play(
    on('GET', '/Users/7', { body: { id: '7', ...silent } }),
    on('PATCH', '/Users/7', { body: { id: '7', ...off } }),
  )
  const unsure = user(off, { link: away, uncertain: true })
  expect(linkOf(await target.deliverUser(unsure, way())).confirmed).toEqual(off)
  expect(operations(1)).toEqual(suspension)
})

test('coming back and a new title are one request, and it has to show', async () => {
  const away = { remote: '7', confirmed: off }
  const back = user({ ...eve, title: 'New' }, { link: away })
  server.play(on('PATCH', '/Users/7', { status: 204 }))
  expect(linkOf(await target.deliverUser(back, way())).confirmed).toEqual({ ...eve, title: 'New' })
  expect(server.log()).toEqual(['PATCH /Users/7'])
  server.play(on('PATCH', '/Users/7', { body: { id: '7', ...off, title: 'New' } }))
  expect(await target.deliverUser(back, way())).toMatchObject({ kind: 'later', uncertain: true })
})

test('only what differs is sent: parts of a name, of an extension, lists as a whole', async () => {
  const urn = 'urn:example:params:scim:schemas:extension:acme:2.0:User'
  const before = { ...eve, title: 'Doctor', [urn]: { desk: '1', floor: '2' } }
  const wanted = {
    ...eve,
    userName: 'EVE@example.com',
    name: { givenName: 'Eva', familyName: 'Stone' },
    emails: [
      { primary: true, value: 'eve@example.com', type: 'work' },
      { value: 'eve@home.example', type: 'home' },
    ],
    [urn]: { desk: '9', chief: { value: 'm' } },
  }
  server.play(on('PATCH', '/Users/7', { status: 204 }))
  const step = user(wanted, { link: { remote: '7', confirmed: before } })
  expect(linkOf(await target.deliverUser(step, way())).confirmed).toEqual(wanted)
  expect(operations(0)).toEqual([
    { op: 'replace', path: 'name.givenName', value: 'Eva' },
    { op: 'replace', path: 'emails', value: wanted.emails },
    { op: 'replace', path: `${urn}:desk`, value: '9' },
    { op: 'replace', path: `${urn}:chief`, value: { value: 'm' } },
    { op: 'remove', path: `${urn}:floor` },
    { op: 'remove', path: 'title' },
  ])
})

test.each<[string, JsonObject]>([
  ['the type of an address', { emails: [{ value: 'eve@example.com', primary: true }] }],
  ['externalId', { externalId: '' }],
  ['active as a word, a name in capitals', { active: 'True', userName: 'EVE@EXAMPLE.COM' }],
  [
    'more than was asked for',
    { displayName: 'Eve S.', name: { ...Object(eve['name']), formatted: 'Eve S.' } },
  ],
])('a service that shows %s differently gets nothing sent for it', async (_, differs) => {
  const shown = { ...eve, ...differs }
  const body = { id: '7', schemas: [], meta: {}, ...shown }
  server.play(on('POST', '/Users', { status: 201, body }), on('GET', '/Users?', listed([])))
  const made = linkOf(await target.deliverUser(user(eve), way()))
  server.play(on('GET', '/Users/7', { body }))
  expect(await target.deliverUser(user(eve, { link: made }), way())).toMatchObject({ kind: 'done' })
  expect(server.log()).toEqual([])
  const unsure = user(eve, { link: made, uncertain: true })
  expect(await target.deliverUser(unsure, way())).toMatchObject({ kind: 'done', link: { remote: '7' } })
  expect(server.log()).toEqual(['GET /Users/7'])
})

test('an uncertain try reads what is there and sends the rest', async () => {
  server.play(
    on('GET', '/Users/7', { body: { id: '7', ...eve, title: 'Old', nickName: 'E' } }),
    on('PATCH', '/Users/7', { status: 204 }),
  )
  const wanted = { ...eve, title: 'New' }
  // Adopted a moment ago: nothing is confirmed, and what the bridge does not speak of stays.
  const step = user(wanted, { link: { remote: '7', confirmed: {} }, uncertain: true })
  expect(linkOf(await target.deliverUser(step, way())).confirmed).toEqual(wanted)
  expect(operations(1)).toEqual([{ op: 'replace', path: 'title', value: 'New' }])
})

test('without PATCH the whole is put back, with what the bridge does not know', async () => {
  const whole = scimTarget({ ...settings, learned: { patch: false, filter: true, maxResults: 50 } })
  const urn = 'urn:example:own'
  const schemas = ['urn:ietf:params:scim:schemas:core:2.0:User', 'urn:marker']
  const own = { nickName: 'E', title: 'Old', [urn]: { a: 1 } }
  const shown = { schemas, id: '7', meta: {}, groups: [], ...eve, ...own }
  server.play(on('GET', '/Users/7', { body: shown }), on('PUT', '/Users/7', { status: 200 }))
  const before = { remote: '7', confirmed: { ...eve, title: 'Old' } }
  expect(linkOf(await whole.deliverUser(user(eve, { link: before }), way())).confirmed).toEqual(eve)
  expect(server.asked[1]?.body).toEqual({
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User', 'urn:marker', urn],
    id: '7',
    ...eve,
    nickName: 'E',
    [urn]: { a: 1 },
  })
  server.play(
    on('GET', '/Users/7', { body: shown }),
    on('PUT', '/Users/7', { body: { ...shown, active: false } }),
  )
  await whole.deliverUser(user(off, { link: before, wanted: absent(eve, 'suspend') }), way())
  expect(server.asked[1]?.body).toMatchObject({ active: false, title: 'Old', nickName: 'E' })
})

test('what is put back is what was read, where the service has versions', async () => {
  const learned = { patch: false, filter: true, maxResults: 50, etag: true }
  const careful = scimTarget({ ...settings, learned })
  const shown = (version: unknown) => on('GET', '/Users/7', { body: { id: '7', ...eve, meta: { version } } })
  const asked = () => server.asked.at(-1)?.headers['if-match']
  const step = user({ ...eve, title: 'New' }, { link })
  server.play(shown('W/"a330"'), on('PUT', '/Users/7', { status: 200 }))
  expect(await careful.deliverUser(step, way())).toMatchObject({ kind: 'done' })
  expect(asked()).toBe('W/"a330"')
  server.play(shown('W/"a330"'), on('PUT', '/Users/7', refused(412)))
  expect(await careful.deliverUser(step, way())).toMatchObject({
    kind: 'later',
    uncertain: false,
    whose: 'resource',
  })
  for (const strange of ['*', 7, 'W/"a"\n', undefined]) {
    server.play(shown(strange), on('PUT', '/Users/7', { status: 200 }))
    await careful.deliverUser(step, way())
    expect(asked()).toBeUndefined()
  }
  const plain = scimTarget({ ...settings, learned: { ...learned, etag: false } })
  server.play(shown('W/"a330"'), on('PUT', '/Users/7', { status: 200 }))
  await plain.deliverUser(step, way())
  expect(asked()).toBeUndefined()
})

test.each([405, 501])(
  'a PATCH that is answered %i: the whole is put, whatever the service said',
  async (status) => {
    const shown = on('GET', '/Users/7', { body: { id: '7', ...eve, nickName: 'E' } })
    server.play(
      on('PATCH', '/Users/7', refused(status)),
      shown,
      on('PUT', '/Users/7', { body: { id: '7', ...off } }),
    )
    expect(linkOf(await target.deliverUser(user(off, { link }), way())).confirmed).toEqual(off)
    expect(server.log()).toEqual(['PATCH /Users/7', 'GET /Users/7', 'PUT /Users/7'])
    expect(server.asked.at(-1)?.body).toMatchObject({ id: '7', ...off, nickName: 'E' })
    server.play(on('PATCH', '/Users/7', refused(status)), shown, on('PUT', '/Users/7', refused(501)))
    const outcome = await target.deliverUser(user({ ...eve, title: 'New' }, { link }), way())
    expect(outcome).toEqual({ kind: 'never', words: 'the target cannot do this' })
  },
)

test('a deletion, where it deletes and where it suspends', async () => {
  server.play(on('DELETE', '/Users/a%2Fb', { status: 204 }), on('DELETE', '/Users/7', { body: { id: '7' } }))
  const there = { remote: 'a/b', confirmed: eve }
  const deletion = user(eve, { link: there, wanted: absent(eve, 'delete') })
  expect(await target.deliverUser(deletion, way())).toEqual({ kind: 'done', link: undefined })
  const suspends = scimTarget({ ...settings, deleteSuspends: true })
  const wanted = absent(eve, 'suspend')
  expect(await suspends.deliverUser(user(eve, { link, wanted }), way())).toEqual({
    kind: 'done',
    link: { remote: '7', confirmed: off },
  })
  expect(server.log()).toEqual(['DELETE /Users/a%2Fb', 'DELETE /Users/7'])
  // Deleted already, and still on the list as suspended.
  server.play(on('DELETE', '/Users/7', { status: 404 }), on('GET', '/Users', listed([{ id: '7', ...off }])))
  expect(await suspends.deliverUser(user(eve, { link, wanted }), way())).toMatchObject({ kind: 'done' })
  server.play()
  const away = { remote: '7', confirmed: off }
  expect(await target.deliverUser(user(eve, { link: away, wanted }), way())).toMatchObject({ kind: 'done' })
  expect(server.log()).toEqual([])
})

test('nobody without a userName is sent', async () => {
  server.play()
  const outcome = await target.deliverUser(user({ active: true }), way())
  expect(outcome).toMatchObject({ kind: 'never', attribute: 'userName' })
  // Without a name to look up a 404 proves nothing.
  server.play(on('DELETE', '/Users/7', { status: 404 }))
  const blind = { link: { remote: '7', confirmed: {} }, wanted: absent({}, 'delete') }
  expect(await target.deliverUser(user({}, blind), way())).toMatchObject({ kind: 'later' })
})

test('what a service sends that is no resource of anybody does no harm', async () => {
  const deep = '['.repeat(90) + ']'.repeat(90)
  const body = `{"id":"7","userName":"eve@example.com","__proto__":{"active":false},"deep":${deep}}`
  server.play(on('POST', '/Users', { status: 201, body }), on('GET', '/Users?', listed([])))
  expect(linkOf(await target.deliverUser(user(eve), way())).confirmed).toEqual(eve)
})
