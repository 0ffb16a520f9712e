import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { proverOf } from '../../worker/auth/proof.ts'
import { sql } from '../../worker/store/database.ts'
import { findStale } from '../../worker/sync/assigned.ts'
import type { Found } from '../../worker/sync/findings.ts'
import { release } from '../../worker/sync/release.ts'
import { downstream, type Downstream } from './downstream.ts'
import { compare, open, sign } from './reconciling.ts'
import { idOf, readKeysOf, world, type World } from './world.ts'

let there: Downstream
let here: World

beforeAll(async () => {
  there = await downstream()
})
afterAll(() => there.stop())

beforeEach(async () => {
  there.users.clear()
  there.groups.clear()
  here = await world()
  const auth = { kind: 'bearer', token: there.token }
  expect(await here.target({ kind: 'scim', url: there.url, auth })).toMatchObject({ kind: 'set' })
})

const make = async (name: string) =>
  idOf(
    await here.send('POST', '/Users', {
      userName: `${name}@example.com`,
      emails: [{ value: `${name}.work@example.com`, type: 'work' }],
    }),
  )
const account = (name: string) => {
  const kept = [...there.users.values()].find(({ body }) => body['userName'] === `${name}@example.com`)
  if (kept === undefined) throw new Error(`no ${name}`)
  return kept
}
const releaseOne = (id: string) =>
  release(
    {
      database: open(),
      sign,
      prove: proverOf(readKeysOf().macKeys),
      id: crypto.randomUUID(),
      at: new Date(),
    },
    here.connection,
    id,
  )

describe('against the provider’s own list', () => {
  test('who is active and not on it, with the age of the gap, and who is on it and not active', async () => {
    const [anna, ben, cleo, dora] = [
      await make('anna'),
      await make('ben'),
      await make('cleo'),
      await make('dora'),
    ]
    await make('emil')
    await here.send('DELETE', `/Users/${cleo}`)
    for (const id of [ben, dora])
      await here.send('PATCH', `/Users/${id}`, {
        Operations: [{ op: 'replace', path: 'active', value: false }],
      })
    account('cleo').body['active'] = true
    account('ben').body['active'] = true
    there.users.set('x', { id: 'x', body: { userName: 'eve@example.com', active: true }, members: new Set() })
    await here.database.write([
      sql`UPDATE receipts SET asked = '2026-01-01T00:00:00.000Z' WHERE connection = ${here.connection} AND resource = ${ben}`,
    ])
    const { found } = await compare(here, ['EMIL.work@example.com', 'dora@example.com', 'nobody@example.com'])
    const lines = found.map(({ finding }) => finding)
    expect(lines.filter(({ kind }) => kind === 'unassigned')).toMatchObject([
      { id: anna, known: 'active', since: undefined, repair: { by: 'nobody' } },
      { id: ben, known: 'inactive', since: '2026-01-01T00:00:00.000Z' },
      { id: cleo, known: 'deleted', since: expect.stringMatching(/Z$/) },
      { id: undefined, remote: 'x', known: 'never', since: undefined },
    ])
    expect(lines.filter(({ kind }) => kind === 'assigned')).toMatchObject([
      { name: 'dora@example.com', shown: 'inactive' },
      { name: 'nobody@example.com', shown: 'nobody' },
    ])
    // Nothing of it is done.
    await here.sweep()
    expect(account('anna').body).toMatchObject({ active: true })
  })

  test('a released person is deactivated as an admin’s change, and the target confirms it', async () => {
    const id = await make('anna')
    expect(await releaseOne(id)).toBe('deactivated')
    expect(
      await here.rows(sql`SELECT kind, token FROM changes WHERE connection = ${here.connection} AND resource = ${id}
        AND token = 'admin'`),
    ).toEqual([{ kind: 'patch', token: 'admin' }])
    expect((await here.send('GET', `/Users/${id}`)).body).toMatchObject({ active: false })
    await here.sweep()
    expect(account('anna').body).toMatchObject({ active: false })
    expect(
      await here.rows(sql`SELECT confirmed FROM receipts WHERE connection = ${here.connection}`),
    ).toEqual([{ confirmed: expect.any(String) }])
    expect(await releaseOne(id)).toBe('before')
    await expect(releaseOne('nobody')).rejects.toMatchObject({ status: 404 })
  })

  test('a connection that is closed to its provider lets an admin take access away; a switch that is off does not', async () => {
    const [id, other] = [await make('anna'), await make('ben')]
    await here.settings({ state: { is: 'closed', since: new Date().toISOString() } })
    expect(await releaseOne(id)).toBe('deactivated')
    await here.sweep()
    expect(account('anna').body).toMatchObject({ active: false })
    await here.settings({
      switches: { create: 'on', update: 'on', deactivate: 'off', groups: 'on', import: 'on' },
    })
    await expect(releaseOne(other)).rejects.toMatchObject({ status: 403 })
  })

  test('no request can be an admin’s: a token of that name is none', async () => {
    const answer = await here.send('GET', '/Users', undefined, { authorization: 'Bearer admin' })
    expect(answer.status).toBe(401)
  })
})

test('active people whom the provider has not confirmed for long; those read from the target never', async () => {
  const [anna, ben, cleo] = [await make('anna'), await make('ben'), await make('cleo')]
  await make('dora')
  await here.send('PATCH', `/Users/${cleo}`, {
    Operations: [{ op: 'replace', path: 'active', value: false }],
  })
  const old = '2026-01-01T00:00:00.000Z'
  await here.database.write([
    sql`UPDATE resources SET modified = ${old} WHERE connection = ${here.connection} AND id IN (${anna}, ${cleo})`,
    sql`UPDATE resources SET created = ${old}, imported = 1 WHERE connection = ${here.connection} AND id = ${ben}`,
  ])
  const found: Found[] = []
  await findStale(open, here.connection, new Date('2026-02-01'), async (page) => void found.push(...page))
  expect(found.map(({ finding }) => finding)).toMatchObject([
    { kind: 'stale', id: anna, name: 'anna@example.com', since: old, isImported: false },
    { kind: 'stale', id: ben, since: old, isImported: true },
  ])
})
