import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sql } from '../../worker/store/database.ts'
import type { Finding } from '../../worker/sync/findings.ts'
import { webhookTarget } from '../../worker/targets/webhook.ts'
import { downstream, type Downstream, type Kept } from './downstream.ts'
import { compare, mend } from './reconciling.ts'
import { idOf, world, type World } from './world.ts'

let there: Downstream
let here: World

beforeAll(async () => {
  there = await downstream()
})
afterAll(() => there.stop())

beforeEach(async () => {
  there.users.clear()
  there.groups.clear()
  there.showsMembers = true
  there.omitsEmpty = false
  there.spoil = () => undefined
  here = await world()
  const auth = { kind: 'bearer', token: there.token }
  expect(await here.target({ kind: 'scim', url: there.url, auth })).toMatchObject({ kind: 'set' })
})

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

const person = (name: string) => ({
  userName: `${name}@example.com`,
  displayName: name,
  title: 'Engineer',
  externalId: `okta-${name}`,
  emails: [{ value: `${name}@example.com`, type: 'work', primary: true }],
})
const make = async (name: string) => idOf(await here.send('POST', '/Users', person(name)))
const deactivate = (id: string) =>
  here.send('PATCH', `/Users/${id}`, { Operations: [{ op: 'replace', path: 'active', value: false }] })

function one(all: Map<string, Kept>, name: string): Kept {
  const kept = [...all.values()].find(
    ({ body }) => body['userName'] === `${name}@example.com` || body['displayName'] === name,
  )
  if (kept === undefined) throw new Error(`no ${name}`)
  return kept
}

async function findings(): Promise<readonly Finding[]> {
  const { found, result } = await compare(here)
  expect(result.kind).toBe('compared')
  return found.map(({ finding }) => finding)
}

async function repairAll(): Promise<void> {
  const { found } = await compare(here)
  await mend(here, found)
  await here.sweep()
  await here.sweep()
}

describe('a target that is as wanted', () => {
  test('nothing is found, of people, groups, deactivated and deleted', async () => {
    const [a, b, c] = [await make('anna'), await make('ben'), await make('cleo')]
    await here.send('POST', '/Groups', { displayName: 'Team', members: [{ value: a }, { value: b }] })
    await deactivate(b)
    await here.send('DELETE', `/Users/${c}`)
    const { found, result } = await compare(here)
    expect(found).toEqual([])
    expect(result).toEqual({ kind: 'compared', people: 3, groups: 1 })
  })

  test('a person deleted here and active there again: found, repaired, with a receipt', async () => {
    const id = await make('anna')
    await here.send('DELETE', `/Users/${id}`)
    one(there.users, 'anna').body['active'] = true
    expect(await findings()).toMatchObject([
      { kind: 'active', id, name: 'anna@example.com', wanted: false, shown: true, isDeleted: true },
    ])
    await repairAll()
    expect(one(there.users, 'anna').body).toMatchObject({ active: false })
    expect(await findings()).toEqual([])
  })
})

describe('a target that was damaged behind the back of the bridge', () => {
  test('each damage is found with its place, repaired through the outbox, and gone after the sweep', async () => {
    const ids = new Map<string, string>()
    for (const name of ['anna', 'ben', 'cleo', 'dora', 'emil', 'fritz', 'gerd'])
      ids.set(name, await make(name))
    const of = (name: string) => ids.get(name) ?? ''
    const team = idOf(
      await here.send('POST', '/Groups', {
        displayName: 'Team',
        members: [{ value: of('anna') }, { value: of('ben') }, { value: of('dora') }],
      }),
    )
    const other = idOf(await here.send('POST', '/Groups', { displayName: 'Other' }))
    const emptied = idOf(
      await here.send('POST', '/Groups', { displayName: 'Emptied', members: [{ value: of('gerd') }] }),
    )
    await deactivate(of('cleo'))

    const deleted = one(there.users, 'anna').id
    there.users.delete(deleted)
    for (const group of there.groups.values()) group.members.delete(deleted)
    one(there.users, 'ben').body['displayName'] = 'Benjamin'
    one(there.users, 'cleo').body['active'] = true
    delete one(there.users, 'dora').body['title']
    one(there.users, 'emil').body['active'] = false
    const stranger: Kept = {
      id: 'x1',
      body: { userName: 'eve@example.com', active: true },
      members: new Set(),
    }
    there.users.set('x1', stranger)
    one(there.groups, 'Team').members.delete(one(there.users, 'dora').id)
    one(there.groups, 'Team').members.add(one(there.users, 'fritz').id)
    one(there.groups, 'Team').members.add('x1')
    one(there.groups, 'Other').body['displayName'] = 'Renamed'
    one(there.groups, 'Emptied').members.clear()

    const before = await findings()
    const about = (kind: Finding['kind'], id: string | undefined) =>
      before.filter((finding) => finding.kind === kind && finding.id === id)
    expect(about('gone', of('anna'))).toMatchObject([{ remote: deleted, isWanted: true }])
    expect(about('differs', of('ben'))).toMatchObject([
      { attributes: [{ attribute: 'displayName', wanted: 'ben', shown: 'Benjamin' }] },
    ])
    expect(about('active', of('cleo'))).toMatchObject([{ wanted: false, shown: true, isDeleted: false }])
    expect(about('differs', of('dora'))).toMatchObject([
      { attributes: [{ attribute: 'title', wanted: 'Engineer', shown: undefined }] },
    ])
    expect(about('active', of('emil'))).toMatchObject([{ wanted: true, shown: false }])
    expect(about('differs', other)).toMatchObject([
      { attributes: [{ attribute: 'displayName', wanted: 'Other', shown: 'Renamed' }] },
    ])
    expect(about('member', team)).toMatchObject([
      { is: 'missing', member: of('dora'), memberName: 'dora@example.com' },
      { is: 'extra', member: of('fritz'), repair: { by: 'outbox' } },
      { is: 'extra', member: undefined, memberRemote: 'x1', repair: { by: 'nobody' } },
    ])
    expect(about('member', emptied)).toMatchObject([{ is: 'missing', member: of('gerd') }])
    expect(about('extra', undefined)).toMatchObject([
      { remote: 'x1', name: 'eve@example.com', isActive: true, repair: { by: 'nobody' } },
    ])
    expect(before).toHaveLength(11)

    await repairAll()
    expect(one(there.users, 'anna').id).not.toBe(deleted)
    expect(one(there.users, 'ben').body).toMatchObject({ displayName: 'ben' })
    expect(one(there.users, 'cleo').body).toMatchObject({ active: false })
    expect(one(there.users, 'dora').body).toMatchObject({ title: 'Engineer' })
    expect(one(there.users, 'emil').body).toMatchObject({ active: true })
    const members = ['anna', 'ben', 'dora'].map((name) => one(there.users, name).id)
    expect([...one(there.groups, 'Team').members].toSorted()).toEqual([...members, 'x1'].toSorted())
    // The stranger is never touched, and neither is their membership.
    expect(there.users.get('x1')).toEqual(stranger)
    expect(await findings()).toMatchObject([
      { kind: 'extra', remote: 'x1' },
      { kind: 'member', memberRemote: 'x1' },
    ])
    expect(await here.rows(sql`SELECT state FROM deliveries WHERE connection = ${here.connection}`)).toEqual(
      [],
    )
    expect(await here.rows(sql`SELECT * FROM member_steps WHERE connection = ${here.connection}`)).toEqual([])
    const receipts = sql`SELECT confirmed FROM receipts WHERE connection = ${here.connection} AND resource = ${of('cleo')}`
    expect(await here.rows(receipts)).toMatchObject([
      { confirmed: expect.any(String) },
      { confirmed: expect.any(String) },
    ])
  })

  test('a repair before the sweep is on its way, and repeated does nothing more', async () => {
    const id = await make('anna')
    one(there.users, 'anna').body['title'] = 'Boss'
    const { found } = await compare(here)
    expect(await mend(here, found)).toEqual([id])
    const [again] = await findings()
    expect(again).toMatchObject({ kind: 'differs', pending: { state: 'due' } })
    expect(await mend(here, (await compare(here)).found)).toEqual([id])
    expect((await here.sweep()).outcomes).toMatchObject({ done: 1, later: 0 })
    expect(await findings()).toEqual([])
  })

  test('a repair whose MAC is changed in the database is not carried out', async () => {
    await make('anna')
    one(there.users, 'anna').body['title'] = 'Boss'
    await mend(here, (await compare(here)).found)
    await here.database.write([
      sql`UPDATE deliveries SET request = 'other' WHERE connection = ${here.connection}`,
    ])
    await here.sweep()
    expect(one(there.users, 'anna').body).toMatchObject({ title: 'Boss' })
    expect(await here.rows(sql`SELECT kind FROM alarms WHERE connection = ${here.connection}`)).toEqual([
      { kind: 'forged' },
    ])
  })

  test('a renamed account is the same account: its name is put back', async () => {
    const id = await make('anna')
    const { id: remote, body } = one(there.users, 'anna')
    body['userName'] = 'other@example.com'
    expect(await findings()).toMatchObject([
      { kind: 'differs', id, remote, attributes: [{ attribute: 'userName', shown: 'other@example.com' }] },
    ])
    await repairAll()
    expect(one(there.users, 'anna').id).toBe(remote)
    expect(await findings()).toEqual([])
  })

  test('a group that is gone comes back with its members', async () => {
    const a = await make('anna')
    const id = idOf(await here.send('POST', '/Groups', { displayName: 'Team', members: [{ value: a }] }))
    there.groups.clear()
    expect(await findings()).toMatchObject([{ kind: 'gone', id }])
    await repairAll()
    expect([...one(there.groups, 'Team').members]).toEqual([one(there.users, 'anna').id])
    expect(await findings()).toEqual([])
  })
})

describe('what is not at the target', () => {
  test('never delivered: it is missing, and waits with words', async () => {
    there.spoil = ({ method }) => (method === 'POST' ? { kind: 'answer', status: 503 } : undefined)
    const id = await make('anna')
    there.spoil = () => undefined
    expect(await findings()).toMatchObject([
      { kind: 'missing', id, pending: { state: 'due', words: expect.stringContaining('503') } },
    ])
    await repairAll()
    expect(one(there.users, 'anna').body).toMatchObject({ active: true })
    expect(await findings()).toEqual([])
  })

  test('a dead letter of a linked person is told, and brought again', async () => {
    const id = await make('anna')
    await here.database.write([
      sql`INSERT INTO deliveries (connection, resource, type, asked, kind, request, target, mac, rank, seq, first, since, state, due,
          tries, lease, leased, uncertain, words)
        VALUES (${here.connection}, ${id}, 'User', ${id}, 'patch', 'r', 't', 'm', 1, 0, 0, '2026-01-01', 'dead', '2026-01-01',
          9, 9, NULL, 0, 'refused')`,
    ])
    expect(await findings()).toMatchObject([{ kind: 'dead', id, pending: { words: 'refused' } }])
    await repairAll()
    expect(await findings()).toEqual([])
  })

  test('what the guard holds is said to be held, and not repaired', async () => {
    const id = await make('anna')
    one(there.users, 'anna').body['title'] = 'Boss'
    await mend(here, (await compare(here)).found)
    await here.database.write([
      sql`UPDATE deliveries SET state = 'held' WHERE connection = ${here.connection}`,
    ])
    expect(await findings()).toMatchObject([{ kind: 'differs', id, repair: { by: 'nobody' } }])
    expect(await mend(here, (await compare(here)).found)).toEqual([])
  })

  test('a switch that is off keeps a repair back, with words', async () => {
    const id = await make('anna')
    await deactivate(id)
    one(there.users, 'anna').body['active'] = true
    await here.settings({
      switches: { create: 'on', update: 'on', deactivate: 'off', groups: 'on', import: 'on' },
    })
    expect(await findings()).toMatchObject([
      { kind: 'active', id, repair: { by: 'nobody', words: expect.stringContaining('Deactivate') } },
    ])
  })

  test('a list that breaks off: nobody is missed', async () => {
    await make('anna')
    there.users.clear()
    there.spoil = ({ path }) => (path.startsWith('/Groups') ? { kind: 'answer', status: 500 } : undefined)
    const { found, result } = await compare(here)
    expect(result.kind).toBe('away')
    expect(found).toEqual([])
  })

  test('a target that shows no members: groups are compared without them', async () => {
    there.showsMembers = false
    const a = await make('anna')
    await here.send('POST', '/Groups', { displayName: 'Team', members: [{ value: a }] })
    await here.send('POST', '/Groups', { displayName: 'Empty' })
    const { found, result } = await compare(here)
    expect(found).toEqual([])
    const words = 'the target showed those of no group'
    expect(result).toMatchObject({ kind: 'compared', uncompared: { groups: 1, members: 1, words } })
  })

  test('the only group was emptied, and nothing shows it: that is not taken for nothing', async () => {
    there.omitsEmpty = true
    const [a, b] = [await make('anna'), await make('ben')]
    await here.send('POST', '/Groups', { displayName: 'Team', members: [{ value: a }, { value: b }] })
    expect((await compare(here)).result).toEqual({ kind: 'compared', people: 2, groups: 1 })
    one(there.groups, 'Team').members.clear()
    expect((await compare(here)).result).toMatchObject({ uncompared: { groups: 1, members: 2 } })
  })

  test('a list without members, and groups that show them by themselves: each is read', async () => {
    const [a, b] = [await make('anna'), await make('ben')]
    const team = idOf(
      await here.send('POST', '/Groups', { displayName: 'Team', members: [{ value: a }, { value: b }] }),
    )
    const other = idOf(await here.send('POST', '/Groups', { displayName: 'Other', members: [{ value: a }] }))
    const empty = idOf(await here.send('POST', '/Groups', { displayName: 'Empty' }))
    const [anna, ben] = [one(there.users, 'anna').id, one(there.users, 'ben').id]
    one(there.groups, 'Team').members.delete(ben)
    one(there.groups, 'Other').members.clear()
    one(there.groups, 'Empty').members.add(ben)
    there.showsMembers = false
    there.spoil = ({ method, path }) => {
      const [, id] = /^\/Groups\/(\w+)\?attributes=members$/.exec(path) ?? []
      const members = [...(there.groups.get(id ?? '')?.members ?? [])].map((value) => ({ value }))
      if (method !== 'GET' || id === undefined) return undefined
      return { kind: 'answer', status: 200, body: { id, ...(members.length > 0 ? { members } : {}) } }
    }
    const { found, result } = await compare(here)
    expect(result).toEqual({ kind: 'compared', people: 2, groups: 3 })
    const about = (id: string) => found.map(({ finding }) => finding).filter((each) => each.id === id)
    expect(found).toHaveLength(3)
    expect(about(team)).toMatchObject([{ kind: 'member', is: 'missing', memberRemote: ben }])
    expect(about(other)).toMatchObject([{ kind: 'member', is: 'missing', memberRemote: anna }])
    expect(about(empty)).toMatchObject([{ kind: 'member', is: 'extra', memberRemote: ben }])
  })

  test('and members that it refused are missing, with its words', async () => {
    there.showsMembers = false
    const [a, b] = [await make('anna'), await make('ben')]
    const id = idOf(await here.send('POST', '/Groups', { displayName: 'Team', members: [{ value: a }] }))
    await here.send('PATCH', `/Groups/${id}`, {
      Operations: [{ op: 'add', path: 'members', value: [{ value: b }] }],
    })
    await here.database.write([
      sql`INSERT INTO member_steps (connection, group_id, member_id, refused) VALUES (${here.connection}, ${id}, ${b}, 'no')`,
    ])
    one(there.groups, 'Team').members.delete(one(there.users, 'ben').id)
    expect(await findings()).toMatchObject([{ kind: 'member', id, is: 'missing', member: b, words: 'no' }])
    await repairAll()
    expect(one(there.groups, 'Team').members.size).toBe(2)
    expect(await findings()).toEqual([])
  })

  test('a target that cannot be read says so, and is not asked', async () => {
    const target = webhookTarget({ kind: 'webhook', url: there.url, secrets: [secret], learned: {} })
    const { found, result } = await compare(here, undefined, target)
    expect([found, result]).toEqual([
      [],
      { kind: 'cannot', words: expect.stringContaining('cannot be read') },
    ])
  })

  test('several pages: 250 people, one gone and one strange', async () => {
    for (let n = 0; n < 250; n += 1)
      there.users.set(`p${n}`, {
        id: `p${n}`,
        body: { userName: `p${n}@example.com`, active: n % 2 === 0 },
        members: new Set(),
      })
    const id = await make('anna')
    one(there.users, 'anna').body['active'] = false
    const all = await findings()
    expect(all.filter(({ kind }) => kind === 'extra')).toHaveLength(250)
    expect(all.filter(({ kind }) => kind !== 'extra')).toMatchObject([{ kind: 'active', id }])
  })

  test('another connection’s accounts are no findings, and nothing of it is told', async () => {
    await make('anna')
    const other = await world()
    const auth = { kind: 'bearer', token: there.token }
    await other.target({ kind: 'scim', url: there.url, auth })
    const { found } = await compare(other)
    expect(found).toEqual([])
  })
})
