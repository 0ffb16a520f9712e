import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { resourceTypes } from '../../worker/scim/resourceTypes.ts'
import { sql } from '../../worker/store/database.ts'
import { lockPerson } from '../../worker/store/lock.ts'
import { previewOn, setMapping } from '../../worker/sync/setMapping.ts'
import { downstream, type Downstream } from './downstream.ts'
import { resyncOf } from './resyncing.ts'
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
  await here.target({ kind: 'scim', url: there.url, auth: { kind: 'bearer', token: there.token } })
})

const anna = { userName: 'anna@example.com', nickName: 'Annie', title: 'Boss' }
const off = { Operations: [{ op: 'replace', path: 'active', value: false }] }
const nick = [{ rename: { from: 'nickName', to: 'displayName' } }, { drop: 'title' }]
const gone = [{ drop: 'urn:x:was:Here:floor' }]
const only = () => [...there.users.values()]
const writes = () => there.seen.filter(({ method }) => method !== 'GET')
const mine = () => here.rows(sql`SELECT state, words FROM deliveries WHERE connection = ${here.connection}`)
const alarms = () =>
  here.rows(sql`SELECT kind, subject FROM alarms WHERE connection = ${here.connection} AND cleared IS NULL`)
const set = (mapping: unknown) =>
  setMapping(here.database, here.connection, mapping, {
    types: resourceTypes,
    sign: here.sign,
    newId: () => crypto.randomUUID(),
    now: () => new Date(),
  })

describe('an attribute mapping', () => {
  test('the target gets what it makes, and the provider sees what it sent', async () => {
    expect(await set(nick)).toEqual({ kind: 'set', rules: 2, due: 0 })
    const made = await here.send('POST', '/Users', anna)
    expect(made.body).toMatchObject({ nickName: 'Annie', title: 'Boss' })
    expect(only()).toMatchObject([{ body: { displayName: 'Annie' } }])
    expect(only()[0]?.body).not.toHaveProperty('title')
    there.seen.length = 0
    await here.send('PATCH', `/Users/${idOf(made)}`, {
      Operations: [{ op: 'replace', path: 'title', value: 'Head' }],
    })
    expect(writes()).toEqual([])
    expect(await mine()).toEqual([])
  })

  test('somebody deleted whose create may have happened is found by the mapped name', async () => {
    await set([{ rename: { from: 'externalId', to: 'userName' } }])
    there.spoil = ({ method }) => (method === 'POST' ? { kind: 'reset', after: true } : undefined)
    const made = await here.send('POST', '/Users', { userName: 'anna', externalId: 'a-1' })
    expect(only()).toMatchObject([{ body: { userName: 'a-1', active: true } }])
    there.spoil = () => undefined
    await here.send('DELETE', `/Users/${idOf(made)}`)
    await here.database.write([sql`UPDATE deliveries SET due = '2000' WHERE connection = ${here.connection}`])
    await here.sweep()
    expect(only()).toMatchObject([{ body: { userName: 'a-1', active: false } }])
  })

  test('changed, it makes everything due, and only what differs is sent', async () => {
    await here.send('POST', '/Users', anna)
    await here.send('POST', '/Users', { userName: 'ben@example.com', displayName: 'Ben' })
    there.seen.length = 0
    expect(await set(nick)).toEqual({ kind: 'set', rules: 2, due: 2 })
    await here.sweep()
    expect(writes()).toHaveLength(1)
    expect(only()).toMatchObject([{ body: { displayName: 'Annie' } }, { body: { displayName: 'Ben' } }])
    expect(only()[0]?.body).not.toHaveProperty('title')
    expect(await mine()).toEqual([])
  })

  test('what was under way as it changed is brought once more', async () => {
    let changed: Promise<unknown> | undefined
    there.spoil = ({ method }) => {
      if (method === 'POST') changed ??= set(nick)
      return undefined
    }
    here = await world({
      fetchTarget: async (request) => {
        const response = await fetch(request)
        await changed
        return response
      },
    })
    await here.target({ kind: 'scim', url: there.url, auth: { kind: 'bearer', token: there.token } })
    await here.send('POST', '/Users', anna)
    expect(await mine()).toMatchObject([{ state: 'due' }])
    await here.sweep()
    expect(only()).toMatchObject([{ body: { displayName: 'Annie' } }])
  })

  test('with faults it is not kept, and each is named', async () => {
    const result = await set([{ drop: 'userName' }, { swap: 1 }])
    expect(result).toMatchObject({ kind: 'faults', faults: [expect.any(String), expect.any(String)] })
    await here.send('POST', '/Users', anna)
    expect(only()).toMatchObject([{ body: { nickName: 'Annie' } }])
  })

  test('is shown on a real person, by userName or id, and nothing is kept', async () => {
    const made = await here.send('POST', '/Users', anna)
    const preview = (person: string, mapping: unknown) =>
      previewOn(here.database, here.connection, person, mapping, resourceTypes)
    const shown = await preview('ANNA@example.com', nick)
    expect(shown).toEqual({
      kind: 'preview',
      userName: 'anna@example.com',
      differences: expect.arrayContaining([
        { path: 'nickName', before: 'Annie', after: undefined },
        { path: 'displayName', before: undefined, after: 'Annie' },
        { path: 'title', before: 'Boss', after: undefined },
      ]),
    })
    expect(await preview(idOf(made), nick)).toEqual(shown)
    expect(await preview('nobody', nick)).toMatchObject({ kind: 'faults' })
    expect(await preview('anna@example.com', [{ swap: 1 }])).toMatchObject({ kind: 'faults' })
  })
})

describe('a mapping that does not fit the schemas any more', () => {
  test('changes wait with words and one alarm; a deactivation goes, and changes nothing else', async () => {
    const made = await here.send('POST', '/Users', { ...anna, displayName: 'Anna' })
    const ben = await here.send('POST', '/Users', { userName: 'ben@example.com' })
    await here.settings({ mapping: gone })
    there.seen.length = 0
    const renamed = { Operations: [{ op: 'replace', path: 'displayName', value: 'A' }] }
    expect((await here.send('PATCH', `/Users/${idOf(made)}`, renamed)).status).toBe(200)
    expect((await here.send('PATCH', `/Users/${idOf(ben)}`, renamed)).status).toBe(200)
    expect(there.seen).toEqual([])
    expect(await mine()).toMatchObject([
      { state: 'due', words: expect.stringContaining('mapping[0]') },
      { state: 'due' },
    ])
    expect(await alarms()).toEqual([{ kind: 'mapping', subject: '' }])
    expect((await here.send('PATCH', `/Users/${idOf(made)}`, off)).status).toBe(200)
    expect(only()).toMatchObject([{ body: { active: false, displayName: 'Anna' } }, { body: {} }])
    const confirmed = sql`SELECT confirmed FROM receipts WHERE connection = ${here.connection}`
    expect(await here.rows(confirmed)).toEqual([{ confirmed: expect.any(String) }])
    expect((await here.send('DELETE', `/Users/${idOf(ben)}`)).status).toBe(204)
    expect(only()).toMatchObject([{ body: { active: false } }, { body: { active: false } }])
    expect(await alarms()).toEqual([{ kind: 'mapping', subject: '' }])
  })

  test('whom an admin locks is suspended all the same', async () => {
    const made = await here.send('POST', '/Users', { ...anna, displayName: 'Anna' })
    await here.settings({ mapping: gone })
    const locked = { who: 'admin', why: 'gone' }
    expect(await lockPerson(here.database, await resyncOf(here), idOf(made), locked)).toBe(true)
    await here.sweep()
    expect(only()).toMatchObject([{ body: { active: false, displayName: 'Anna' } }])
  })

  test('mended, everything goes, and the alarm is over', async () => {
    const made = await here.send('POST', '/Users', anna)
    await here.settings({ mapping: gone })
    const renamed = { Operations: [{ op: 'replace', path: 'nickName', value: 'A' }] }
    await here.send('PATCH', `/Users/${idOf(made)}`, renamed)
    expect(await set(nick)).toMatchObject({ kind: 'set' })
    expect(await alarms()).toEqual([])
    await here.sweep()
    expect(only()).toMatchObject([{ body: { displayName: 'A' } }])
    expect(await mine()).toEqual([])
  })
})
