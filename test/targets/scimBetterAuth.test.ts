import { afterAll, beforeAll, expect, test } from 'vitest'
import { scimTarget, type ScimSettings } from '../../worker/targets/scim.ts'
import type { Target } from '../../worker/targets/target.ts'
import { absent, ada, group, linkOf, user, way } from './scimSteps.ts'
import { startBetterAuth } from './servers/betterAuth.ts'
import type { ScimServer } from './servers/server.ts'

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

let server: ScimServer
let settings: ScimSettings
let target: Target

beforeAll(async () => {
  server = await startBetterAuth()
  settings = { kind: 'scim', url: server.url, auth: { kind: 'bearer', token: server.token }, learned: {} }
  const probe = await scimTarget(settings).test(way())
  if (probe.kind === 'bad') throw new Error(probe.words)
  target = scimTarget({ ...settings, learned: probe.learned })
})
afterAll(() => server.stop())

const held = async (remote: string) => (await server.users()).find(({ id }) => id === remote)

test('a person: made, unchanged, changed, suspended, reactivated, deleted', async () => {
  const made = linkOf(await target.deliverUser(user(ada), way()))
  expect(await held(made.remote)).toMatchObject({
    userName: 'Ada@example.com',
    externalId: 'e-1',
    active: true,
  })
  const none = async () => {
    throw new Error('nothing is to be sent')
  }
  expect(linkOf(await target.deliverUser(user(ada, { link: made }), none)).remote).toBe(made.remote)

  const changed = {
    ...ada,
    name: { givenName: 'Augusta', familyName: 'King' },
    title: 'Countess',
    emails: [
      { value: 'king@example.com', type: 'work', primary: true },
      { value: 'ada@home.example', type: 'home' },
    ],
    [ENTERPRISE]: { department: 'Poetry', manager: { value: 'm-1' } },
  }
  const updated = linkOf(await target.deliverUser(user(changed, { link: made }), way()))
  expect(await held(made.remote)).toMatchObject({ primaryEmail: 'king@example.com', givenName: 'Augusta' })
  expect(updated.confirmed).toMatchObject({ title: 'Countess', [ENTERPRISE]: changed[ENTERPRISE] })
  expect(linkOf(await target.deliverUser(user(changed, { link: updated }), none)).remote).toBe(made.remote)

  const { title: _, ...less } = changed
  const away = linkOf(await target.deliverUser(user({ ...less, active: false }, { link: updated }), way()))
  expect(away.confirmed['active']).toBe(false)
  expect(await held(made.remote)).toMatchObject({ active: false })
  // Lost in between: what is there is read first.
  const unsure = user(less, { link: { ...away, confirmed: updated.confirmed }, uncertain: true })
  const back = linkOf(await target.deliverUser(unsure, way()))
  expect(await held(made.remote)).toMatchObject({ active: true })
  expect(back.confirmed['title']).toBeUndefined()

  const deleted = user(less, { link: back, wanted: absent(less, 'delete') })
  expect(await target.deliverUser(deleted, way())).toEqual({ kind: 'done', link: undefined })
  expect(await server.users()).toEqual([])
  expect(await target.deliverUser(deleted, way())).toEqual({ kind: 'done', link: undefined })
})

test('what it refuses of a profile does not hold up the suspension', async () => {
  const bea = { userName: 'bea@example.com', active: true, emails: [{ value: 'bea@example.com' }] }
  const link = linkOf(await target.deliverUser(user(bea), way()))
  const wrong = { ...bea, active: false, emails: [{ value: 'no address' }] }
  const outcome = await target.deliverUser(user(wrong, { link }), way())
  expect(outcome).toMatchObject({
    kind: 'done',
    link: { confirmed: { active: false } },
    differs: expect.any(String),
  })
  expect(await held(link.remote)).toMatchObject({ active: false })
})

test('a group: members by difference, one that is not there is told, the rest goes in', async () => {
  const links = []
  for (const name of ['a', 'b', 'c', 'd', 'e']) {
    const each = { userName: `${name}@group.example`, active: true }
    links.push(linkOf(await target.deliverUser(user(each), way())).remote)
  }
  const [a = '', b = '', ...others] = links
  const made = linkOf(await target.deliverGroup(group({ displayName: 'Looms' }, { add: [a, b] }), way()))
  const members = async () =>
    (await server.groups()).flatMap(({ members: some }) => (Array.isArray(some) ? (some as unknown[]) : []))
  expect(await members()).toEqual([{ value: a }, { value: b }])
  const change = { link: made, add: [...others, 'nobody-there', a], remove: [b] }
  const changed = await target.deliverGroup(group({ displayName: 'Big looms' }, change), way())
  expect(changed).toMatchObject({ kind: 'done', refused: [{ remote: 'nobody-there' }] })
  expect(new Set((await members()).map((each) => JSON.stringify(each)))).toEqual(
    new Set([a, ...others].map((value) => JSON.stringify({ value }))),
  )
  const bad = await target.deliverGroup(group({ displayName: 'New' }, { add: ['nobody-there', a] }), way())
  expect(bad).toMatchObject({ kind: 'done', refused: [{ remote: 'nobody-there' }] })
  expect(await server.groups()).toHaveLength(2)
  const link = linkOf(changed)
  const wanted = absent({ displayName: 'Big looms' }, 'delete')
  const gone = group({ displayName: 'Big looms' }, { link, wanted })
  expect(await target.deliverGroup(gone, way())).toEqual({ kind: 'done', link: undefined })
  expect(await target.deliverGroup(gone, way())).toEqual({ kind: 'done', link: undefined })
  expect(await server.groups()).toHaveLength(1)
})

test('people are listed, and found by name', async () => {
  const page = await target.list('User', undefined, way())
  if ('kind' in page) throw new Error(page.words)
  expect(page.total).toBe(6)
  expect(page.accounts).toHaveLength(6)
  const found = await target.deliverUser(user({ userName: 'A@group.example', active: true }), way())
  expect(found).toMatchObject({ kind: 'found', accounts: [{ document: { userName: 'a@group.example' } }] })
})
