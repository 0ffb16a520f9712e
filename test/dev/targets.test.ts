import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { sql } from '../../worker/store/database.ts'
import { at } from '../json.ts'
import { downstream } from '../sync/downstream.ts'
import { startBetterAuth } from '../targets/servers/betterAuth.ts'
import { startScimmy } from '../targets/servers/scimmy.ts'
import { passage } from './passage.ts'
import { differences, readAccount, type Account } from './sameAsBridge.ts'
import { play } from './served.ts'
import { serveTargets } from './servedTargets.ts'

let served: Awaited<ReturnType<typeof serveTargets>>

beforeAll(async () => {
  served = await serveTargets()
})
afterAll(() => served.stop())

const SERVERS = [
  { name: 'scimmy-routers', start: startScimmy, keeps: ['displayName', 'name'] },
  { name: '@better-auth/scim', start: startBetterAuth, keeps: ['displayName', 'name'] },
] as const

const activeIn = (compared: { readonly target: Account } | undefined) =>
  [...(compared?.target.people.values() ?? [])].filter(({ active }) => active).length

const PROVIDERS = ['okta-oin', 'okta-aiw', 'entra']

test.for(SERVERS)(
  '$name is as the bridge after everything an identity provider does, before its groups go and in the end',
  { timeout: 55_000 },
  async ({ name, start, keeps }) => {
    const server = await start()
    onTestFinished(server.stop)
    const bound = await served.bind(server)
    const compare = async () => {
      const { left } = await served.drain(bound)
      const [bridge, target] = [
        await readAccount(served.base, bound.token),
        await readAccount(server.url, server.token),
      ]
      return { left, differences: differences(bridge, target, keeps), bridge, target }
    }
    for (const provider of PROVIDERS) {
      let before: ReturnType<typeof compare> | undefined
      const between = await passage(served.base, async (method, path) => {
        if (method === 'DELETE' && path.includes('/Groups/')) await (before ??= compare())
      })
      const { code, output } = await play(
        between.base,
        bound.token,
        '--provider',
        provider,
        '--people',
        '7',
        '--groups',
        '2',
      )
      await between.stop()
      expect([provider, code, output]).toEqual([provider, 0, expect.stringMatching(/^all +\d+ +0 /m)])
      const [withGroups, end] = [await before, await compare()]
      expect(withGroups).toMatchObject({ differences: [], left: [] })
      expect(withGroups?.target.groups.size).toBeGreaterThan(1)
      expect(end).toMatchObject({ differences: [], left: [] })
      expect(activeIn(withGroups)).toBeGreaterThan(3)
      const members = [...(withGroups?.target.groups.values() ?? [])].map(({ length }) => length)
      console.log(
        `${name} after ${provider}: ${withGroups?.target.people.size} people (${activeIn(withGroups)} active) and ` +
          `${withGroups?.target.groups.size} groups with ${members.join(' and ')} members; in the end ` +
          `${end.target.people.size} people (${activeIn(end)} active), ${end.target.groups.size} groups; 0 differences`,
      )
    }
  },
)

test('the comparison sees what is missing, extra and otherwise', () => {
  const person = { active: true, displayName: 'A', name: undefined }
  const bridge: Account = {
    people: new Map([
      ['a', person],
      ['b', person],
    ]),
    groups: new Map([['g', ['a', 'b']]]),
  }
  const target: Account = {
    people: new Map([
      ['a', { ...person, displayName: 'B' }],
      ['c', person],
    ]),
    groups: new Map([['g', ['a']]]),
  }
  expect(differences(bridge, bridge, ['displayName'])).toEqual([])
  expect(differences(bridge, target, ['displayName'])).toEqual([
    'a displayName: "A" at the bridge, "B" at the target',
    'b active: true at the bridge, false at the target',
    'c active: false at the bridge, true at the target',
    'group g: ["a","b"] at the bridge, ["a"] at the target',
  ])
})

const off = { Operations: [{ op: 'replace', path: 'active', value: false }] }

test('a delivery that the target answered 503 is brought there by cron', async () => {
  const server = await downstream()
  onTestFinished(server.stop)
  const bound = await served.bind(server)
  let faults = 0
  server.spoil = ({ method }) => {
    if (method !== 'POST' || faults > 0) return undefined
    faults += 1
    return { kind: 'answer', status: 503 }
  }
  const made = await served.send(bound, 'POST', '/Users', {
    userName: 'anna@example.com',
    displayName: 'Anna',
  })
  expect([made.status, server.users.size]).toEqual([201, 0])
  const due = sql`SELECT state, tries, due FROM deliveries WHERE connection = ${bound.connection}`
  const [waiting] = await served.rows(due)
  expect(waiting).toMatchObject({ state: 'due', tries: 1 })
  // Not before its time.
  await served.cron()
  expect([server.users.size, await served.rows(due)]).toEqual([0, [waiting]])
  await served.hurry(bound)
  await served.cron()
  expect([...server.users.values()]).toMatchObject([
    { body: { userName: 'anna@example.com', displayName: 'Anna' } },
  ])
  expect([
    faults,
    server.seen.filter(({ method }) => method === 'POST').length,
    await served.rows(due),
  ]).toEqual([1, 2, []])
})

/** How long the target is away, in seconds. Nobody waits for it: what was written during it is put back by so much. */
const OUTAGE = 30

test(`a deactivation while the target is away for ${OUTAGE} s is confirmed when it is back, and has a receipt`, async () => {
  const server = await downstream()
  const bound = await served.bind(server)
  const made = await served.send(bound, 'POST', '/Users', { userName: 'ben@example.com' })
  const id = at(made.body, 'id')
  const [account] = server.users.values()
  expect(account).toMatchObject({ body: { active: true } })
  await server.stop()

  const answer = await served.send(bound, 'PATCH', `/Users/${String(id)}`, off)
  expect(answer.status).toBe(200)
  const receipts = () =>
    served.rows(sql`SELECT resource, asked, stored, confirmed, remote, ended FROM receipts
      WHERE connection = ${bound.connection}`)
  const open = {
    resource: id,
    asked: expect.any(String),
    stored: expect.any(String),
    confirmed: null,
    ended: null,
  }
  expect(await receipts()).toMatchObject([open])
  await served.hurry(bound)
  await served.cron()
  expect(await receipts()).toMatchObject([open])
  expect(
    await served.rows(
      sql`SELECT state, rank, tries, words FROM deliveries WHERE connection = ${bound.connection}`,
    ),
  ).toEqual([{ state: 'due', rank: 0, tries: 2, words: 'the target could not be reached' }])

  // The outage goes by: every time of this connection is put back, as if it had been written so much earlier.
  await served.earlier(bound, OUTAGE)
  const back = await downstream({ port: Number(new URL(server.url).port), of: server })
  onTestFinished(back.stop)
  // Nothing but the time makes it due: a first try comes after 12 to 18 s and a second after 24 to 36.
  await served.earlier(bound, 10)
  await served.cron()
  const [receipt] = await receipts()
  expect(receipt).toMatchObject({ ...open, confirmed: expect.any(String), remote: account?.id })
  expect([...back.users.values()]).toMatchObject([{ id: account?.id, body: { active: false } }])
  expect(
    await served.rows(sql`SELECT * FROM alarms WHERE connection = ${bound.connection} AND cleared IS NULL`),
  ).toEqual([])
  expect(await served.rows(sql`SELECT * FROM stops WHERE connection = ${bound.connection}`)).toEqual([])
  const time = (value: unknown) => (typeof value === 'string' ? Date.parse(value) : Number.NaN)
  const took = time(receipt?.['confirmed']) - time(receipt?.['asked'])
  expect(took).toBeGreaterThan(OUTAGE * 1000)
  expect(took).toBeLessThan(300_000)
  console.log(`receipt: ${JSON.stringify(receipt)}`)
})
