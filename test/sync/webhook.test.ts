import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import * as v from 'valibot'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { sql } from '../../worker/store/database.ts'
import { lockPerson, unlockPerson } from '../../worker/store/lock.ts'
import { at } from '../json.ts'
import { resyncOf } from './resyncing.ts'
import { idOf, world, type World } from './world.ts'

/** An app that takes every event, or answers as it is told. */
const events: unknown[] = []
let status = 200
const app = createServer((request, response) => {
  void text(request).then((body) => {
    const event: unknown = JSON.parse(body)
    // The connections of other tests are in the same database.
    if (status === 200 && at(event, 'connection') === here.connection) events.push(event)
    response.writeHead(status, { 'content-type': 'application/json' }).end('{}')
  })
})
await new Promise<void>((done) => app.listen(0, '127.0.0.1', done))
const { port } = v.parse(v.object({ port: v.number() }), app.address())
afterAll(() => app.close())

let here: World
const secrets = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw']
const entered = { kind: 'webhook', url: `http://127.0.0.1:${port}/events`, secrets }
const told = () => events.map((event) => [at(event, 'type'), at(event, 'wanted', 'title') ?? null])
const seqs = () => events.map((event) => Number(at(event, 'seq')))
const patch = (path: string, value: unknown) => ({ Operations: [{ op: 'replace', path, value }] })

beforeEach(async () => {
  status = 200
  here = await world()
  events.length = 0
})

test('an app is told every change by itself, in its order, however long it was away', async () => {
  expect(await here.target(entered)).toMatchObject({ kind: 'set' })
  await here.sweep()
  const path = `/Users/${idOf(await here.send('POST', '/Users', { userName: 'anna@example.com' }))}`
  status = 503
  for (const title of ['One', 'Two', 'Three']) await here.send('PATCH', path, patch('title', title))
  status = 200
  events.length = 0
  await here.database.write([
    sql`UPDATE deliveries SET due = '2000' WHERE connection = ${here.connection}`,
    sql`DELETE FROM stops WHERE connection = ${here.connection}`,
  ])
  await here.sweep()
  expect(told()).toEqual([
    ['user.changed', 'One'],
    ['user.changed', 'Two'],
    ['user.changed', 'Three'],
  ])
  expect(seqs()).toEqual(seqs().toSorted((a, b) => a - b))
  expect(new Set(events.map((event) => at(event, 'id'))).size).toBe(3)
  expect(await here.rows(sql`SELECT * FROM deliveries WHERE connection = ${here.connection}`)).toEqual([])
})

test('a group is told with its members by their ids here, and who came and went', async () => {
  await here.target(entered)
  const anna = idOf(await here.send('POST', '/Users', { userName: 'anna@example.com' }))
  const group = idOf(await here.send('POST', '/Groups', { displayName: 'Team' }))
  await here.send('PATCH', `/Groups/${group}`, {
    Operations: [{ op: 'add', path: 'members', value: [{ value: anna }] }],
  })
  await here.send('PATCH', `/Groups/${group}`, {
    Operations: [{ op: 'remove', path: `members[value eq "${anna}"]` }],
  })
  const groups = events.filter((event) => at(event, 'type') === 'group.changed')
  expect(groups.slice(1).map((event) => at(event, 'members'))).toEqual([
    { add: [anna], remove: [], all: [anna] },
    { add: [], remove: [anna], all: [] },
  ])
})

test('what is there when the app is set up comes first, as a snapshot with an end', async () => {
  const anna = idOf(await here.send('POST', '/Users', { userName: 'anna@example.com' }))
  await here.send('POST', '/Groups', { displayName: 'Team', members: [{ value: anna }] })
  await here.target(entered)
  await here.sweep()
  await here.sweep()
  const seen = events.map((event) => [at(event, 'type'), at(event, 'snapshot') ?? null])
  expect(seen.slice(0, 2).toSorted()).toEqual([
    ['group.changed', true],
    ['user.changed', true],
  ])
  expect(seen.slice(2)).toEqual([['snapshot.done', null]])
  const group = events.find((event) => at(event, 'type') === 'group.changed')
  expect(at(group, 'members')).toEqual({ add: [anna], remove: [], all: [anna] })
  expect(Number(at(events[2], 'seq'))).toBe(Math.max(...seqs().slice(0, 2)))
  events.length = 0
  await here.sweep()
  await here.sweep()
  expect(events).toEqual([])
})

test('whoever came with an id of the target before, whatever its letters, is told as all are', async () => {
  const id = 'Ω.7 ü'
  const document = JSON.stringify({ userName: 'omega@example.com', active: true })
  const now = new Date().toISOString()
  await here.database.write([
    sql`INSERT INTO resources (connection, id, type, version, created, modified, document, folded)
      VALUES (${here.connection}, ${id}, 'User', 1, ${now}, ${now}, ${document}, ${document})`,
  ])
  await here.target(entered)
  events.length = 0
  await here.sweep()
  expect(events.map((event) => at(event, 'resource'))).toEqual([id, undefined])
  expect(at(events[0], 'id')).toMatch(/^%CE%A9%2E7%20%C3%BC_0_[\w-]+$/)
})

test('the feed tells what the webhook does: after the mapping, and of a DELETE what the connection has it be', async () => {
  await here.target(entered)
  await here.settings({ mapping: [{ drop: 'title' }] })
  const feed = async () => {
    const { status: answered, body } = await here.send('GET', '/../../events?after=1')
    return { answered, events: at(body, 'events') }
  }
  const plain = (event: unknown) => [at(event, 'type'), at(event, 'resource'), at(event, 'wanted')]
  const anna = idOf(await here.send('POST', '/Users', { userName: 'anna@example.com', title: 'Boss' }))
  const ben = idOf(await here.send('POST', '/Users', { userName: 'ben@example.com', title: 'Boss' }))
  events.length = 0
  await here.send('PATCH', `/Users/${anna}`, patch('displayName', 'Anna'))
  await here.send('DELETE', `/Users/${ben}`)
  const same = async () => {
    const { events: read } = await feed()
    expect(Array.isArray(read) && read.map(plain)).toEqual(events.map(plain))
  }
  expect(events.map(plain)).toMatchObject([
    ['user.changed', anna, { displayName: 'Anna', active: true }],
    ['user.changed', ben, { userName: 'ben@example.com', active: false }],
  ])
  expect(JSON.stringify(events)).not.toContain('Boss')
  await same()
  await here.settings({ deletes: 'delete' })
  const third = idOf(await here.send('POST', '/Users', { userName: 'cleo@example.com' }))
  events.length = 0
  await here.send('DELETE', `/Users/${third}`)
  expect(events.map(plain)).toEqual([['user.deleted', third, null]])
  expect(JSON.stringify((await feed()).events)).toContain('user.deleted')
  await here.settings({ mapping: [{ drop: 'urn:x:was:Here:floor' }] })
  expect((await feed()).answered).toBe(503)
})

test('the end of a snapshot is not told before all of it was', async () => {
  await here.send('POST', '/Users', { userName: 'anna@example.com' })
  await here.target(entered)
  events.length = 0
  status = 503
  await here.sweep()
  status = 200
  await here.database.write([
    sql`UPDATE deliveries SET due = '2000' WHERE connection = ${here.connection}`,
    sql`DELETE FROM stops WHERE connection = ${here.connection}`,
  ])
  await here.sweep()
  await here.sweep()
  await here.sweep()
  expect(events.map((event) => at(event, 'type'))).toEqual(['user.changed', 'snapshot.done'])
})

test('of a locked person no event gives access, not even one of an earlier state', async () => {
  await here.target(entered)
  const id = idOf(await here.send('POST', '/Users', { userName: 'anna@example.com' }))
  await here.sweep()
  events.length = 0
  status = 503
  await here.send('PATCH', `/Users/${id}`, patch('title', 'One'))
  expect(await lockPerson(here.database, await resyncOf(here), id, { who: 'admin', why: 'gone' })).toBe(true)
  await here.send('PATCH', `/Users/${id}`, patch('title', 'Two'))
  status = 200
  await here.database.write([
    sql`UPDATE deliveries SET due = '2000' WHERE connection = ${here.connection}`,
    sql`DELETE FROM stops WHERE connection = ${here.connection}`,
  ])
  await here.sweep()
  expect(events.map((event) => [at(event, 'wanted', 'title'), at(event, 'wanted', 'active')])).toEqual([
    ['One', false],
    ['Two', false],
  ])
  // Alone, it is told under the number of the last change, so that the app does not take it for old news.
  const before = seqs().at(-1) ?? 0
  events.length = 0
  expect(await unlockPerson(here.database, await resyncOf(here), id)).toBe(true)
  await here.sweep()
  expect(events.map((event) => [at(event, 'seq'), at(event, 'wanted', 'active')])).toEqual([[before, true]])
})
