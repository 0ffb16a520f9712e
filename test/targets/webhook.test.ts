import * as fc from 'fast-check'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventsOf } from '../../worker/targets/event.ts'
import type { GroupStep, UserStep } from '../../worker/targets/target.ts'
import { openWebhook, webhookTarget } from '../../worker/targets/webhook.ts'
import { apply, newSecret, startApp, view, wayOut } from './app.ts'
import { arrivalsOf, arrivalsWithSnapshot, generated, generatedWithSnapshot, told } from './history.ts'

const secret = newSecret()
let app: Awaited<ReturnType<typeof startApp>>
beforeAll(async () => {
  app = await startApp('app.js', { SECRET: secret })
})
afterAll(() => app.stop())

const target = (...secrets: readonly [string, string?]) =>
  webhookTarget({ kind: 'webhook', url: app.url, secrets, learned: {} })
const document = { userName: 'anna', emails: [{ value: 'anna@a.example' }], active: true }
const at = '2026-07-27T10:00:00.000Z'
const step = (connection: string, seq = 1): UserStep => ({
  type: 'User',
  connection,
  resource: 'r1',
  wanted: { kind: 'present', document },
  link: undefined,
  uncertain: false,
  key: `k${seq}`,
  event: { seq, at },
})

test('the app takes what the bridge signs, and names its own id', async () => {
  const outcome = await target(secret).deliverUser(step('signed'), wayOut())
  expect(outcome).toMatchObject({ kind: 'done', link: { remote: /^user-\d+$/, confirmed: document } })
  expect(await app.holds('signed')).toEqual({ people: { r1: document }, groups: {} })
})

test('either of two secrets will do, first or second', async () => {
  for (const secrets of [[newSecret(), secret] as const, [secret, newSecret()] as const]) {
    expect(await target(...secrets).deliverUser(step('rotated'), wayOut())).toMatchObject({ kind: 'done' })
  }
})

test('the app refuses another secret, and the bridge waits with everything', async () => {
  const outcome = await target(newSecret()).deliverUser(step('forged'), wayOut())
  expect(outcome).toMatchObject({ kind: 'later', whose: 'connection', words: /secret/ })
  expect(await app.holds('forged')).toEqual({ people: {}, groups: {} })
})

test('the app refuses what was signed an hour ago, what was changed after signing, and what is not signed', async () => {
  const post = (sent: string, signed: string, time: number) => {
    const signature = new Webhook(secret).sign('old', new Date(time), signed)
    const headers = {
      'webhook-id': 'old',
      'webhook-timestamp': String(Math.floor(time / 1000)),
      'webhook-signature': signature,
    }
    return fetch(app.url, { method: 'POST', headers, body: sent })
  }
  const body = JSON.stringify(told('old', { seq: 1, parts: step('old') })[0])
  expect((await post(body, body, Date.now() - 3_600_000)).status).toBe(401)
  expect((await post(body, body, Date.now() + 3_600_000)).status).toBe(401)
  expect((await post(body.replace('anna', 'eve'), body, Date.now())).status).toBe(401)
  expect((await fetch(app.url, { method: 'POST', body })).status).toBe(401)
  expect(await app.holds('old')).toEqual({ people: {}, groups: {} })
  expect((await post(body, body, Date.now())).status).toBe(200)
})

test('what the app can never use is refused in its own words', async () => {
  const lacking = {
    ...step('refusing'),
    wanted: { kind: 'present', document: { userName: 'x', active: true } },
  } as const
  expect(await target(secret).deliverUser(lacking, wayOut())).toEqual({
    kind: 'never',
    words: 'the app refuses it: "emails: this app needs an e-mail address for everyone"',
    scimType: 'invalidValue',
  })
})

test('a test event is signed too and changes nothing', async () => {
  expect(await target(secret).test(wayOut())).toMatchObject({ kind: 'good', account: app.url, learned: {} })
  expect(await target(newSecret()).test(wayOut())).toMatchObject({ kind: 'bad', words: /secret/ })
})

test('deleted: no link is left; suspended in place of deleted: the account without access', async () => {
  const gone = (how: 'delete' | 'suspend') =>
    ({ ...step(how, 2), wanted: { kind: 'absent', how, document } }) as const
  const deleted = await target(secret).deliverUser(gone('delete'), wayOut())
  expect(deleted).toEqual({ kind: 'done', link: undefined })
  const suspended = await target(secret).deliverUser(gone('suspend'), wayOut())
  expect(suspended).toMatchObject({ kind: 'done', link: { confirmed: { userName: 'anna', active: false } } })
  // A late event does not bring back who was deleted.
  await target(secret).deliverUser(step('delete', 1), wayOut())
  expect(await app.holds('delete')).toEqual({ people: {}, groups: {} })
})

test('a group of 2,500 comes in three events of one number, the whole list only where it is short', async () => {
  const ids = Array.from({ length: 2500 }, (_, index) => `m${String(index).padStart(4, '0')}`)
  const group: GroupStep = {
    ...step('large'),
    type: 'Group',
    wanted: { kind: 'present', document: { displayName: 'All' } },
    add: ids,
    remove: ['gone'],
    all: ids,
  }
  const events = eventsOf({ id: 'k', connection: 'large', seq: 7, at }, group)
  expect(events.map(({ id, seq }) => [id, seq])).toEqual([
    ['k', 7],
    ['k_2', 7],
    ['k_3', 7],
  ])
  expect(events.flatMap((event) => ('members' in event ? event.members.add : []))).toEqual(ids)
  expect(events.flatMap((event) => ('members' in event ? event.members.remove : []))).toEqual(['gone'])
  expect(events.some((event) => 'members' in event && event.members.all !== undefined)).toBe(false)
  expect(await target(secret).deliverGroup(group, wayOut())).toMatchObject({ kind: 'done' })
  const held = await app.holds('large')
  expect(held.groups).toEqual({ r1: { displayName: 'All', members: ids } })
  const few = { ...group, add: [], remove: ids.slice(2), all: ids.slice(0, 2), event: { seq: 8, at } }
  await target(secret).deliverGroup(few, wayOut())
  expect((await app.holds('large')).groups).toEqual({ r1: { displayName: 'All', members: ids.slice(0, 2) } })
})

test('changes in any order and repeated leave the app as the bridge is: by the target, signed, over HTTP', async () => {
  let run = 0
  const property = fc.asyncProperty(generated, async (history) => {
    const connection = `shuffled-${(run += 1)}`
    const { arrivals, expected } = arrivalsOf(history)
    const [way, to] = [wayOut(), target(secret)]
    for (const { seq, parts } of arrivals) {
      const common = { connection, link: undefined, uncertain: false, key: `k${seq}`, event: { seq, at } }
      const outcome =
        parts.type === 'User'
          ? await to.deliverUser({ ...common, ...parts }, way)
          : await to.deliverGroup({ ...common, ...parts }, way)
      expect(outcome.kind).toBe('done')
    }
    if (arrivals.length > 0) expect(await app.holds(connection)).toEqual(expected)
  })
  await fc.assert(property, { numRuns: 40 })
})

test('a snapshot among them mends what was lost before it: over HTTP', async () => {
  let run = 0
  const property = fc.asyncProperty(generatedWithSnapshot, async (history) => {
    const connection = `snapshot-${(run += 1)}`
    const { arrivals, expected } = arrivalsWithSnapshot(history, connection)
    const [way, post] = [wayOut(), openWebhook({ url: app.url, secrets: [secret] })]
    for (const event of arrivals) expect((await post(event, way)).kind).toBe('taken')
    expect(await app.holds(connection)).toEqual(expected)
  })
  await fc.assert(property, { numRuns: 25 })
})

test('the same, thousands of times, with the rules of the app alone', () => {
  const holds = (events: readonly Parameters<typeof apply>[1][], expected: unknown) => {
    const state: unknown = { next: 0, made: 0, connections: {} }
    for (const event of events) apply(state, event)
    expect(view(state, 'c')).toEqual(expected)
  }
  const shuffled = fc.property(generated, (history) => {
    const { arrivals, expected } = arrivalsOf(history)
    holds(
      arrivals.flatMap((happened) => told('c', happened)),
      expected,
    )
  })
  const withSnapshot = fc.property(generatedWithSnapshot, (history) => {
    const { arrivals, expected } = arrivalsWithSnapshot(history, 'c')
    holds(arrivals, expected)
  })
  fc.assert(shuffled, { numRuns: 5000 })
  fc.assert(withSnapshot, { numRuns: 5000 })
})
