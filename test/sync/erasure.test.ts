import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { recording } from '../../worker/store/acts.ts'
import { sql } from '../../worker/store/database.ts'
import { erasePerson, isErasable } from '../../worker/store/erase.ts'
import { listHeads } from '../../worker/store/segments.ts'
import { at } from '../json.ts'
import { verify } from './auditing.ts'
import { downstream, type Downstream } from './downstream.ts'
import { idOf, world, type World } from './world.ts'

let there: Downstream
let here: World
let offset = 0

const DAY = 86_400_000

beforeAll(async () => {
  there = await downstream()
})
afterAll(() => there.stop())
beforeEach(async () => {
  offset = 0
  there.users.clear()
  there.groups.clear()
  there.spoil = () => undefined
  here = await world({ now: () => new Date(Date.now() + offset) })
})

const bind = async () =>
  expect(
    await here.target({ kind: 'scim', url: there.url, auth: { kind: 'bearer', token: there.token } }),
  ).toMatchObject({
    kind: 'set',
  })
const patch = (path: string, value: unknown) => ({ Operations: [{ op: 'replace', path, value }] })

/** A name that can be looked for in the whole database. */
const canary = () => `canary${crypto.randomUUID().slice(0, 8)}`

/** Which tables hold a word, in any column. */
async function tablesWith(word: string): Promise<readonly string[]> {
  const tables = await here.rows(
    sql`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'libsql_%'`,
  )
  const found: string[] = []
  for (const { name } of tables) {
    const rows = await here.rows(sql`SELECT * FROM ${sql.identifier(String(name))}`)
    if (JSON.stringify(rows).includes(word)) found.push(String(name))
  }
  return found
}

/** Somebody with a history, in a group, of whom a request speaks; deleted and suspended at the target. */
async function formerPerson(): Promise<{ readonly id: string; readonly word: string }> {
  const word = canary()
  const id = idOf(
    await here.send('POST', '/Users', { userName: `${word}@example.com`, active: true, password: word }),
  )
  await here.send('POST', '/Groups', { displayName: `Team ${crypto.randomUUID()}`, members: [{ value: id }] })
  await here.send('PATCH', `/Users/${id}`, patch('title', `${word} the first`))
  await here.send('PATCH', `/Users/${id}`, patch('title', 'Clerk'))
  await here.database.write([
    sql`INSERT INTO requests (connection, at, request, token, method, route, status, ms, resource)
      VALUES (${here.connection}, '2026', 'r', 't', 'PATCH', '/Users/:id', 200, 1, ${id})`,
  ])
  expect((await here.send('DELETE', `/Users/${id}`)).status).toBe(204)
  return { id, word }
}

const tombstone = (id: string) =>
  here.rows(sql`SELECT id, type, document, erased IS NOT NULL AS erased FROM tombstones WHERE id = ${id}`)

describe('thirty days after a DELETE a person is erased', () => {
  test('document, values, salts and what requests and links say are gone; a bare tombstone stays, and the log verifies', async () => {
    await bind()
    const { id, word } = await formerPerson()
    await here.sweep()
    offset = 29 * DAY
    await here.sweep()
    expect(await tablesWith(word)).toEqual(expect.arrayContaining(['change_values', 'tombstones', 'links']))
    offset = 31 * DAY
    await here.sweep()
    expect(await tablesWith(word)).toEqual([])
    expect(await tombstone(id)).toEqual([{ id, type: 'User', document: '{}', erased: 1 }])
    expect(
      await here.rows(
        sql`SELECT count(*) > 0 AS any, sum(resource IS ${id}) AS named FROM requests WHERE connection = ${here.connection}`,
      ),
    ).toEqual([{ any: 1, named: 0 }])
    expect(
      await here.rows(
        sql`SELECT count(*) AS n FROM change_values WHERE connection = ${here.connection} AND resource = ${id}`,
      ),
    ).toEqual([{ n: 0 }])
    expect(
      await here.rows(
        sql`SELECT who, action, subject, mac IS NOT NULL AS proven FROM acts WHERE connection = ${here.connection}`,
      ),
    ).toEqual([{ who: 'cron', action: 'person.erase', subject: id, proven: 1 }])
    expect((await verify(here)).found).toEqual([])
    // Its act is sealed by the next run, and the log still verifies.
    await here.sweep()
    expect((await verify(here)).found).toEqual([])
    // Who is still here, and what the group was, is not touched.
    expect(
      await here.rows(sql`SELECT count(*) AS n FROM change_values WHERE connection = ${here.connection}`),
    ).toEqual([{ n: 2 }])
  })

  test('not while something is still to be brought to the target, and nothing of it is lost', async () => {
    await bind()
    const word = canary()
    const id = idOf(await here.send('POST', '/Users', { userName: `${word}@example.com`, active: true }))
    there.spoil = ({ method }) => (method === 'GET' ? undefined : { kind: 'answer', status: 503 })
    await here.send('DELETE', `/Users/${id}`)
    offset = 31 * DAY
    await here.sweep()
    expect(await tablesWith(word)).toEqual(expect.arrayContaining(['change_values', 'tombstones']))
    expect(await isErasable(here.database, { connection: here.connection, id })).toBe('pending')
    there.spoil = () => undefined
    await here.database.write([
      sql`UPDATE deliveries SET due = '2000', state = 'due' WHERE resource = ${id}`,
      sql`DELETE FROM stops`,
    ])
    await here.sweep()
    expect([...there.users.values()].map(({ body }) => body['active'])).toEqual([false])
    await here.sweep()
    expect(await tablesWith(word)).toEqual([])
    expect((await verify(here)).found).toEqual([])
  })

  test.for([
    [
      'a delivery, whatever holds it up',
      (
        id: string,
      ) => sql`INSERT INTO deliveries (connection, resource, type, asked, kind, request, target, mac, rank, seq, first, since,
          state, due, tries, lease, uncertain)
        VALUES (${here.connection}, ${id}, 'User', ${id}, 'delete', 'r', 't', 'm', 0, 1, 1, '2026', 'held', '2026', 0, 1, 0)`,
      () => sql`DELETE FROM deliveries`,
    ],
    [
      'a membership on its way',
      (id: string) =>
        sql`INSERT INTO member_steps (connection, group_id, member_id) VALUES (${here.connection}, 'g', ${id})`,
      () => sql`DELETE FROM member_steps`,
    ],
    [
      'a deactivation that is not confirmed',
      (id: string) => sql`INSERT INTO receipts (connection, operation, resource, asked, stored)
        VALUES (${here.connection}, 'o', ${id}, '2026', '2026')`,
      () => sql`UPDATE receipts SET confirmed = '2026'`,
    ],
  ] as const)('nor while there is %s', async ([, waits, over]) => {
    const { id, word } = await formerPerson()
    await here.database.write([waits(id)])
    offset = 31 * DAY
    await here.sweep()
    expect(await tablesWith(word)).toEqual(['change_values', 'tombstones'])
    await here.database.write([over()])
    await here.sweep()
    expect(await tablesWith(word)).toEqual([])
  })

  test('nor who is at the bridge alone, before the days the connection says', async () => {
    await here.settings({ eraseAfter: 3 })
    const { id, word } = await formerPerson()
    offset = 2 * DAY
    await here.sweep()
    expect(await tablesWith(word)).toEqual(['change_values', 'tombstones'])
    offset = 4 * DAY
    await here.sweep()
    expect([await tablesWith(word), await tombstone(id)]).toEqual([
      [],
      [{ id, type: 'User', document: '{}', erased: 1 }],
    ])
  })

  test('who was made and taken back, as the target refused, too', async () => {
    await bind()
    const word = canary()
    there.spoil = ({ method }) => (method === 'POST' ? { kind: 'answer', status: 400 } : undefined)
    expect((await here.send('POST', '/Users', { userName: `${word}@example.com` })).status).toBe(400)
    expect(
      await here.rows(sql`SELECT kind FROM changes WHERE connection = ${here.connection} ORDER BY seq`),
    ).toEqual([{ kind: 'create' }, { kind: 'undo' }])
    await here.sweep()
    expect((await verify(here)).found).toEqual([])
    expect(at((await feed()).body, 'events')).toEqual([expect.objectContaining({ type: 'user.deleted' })])
    offset = 31 * DAY
    await here.sweep()
    expect(await tablesWith(word)).toEqual([])
    expect((await verify(here)).found).toEqual([])
  })
})

const feed = async () => {
  const answer = await here.fetch(
    new Request('https://bridge.test/events?after=0&count=100', {
      headers: { authorization: `Bearer ${here.token}` },
    }),
  )
  const body: unknown = await answer.json()
  return { status: answer.status, body }
}

describe('an admin erases', () => {
  const act = (id: string) => ({
    at: '2026-01-01T00:00:00.000Z',
    request: 'r',
    who: 'admin@example.com',
    connection: here.connection,
    action: 'person.erase',
    subject: id,
    reason: 'asked for it',
    details: undefined,
  })
  const acts = () => here.rows(sql`SELECT action, subject FROM acts WHERE connection = ${here.connection}`)

  test('at once who is deleted, once', async () => {
    const { id, word } = await formerPerson()
    const person = { connection: here.connection, id }
    expect(await isErasable(here.database, person)).toBe('ready')
    expect(await erasePerson(recording(here.database, act(id)), person, new Date())).toBe(true)
    expect([await tablesWith(word), await acts()]).toEqual([[], [{ action: 'person.erase', subject: id }]])
    expect(await isErasable(here.database, person)).toBe('erased')
    expect(await erasePerson(recording(here.database, act(id)), person, new Date())).toBe(false)
    expect(await acts()).toHaveLength(1)
    // Erased before it was sealed.
    await here.sweep()
    expect((await verify(here)).found).toEqual([])
  })

  test('nobody who is here, or of whom something is on its way, or who never was: and it leaves no act', async () => {
    await bind()
    const anna = idOf(await here.send('POST', '/Users', { userName: 'anna@example.com' }))
    const bert = idOf(await here.send('POST', '/Users', { userName: 'bert@example.com' }))
    there.spoil = () => ({ kind: 'answer', status: 503 })
    await here.send('DELETE', `/Users/${bert}`)
    for (const [id, state] of [
      [anna, 'here'],
      [bert, 'pending'],
      ['nobody', 'unknown'],
    ] as const) {
      const person = { connection: here.connection, id }
      expect(await isErasable(here.database, person)).toBe(state)
      expect(await erasePerson(recording(here.database, act(id)), person, new Date())).toBe(false)
    }
    // Of another connection nobody.
    const { id } = await formerPerson()
    expect(await isErasable(here.database, { connection: 'another', id })).toBe('unknown')
    expect(
      await erasePerson(recording(here.database, act(id)), { connection: 'another', id }, new Date()),
    ).toBe(false)
    expect(await acts()).toEqual([])
    await here.database.write([sql`DELETE FROM deliveries`, sql`DELETE FROM stops`])
  })
})

describe('changes are kept as long as the connection says', () => {
  test('then whole segments expire; the feed still tells all there is, heads that were saved hold, and the log verifies', async () => {
    const anna = idOf(await here.send('POST', '/Users', { userName: 'anna@example.com' }))
    const bert = idOf(await here.send('POST', '/Users', { userName: 'bert@example.com' }))
    await here.sweep()
    await here.send('PATCH', `/Users/${anna}`, patch('title', 'Clerk'))
    await here.sweep()
    const saved = (await listHeads(here.database)).map(({ jws }) => jws)
    offset = 100 * DAY
    await here.sweep()
    expect(
      await here.rows(sql`SELECT count(*) AS n FROM changes WHERE connection = ${here.connection}`),
    ).toEqual([{ n: 3 }])
    await here.settings({ keepChanges: 60 })
    await here.send('PATCH', `/Users/${anna}`, patch('title', 'Boss'))
    await here.sweep()
    const left = () =>
      here.rows(sql`SELECT c.resource, v.operation IS NULL AS bare FROM changes c LEFT JOIN change_values v USING (operation)
      WHERE c.connection = ${here.connection} ORDER BY c.seq`)
    // The last of each resource stays.
    expect(await left()).toEqual([
      { resource: bert, bare: 1 },
      { resource: anna, bare: 0 },
    ])
    expect(
      await here.rows(
        sql`SELECT number, rows IS NULL AS expired FROM segments WHERE connection = ${here.connection} ORDER BY number`,
      ),
    ).toEqual([
      { number: 1, expired: 1 },
      { number: 2, expired: 1 },
      { number: 3, expired: 0 },
    ])
    expect((await verify(here, { saved })).found).toEqual([])
    const { body } = await feed()
    const events = at(body, 'events')
    expect(Array.isArray(events) ? events.map((event) => at(event, 'resource')) : events).toEqual(
      expect.arrayContaining([anna, bert]),
    )
    // Nobody can say so behind the bridge's back.
    await here.database.write([
      sql`UPDATE acts SET subject = '3' WHERE action = 'changes.expire' AND connection = ${here.connection}`,
    ])
    expect((await verify(here)).found.map(([what]) => what)).toEqual(
      expect.arrayContaining(['mac', 'segment']),
    )
  })

  test('but not while a delivery needs them', async () => {
    await bind()
    await here.settings({ keepChanges: 1 })
    there.spoil = ({ method }) => (method === 'GET' ? undefined : { kind: 'answer', status: 503 })
    await here.send('POST', '/Users', { userName: 'anna@example.com' })
    await here.sweep()
    offset = 5 * DAY
    await here.sweep()
    const kept = () =>
      here.rows(sql`SELECT rows IS NULL AS expired FROM segments WHERE connection = ${here.connection}`)
    expect(await kept()).toEqual([{ expired: 0 }])
    await here.database.write([sql`DELETE FROM deliveries`, sql`DELETE FROM stops`])
    await here.sweep()
    expect(await kept()).toEqual([{ expired: 1 }])
  })
})
