import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import * as v from 'valibot'
import { afterAll, expect, test } from 'vitest'
import { sql } from '../../worker/store/database.ts'
import { at } from '../json.ts'
import { downstream } from './downstream.ts'
import { world, type World } from './world.ts'

/** An app that takes everything but the end of a snapshot, where it is told to refuse that. */
async function app() {
  const ends: unknown[] = []
  const state = { refuses: false, url: '' }
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const event: unknown = JSON.parse(body)
      const isEnd = at(event, 'type') === 'snapshot.done'
      if (isEnd) ends.push(event)
      response.writeHead(isEnd && state.refuses ? 500 : 200, { 'content-type': 'application/json' }).end('{}')
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  afterAll(() => server.close())
  const { port } = v.parse(v.object({ port: v.number() }), server.address())
  return Object.assign(state, { url: `http://127.0.0.1:${port}/events`, ends })
}

/** Two connections in the order in which the database has them. */
async function two(): Promise<readonly [World, World]> {
  const worlds = [await world({ subrequests: 20 }), await world({ subrequests: 20 })]
  const [first, second] = worlds.toSorted((a, b) => (a.connection < b.connection ? -1 : 1))
  if (first === undefined || second === undefined) throw new Error('no two')
  return [first, second]
}

test('an app that never takes the end of a snapshot holds up no other, and is told to a person until it does', async () => {
  const [first, second] = await two()
  const [bad, good] = [await app(), await app()]
  bad.refuses = true
  const secrets = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw']
  await first.target({ kind: 'webhook', url: bad.url, secrets })
  await second.target({ kind: 'webhook', url: good.url, secrets })
  const alarms = () =>
    first.rows(
      sql`SELECT kind, subject, words FROM alarms WHERE connection = ${first.connection} AND cleared IS NULL`,
    )
  await first.sweep()
  await first.sweep()
  expect([bad.ends.length, good.ends.length]).toEqual([1, 1])
  expect(await alarms()).toEqual([
    { kind: 'target', subject: 'snapshot', words: expect.stringContaining('the app answers 500') },
  ])
  // It is the turn of the first again, until it takes it.
  await first.sweep()
  expect(bad.ends.length).toBe(2)
  bad.refuses = false
  await first.sweep()
  await first.sweep()
  expect([bad.ends.length, good.ends.length, await alarms()]).toEqual([3, 1, []])
  expect(await first.rows(sql`SELECT 1 FROM snapshots`)).toEqual([])
})

test('a target that asked for time is not told the end of a snapshot before that', async () => {
  const [first] = await two()
  const one = await app()
  await first.target({
    kind: 'webhook',
    url: one.url,
    secrets: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
  })
  const until = new Date(Date.now() + 60_000).toISOString()
  await first.database.write([
    sql`INSERT INTO stops (connection, since, until, tries, words) VALUES (${first.connection}, ${until}, ${until}, 0, 'busy')`,
  ])
  await first.sweep()
  expect(one.ends).toEqual([])
  await first.database.write([sql`DELETE FROM stops WHERE connection = ${first.connection}`])
  await first.sweep()
  expect(one.ends).toHaveLength(1)
})

test('an import that does not come to its end holds up no other', async () => {
  const [first, second] = await two()
  const [large, small] = [await downstream(), await downstream()]
  afterAll(() => Promise.all([large.stop(), small.stop()]))
  for (const [service, people] of [
    [large, 1_500],
    [small, 3],
  ] as const) {
    for (let n = 0; n < people; n += 1)
      service.users.set(`p${n}`, {
        id: `p${n}`,
        body: { userName: `p${n}@example.com`, active: true },
        members: new Set(),
      })
  }
  for (const [here, service] of [
    [first, large],
    [second, small],
  ] as const) {
    await here.target({ kind: 'scim', url: service.url, auth: { kind: 'bearer', token: service.token } })
    await here.settings({ importEvery: 24 })
  }
  const state = async (here: World) =>
    (await here.rows(sql`SELECT state, people FROM imports WHERE connection = ${here.connection}`))[0]
  for (let run = 0; run < 7; run += 1) await first.sweep()
  expect(await state(second)).toEqual({ state: 'done', people: 3 })
  expect(await state(first)).toMatchObject({ state: 'running' })
  for (let run = 0; run < 30; run += 1) await first.sweep()
  expect(await state(first)).toEqual({ state: 'done', people: 1_500 })
})
