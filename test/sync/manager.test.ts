import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { downstream, type Downstream } from './downstream.ts'
import { guarded, patch, type Guarded } from './guarded.ts'
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
