import { afterAll, beforeEach, expect, test } from 'vitest'
import { claimDue } from '../../worker/store/claim.ts'
import { sql } from '../../worker/store/database.ts'
import { settle, type Settled } from '../../worker/store/outcome.ts'
import { downstream } from './downstream.ts'
import { idOf, world, type World } from './world.ts'

const there = await downstream()
afterAll(() => there.stop())

let clock = 0
let here: World
const now = () => new Date(Date.now() + clock)
const patch = (path: string, value: unknown) => ({ Operations: [{ op: 'replace', path, value }] })
const asks = (seconds: number) => () => ({
  kind: 'answer' as const,
  status: 429,
  headers: { 'retry-after': String(seconds) },
})
const refusesUs = () => ({ kind: 'answer' as const, status: 401 })
const calm = () => undefined
const stop = async () =>
  (await here.rows(sql`SELECT until, tries FROM stops WHERE connection = ${here.connection}`))[0]
/** In how many seconds the target is called again. */
const stopped = async () =>
  Math.round((Date.parse(String((await stop())?.['until'])) - now().getTime()) / 1000)
const inactive = () => [...there.users.values()].filter(({ body }) => body['active'] === false).length

/** Of these names, people who are at the target. */
async function people(...names: readonly string[]): Promise<readonly string[]> {
  const ids = []
  for (const name of names)
    ids.push(idOf(await here.send('POST', '/Users', { userName: `${name}@example.com` })))
  there.seen.length = 0
  return ids
}

beforeEach(async () => {
  clock = 0
  there.users.clear()
  there.spoil = calm
  here = await world({ now })
  await here.database.write([sql`DELETE FROM deliveries`])
  await here.target({ kind: 'scim', url: there.url, auth: { kind: 'bearer', token: there.token } })
})

test('a target that asked for time is called by nobody until then; then by one leaver, before anything else', async () => {
  const [anna, ben, cleo] = await people('anna', 'ben', 'cleo')
  there.spoil = asks(600)
  await here.send('PATCH', `/Users/${cleo}`, patch('title', 'Boss'))
  there.spoil = calm
  there.seen.length = 0
  for (const id of [anna, ben]) await here.send('PATCH', `/Users/${id}`, patch('active', false))
  clock += 590_000
  await here.sweep()
  expect([there.seen, inactive()]).toEqual([[], 0])
  clock += 20_000
  there.spoil = asks(60)
  await here.sweep()
  expect(there.seen).toHaveLength(1)
  expect(JSON.stringify(there.seen)).toContain('"active"')
  clock += 61_000
  there.spoil = calm
  there.seen.length = 0
  await here.sweep()
  expect(there.seen.map(({ body }) => JSON.stringify(body).includes('"active"'))).toEqual([true, true, false])
  expect([inactive(), await stop()]).toEqual([2, undefined])
})

test('a deactivation that is told to come later than its own pause is not sent before that; after an hour it is, whatever was asked', async () => {
  const [anna] = await people('anna')
  there.spoil = asks(1_800)
  await here.send('PATCH', `/Users/${anna}`, patch('active', false))
  expect(await stopped()).toBe(1_800)
  there.spoil = calm
  there.seen.length = 0
  clock += 1_700_000
  await here.sweep()
  expect(there.seen).toEqual([])
  clock += 110_000
  await here.sweep()
  expect(inactive()).toBe(1)
  const [ben] = await people('ben')
  there.spoil = asks(86_400)
  await here.send('PATCH', `/Users/${ben}`, patch('active', false))
  there.spoil = calm
  clock += 3_610_000
  await here.sweep()
  expect(inactive()).toBe(2)
})

test('what the bridge waits by itself holds up what is new there, and no deactivation', async () => {
  const [anna, ben, cleo] = await people('anna', 'ben', 'cleo')
  there.spoil = refusesUs
  await here.send('PATCH', `/Users/${cleo}`, patch('title', 'Boss'))
  await here.database.write([
    sql`UPDATE stops SET until = ${new Date(Date.now() + 3_600_000).toISOString()} WHERE connection = ${here.connection}`,
    sql`UPDATE deliveries SET tries = 9 WHERE connection = ${here.connection}`,
  ])
  for (const id of [anna, ben]) await here.send('PATCH', `/Users/${id}`, patch('active', false))
  await here.database.write([
    sql`UPDATE stops SET until = ${new Date(Date.now() + 3_600_000).toISOString()} WHERE connection = ${here.connection}`,
  ])
  there.spoil = ({ body }) => (JSON.stringify(body).includes('"active"') ? undefined : refusesUs())
  there.seen.length = 0
  // Their own pause is 15 s, with some chance in it.
  clock += 20_000
  await here.sweep()
  expect(inactive()).toBe(2)
})

test('what one delivery waits longer than the target asked for holds up no other', async () => {
  const [anna, ben] = await people('anna', 'ben')
  there.spoil = asks(5)
  await here.send('PATCH', `/Users/${ben}`, patch('title', 'Boss'))
  await here.database.write([
    sql`UPDATE deliveries SET tries = 9, due = '2000' WHERE connection = ${here.connection}`,
    sql`UPDATE stops SET until = '2000' WHERE connection = ${here.connection}`,
  ])
  await here.sweep()
  expect(await stopped()).toBeLessThanOrEqual(5)
  const [{ due = '' } = {}] = await here.rows(
    sql`SELECT due FROM deliveries WHERE connection = ${here.connection}`,
  )
  expect(Date.parse(String(due)) - now().getTime()).toBeGreaterThan(2_000_000)
  there.spoil = calm
  await here.send('PATCH', `/Users/${anna}`, patch('active', false))
  clock += 6_000
  await here.sweep()
  expect(inactive()).toBe(1)
})

test('the time that was asked for is kept, whatever other answers come in after it', async () => {
  const [anna, ben, cleo] = await people('anna', 'ben', 'cleo')
  there.spoil = refusesUs
  for (const id of [anna, ben, cleo]) await here.send('PATCH', `/Users/${id}`, patch('title', 'Boss'))
  await here.database.write([
    sql`UPDATE deliveries SET due = '2000' WHERE connection = ${here.connection}`,
    sql`DELETE FROM stops WHERE connection = ${here.connection}`,
  ])
  const until = new Date(now().getTime() + 240_000)
  const claim = { most: 10, now: now(), until, id: crypto.randomUUID(), except: new Set<string>() }
  const { work } = await claimDue(here.database, claim)
  const later = (seconds: number, isAsked: boolean): Settled => ({
    kind: 'later',
    due: now(),
    uncertain: false,
    words: 'no',
    isDead: false,
    isAsked,
    stopUntil: new Date(now().getTime() + seconds * 1_000),
  })
  const link = { remote: 'r', confirmed: {}, account: 'a' }
  const done: Settled = { kind: 'done', link, members: [], refused: [], isSuspended: false }
  const outcomes = [later(600, true), later(5, false), done]
  await settle(
    here.database,
    work.flatMap((one, index) => {
      const settled = outcomes[index]
      return settled === undefined ? [] : [{ work: one, settled }]
    }),
    now(),
  )
  expect([work.length, await stopped()]).toEqual([3, 600])
})
