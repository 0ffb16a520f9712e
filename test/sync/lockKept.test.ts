import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { claimDue } from '../../worker/store/claim.ts'
import { sql } from '../../worker/store/database.ts'
import { lockPerson } from '../../worker/store/lock.ts'
import { settle } from '../../worker/store/outcome.ts'
import { protect } from '../../worker/store/protection.ts'
import { undoSql } from '../../worker/store/undo.ts'
import { enterDryRun, leaveDryRun } from '../../worker/sync/leaveDryRun.ts'
import { downstream, type Downstream } from './downstream.ts'
import { guarded, MINUTE, off, patch, type Guarded } from './guarded.ts'
import { resyncOf } from './resyncing.ts'

let there: Downstream
let here: Guarded

beforeAll(async () => {
  there = await downstream()
})
afterAll(() => there.stop())
beforeEach(async () => {
  here = await guarded(there)
  // A claim takes what is due of every connection.
  await here.database.write([sql`DELETE FROM deliveries`])
})

const lock = async (id: string) =>
  lockPerson(here.database, await resyncOf(here, here.now()), id, { who: 'admin', why: 'w' })
const keep = (id: string) =>
  protect(here.database, here.connection, id, { now: here.now(), who: 'admin', why: 'break-glass' })
const active = () => [...there.users.values()].map(({ body }) => body['active'])
const answers = (status: number) => {
  there.spoil = () => ({ kind: 'answer', status })
}
const well = () => {
  there.spoil = () => undefined
}
const again = async () => {
  here.pass(10 * MINUTE)
  await here.sweep()
}
const states = () => here.rows(sql`SELECT state, rank FROM deliveries WHERE connection = ${here.connection}`)
const open = () =>
  here.rows(
    sql`SELECT resource FROM receipts WHERE connection = ${here.connection} AND confirmed IS NULL AND ended IS NULL`,
  )
/** Takes up the one delivery there is, as a run of cron does. */
async function claimed() {
  here.pass(10 * MINUTE)
  const until = new Date(here.now().getTime() + 240_000)
  const claim = { most: 9, now: here.now(), until, id: crypto.randomUUID(), except: new Set<string>() }
  const [work, ...others] = (await claimDue(here.database, claim)).work
  if (work === undefined || others.length > 0) throw new Error('not one delivery')
  return work
}

describe('the guard does not hold a lock', () => {
  test('that has not come to the target when the provider asks for the same', async () => {
    const [a = ''] = await here.hire(1)
    await keep(a)
    answers(503)
    await lock(a)
    await here.sweep()
    await here.send('PATCH', `/Users/${a}`, off)
    expect(await states()).toEqual([{ state: 'due', rank: 0 }])
    well()
    await again()
    expect([active(), await open()]).toEqual([[false], []])
    // What the provider asked for is held all the same, for when the lock is ended.
    expect(await states()).toEqual([{ state: 'held', rank: 0 }])
  })

  test('that came while a try ended that was held', async () => {
    const [a = ''] = await here.hire(1)
    answers(500)
    await here.send('PATCH', `/Users/${a}`, off)
    await keep(a)
    well()
    const work = await claimed()
    await lock(a)
    await settle(here.database, [{ work, settled: { kind: 'held', words: 'held' } }], here.now())
    expect(await states()).toEqual([{ state: 'due', rank: 0 }])
    await again()
    expect([active(), await open()]).toEqual([[false], []])
  })

  test('and a try that was held is, where nothing came meanwhile', async () => {
    const [a = ''] = await here.hire(1)
    answers(500)
    await here.send('PATCH', `/Users/${a}`, off)
    await keep(a)
    const work = await claimed()
    await settle(here.database, [{ work, settled: { kind: 'held', words: 'held' } }], here.now())
    expect(await states()).toEqual([{ state: 'held', rank: 0 }])
  })
})

test('what a request took back meanwhile does not take the lead from a lock', async () => {
  const [a = ''] = await here.hire(1)
  answers(500)
  await here.send('PATCH', `/Users/${a}`, patch({ op: 'replace', path: 'title', value: 'T' }))
  const work = await claimed()
  await lock(a)
  const document = { userName: 'p0@example.com', active: true }
  await here.database.write([...undoSql(work, { kind: 'document', document }, here.now())])
  expect(await here.rows(sql`SELECT document FROM resources WHERE id = ${a}`)).toEqual([
    { document: JSON.stringify(document) },
  ])
  expect(await states()).toEqual([{ state: 'due', rank: 0 }])
})

describe('locked in a dry run', () => {
  const leave = (then: 'deliver' | 'discard') =>
    leaveDryRun(here.database, here.connection, then, {
      sign: here.sign,
      newId: () => crypto.randomUUID(),
      now: here.now,
    })
  const pause = () => here.settings({ state: { is: 'paused', since: here.now().toISOString() } })
  /** Somebody who is at the target, and is locked in a dry run. */
  async function lockedDry(prepare: (id: string) => Promise<unknown> = async () => undefined): Promise<void> {
    const [a = ''] = await here.hire(1)
    await prepare(a)
    await enterDryRun(here.database, here.connection)
    await lock(a)
    await here.sweep()
    expect(active()).toEqual([true])
  }

  test('is let through by a pause when it is delivered', async () => {
    await lockedDry()
    await pause()
    await leave('deliver')
    expect(await states()).toEqual([{ state: 'due', rank: 0 }])
    await again()
    expect([active(), await open(), await states()]).toEqual([[false], [], []])
  })

  test('is delivered where the rest is discarded', async () => {
    await lockedDry()
    await leave('discard')
    expect(await states()).toEqual([{ state: 'due', rank: 0 }])
    await again()
    expect([active(), await open(), await states()]).toEqual([[false], [], []])
  })

  test.each(['deliver', 'discard'] as const)(
    'comes to the target though a hold stands over it: %s',
    async (then) => {
      await lockedDry(async (id) => {
        await keep(id)
        await here.send('PATCH', `/Users/${id}`, off)
      })
      await leave(then)
      await again()
      expect([active(), await open()]).toEqual([[false], []])
    },
  )

  test('is delivered of somebody whom only an import knows, too', async () => {
    await lockedDry((id) => here.database.write([sql`UPDATE resources SET imported = 1 WHERE id = ${id}`]))
    await leave('deliver')
    await again()
    expect([active(), await open()]).toEqual([[false], []])
  })
})
