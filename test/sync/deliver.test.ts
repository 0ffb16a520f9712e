import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sql } from '../../worker/store/database.ts'
import { downstream, type Downstream } from './downstream.ts'
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
  there.seen.length = 0
  there.spoil = () => undefined
  here = await world()
  const set = await here.target({
    kind: 'scim',
    url: there.url,
    auth: { kind: 'bearer', token: there.token },
  })
  expect(set).toMatchObject({ kind: 'set' })
})

const anna = { userName: 'anna@example.com', displayName: 'Anna', externalId: 'okta-1' }
const off = { Operations: [{ op: 'replace', path: 'active', value: false }] }
const only = () => [...there.users.values()]

describe('a change is brought to the target in its request', () => {
  test('create, rename, suspend, reactivate: the same account, each in one request more', async () => {
    const made = await here.send('POST', '/Users', anna)
    expect(made.status).toBe(201)
    expect(only()).toMatchObject([{ body: { userName: 'anna@example.com', active: true } }])
    const path = `/Users/${idOf(made)}`
    here.trips()
    const renamed = await here.send('PATCH', path, {
      Operations: [{ op: 'replace', path: 'displayName', value: 'Anna B' }],
    })
    expect([renamed.status, here.trips()]).toEqual([200, 2])
    expect(only()).toMatchObject([{ body: { displayName: 'Anna B' } }])
    expect((await here.send('PATCH', path, off)).status).toBe(200)
    expect(only()).toMatchObject([{ body: { active: false, displayName: 'Anna B' } }])
    await here.send('PUT', path, { ...anna, active: true })
    expect(only()).toMatchObject([{ body: { active: true } }])
    expect(await here.rows(sql`SELECT * FROM deliveries WHERE connection = ${here.connection}`)).toEqual([])
  })

  test('a group with members, by their accounts there', async () => {
    const [a, b] = [
      await here.send('POST', '/Users', anna),
      await here.send('POST', '/Users', { userName: 'ben@example.com' }),
    ].map(idOf)
    const group = await here.send('POST', '/Groups', { displayName: 'Team', members: [{ value: a }] })
    expect(group.status).toBe(201)
    const account = (name: string) => only().find(({ body }) => body['userName'] === name)?.id
    const members = () => [...there.groups.values()].map((one) => [...one.members])
    expect(members()).toEqual([[account('anna@example.com')]])
    await here.send('PATCH', `/Groups/${idOf(group)}`, {
      Operations: [
        { op: 'add', path: 'members', value: [{ value: b }] },
        { op: 'remove', path: `members[value eq "${a}"]` },
      ],
    })
    expect(members()).toEqual([[account('ben@example.com')]])
    await here.send('DELETE', `/Groups/${idOf(group)}`)
    expect([...there.groups.values()]).toEqual([])
    expect(await here.rows(sql`SELECT * FROM deliveries WHERE connection = ${here.connection}`)).toEqual([])
    expect(await here.rows(sql`SELECT * FROM member_steps WHERE connection = ${here.connection}`)).toEqual([])
  })

  test('a deleted person is suspended there, and comes back as the same account', async () => {
    const made = await here.send('POST', '/Users', anna)
    expect((await here.send('DELETE', `/Users/${idOf(made)}`)).status).toBe(204)
    expect(only()).toMatchObject([{ body: { active: false } }])
    const again = await here.send('POST', '/Users', anna)
    expect(again.status).toBe(201)
    expect(idOf(again)).not.toBe(idOf(made))
    expect(only()).toHaveLength(1)
    expect(only()).toMatchObject([{ body: { active: true } }])
  })

  test('a deactivation has a receipt: asked, stored, confirmed', async () => {
    const made = await here.send('POST', '/Users', anna)
    await here.send('PATCH', `/Users/${idOf(made)}`, off)
    const receipts = await here.rows(sql`SELECT * FROM receipts WHERE connection = ${here.connection}`)
    expect(receipts).toMatchObject([
      {
        resource: idOf(made),
        asked: expect.any(String),
        stored: expect.any(String),
        confirmed: expect.any(String),
        remote: only()[0]?.id,
      },
    ])
  })
})

describe('what cannot be done now', () => {
  test('a target that is away: the request stands, and cron brings it', async () => {
    there.spoil = ({ method }) => (method === 'POST' ? { kind: 'answer', status: 503 } : undefined)
    const made = await here.send('POST', '/Users', anna)
    expect(made.status).toBe(201)
    expect(only()).toEqual([])
    there.spoil = () => undefined
    await here.rows(sql`SELECT 1`)
    await here.database.write([sql`UPDATE deliveries SET due = '2000' WHERE connection = ${here.connection}`])
    const swept = await here.sweep()
    expect(swept.outcomes.done).toBe(1)
    expect(only()).toMatchObject([{ body: { userName: 'anna@example.com' } }])
  })

  test('a create whose answer is lost makes nobody twice', async () => {
    there.spoil = ({ method }) => (method === 'POST' ? { kind: 'reset', after: true } : undefined)
    expect((await here.send('POST', '/Users', anna)).status).toBe(201)
    there.spoil = () => undefined
    await here.database.write([sql`UPDATE deliveries SET due = '2000' WHERE connection = ${here.connection}`])
    expect((await here.sweep()).outcomes.done).toBe(1)
    expect(only()).toHaveLength(1)
    expect(there.seen.filter(({ method }) => method === 'POST')).toHaveLength(1)
  })

  test('a value the target refuses: 4xx, and taken back here', async () => {
    const made = await here.send('POST', '/Users', anna)
    there.spoil = ({ method }) =>
      method === 'PATCH'
        ? {
            kind: 'answer',
            status: 400,
            body: {
              schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
              status: '400',
              scimType: 'invalidValue',
              detail: 'title is too long',
            },
          }
        : undefined
    const refused = await here.send('PATCH', `/Users/${idOf(made)}`, {
      Operations: [{ op: 'replace', path: 'title', value: 'Boss' }],
    })
    expect(refused.status).toBe(400)
    expect(JSON.stringify(refused.body)).toContain('title is too long')
    const now = await here.send('GET', `/Users/${idOf(made)}`)
    expect(now.body).not.toHaveProperty('title')
  })

  test.each([
    [{ status: 409, detail: 'userName is taken' }, 409, 'uniqueness'],
    [{ status: 400, scimType: 'mutability', detail: 'userName stays' }, 400, 'mutability'],
    [{ status: 400, scimType: 'tooMany', detail: 'no' }, 400, 'invalidValue'],
  ] as const)('what the target refuses with %j is refused here as %i %s', async (said, status, scimType) => {
    const made = await here.send('POST', '/Users', anna)
    const schemas = ['urn:ietf:params:scim:api:messages:2.0:Error']
    there.spoil = ({ method }) =>
      method === 'PATCH'
        ? { kind: 'answer', status: said.status, body: { schemas, ...said, status: String(said.status) } }
        : undefined
    const refused = await here.send('PATCH', `/Users/${idOf(made)}`, {
      Operations: [{ op: 'replace', path: 'userName', value: 'ben@example.com' }],
    })
    expect(refused).toMatchObject({ status, body: { scimType } })
    expect((await here.send('GET', `/Users/${idOf(made)}`)).body).toMatchObject({ userName: anna.userName })
  })

  test('a create the target refuses: nobody here either', async () => {
    there.spoil = ({ method }) => (method === 'POST' ? { kind: 'answer', status: 400 } : undefined)
    const refused = await here.send('POST', '/Users', anna)
    expect(refused.status).toBe(400)
    expect((await here.send('GET', '/Users?filter=userName eq "anna@example.com"')).body).toMatchObject({
      totalResults: 0,
    })
    expect(await here.rows(sql`SELECT * FROM deliveries WHERE connection = ${here.connection}`)).toEqual([])
  })

  test('a deactivation that is refused stays wanted, is told, and is tried again', async () => {
    const made = await here.send('POST', '/Users', anna)
    there.spoil = ({ method }) => (method === 'PATCH' ? { kind: 'answer', status: 400 } : undefined)
    const refused = await here.send('PATCH', `/Users/${idOf(made)}`, off)
    expect(refused.status).toBe(400)
    expect((await here.send('GET', `/Users/${idOf(made)}`)).body).toMatchObject({ active: false })
    expect(await here.rows(sql`SELECT kind FROM alarms WHERE connection = ${here.connection}`)).toEqual([
      { kind: 'refused' },
    ])
    there.spoil = () => undefined
    await here.database.write([sql`UPDATE deliveries SET due = '2000' WHERE connection = ${here.connection}`])
    await here.sweep()
    expect(only()).toMatchObject([{ body: { active: false } }])
  })
})
