import { expect, test } from 'vitest'
import { scimTarget } from '../../worker/targets/scim.ts'
import { absent, group, linkOf, scriptedTarget, way } from './scimSteps.ts'
import { listed, on, refused, type Line } from './servers/scripted.ts'

const { server, settings, target } = await scriptedTarget()

const looms = { displayName: 'Looms', externalId: 'g-1' }
const link = { remote: 'G', confirmed: looms }
const ids = (many: number) => Array.from({ length: many }, (_, at) => `member-${at}`)
const none = on('GET', '/Groups?filter', listed([]))
const listedGroup = on('GET', '/Groups?filter', listed([{ id: 'G', ...looms }]))

/** Refuses a PATCH that has somebody of these in it, without a word about who. */
const refusing =
  (bad: readonly string[], status: number, detail?: (there: readonly string[]) => string): Line =>
  ({ method, path, body }) => {
    if (method !== 'PATCH' || !path.startsWith('/Groups/G')) return undefined
    const there = bad.filter(
      (id) => JSON.stringify(body).includes(`"${id}"`) || JSON.stringify(body).includes(`\\"${id}\\"`),
    )
    if (there.length === 0) return { status: 204 }
    return refused(status, detail === undefined ? {} : { detail: detail(there) })
  }

test('a group is made with its first members, and the others follow', async () => {
  const made = { status: 201, body: { id: 'G', displayName: 'Looms' } }
  server.play(none, on('POST', '/Groups', made), on('PATCH', '/Groups/G', { status: 204 }))
  const outcome = await target.deliverGroup(group(looms, { add: ids(2500) }), way())
  expect(outcome).toEqual({ kind: 'done', link: { remote: 'G', confirmed: looms } })
  expect(server.log()).toEqual(['GET /Groups', 'POST /Groups', 'PATCH /Groups/G', 'PATCH /Groups/G'])
  expect(server.asked[1]?.body).toMatchObject({
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
    ...looms,
    members: expect.arrayContaining([{ value: 'member-999' }]),
  })
  expect(server.asked[3]?.body).toMatchObject({ Operations: [{ op: 'add', path: 'members' }] })
})

test('a group that cannot be made with its members is made without them', async () => {
  server.play(
    none,
    on('POST', '/Groups', refused(400, { detail: 'unknown member' }), {
      status: 201,
      body: { id: 'G', ...looms },
    }),
    refusing(['member-1'], 400),
  )
  const outcome = await target.deliverGroup(group(looms, { add: ids(3) }), way())
  expect(outcome).toMatchObject({ kind: 'done', link, refused: [{ remote: 'member-1' }] })
  server.play(none, on('POST', '/Groups', { status: 404 }))
  const moved = await target.deliverGroup(group(looms, { add: ids(3) }), way())
  expect(moved).toMatchObject({ kind: 'later', whose: 'connection' })
})

test('members go in and out in one request; an answer without members is one', async () => {
  server.play(on('PATCH', '/Groups/G', { body: { id: 'G', displayName: 'Looms' } }))
  const step = group(looms, { link, add: ['a', 'b'], remove: ['c"d', 'e'] })
  expect(await target.deliverGroup(step, way())).toEqual({ kind: 'done', link })
  expect(server.asked.map(({ body }) => body)).toEqual([
    {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: [
        { op: 'remove', path: 'members[value eq "c\\"d"]' },
        { op: 'remove', path: 'members[value eq "e"]' },
        { op: 'add', path: 'members', value: [{ value: 'a' }, { value: 'b' }] },
      ],
    },
  ])
  server.play(on('PATCH', '/Groups/G', { status: 204 }))
  await target.deliverGroup(group(looms, { link, add: ids(1500), remove: ids(600) }), way())
  expect(server.asked).toHaveLength(3)
  server.play()
  expect(await target.deliverGroup(group(looms, { link }), way())).toEqual({ kind: 'done', link })
})

test('those who are refused are searched for, and the rest goes in', async () => {
  server.play(refusing(['member-17', 'member-60'], 400))
  const outcome = await target.deliverGroup(group(looms, { link, add: ids(100) }), way())
  expect(outcome).toMatchObject({ kind: 'done', refused: [{ remote: 'member-17' }, { remote: 'member-60' }] })
  expect(server.asked.length).toBeLessThan(40)
  // A 404 may be of the group or of a member: the list tells.
  server.play(refusing(['member-17'], 404), listedGroup)
  const missing = await target.deliverGroup(group(looms, { link, add: ids(100) }), way())
  expect(missing).toMatchObject({ kind: 'done', refused: [{ remote: 'member-17' }] })
  expect(server.log().filter((each) => each === 'GET /Groups')).toHaveLength(1)
  // One that is named needs no search.
  server.play(refusing(['member-1', 'member-17'], 400, ([first]) => `no resource ${first ?? ''}.`))
  const named = await target.deliverGroup(group(looms, { link, add: ids(100) }), way())
  expect(named).toMatchObject({ refused: [{ remote: 'member-1' }, { remote: 'member-17' }] })
  expect(server.asked).toHaveLength(3)
})

test('a search that the budget ends goes on later', async () => {
  server.play(refusing(['member-17'], 400))
  const outcome = await target.deliverGroup(group(looms, { link, add: ids(100) }), way(5))
  expect(outcome).toMatchObject({ kind: 'later', whose: 'resource' })
  expect(server.asked).toHaveLength(5)
})

test('whoever is not in need not be put out; other refusals are of the group', async () => {
  server.play(on('PATCH', '/Groups/G', refused(400, { scimType: 'noTarget' })))
  expect(await target.deliverGroup(group(looms, { link, remove: ['a'] }), way())).toEqual({
    kind: 'done',
    link,
  })
  server.play(on('PATCH', '/Groups/G', refused(410)))
  const outcome = await target.deliverGroup(group(looms, { link, add: ids(9) }), way())
  expect(outcome).toEqual({ kind: 'never', words: 'the target answers 410' })
  expect(server.asked).toHaveLength(1)
  server.play(on('PATCH', '/Groups/G', { status: 500 }))
  const broken = await target.deliverGroup(group(looms, { link, add: ids(9) }), way())
  expect(broken).toMatchObject({ kind: 'later', uncertain: true, whose: 'resource' })
})

test('a name that is refused keeps nobody in', async () => {
  server.play(on('PATCH', '/Groups/G', { status: 204 }, refused(400, { detail: "'displayName' is taken" })))
  const step = group({ displayName: 'Mills', externalId: 'g-1' }, { link, remove: ['a'] })
  expect(await target.deliverGroup(step, way())).toMatchObject({ kind: 'never', attribute: 'displayName' })
  expect(server.asked[0]?.body).toMatchObject({ Operations: [{ op: 'remove' }] })
  expect(server.asked[1]?.body).toMatchObject({
    Operations: [{ op: 'replace', path: 'displayName', value: 'Mills' }],
  })
})

test('a group that is gone is made anew, with everybody; one that is another is for the bridge', async () => {
  const missing = on('PATCH', '/Groups/G', { status: 404 })
  server.play(missing, none, on('POST', '/Groups', { status: 201, body: { id: 'H', ...looms } }))
  const step = group(looms, { link, add: ['c'], all: ['a', 'b', 'c'] })
  expect(linkOf(await target.deliverGroup(step, way())).remote).toBe('H')
  expect(server.asked.at(-1)?.body).toMatchObject({
    members: [{ value: 'a' }, { value: 'b' }, { value: 'c' }],
  })
  server.play(missing, on('GET', '/Groups', listed([{ id: 'H', ...looms }])))
  expect(await target.deliverGroup(step, way())).toMatchObject({ kind: 'found', accounts: [{ remote: 'H' }] })
  server.play(missing, on('GET', '/Groups', { status: 404 }))
  expect(await target.deliverGroup(step, way())).toMatchObject({ kind: 'later', whose: 'connection' })
})

test('a deleted group: deleted, gone already, or not to be told', async () => {
  const deletion = group(looms, { link, wanted: absent(looms, 'delete') })
  const gone = { kind: 'done', link: undefined }
  server.play(on('DELETE', '/Groups/G', { status: 204 }))
  expect(await target.deliverGroup(deletion, way())).toEqual(gone)
  server.play(on('DELETE', '/Groups/G', { status: 404 }), none)
  expect(await target.deliverGroup(deletion, way())).toEqual(gone)
  server.play(on('DELETE', '/Groups/G', { status: 404 }), on('GET', '/Groups', { status: 404 }))
  expect(await target.deliverGroup(deletion, way())).toMatchObject({ kind: 'later', whose: 'connection' })
  // Where access is taken away and nothing deleted, the group is left without its members.
  server.play(on('PATCH', '/Groups/G', { status: 204 }))
  const emptied = group(looms, { link, remove: ['a'], wanted: absent(looms, 'suspend') })
  expect(await target.deliverGroup(emptied, way())).toEqual({ kind: 'done', link })
  expect(server.log()).toEqual(['PATCH /Groups/G'])
})

test('an uncertain rename is read first', async () => {
  server.play(on('GET', '/Groups/G', { body: { id: 'G', displayName: 'Mills' } }))
  const mills = { ...looms, displayName: 'Mills' }
  expect(await target.deliverGroup(group(mills, { link, uncertain: true }), way())).toEqual({
    kind: 'done',
    link: { remote: 'G', confirmed: mills },
  })
  expect(server.asked[0]?.path).toBe('/Groups/G?excludedAttributes=members')
})

test('a PATCH that the service does not know: the whole group is put, where it is known who is in it', async () => {
  const patched = on('PATCH', '/Groups/G', refused(501))
  const shown = (members?: object) => on('GET', '/Groups/G', { body: { id: 'G', ...looms, ...members } })
  const put = on('PUT', '/Groups/G', { status: 200 })
  server.play(patched, shown({ members: [{ value: 'a' }, { value: 'b' }] }), put)
  const step = group(looms, { link, add: ['c'], remove: ['a'] })
  expect(await target.deliverGroup(step, way())).toEqual({ kind: 'done', link })
  expect(server.asked.at(-1)?.body).toMatchObject({ members: [{ value: 'b' }, { value: 'c' }] })
  const mills = { ...looms, displayName: 'Mills' }
  server.play(patched, shown({ members: [{ value: 'a' }] }), put)
  expect(linkOf(await target.deliverGroup(group(mills, { link }), way())).confirmed).toEqual(mills)
  expect(server.asked.at(-1)?.body).toMatchObject({ ...mills, members: [{ value: 'a' }] })
  // Whoever is not shown would be put out.
  server.play(patched, shown(), put)
  const outcome = await target.deliverGroup(step, way())
  expect(outcome).toEqual({ kind: 'never', words: 'the target cannot do this' })
  expect(server.log()).toEqual(['PATCH /Groups/G', 'GET /Groups/G'])
})

test('without PATCH the whole group is put, less those who are refused by name', async () => {
  const whole = scimTarget({ ...settings, learned: { patch: false } })
  const shown = { id: 'G', ...looms, members: [{ value: 'a' }, { value: 'b' }], colour: 'red' }
  server.play(
    on('GET', '/Groups/G', { body: shown }),
    on('PUT', '/Groups/G', refused(400, { detail: 'member ccc does not exist' }), { status: 200 }),
  )
  const step = { link, add: ['ccc'], remove: ['a'] }
  const outcome = await whole.deliverGroup(group(looms, { ...step, all: ['b', 'ccc'] }), way())
  expect(outcome).toMatchObject({ kind: 'done', link, refused: [{ remote: 'ccc' }] })
  expect(server.asked.at(-1)?.body).toMatchObject({ id: 'G', colour: 'red', members: [{ value: 'b' }] })
  server.play(on('GET', '/Groups/G', { body: shown }), on('PUT', '/Groups/G', { status: 200 }))
  const careful = scimTarget({ ...settings, learned: { patch: false, etag: true } })
  const versioned = { ...shown, meta: { version: '"3"' } }
  server.play(on('GET', '/Groups/G', { body: versioned }), on('PUT', '/Groups/G', refused(412)))
  expect(await careful.deliverGroup(group(looms, step), way())).toMatchObject({
    kind: 'later',
    whose: 'resource',
  })
  expect(server.asked.at(-1)?.headers['if-match']).toBe('"3"')
  server.play(on('GET', '/Groups/G', { body: shown }), on('PUT', '/Groups/G', { status: 200 }))
  // What was brought there and is wanted no more is taken away.
  await whole.deliverGroup(group({ displayName: 'Mills' }, { link, all: [] }), way())
  expect(server.asked.at(-1)?.body).toEqual({
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
    id: 'G',
    displayName: 'Mills',
    colour: 'red',
    members: [],
  })
  await whole.deliverGroup(group(looms, step), way())
  expect(server.asked.at(-1)?.body).toMatchObject({ members: [{ value: 'b' }, { value: 'ccc' }] })
})
