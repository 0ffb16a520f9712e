import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sql } from '../../worker/store/database.ts'
import { listForeign, listManaged } from '../../worker/store/foreignGroups.ts'
import { releaseGroup } from '../../worker/sync/manage.ts'
import { downstream, type Downstream } from './downstream.ts'
import { ownDatabase } from './ownDatabase.ts'
import { firstId, idOf, world, type World } from './world.ts'

let database: Awaited<ReturnType<typeof ownDatabase>>
let there: Downstream
let here: World

beforeAll(async () => {
  database = await ownDatabase()
})
afterAll(() => database.stop())

beforeEach(async () => {
  there = await downstream()
  there.showsMembers = true
  here = await world({ libsqlUrl: database.url })
  await here.target({ kind: 'scim', url: there.url, auth: { kind: 'bearer', token: there.token } })
  for (const id of ['a', 'b', 'c']) {
    there.users.set(id, { id, body: { userName: `${id}@example.com`, active: true }, members: new Set() })
  }
  group('g1', 'Team', ['a', 'b'])
  group('g2', 'Owners', ['a'])
  await here.sweep()
})
afterEach(async () => {
  await here.database.write([sql`UPDATE connections SET settings = '{}', revision = revision + 1`])
  await there.stop()
})

function group(id: string, displayName: string, members: readonly string[]): void {
  there.groups.set(id, { id, body: { displayName }, members: new Set(members) })
}

const membersThere = (id = 'g1') => [...(there.groups.get(id)?.members ?? [])].toSorted()
const foreign = async () => {
  const [row] = await here.rows(sql`SELECT settings ->> '$.target.account' AS account FROM connections
    WHERE id = ${here.connection}`)
  const found = await listForeign(here.database, here.connection, String(row?.['account']))
  return found.map(({ remote }) => remote)
}
const find = (name: string) =>
  here.send('GET', `/Groups?filter=${encodeURIComponent(`displayName eq "${name}"`)}`)
const writes = () => there.seen.filter(({ method }) => method !== 'GET')

describe('a group that is at the target and not managed', () => {
  test('is no group here, and its name cannot be pushed', async () => {
    expect((await here.send('GET', '/Groups')).body).toMatchObject({ totalResults: 0 })
    expect(await foreign()).toEqual(['g2', 'g1'])
    const pushed = await here.send('POST', '/Groups', { displayName: 'TEAM' })
    expect(pushed).toMatchObject({ status: 409, body: { scimType: 'uniqueness' } })
    expect(JSON.stringify(pushed.body)).toContain('Select it under managed groups')
    expect((await here.send('POST', '/Groups', { displayName: 'owners' })).status).toBe(403)
    expect(writes()).toEqual([])
    expect((await here.send('POST', '/Groups', { displayName: 'Other' })).status).toBe(201)
  })

  test('is not what a group is renamed to, by whatever method, and keeps its own name', async () => {
    const other = { displayName: 'Other', members: [{ value: 'a' }] }
    const id = idOf(await here.send('POST', '/Groups', other))
    const rename = (displayName: string) => [
      ['PUT', { ...other, displayName }] as const,
      ['PATCH', { Operations: [{ op: 'replace', path: 'displayName', value: displayName }] }] as const,
      ['PATCH', { Operations: [{ op: 'replace', value: { id, displayName } }] }] as const,
      ['PATCH', { Operations: [{ op: 'Add', value: { displayName, externalId: 'x' } }] }] as const,
    ]
    const before = writes().length
    for (const [method, body] of rename('tEAM ')) {
      here.trips()
      const answer = await here.send(method, `/Groups/${id}`, body)
      expect(here.trips()).toBe(1)
      expect(answer).toMatchObject({ status: 409, body: { scimType: 'uniqueness' } })
      expect(JSON.stringify(answer.body)).toContain('Select it under managed groups')
    }
    for (const [method, body] of rename('owners'))
      expect((await here.send(method, `/Groups/${id}`, body)).status).toBe(403)
    expect((await here.send('GET', `/Groups/${id}`)).body).toMatchObject(other)
    expect(writes()).toHaveLength(before)
    // Its own name, in any case, though the target has another group of it since.
    await here.database.write([
      sql`INSERT INTO foreign_groups (connection, remote, display_name, folded, document, run)
        VALUES (${here.connection}, 'g5', 'Other', 'other', '{}', 'r')`,
    ])
    for (const name of ['Other', 'OTHER'])
      for (const [method, body] of rename(name))
        expect((await here.send(method, `/Groups/${id}`, body)).status).toBeLessThan(300)
    expect(await here.send('POST', '/Groups', { displayName: 'other' })).toMatchObject({ status: 409 })
    // Another name is free; and of another connection's groups nothing is known here.
    for (const [method, body] of rename('Others'))
      expect((await here.send(method, `/Groups/${id}`, body)).status).toBeLessThan(300)
    const elsewhere = await world({ libsqlUrl: database.url })
    const theirs = idOf(await elsewhere.send('POST', '/Groups', { displayName: 'Other' }))
    const taken = { displayName: 'Team' }
    expect((await elsewhere.send('PUT', `/Groups/${theirs}`, taken)).status).toBe(200)
  })

  test('is selected by its name: the look-up finds it, its members are known, and nothing is sent', async () => {
    expect(await here.preview('team')).toMatchObject({
      kind: 'preview',
      remote: 'g1',
      members: 2,
      unknown: 0,
      added: [],
      removed: [],
    })
    expect(await here.select('team')).toMatchObject({ kind: 'selected', id: 'g1' })
    expect(firstId(await find('Team'))).toBe('g1')
    const read = await here.send('GET', '/Groups/g1')
    expect(read.body).toMatchObject({ members: [{ value: 'a' }, { value: 'b' }] })
    expect(await foreign()).toEqual(['g2'])
    await here.sweep()
    expect(writes()).toEqual([])
    const remove = { op: 'remove', path: 'members[value eq "a"]' }
    const add = { op: 'add', path: 'members', value: [{ value: 'c' }] }
    expect((await here.send('PATCH', '/Groups/g1', { Operations: [remove, add] })).status).toBe(204)
    expect(membersThere()).toEqual(['b', 'c'])
  })

  test('is refused where it gives power, by its name or by what it may do', async () => {
    expect(await here.select('g2')).toMatchObject({
      kind: 'refused',
      words: expect.stringContaining('power'),
    })
    there.groups.set('g3', {
      id: 'g3',
      body: { displayName: 'X', permissions: ['RECOVER_ACCOUNTS'] },
      members: new Set(),
    })
    expect(await here.select('g3')).toMatchObject({ kind: 'refused' })
    await here.settings({ powerful: ['team'] })
    expect(await here.select('g1')).toMatchObject({ kind: 'refused' })
    expect(await here.select('g2')).toMatchObject({ kind: 'selected' })
  })

  test('is refused where another connection has it', async () => {
    const other = await world({ libsqlUrl: database.url })
    await other.target({ kind: 'scim', url: there.url, auth: { kind: 'bearer', token: there.token } })
    expect(await other.select('g1')).toMatchObject({ kind: 'selected' })
    expect(await here.select('g1')).toMatchObject({
      kind: 'refused',
      words: expect.stringContaining('another'),
    })
  })
})

describe('a managed group is given back untouched', () => {
  test('by the admin: forgotten here, foreign again', async () => {
    await here.select('g1')
    expect(await listManaged(here.database, here.connection)).toMatchObject([
      { id: 'g1', origin: 'adopted', members: 2 },
    ])
    expect(await releaseGroup(here.database, here.connection, 'g1')).toBe(true)
    expect(await releaseGroup(here.database, here.connection, 'g1')).toBe(false)
    expect((await here.send('GET', '/Groups/g1')).status).toBe(404)
    expect((await here.send('POST', '/Groups', { displayName: 'Team' })).status).toBe(409)
    expect(await foreign()).toEqual(['g2', 'g1'])
    expect([writes(), membersThere()]).toEqual([[], ['a', 'b']])
  })

  test('by the provider’s DELETE: nothing is sent', async () => {
    await here.select('g1')
    expect((await here.send('DELETE', '/Groups/g1')).status).toBe(204)
    await here.sweep()
    expect([writes(), membersThere()]).toEqual([[], ['a', 'b']])
    expect(
      await here.rows(sql`SELECT * FROM links WHERE connection = ${here.connection} AND type = 'Group'`),
    ).toEqual([])
  })

  test('one that the bridge made is deleted', async () => {
    const made = await here.send('POST', '/Groups', { displayName: 'Other' })
    await here.send('DELETE', `/Groups/${idOf(made)}`)
    expect([...there.groups.keys()]).toEqual(['g1', 'g2'])
  })
})

test('a group that was pushed before it was seen is paired: the preview says who comes and who goes', async () => {
  group('g4', 'Late', ['a', 'b', 'x'])
  const pushed = await here.send('POST', '/Groups', {
    displayName: 'late',
    members: [{ value: 'b' }, { value: 'c' }],
  })
  expect(pushed.status).toBe(201)
  expect(membersThere('g4')).toEqual(['a', 'b', 'x'])
  const preview = await here.preview('g4')
  expect(preview).toMatchObject({
    members: 3,
    unknown: 1,
    pair: idOf(pushed),
    added: [{ id: 'c' }],
    removed: [{ id: 'a' }],
  })
  expect(await here.select('g4')).toMatchObject({ kind: 'selected', id: idOf(pushed) })
  await here.sweep()
  expect(membersThere('g4')).toEqual(['b', 'c', 'x'])
  expect([...there.groups.values()]).toHaveLength(3)
})
