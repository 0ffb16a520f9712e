import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { sql } from '../../worker/store/database.ts'
import { downstream, type Downstream } from './downstream.ts'
import { guarded, MINUTE, patch, type Guarded } from './guarded.ts'

const HOUR = 60 * MINUTE

let there: Downstream
let here: Guarded

beforeAll(async () => {
  there = await downstream()
})
afterAll(() => there.stop())
beforeEach(async () => {
  here = await guarded(there)
  // Cron takes up what is due of every connection.
  await here.database.write([sql`DELETE FROM deliveries`])
})

const title = (value: string) => patch({ op: 'replace', path: 'title', value })
const asks = () => {
  there.spoil = () => ({ kind: 'answer', status: 503, headers: { 'retry-after': '3600' } })
}
const answers = (status: number) => {
  there.spoil = () => ({ kind: 'answer', status })
}
const well = () => {
  there.spoil = () => undefined
}
/** Runs cron as often, and lets so much time pass before each. */
async function runs(n: number, each = 73 * MINUTE): Promise<void> {
  for (let run = 0; run < n; run += 1) {
    here.pass(each)
    await here.sweep()
  }
}
/** The alarm of the target, and how often it was raised. */
const told = async () =>
  (
    await here.rows(sql`SELECT words, count FROM alarms WHERE connection = ${here.connection} AND kind = 'target'
      AND subject = '' AND cleared IS NULL`)
  ).map(({ words, count }) => [String(words).split(':')[0], count])
const once = [['The target has asked for time again and again, for hours', 1]]

test('a target that asks for time for more than two hours is told of, once an outage', async () => {
  const [a = ''] = await here.hire(1)
  asks()
  await here.send('PATCH', `/Users/${a}`, title('T'))
  await runs(1)
  expect(await told()).toEqual([])
  await runs(1)
  expect(await told()).toEqual(once)
  await runs(5)
  expect(await told()).toEqual(once)
  well()
  await runs(1)
  expect([await told(), await here.states()]).toEqual([[], []])
  // The next is another. (A request has the clock of this machine, so what it comes to says nothing here.)
  there.spoil = () => ({ kind: 'reset' })
  await here.send('PATCH', `/Users/${a}`, title('U'))
  asks()
  await runs(2)
  expect(await told()).toEqual([])
  await runs(1)
  expect(await told()).toEqual(once)
})

test('a stop that nothing was tried after has to do with a later one no more', async () => {
  const [a = ''] = await here.hire(1)
  asks()
  await here.send('PATCH', `/Users/${a}`, title('T'))
  await here.database.write([sql`DELETE FROM deliveries WHERE connection = ${here.connection}`])
  here.pass(30 * HOUR)
  await here.send('PATCH', `/Users/${a}`, title('U'))
  await runs(1)
  expect(await told()).toEqual([])
  await runs(2)
  expect(await told()).toEqual(once)
})

test.each([500, 400])('an answer of another kind in between is no asking for time: %i', async (status) => {
  const [a = '', b = ''] = await here.hire(2)
  asks()
  await here.send('PATCH', `/Users/${a}`, title('T'))
  await runs(1)
  answers(status)
  await runs(1)
  asks()
  await here.send('PATCH', `/Users/${b}`, title('T'))
  await runs(1)
  expect(await told()).toEqual([])
  await runs(1)
  expect(await told()).toEqual(once)
})

test('what waits for such a target grows old as anything else does', async () => {
  const [a = ''] = await here.hire(1)
  const team = await here.group('Team', [a])
  asks()
  const remove = patch({ op: 'remove', path: `members[value eq "${a}"]` })
  await here.send('PATCH', `/Groups/${team}`, remove)
  await runs(58)
  expect(await here.states()).toEqual([{ state: 'due', n: 1 }])
  await runs(3)
  expect(await here.states()).toEqual([{ state: 'dead', n: 1 }])
  expect(await told()).toEqual(once)
})
