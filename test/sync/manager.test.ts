import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { claimDue } from '../../worker/store/claim.ts'
import { sql } from '../../worker/store/database.ts'
import { settle } from '../../worker/store/outcome.ts'
import { downstream, type Downstream } from './downstream.ts'
import { guarded, off, on, patch, type Guarded } from './guarded.ts'
import { idOf } from './world.ts'

const URN = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

let there: Downstream
let here: Guarded

beforeAll(async () => {
  there = await downstream()
})
afterAll(() => there.stop())
beforeEach(async () => {
  here = await guarded(there)
  there.seen.length = 0
})

const named = (userName: string) =>
  [...there.users.values()].find(({ body }) => body['userName'] === userName)
const withManager = (userName: string, value: string) => ({
  userName,
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:User', URN],
  [URN]: { department: 'D', manager: { value } },
})
const shown = (userName: string) => named(userName)?.body[URN]
/** What was sent for a manager by PATCH, the last first. */
const patched = () =>
  there.seen
    .filter(({ method }) => method === 'PATCH')
    .map(({ body }) => JSON.stringify(body))
    .toReversed()

test('a manager is named to the target by the account there', async () => {
  const [boss = ''] = await here.hire(1, 'boss')
  await here.send('POST', '/Users', withManager('anna@example.com', boss))
  expect(shown('anna@example.com')).toEqual({
    department: 'D',
    manager: { value: named('boss0@example.com')?.id },
  })
  expect(await here.states()).toEqual([])
})

test('who comes before the manager is made without, and told when the manager has come', async () => {
  there.spoil = ({ method, body }) =>
    method === 'POST' && JSON.stringify(body).includes('boss') ? { kind: 'answer', status: 503 } : undefined
  const [boss = ''] = await here.hire(1, 'boss')
  const id = idOf(await here.send('POST', '/Users', withManager('anna@example.com', boss)))
  expect(shown('anna@example.com')).toEqual({ department: 'D' })
  expect(await here.states()).toEqual([
    { state: 'due', n: 1 },
    { state: 'waiting', n: 1 },
  ])
  there.spoil = () => undefined
  here.pass(3_600_000)
  await here.sweep()
  await here.sweep()
  expect(patched()[0]).toContain(`"${named('boss0@example.com')?.id}"`)
  expect(await here.states()).toEqual([])
  // And the wish is still what the provider said.
  expect(JSON.stringify((await here.send('GET', `/Users/${id}`)).body)).toContain(boss)
})

test('a manager whom the bridge does not know is told as the provider said', async () => {
  await here.send('POST', '/Users', withManager('anna@example.com', 'CN=Boss'))
  expect(shown('anna@example.com')).toEqual({ department: 'D', manager: { value: 'CN=Boss' } })
})

test('another manager is another account there, and none where the manager was deleted', async () => {
  const [one = '', two = ''] = await here.hire(2, 'boss')
  const id = idOf(await here.send('POST', '/Users', withManager('anna@example.com', one)))
  await here.send('PATCH', `/Users/${id}`, patch({ op: 'replace', path: `${URN}:manager.value`, value: two }))
  expect(patched()[0]).toContain(`"${named('boss1@example.com')?.id}"`)
  await here.send('DELETE', `/Users/${two}`)
  await here.send('PATCH', `/Users/${id}`, patch({ op: 'replace', path: 'title', value: 'T' }))
  expect(patched()[0]).toContain('"remove"')
  expect(await here.states()).toEqual([])
})

describe('who waits for a manager', () => {
  /** A manager who has no account there, and somebody who waits for that. */
  async function waiting(): Promise<{ readonly boss: string; readonly id: string }> {
    const boss = idOf(await here.send('POST', '/Users', { userName: 'boss@example.com', active: false }))
    const id = idOf(await here.send('POST', '/Users', withManager('anna@example.com', boss)))
    expect(await here.states()).toEqual([{ state: 'waiting', n: 1 }])
    return { boss, id }
  }

  test('does so no longer when the manager is deleted', async () => {
    const { boss } = await waiting()
    await here.send('DELETE', `/Users/${boss}`)
    expect(await here.states()).toEqual([{ state: 'due', n: 1 }])
    await here.sweep()
    expect(await here.states()).toEqual([])
    expect(shown('anna@example.com')).toEqual({ department: 'D' })
  })

  test('nor where the manager was deleted in that very try', async () => {
    const { boss, id } = await waiting()
    await here.database.write([
      sql`DELETE FROM deliveries WHERE connection <> ${here.connection}`,
      sql`UPDATE deliveries SET state = 'due', due = '2000' WHERE connection = ${here.connection}`,
    ])
    const until = new Date(here.now().getTime() + 240_000)
    const claim = { most: 9, now: here.now(), until, id: 'x', except: new Set<string>() }
    const [work] = (await claimDue(here.database, claim)).work
    if (work?.link === undefined) throw new Error('not claimed')
    await here.send('DELETE', `/Users/${boss}`)
    const link = { ...work.link, account: work.target }
    const done = { kind: 'done', link, members: [], refused: [], isSuspended: false, awaits: boss } as const
    await settle(here.database, [{ work, settled: done }], here.now())
    expect(
      await here.rows(sql`SELECT resource, state FROM deliveries WHERE connection = ${here.connection}`),
    ).toEqual([{ resource: id, state: 'due' }])
  })

  test('nor without access; and is told of the manager when let in again', async () => {
    const { boss, id } = await waiting()
    await here.send('PATCH', `/Users/${id}`, off)
    expect(await here.states()).toEqual([])
    expect(named('anna@example.com')?.body['active']).toBe(false)
    await here.send('PATCH', `/Users/${boss}`, on)
    await here.send('PATCH', `/Users/${id}`, on)
    expect(patched()[0]).toContain(`"${named('boss@example.com')?.id}"`)
  })

  test('is left alone when somebody else is deleted', async () => {
    await waiting()
    const [other = ''] = await here.hire(1)
    await here.send('DELETE', `/Users/${other}`)
    expect(await here.states()).toEqual([{ state: 'waiting', n: 1 }])
  })
})
