import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sql } from '../../worker/store/database.ts'
import type { Settings, Switch } from '../../worker/store/settings.ts'
import { downstream, type Downstream } from './downstream.ts'
import { idOf, world, type Answer, type World } from './world.ts'

let there: Downstream
let here: World

beforeAll(async () => {
  there = await downstream()
})
afterAll(() => there.stop())

let [id, group] = ['', '']

beforeEach(async () => {
  there.users.clear()
  there.groups.clear()
  there.spoil = () => undefined
  here = await world()
  await here.target({ kind: 'scim', url: there.url, auth: { kind: 'bearer', token: there.token } })
  id = idOf(await here.send('POST', '/Users', anna))
  group = idOf(await here.send('POST', '/Groups', { displayName: 'Team', members: [{ value: id }] }))
  there.seen.length = 0
})

const anna = { userName: 'anna@example.com', displayName: 'Anna', active: true }
const setActive = (value: boolean) => ({ Operations: [{ op: 'replace', path: 'active', value }] })
const named = (displayName: string) => ({
  Operations: [{ op: 'replace', path: 'displayName', value: displayName }],
})
const turn = (switches: Partial<Record<Exclude<Switch, 'import'>, 'on' | 'off' | 'skip'>>) =>
  here.settings({
    switches: { create: 'on', update: 'on', deactivate: 'on', groups: 'on', import: 'on', ...switches },
  })
const people = () => [...there.users.values()].map(({ body }) => body)
const writes = () => there.seen.filter(({ method }) => method !== 'GET')
const skipped = () =>
  here.rows(
    sql`SELECT resource, state, words FROM deliveries WHERE connection = ${here.connection} ORDER BY seq`,
  )
const names = (answer: Answer, name: string) => {
  expect(answer.status).toBe(403)
  expect(JSON.stringify(answer.body)).toContain(name)
}

describe('a switch that is off', () => {
  test('create: 403, and so for whoever is to be active again; the rest goes', async () => {
    await here.send('PATCH', `/Users/${id}`, setActive(false))
    await turn({ create: 'off' })
    names(await here.send('POST', '/Users', { userName: 'ben@example.com' }), 'Create Users')
    names(await here.send('PATCH', `/Users/${id}`, setActive(true)), 'Create Users')
    names(await here.send('PUT', `/Users/${id}`, anna), 'Create Users')
    expect((await here.send('PATCH', `/Users/${id}`, named('A'))).status).toBe(200)
    expect((await here.send('POST', '/Groups', { displayName: 'Other' })).status).toBe(201)
    expect(people()).toMatchObject([{ active: false, displayName: 'A' }])
  })

  test('update: what changes an attribute is 403; a PUT that repeats what is there passes', async () => {
    await turn({ update: 'off' })
    names(await here.send('PATCH', `/Users/${id}`, named('A')), 'Update User Attributes')
    names(await here.send('PUT', `/Users/${id}`, { ...anna, title: 'Boss' }), 'Update User Attributes')
    expect((await here.send('PUT', `/Users/${id}`, anna)).status).toBe(200)
    expect((await here.send('PATCH', `/Users/${id}`, named('Anna'))).status).toBe(200)
    expect(writes()).toEqual([])
    expect((await here.send('PUT', `/Users/${id}`, { ...anna, active: false })).status).toBe(200)
    expect(people()).toMatchObject([{ active: false, displayName: 'Anna' }])
    expect((await here.send('POST', '/Users', { userName: 'ben@example.com' })).status).toBe(201)
  })

  test('deactivate: 403 by PATCH, PUT and DELETE, and the person stays active', async () => {
    await turn({ deactivate: 'off' })
    names(await here.send('PATCH', `/Users/${id}`, setActive(false)), 'Deactivate Users')
    names(await here.send('PUT', `/Users/${id}`, { ...anna, active: false }), 'Deactivate Users')
    names(await here.send('DELETE', `/Users/${id}`), 'Deactivate Users')
    expect((await here.send('GET', `/Users/${id}`)).body).toMatchObject({ active: true })
    expect((await here.send('PATCH', `/Users/${id}`, named('A'))).status).toBe(200)
    expect(people()).toMatchObject([{ active: true, displayName: 'A' }])
  })

  test('groups: 403 to every change of one; a PUT that repeats what is there passes', async () => {
    await turn({ groups: 'off' })
    names(await here.send('POST', '/Groups', { displayName: 'Other' }), 'Push Groups')
    names(await here.send('PATCH', `/Groups/${group}`, named('Other')), 'Push Groups')
    const out = { Operations: [{ op: 'remove', path: `members[value eq "${id}"]` }] }
    names(await here.send('PATCH', `/Groups/${group}`, out), 'Push Groups')
    names(await here.send('DELETE', `/Groups/${group}`), 'Push Groups')
    const same = { displayName: 'Team', members: [{ value: id }] }
    expect((await here.send('PUT', `/Groups/${group}`, same)).status).toBeLessThan(300)
    expect((await here.send('PATCH', `/Users/${id}`, named('A'))).status).toBe(200)
    expect(writes()).toHaveLength(1)
  })

  test('reads are refused by none', async () => {
    await turn({ create: 'off', update: 'off', deactivate: 'off', groups: 'off' })
    for (const path of ['/Users', `/Users/${id}`, '/Groups', `/Groups/${group}`])
      expect((await here.send('GET', path)).status).toBe(200)
  })
})

describe('a switch that skips', () => {
  test.each<[Switch, () => Promise<Answer>, string]>([
    ['create', () => here.send('POST', '/Users', { userName: 'ben@example.com' }), 'Create Users'],
    ['update', () => here.send('PATCH', `/Users/${id}`, named('A')), 'Update User Attributes'],
    ['deactivate', () => here.send('PATCH', `/Users/${id}`, setActive(false)), 'Deactivate Users'],
    ['groups', () => here.send('PATCH', `/Groups/${group}`, named('Other')), 'Push Groups'],
  ])('%s: 2xx, nothing is sent, and it is shown', async (name, ask, words) => {
    await turn({ [name]: 'skip' })
    expect((await ask()).status).toBeLessThan(300)
    expect(writes()).toEqual([])
    expect(await skipped()).toMatchObject([{ state: 'skipped', words: expect.stringContaining(words) }])
  })

  test('deactivate, by DELETE: kept at the target, and no receipt is confirmed', async () => {
    await turn({ deactivate: 'skip' })
    expect((await here.send('DELETE', `/Users/${id}`)).status).toBe(204)
    expect(people()).toMatchObject([{ active: true }])
    const receipts = sql`SELECT confirmed FROM receipts WHERE connection = ${here.connection}`
    expect(await here.rows(receipts)).toEqual([{ confirmed: null }])
  })

  test('what is let through of a change that is skipped in part goes', async () => {
    await turn({ update: 'skip' })
    const both = { Operations: [{ op: 'replace', value: { active: false, displayName: 'A' } }] }
    expect((await here.send('PATCH', `/Users/${id}`, both)).status).toBe(200)
    expect(people()).toMatchObject([{ active: false, displayName: 'Anna' }])
    const words = '"Update User Attributes" is switched off'
    expect(await skipped()).toMatchObject([{ state: 'skipped', words }])
  })
})

describe('the order of refusals', () => {
  const shut: Settings['state'] = { is: 'closed', since: new Date().toISOString() }

  test('403 of the token or a switch, then 429, then 404', async () => {
    await turn({ deactivate: 'off' })
    await here.settings({ state: shut })
    expect((await here.send('DELETE', '/Users/nobody')).status).toBe(403)
    await turn({})
    expect((await here.send('DELETE', '/Users/nobody')).status).toBe(429)
    expect((await here.send('PATCH', '/Users/nobody', named('A'))).status).toBe(429)
    await here.settings({ state: { is: 'active' } })
    expect((await here.send('DELETE', '/Users/nobody')).status).toBe(404)
    expect((await here.send('PATCH', '/Users/nobody', named('A'))).status).toBe(404)
  })

  test('401 comes before all of them', async () => {
    await turn({ deactivate: 'off' })
    const none = { authorization: 'Bearer nothing' }
    expect((await here.send('DELETE', `/Users/${id}`, undefined, none)).status).toBe(401)
  })
})
