import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { sql } from '../../worker/store/database.ts'
import { at } from '../json.ts'
import { downstream, type Downstream, type Kept } from './downstream.ts'
import { guarded, off, type Guarded } from './guarded.ts'
import { idOf, world } from './world.ts'

let there: Downstream
let other: Downstream
let here: Guarded

beforeAll(async () => {
  there = await downstream()
  other = await downstream()
})
afterAll(() => Promise.all([there.stop(), other.stop()]))
beforeEach(async () => {
  here = await guarded(there)
  other.users.clear()
  other.groups.clear()
  other.seen.length = 0
})

const replaced = (mayReplace = true) =>
  here.target({ kind: 'scim', url: other.url, auth: { kind: 'bearer', token: other.token } }, mayReplace)
const of = (table: string) => sql`FROM ${sql.identifier(table)} WHERE connection = ${here.connection}`
const receipts = () =>
  here.rows(
    sql`SELECT resource, confirmed IS NOT NULL AS confirmed, ended IS NOT NULL AS ended ${of('receipts')}`,
  )
/** Somebody who has at the other target the ids that people had at the first. */
const strangers = () => {
  for (const id of there.users.keys()) {
    const kept: Kept = { id, body: { userName: `stranger-${id}`, active: true }, members: new Set() }
    other.users.set(id, kept)
  }
}
const membersThere = () =>
  [...other.groups.values()].map(({ members }) =>
    [...members].map((id) => other.users.get(id)?.body['userName']).toSorted(),
  )

test('an alarm and the answer say how many deactivations the account before never confirmed', async () => {
  const [anna = '', ben = '', cleo = ''] = await here.hire(4)
  await here.send('PATCH', `/Users/${anna}`, off)
  there.spoil = ({ method }) => (method === 'GET' ? undefined : { kind: 'answer', status: 401 })
  for (const id of [ben, cleo]) await here.send('PATCH', `/Users/${id}`, off)
  expect(await here.rows(sql`SELECT 1 ${of('stops')}`)).toHaveLength(1)
  expect(await replaced(false)).toMatchObject({ kind: 'refused' })
  expect((await receipts()).filter(({ ended }) => ended === 1)).toEqual([])

  expect(await replaced()).toMatchObject({ kind: 'set', due: 4, unconfirmed: 2 })
  const alarms = sql`SELECT kind, subject, words ${of('alarms')} AND cleared IS NULL`
  expect(await here.rows(alarms)).toEqual([
    {
      kind: 'unconfirmed',
      subject: 'replaced',
      words: expect.stringMatching(/^2 deactivations .*127\.0\.0\.1/),
    },
  ])
  const ended = (await receipts()).filter((one) => one['ended'] === 1)
  expect(ended.map(({ resource }) => resource).toSorted()).toEqual([ben, cleo].toSorted())
  expect(await receipts()).toContainEqual({ resource: anna, confirmed: 1, ended: 0 })
  // The new target is not left alone for what the old one did, and the alarm stays until somebody has looked.
  await here.sweep()
  expect([...other.users.values()].map(({ body }) => body['userName'])).toEqual(['p3@example.com'])
  expect(await here.rows(alarms)).toHaveLength(1)
  expect(await replaced(false)).toMatchObject({ kind: 'set', due: 0, unconfirmed: 0 })
  expect(await here.rows(alarms)).toEqual([])
})

test('where all of them were confirmed nobody is alarmed', async () => {
  const [anna] = await here.hire(1)
  await here.send('PATCH', `/Users/${anna}`, off)
  expect(await replaced()).toMatchObject({ kind: 'set', unconfirmed: 0 })
  expect(await here.alarms()).toEqual([])
})

test('nobody who has an id of the old account is put into a group of the new one', async () => {
  const [anna, ben] = await here.hire(3)
  await here.group('Team', [String(anna), String(ben)])
  strangers()
  // People come there only after their group.
  other.spoil = ({ method, path }) =>
    method === 'POST' && path.startsWith('/Users') ? { kind: 'answer', status: 500 } : undefined
  await replaced()
  expect(await here.rows(sql`SELECT 1 ${of('member_links')}`)).toEqual([])
  await here.sweep()
  expect(membersThere()).toEqual([[]])
  other.spoil = () => undefined
  here.pass(3_600_000)
  await here.sweep()
  await here.sweep()
  expect(membersThere()).toEqual([['p0@example.com', 'p1@example.com']])
  expect(await here.states()).toEqual([])
})

test('what may have been made at the old account is not looked for at the new one', async () => {
  there.spoil = ({ method }) => (method === 'POST' ? { kind: 'reset', after: true } : undefined)
  const [anna] = await here.hire(1)
  await here.send('PATCH', `/Users/${anna}`, {
    Operations: [{ op: 'replace', path: 'userName', value: 'anna@example.com' }],
  })
  other.users.set('x', { id: 'x', body: { userName: 'p0@example.com', active: true }, members: new Set() })
  await replaced()
  await here.sweep()
  expect([...other.users.values()].map(({ body }) => body['userName'])).toEqual([
    'p0@example.com',
    'anna@example.com',
  ])
  expect(other.seen.filter(({ body }) => at(body, 'Operations') !== undefined)).toEqual([])
})

test('a membership that came through while the target was replaced is not taken for one of the new target', async () => {
  let inFlight: (() => Promise<unknown>) | undefined
  const own = await world({
    subrequests: 1_000,
    fetchTarget: async (request) => {
      const response = await fetch(request)
      const replace = request.method === 'PATCH' ? inFlight : undefined
      inFlight = undefined
      await replace?.()
      return response
    },
  })
  const target = (to: Downstream, mayReplace = false) =>
    own.target({ kind: 'scim', url: to.url, auth: { kind: 'bearer', token: to.token } }, mayReplace)
  there.users.clear()
  await target(there)
  const anna = idOf(await own.send('POST', '/Users', { userName: 'anna@example.com' }))
  const team = idOf(await own.send('POST', '/Groups', { displayName: 'Team' }))
  inFlight = () => target(other, true)
  const add = { op: 'add', path: 'members', value: [{ value: anna }] }
  expect((await own.send('PATCH', `/Groups/${team}`, { Operations: [add] })).status).toBe(204)
  for (let runs = 0; runs < 3; runs += 1) {
    await own.database.write([
      sql`UPDATE deliveries SET due = '2000' WHERE connection = ${own.connection} AND state = 'due'`,
    ])
    await own.sweep()
  }
  expect(membersThere()).toEqual([['anna@example.com']])
})
