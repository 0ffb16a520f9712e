import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Outbound } from '../../worker/targets/outbound.ts'
import { scimTarget, type ScimSettings } from '../../worker/targets/scim.ts'
import { absent, ada, group, linkOf, user, way } from './scimSteps.ts'
import { startScimmy } from './servers/scimmy.ts'
import type { ScimServer } from './servers/server.ts'

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

let server: ScimServer
let settings: ScimSettings

beforeAll(async () => {
  server = await startScimmy()
  settings = {
    kind: 'scim',
    url: server.url,
    auth: { kind: 'bearer', token: server.token },
    learned: {},
  }
})
afterAll(() => server.stop())

const held = async (remote: string) => (await server.users()).find(({ id }) => id === remote)
const membersOf = async (remote: string) =>
  (await server.groups()).find(({ id }) => id === remote)?.['members']

/** Counts what goes out. */
function counted(): { readonly send: Outbound; readonly asked: string[] } {
  const out = way()
  const asked: string[] = []
  return { asked, send: (request) => (asked.push(request.method), out(request)) }
}

test('the test finds what SCIMMY can do, and says when the token is wrong', async () => {
  const probe = await scimTarget(settings).test(way())
  expect(probe).toMatchObject({
    kind: 'good',
    account: server.url,
    learned: { patch: true, filter: true },
    capabilities: { wholeGroups: false },
  })
  const wrong = scimTarget({ ...settings, auth: { kind: 'bearer', token: 'not-the-token' } })
  const bad = await wrong.test(way())
  expect(bad).toMatchObject({ kind: 'bad', words: expect.stringContaining('401') })
  expect(JSON.stringify(bad)).not.toContain('not-the-token')
})

test('a person: made, unchanged, changed, suspended, reactivated, deleted', async () => {
  const target = scimTarget(settings)
  const made = linkOf(await target.deliverUser(user(ada), way()))
  expect(await held(made.remote)).toMatchObject({
    userName: 'Ada@example.com',
    externalId: 'e-1',
    [ENTERPRISE]: { department: 'Engines' },
  })
  expect(made.confirmed).toMatchObject({
    externalId: 'e-1',
    active: true,
    [ENTERPRISE]: { department: 'Engines' },
  })

  const nothing = counted()
  expect(linkOf(await target.deliverUser(user(ada, { link: made }), nothing.send))).toMatchObject({
    remote: made.remote,
  })
  expect(nothing.asked).toEqual([])

  const { displayName: _, ...rest } = ada
  const changed = {
    ...rest,
    name: { givenName: 'Augusta', familyName: 'King' },
    title: 'Countess',
    emails: [
      { value: 'king@example.com', type: 'work', primary: true },
      { value: 'ada@home.example', type: 'home' },
    ],
    [ENTERPRISE]: { department: 'Poetry', manager: { value: 'm-1' } },
  }
  const one = counted()
  const updated = linkOf(await target.deliverUser(user(changed, { link: made }), one.send))
  expect(one.asked).toEqual(['PATCH'])
  const shown = await held(made.remote)
  expect(shown).toMatchObject({ name: { givenName: 'Augusta', familyName: 'King' }, title: 'Countess' })
  expect(shown).toMatchObject({ [ENTERPRISE]: { department: 'Poetry', manager: { value: 'm-1' } } })
  expect(shown?.['displayName']).toBeUndefined()
  expect(shown?.['emails']).toHaveLength(2)
  const again = counted()
  await target.deliverUser(user(changed, { link: updated }), again.send)
  expect(again.asked).toEqual([])

  const away = { ...changed, active: false, title: 'None' }
  const two = counted()
  const suspended = linkOf(await target.deliverUser(user(away, { link: updated }), two.send))
  expect(two.asked).toEqual(['PATCH', 'PATCH'])
  expect(suspended.confirmed).toMatchObject({ active: false, title: 'None' })
  expect(await held(made.remote)).toMatchObject({ active: false, title: 'None' })

  const back = linkOf(await target.deliverUser(user(changed, { link: suspended }), way()))
  expect(await held(made.remote)).toMatchObject({ active: true, title: 'Countess' })

  const gone = linkOf(
    await target.deliverUser(user(changed, { link: back, wanted: absent(changed, 'suspend') }), way()),
  )
  expect(gone.confirmed['active']).toBe(false)
  expect(await held(made.remote)).toMatchObject({ active: false, title: 'Countess' })

  const deleted = user(changed, { link: gone, wanted: absent(changed, 'delete') })
  expect(await target.deliverUser(deleted, way())).toEqual({ kind: 'done', link: undefined })
  expect(await held(made.remote)).toBeUndefined()
  // Once more: it is not there, and the list says so.
  expect(await target.deliverUser(deleted, way())).toEqual({ kind: 'done', link: undefined })
})

test('who is there already is found; who is inactive is not made', async () => {
  const target = scimTarget(settings)
  const bob = { ...ada, userName: 'bob "b" \\@example.com', externalId: 'e-2', emails: [] }
  const link = linkOf(await target.deliverUser(user(bob), way()))
  const found = await target.deliverUser(user({ ...bob, userName: bob.userName.toUpperCase() }), way())
  expect(found).toMatchObject({ kind: 'found', accounts: [{ remote: link.remote }] })
  const noFilter = scimTarget({ ...settings, learned: { filter: false } })
  expect(await noFilter.deliverUser(user(bob), way())).toMatchObject({ kind: 'found' })
  const inactive = user({ ...ada, userName: 'none@example.com', active: false })
  expect(await target.deliverUser(inactive, way())).toEqual({ kind: 'done', link: undefined })
  const deleted = user(bob, { link, wanted: absent(bob, 'delete') })
  expect(await target.deliverUser(deleted, way())).toEqual({ kind: 'done', link: undefined })
})

test('a deleted person comes back as a new one, and an inactive one stays away', async () => {
  const target = scimTarget(settings)
  const carl = { ...ada, userName: 'carl@example.com', emails: [] }
  const first = linkOf(await target.deliverUser(user(carl), way()))
  await target.deliverUser(user(carl, { link: first, wanted: absent(carl, 'delete') }), way())
  const off = user({ ...carl, active: false }, { link: first })
  expect(await target.deliverUser(off, way())).toEqual({ kind: 'done', link: undefined })
  const next = linkOf(await target.deliverUser(user({ ...carl, title: 'New' }, { link: first }), way()))
  expect(next.remote).not.toBe(first.remote)
  await target.deliverUser(user(carl, { link: next, wanted: absent(carl, 'delete') }), way())
})

test.each([true, false])('a group and its members; PATCH %s', async (patch) => {
  const target = scimTarget({ ...settings, learned: { patch } })
  expect(target.capabilities.wholeGroups).toBe(!patch)
  const made = linkOf(
    await target.deliverGroup(
      group({ displayName: 'Engines' }, { add: ['u1', 'u2'], all: ['u1', 'u2'] }),
      way(),
    ),
  )
  expect(await membersOf(made.remote)).toMatchObject([{ value: 'u1' }, { value: 'u2' }])
  expect(made.confirmed).toEqual({ displayName: 'Engines' })
  const found = await target.deliverGroup(group({ displayName: 'ENGINES' }), way())
  expect(found).toMatchObject({ kind: 'found', accounts: [{ remote: made.remote }] })
  const changed = { add: ['u3'], remove: ['u1'], all: ['u2', 'u3'] }
  const renamed = linkOf(
    await target.deliverGroup(group({ displayName: 'Looms' }, { link: made, ...changed }), way()),
  )
  expect(renamed.confirmed).toEqual({ displayName: 'Looms' })
  expect(await membersOf(made.remote)).toMatchObject([{ value: 'u2' }, { value: 'u3' }])
  const empty = { remove: ['u2', 'u3'], all: [] }
  const emptied = linkOf(
    await target.deliverGroup(group({ displayName: 'Looms' }, { link: renamed, ...empty }), way()),
  )
  expect((await membersOf(made.remote)) ?? []).toEqual([])
  const wanted = absent({ displayName: 'Looms' }, 'delete')
  const deleted = group({ displayName: 'Looms' }, { link: emptied, wanted })
  expect(await target.deliverGroup(deleted, way())).toEqual({ kind: 'done', link: undefined })
  expect(await server.groups()).toEqual([])
  expect(await target.deliverGroup(deleted, way())).toEqual({ kind: 'done', link: undefined })
})

test('a person without PATCH: read, changed and put back whole', async () => {
  const target = scimTarget({ ...settings, learned: { patch: false } })
  const dora = { ...ada, userName: 'dora@example.com', nickName: 'Do' }
  const made = linkOf(await target.deliverUser(user(dora), way()))
  const { nickName: _, ...less } = dora
  const out = counted()
  const off = linkOf(await target.deliverUser(user({ ...less, active: false }, { link: made }), out.send))
  expect(out.asked).toEqual(['GET', 'PUT', 'GET', 'PUT'])
  expect(await held(made.remote)).toMatchObject({ active: false, name: { givenName: 'Ada' } })
  expect((await held(made.remote))?.['nickName']).toBeUndefined()
  const on = linkOf(await target.deliverUser(user(less, { link: off }), way()))
  expect(await held(made.remote)).toMatchObject({ active: true })
  await target.deliverUser(user(less, { link: on, wanted: absent(less, 'delete') }), way())
})

test('all people are listed, page by page', async () => {
  const target = scimTarget({ ...settings, learned: { maxResults: 7 } })
  const links = []
  for (let i = 0; i < 25; i += 1) {
    const each = { userName: `p${i}@example.com`, active: true }
    links.push(linkOf(await target.deliverUser(user(each), way())))
  }
  const seen: string[] = []
  for (let page: string | undefined = '1'; page !== undefined;) {
    const read = await target.list('User', page, way())
    if ('kind' in read) throw new Error(read.words)
    expect(read.total).toBe(25)
    seen.push(...read.accounts.map(({ remote }) => remote))
    page = read.next
  }
  expect(new Set(seen)).toEqual(new Set(links.map(({ remote }) => remote)))
  expect(seen).toHaveLength(25)
  expect(await target.list('Group', undefined, way())).toEqual({ accounts: [], next: undefined, total: 0 })
})

test('a service that shows its first page for every page is trouble, not a list', async () => {
  const pageless = await startScimmy(false)
  const target = scimTarget({
    ...settings,
    url: pageless.url,
    auth: { kind: 'bearer', token: pageless.token },
  })
  for (let i = 0; i < 21; i += 1) {
    await target.deliverUser(user({ userName: `p${i}@example.com`, active: true }), way())
  }
  expect(await target.list('User', undefined, way())).toMatchObject({ next: '21', total: 21 })
  expect(await target.list('User', '21', way())).toMatchObject({ kind: 'later', whose: 'resource' })
  await pageless.stop()
})
