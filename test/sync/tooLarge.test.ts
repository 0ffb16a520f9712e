import { afterAll, beforeEach, expect, test } from 'vitest'
import { claimDue } from '../../worker/store/claim.ts'
import { sql, TooLarge } from '../../worker/store/database.ts'
import { settleAll } from '../../worker/sync/settleAll.ts'
import type { Delivered } from '../../worker/sync/round.ts'
import { allDue, crowd, setAll } from './crowd.ts'
import { downstream } from './downstream.ts'
import { world, type World } from './world.ts'

const there = await downstream()
afterAll(() => there.stop())
let here: World

beforeEach(async () => {
  there.users.clear()
  here = await world()
})

const target = () =>
  here.target({ kind: 'scim', url: there.url, auth: { kind: 'bearer', token: there.token } })

/** How much of a document there is room for, beside its name. */
const LONG = 250_000

const long = (column: string, characters: number) =>
  sql`json_set(${sql.identifier(column)}, '$.title', hex(zeroblob(${characters / 2})))`

/** Gives everybody a title as long as fits. */
async function fill(): Promise<void> {
  await here.database.write([
    sql`UPDATE resources SET document = ${long('document', LONG)}, folded = ${long('folded', LONG)}
      WHERE connection = ${here.connection}`,
  ])
}

/** Leaves behind what earlier tries asked for somebody with a long title: with this try it is more than libSQL holds. */
async function overfill(person: string): Promise<void> {
  const earlier = sql`SELECT json_group_array(json_object('userName', 'old' || j.value, 'title', hex(zeroblob(${LONG / 2}))))
    FROM json_each(${JSON.stringify(Array.from({ length: 19 }, (_, index) => index))}) j`
  await here.database.write([
    sql`UPDATE resources SET document = ${long('document', LONG)} WHERE connection = ${here.connection} AND id = ${person}`,
    sql`UPDATE deliveries SET uncertain = 1, making = (${earlier}), due = '2000'
      WHERE connection = ${here.connection} AND resource = ${person}`,
  ])
}

const rows = () =>
  here.rows(
    sql`SELECT resource, state, leased, uncertain, words FROM deliveries WHERE connection = ${here.connection}`,
  )
const claimOf = (most: number) => ({
  most,
  now: new Date(),
  until: new Date(Date.now() + 240_000),
  id: crypto.randomUUID(),
  except: new Set<string>(),
})

test('more than libSQL gives in one answer is taken up in parts, all in one run', async () => {
  await crowd(here, 60)
  await fill()
  await target()
  await expect(claimDue(here.database, claimOf(60))).rejects.toThrow(TooLarge)
  // Nothing of it was leased.
  expect((await rows()).filter(({ leased }) => leased !== null)).toEqual([])
  const { outcomes, subrequests } = await here.sweep(300)
  expect([outcomes.done, there.users.size, await rows()]).toEqual([60, 60, []])
  expect(subrequests).toBeLessThanOrEqual(300)
})

test('one that alone is too large is given up with an alarm, and a deactivation after it goes in the same run', async () => {
  const ids = await crowd(here, 12)
  const [leaver = '', large = ''] = ids
  await target()
  await here.database.write([
    sql`DELETE FROM deliveries WHERE connection = ${here.connection} AND resource = ${large}`,
  ])
  await here.sweep(300)
  await setAll(here, [large, leaver], { active: false })
  await allDue(here)
  await overfill(large)
  const { subrequests } = await here.sweep()
  expect(subrequests).toBeLessThanOrEqual(45)
  expect(await rows()).toEqual([
    {
      resource: large,
      state: 'dead',
      leased: null,
      uncertain: 1,
      words: expect.stringContaining('more than the database gives'),
    },
  ])
  expect([...there.users.values()].filter(({ body }) => body['active'] === false)).toHaveLength(1)
  expect(
    await here.rows(
      sql`SELECT kind, subject FROM alarms WHERE connection = ${here.connection} AND cleared IS NULL`,
    ),
  ).toEqual([{ kind: 'decide', subject: large }])
  expect(here.logs).toContainEqual(
    expect.objectContaining({ message: 'delivery', resource: large, outcome: 'tooLarge' }),
  )
})

test('it is found and given up with ten subrequests too, and the next run brings the rest', async () => {
  const [large = '', ...others] = await crowd(here, 8)
  await target()
  await overfill(large)
  await here.database.write([
    sql`UPDATE deliveries SET rank = 0 WHERE connection = ${here.connection} AND resource = ${large}`,
  ])
  expect((await here.sweep(10)).subrequests).toBeLessThanOrEqual(10)
  expect((await rows()).filter(({ state }) => state === 'dead')).toMatchObject([{ resource: large }])
  await here.sweep(45)
  expect(there.users.size).toBe(others.length)
})

test('an outcome that cannot be written down is logged and left, and the others are', async () => {
  await crowd(here, 5)
  await target()
  const { work } = await claimDue(here.database, claimOf(60))
  const bad = work.find(({ connection }) => connection === here.connection)
  const delivered = work.map((one): Delivered => {
    // libSQL refuses the whole request for half a character.
    const words = one === bad ? '\ud800' : 'no'
    const settled = { kind: 'later', due: new Date(), uncertain: false, words, isDead: false } as const
    return { work: one, settled }
  })
  await settleAll(() => here.database, delivered, {
    at: new Date(),
    fits: () => true,
    log: (entry) => here.logs.push({ level: 'error', ...entry }),
  })
  const left = await rows()
  expect(left.filter(({ words }) => words === 'no')).toHaveLength(4)
  expect(left.filter(({ leased }) => leased !== null)).toMatchObject([{ resource: bad?.resource }])
  expect(here.logs).toContainEqual(
    expect.objectContaining({ message: 'outcome', resource: bad?.resource, outcome: 'later' }),
  )
})
