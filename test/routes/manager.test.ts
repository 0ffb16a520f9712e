import { expect, test } from 'vitest'
import { at, bridge, countingRows, idOf, objectOf, patchOp, resourcesOf, type Bridge } from '../bridge.ts'

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User'
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
const BASE = 'https://bridge.test/scim/v2'

const employee = (userName: string, manager: object) => ({
  schemas: [USER, ENTERPRISE],
  userName,
  [ENTERPRISE]: { manager },
})
const make = async (to: Bridge, endpoint: string, body: object) => idOf(await to.send('POST', endpoint, body))
const managerOf = async (to: Bridge, id: string) =>
  at((await to.send('GET', `/Users/${id}`)).body, ENTERPRISE, 'manager')

test('a manager is known by any name the person has, and as soon and as long as the person is there', async () => {
  const to = await bridge()
  const boss = await make(to, '/Users', { userName: 'bo' })
  const anna = await make(to, '/Users', employee('anna', { value: boss }))
  const $ref = `${BASE}/Users/${boss}`
  expect(await managerOf(to, anna)).toEqual({ value: boss, $ref, displayName: 'bo' })
  await to.send('PATCH', `/Users/${boss}`, patchOp({ op: 'add', path: 'displayName', value: 'Bo Ek' }))
  expect(await managerOf(to, anna)).toEqual({ value: boss, $ref, displayName: 'Bo Ek' })
  await to.send('DELETE', `/Users/${boss}`)
  expect(await managerOf(to, anna)).toEqual({ value: boss })
})

test.each([
  ['a person of another connection', async () => make(await bridge(), '/Users', { userName: 'bo' })],
  ['a group', (to: Bridge) => make(to, '/Groups', { displayName: 'Board' })],
  ['nobody', () => Promise.resolve('00u1')],
])('%s is no manager the bridge knows', async (_, other) => {
  const to = await bridge()
  const value = await other(to)
  const anna = await make(to, '/Users', employee('anna', { value }))
  expect(await managerOf(to, anna)).toEqual({ value })
})

test('what was read of a manager, sent back, changes nothing', async () => {
  const to = await bridge({ mode: 'strict' })
  const boss = await make(to, '/Users', { schemas: [USER], userName: 'bo' })
  const made = await to.send('POST', '/Users', employee('anna', { value: boss }))
  const path = `/Users/${idOf(made)}`
  const manager = at(made.body, ENTERPRISE, 'manager')
  for (const op of ['add', 'replace']) {
    const patch = patchOp({ op, path: `${ENTERPRISE}:manager`, value: manager })
    expect((await to.send('PATCH', path, patch)).body).toEqual(made.body)
  }
  expect((await to.send('PUT', path, objectOf(made))).body).toEqual(made.body)
})

test('lists show managers, and are found and ordered by their names', async () => {
  const to = await bridge()
  const [zoe, bo] = [
    await make(to, '/Users', { userName: 'zoe' }),
    await make(to, '/Users', { userName: 'bo' }),
  ]
  const anna = await make(to, '/Users', employee('anna', { value: zoe }))
  const cy = await make(to, '/Users', employee('cy', { value: bo }))
  const names = async (query: string) =>
    resourcesOf(await to.send('GET', `/Users?${query}`)).map((each) => [
      at(each, 'id'),
      at(each, ENTERPRISE, 'manager', 'displayName'),
    ])
  const place = `${ENTERPRISE}:manager`
  const has = `filter=${encodeURIComponent(`${place} pr`)}`
  expect(await names(has)).toEqual([
    [anna, 'zoe'],
    [cy, 'bo'],
  ])
  expect(await names(`${has}&sortBy=${place}.displayName`)).toEqual([
    [cy, 'bo'],
    [anna, 'zoe'],
  ])
  expect(await names(`${has}&excludedAttributes=${ENTERPRISE}`)).toEqual([
    [anna, undefined],
    [cy, undefined],
  ])
  const filter = (text: string) => `filter=${encodeURIComponent(text)}`
  expect(await names(filter(`${place}[displayName sw "Z"]`))).toEqual([[anna, 'zoe']])
  const answer = await to.send('GET', `/Users?${filter(`${place}.$ref eq "${BASE}/Users/${bo}"`)}`)
  expect([answer.status, at(answer.body, 'scimType')]).toEqual([400, 'invalidFilter'])
})

test('a manager is read from an index, in the same trip', async () => {
  const to = await bridge()
  const boss = await make(to, '/Users', { userName: 'bo' })
  for (let index = 0; index < 20; index += 1) await make(to, '/Users', { userName: `person${index}` })
  const alone = await make(to, '/Users', { userName: 'anna' })
  const led = await make(to, '/Users', employee('cy', { value: boss }))
  const counted = await countingRows({ connection: to.connection })
  const cost = async (id: string) => {
    counted.trips()
    await counted.send('GET', `/Users/${id}`)
    expect(counted.trips()).toBe(1)
    return counted.rows().read
  }
  expect((await cost(led)) - (await cost(alone))).toBeLessThanOrEqual(2)
})
