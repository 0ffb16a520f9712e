import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sql } from '../../worker/store/database.ts'
import { listAlarms, replay } from '../../worker/store/outbox.ts'
import { downstream, type Downstream } from './downstream.ts'
import { guarded, MINUTE, off, patch, type Guarded } from './guarded.ts'

let there: Downstream
let here: Guarded

beforeAll(async () => {
  there = await downstream()
})
afterAll(() => there.stop())
beforeEach(async () => {
  here = await guarded(there)
})

const title = (value: string) => patch({ op: 'replace', path: 'title', value })
const alarms = async () =>
  (await listAlarms(here.database, here.connection)).map(({ kind, words }) => [kind, words])
const silent = [['target', expect.stringMatching(/^The target has not answered 6 times in a row: /)]]
const away = () => {
  there.spoil = () => ({ kind: 'reset' })
}
/** Runs cron so often, each time when all that waits may be tried again. */
async function runs(n: number): Promise<void> {
  for (let run = 0; run < n; run += 1) {
    here.pass(73 * MINUTE)
    await here.sweep()
  }
}

describe('a target that answers nothing', () => {
  test('raises its alarm after six tries, once, until it answers', async () => {
    const [a = ''] = await here.hire(1)
    away()
    // The first try is that of the request.
    await here.send('PATCH', `/Users/${a}`, title('T'))
    await runs(4)
    expect(await alarms()).toEqual([])
    await runs(1)
    expect(await alarms()).toEqual(silent)
    const raised = () =>
      here.rows(
        sql`SELECT first, words FROM alarms WHERE connection = ${here.connection} AND kind = 'target'`,
      )
    const before = await raised()
    await runs(2)
    expect(await raised()).toEqual(before)
    // An answer of any kind ends it, though nothing is done.
    there.spoil = () => ({ kind: 'answer', status: 503 })
    await runs(1)
    expect(await alarms()).toEqual([])
    // And the count begins anew.
    away()
    await runs(5)
    expect(await alarms()).toEqual([])
    await runs(1)
    expect(await alarms()).toEqual(silent)
    there.spoil = () => undefined
    await runs(1)
    expect([await alarms(), await here.states()]).toEqual([[], []])
  })

  test('is told of at once where many wait, and answers in between count', async () => {
    const ids = await here.hire(8)
    away()
    for (const id of ids.slice(0, 5)) await here.send('PATCH', `/Users/${id}`, title('T'))
    there.spoil = () => undefined
    await here.send('PATCH', `/Users/${ids[5]}`, title('T'))
    away()
    await here.send('PATCH', `/Users/${ids[6]}`, title('T'))
    expect(await alarms()).toEqual([])
    await runs(1)
    expect(await alarms()).toEqual(silent)
    expect(await here.rows(sql`SELECT * FROM stops WHERE connection = ${here.connection}`)).toEqual([])
  })

  test('is another trouble than one that takes no credential, which only what is done ends', async () => {
    const [a = ''] = await here.hire(1)
    there.spoil = () => ({ kind: 'answer', status: 401 })
    await here.send('PATCH', `/Users/${a}`, title('T'))
    const refused = [['target', expect.stringContaining('401')]]
    expect(await alarms()).toEqual(refused)
    there.spoil = () => ({ kind: 'answer', status: 503 })
    await runs(1)
    expect(await alarms()).toEqual(refused)
    away()
    await runs(7)
    expect(await alarms()).toEqual(refused)
    there.spoil = () => undefined
    await runs(1)
    expect(await alarms()).toEqual([])
  })
})

describe('the alarm of a deactivation that is not confirmed says what is true', () => {
  const unconfirmed = async () => (await alarms()).filter(([kind]) => kind === 'unconfirmed')

  test('that it is tried again, where it is', async () => {
    const [a = ''] = await here.hire(1)
    there.spoil = () => ({ kind: 'answer', status: 503 })
    await here.send('PATCH', `/Users/${a}`, off)
    await runs(1)
    expect(await unconfirmed()).toMatchObject([['unconfirmed', expect.stringMatching(/It is tried again/)]])
  })

  test('that it was not sent because of a switch, and what to do', async () => {
    const [a = ''] = await here.hire(1)
    const switches = { create: 'on', update: 'on', groups: 'on', import: 'on' } as const
    await here.settings({ switches: { ...switches, deactivate: 'skip' } })
    await here.send('PATCH', `/Users/${a}`, off)
    await runs(2)
    const words =
      /^The deactivation was not sent, and is not tried again by itself: "Deactivate Users" is switched off\. .*--replay/
    expect(await unconfirmed()).toMatchObject([['unconfirmed', expect.stringMatching(words)]])
    // And what it says to do does it.
    await here.settings({ switches: { ...switches, deactivate: 'on' } })
    expect(await replay(here.database, here.connection, here.now())).toBe(1)
    await runs(1)
    expect(await alarms()).toEqual([])
  })

  test('that it was given up, where it was', async () => {
    const [a = ''] = await here.hire(1)
    await here.settings({ deadAfter: 1 })
    there.spoil = () => ({ kind: 'answer', status: 503 })
    await here.send('PATCH', `/Users/${a}`, off)
    here.pass(700 * MINUTE)
    await here.sweep()
    expect(await here.states()).toEqual([{ state: 'dead', n: 1 }])
    await here.database.write([sql`DELETE FROM alarms WHERE connection = ${here.connection}`])
    await here.sweep()
    expect(await unconfirmed()).toMatchObject([
      ['unconfirmed', expect.stringMatching(/not tried any more: .*503/)],
    ])
  })
})
