import { describe, expect, onTestFinished, test } from 'vitest'
import { sql } from '../../worker/store/database.ts'
import { hurry } from './crowd.ts'
import { downstream, type Downstream } from './downstream.ts'
import { onLoopback } from './onLoopback.ts'
import { idOf, world } from './world.ts'

const entered = ({ url, token }: Downstream) => ({ kind: 'scim', url, auth: { kind: 'bearer', token } })

/** A service of its own for the test. */
async function service(): Promise<Downstream> {
  const made = await downstream()
  onTestFinished(() => made.stop())
  return made
}

const anna = { userName: 'anna@example.com' }

test('a connection that goes to another account takes its memberships along, by the ids of that account', async () => {
  const here = await world()
  const [former, next] = [await service(), await service()]
  await here.target(entered(former))
  const member = idOf(await here.send('POST', '/Users', anna))
  await here.send('POST', '/Groups', { displayName: 'Team', members: [{ value: member }] })
  // Ids of the one account are good at the other too, and somebody else's.
  await here.send('POST', '/Users', { userName: 'ben@example.com' })
  await here.target(entered(next), true)
  next.spoil = ({ method, body }) =>
    method === 'POST' && JSON.stringify(body).includes('anna') ? { kind: 'answer', status: 500 } : undefined
  await here.sweep()
  const members = () => [...next.groups.values()].map((group) => [...group.members])
  expect([...next.users.values()].map(({ body }) => body['userName'])).toEqual(['ben@example.com'])
  expect(members()).toEqual([[]])
  next.spoil = () => undefined
  for (let run = 0; run < 2; run += 1) {
    await hurry(here)
    await here.sweep()
  }
  const [there] = [...next.users.values()].filter(({ body }) => body['userName'] === anna.userName)
  expect(members()).toEqual([[there?.id]])
})

test('a group whose member the other account refuses waits, and is not taken up again and again', async () => {
  const here = await world()
  const [former, next] = [await service(), await service()]
  await here.target(entered(former))
  const member = idOf(await here.send('POST', '/Users', anna))
  const team = idOf(await here.send('POST', '/Groups', { displayName: 'Team', members: [{ value: member }] }))
  next.spoil = ({ method, path }) =>
    method === 'POST' && path === '/Users' ? { kind: 'answer', status: 400 } : undefined
  await here.target(entered(next), true)
  await here.sweep()
  expect(
    await here.rows(
      sql`SELECT resource, state FROM deliveries WHERE connection = ${here.connection} ORDER BY type`,
    ),
  ).toEqual([
    { resource: team, state: 'waiting' },
    { resource: member, state: 'dead' },
  ])
  // Back at the first account everything is as it was.
  former.seen.length = 0
  await here.target(entered(former), true)
  await here.sweep()
  expect(former.seen.filter(({ method }) => method === 'POST')).toEqual([])
  expect([...former.users.keys(), ...former.groups.keys()]).toEqual(['r1', 'r2'])
  expect([...former.groups.values()].map((group) => [...group.members])).toEqual([['r1']])
})

test('settings that lead to the same account keep what is known of its groups', async () => {
  const here = await world()
  const there = await service()
  await here.target(entered(there))
  const member = idOf(await here.send('POST', '/Users', anna))
  await here.send('POST', '/Groups', { displayName: 'Team', members: [{ value: member }] })
  await here.target(entered(there))
  there.seen.length = 0
  await here.send('DELETE', `/Users/${member}`)
  expect([...there.groups.values()].map((group) => [...group.members])).toEqual([['r1']])
  await here.sweep()
  expect([...there.groups.values()].map((group) => [...group.members])).toEqual([[]])
})

describe('credentials that lead to another account at the same address', () => {
  /** An address at which the token says whose account it is. */
  async function shared() {
    const [first, second] = [await service(), await service()]
    const { url, stop } = await onLoopback((request) => {
      const { pathname, search } = new URL(request.url)
      const of = request.headers.get('authorization') === `Bearer ${second.token}` ? second : first
      return fetch(new Request(`${of.url}${pathname}${search}`, request))
    })
    onTestFinished(stop)
    const through = ({ token }: Downstream) => ({ kind: 'scim', url, auth: { kind: 'bearer', token } })
    return { first, second, through }
  }

  test('are refused where nobody who is linked is found with them, and nothing is changed', async () => {
    const here = await world()
    const { first, second, through } = await shared()
    await here.target(through(first))
    // Without links there is nothing to be told apart by.
    expect(await here.target(through(second))).toMatchObject({ kind: 'set' })
    await here.target(through(first))
    await here.send('POST', '/Users', anna)
    const words = (who: string) =>
      `${who} found with these credentials. If it is meant to be another account, add --replace; everything is then brought there`
    expect(await here.target(through(second))).toEqual({
      kind: 'refused',
      words: words('the account linked here is not'),
    })
    for (const name of ['ben', 'cleo']) await here.send('POST', '/Users', { userName: `${name}@example.com` })
    expect(await here.target(through(second))).toEqual({
      kind: 'refused',
      words: words('none of the 3 accounts linked here are'),
    })
    expect(first.users.size).toBe(3)
    expect(second.users.size).toBe(0)
    expect(second.seen.every(({ method }) => method === 'GET')).toBe(true)
    // One who was deleted there does not make it another account.
    first.users.delete('r3')
    expect(await here.target(through(first))).toMatchObject({ kind: 'set', due: 0 })
    first.spoil = ({ path }) => (path.startsWith('/Users/') ? { kind: 'answer', status: 503 } : undefined)
    expect(await here.target(through(first))).toMatchObject({
      kind: 'refused',
      words: expect.stringContaining('cannot be looked up: the target answers 503'),
    })
  })

  test('and taken with a replacement, where no link leads to somebody of the same id', async () => {
    const here = await world()
    const { first, second, through } = await shared()
    await here.target(through(first))
    const id = idOf(await here.send('POST', '/Users', anna))
    // The same id is somebody else there.
    await fetch(`${second.url}/Users`, {
      method: 'POST',
      headers: { authorization: `Bearer ${second.token}` },
      body: JSON.stringify({ userName: 'eve@example.com' }),
    })
    expect([...first.users.keys()]).toEqual([...second.users.keys()])
    expect(await here.target(through(second))).toMatchObject({ kind: 'refused' })
    expect(await here.target(through(second), true)).toMatchObject({ kind: 'set', due: 1 })
    await here.sweep()
    await here.send('PATCH', `/Users/${id}`, {
      Operations: [{ op: 'replace', path: 'active', value: false }],
    })
    const names = [...second.users.values()].map(({ body }) => [body['userName'], body['active']])
    expect(names).toEqual([
      ['eve@example.com', true],
      [anna.userName, false],
    ])
    // A new secret of that account changes nothing more.
    expect(await here.target(through(second))).toMatchObject({ kind: 'set', due: 0 })
    expect(await here.target(through(first))).toMatchObject({ kind: 'refused' })
  })
})
