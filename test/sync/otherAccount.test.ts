import { expect, onTestFinished, test } from 'vitest'
import { sql } from '../../worker/store/database.ts'
import { hurry } from './crowd.ts'
import { downstream, type Downstream } from './downstream.ts'
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
