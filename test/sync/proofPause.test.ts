import { afterAll, expect, test } from 'vitest'
import { sql } from '../../worker/store/database.ts'
import { startOnepassword } from '../targets/servers/onepassword.ts'
import { MINUTE, off, patch } from './guarded.ts'
import { idOf, world } from './world.ts'

const server = await startOnepassword()
afterAll(() => server.stop())

test('a Users API that asks for time holds up the deactivation it does not prove, and nothing else', async () => {
  let clock = 0
  const here = await world({ now: () => new Date(Date.now() + clock) })
  const { scimUrl, scimToken, clientId, clientSecret, accountId, apiBase: base } = server
  const users = { clientId, clientSecret, accountId, base }
  const entered = { kind: 'onepassword', region: 'com', scimUrl, scimToken, users }
  expect(await here.target(entered)).toMatchObject({ kind: 'set' })
  const [ann, ben, cleo] = await Promise.all(
    ['ann', 'ben', 'cleo'].map(async (name) => {
      const userName = `${name}@example.com`
      const emails = [{ value: userName, primary: true }]
      return idOf(await here.send('POST', '/Users', { userName, displayName: name, emails }))
    }),
  )
  server.fail({ path: '/v1beta1', what: 'status', status: 429, headers: { 'retry-after': '600' }, times: 9 })
  await here.send('PATCH', `/Users/${ann}`, off)
  server.mend()
  expect(await here.rows(sql`SELECT until FROM stops`)).toEqual([])
  // What was not proven waits as long as it was asked to, up to the longest pause of a deactivation.
  const [{ due = '' } = {}] = await here.rows(sql`SELECT due FROM deliveries`)
  expect(Math.round((Date.parse(String(due)) - Date.now()) / 1000)).toBeGreaterThan(280)
  await here.send('PATCH', `/Users/${cleo}`, patch({ op: 'replace', path: 'displayName', value: 'Cleo' }))
  await here.send('PATCH', `/Users/${ben}`, off)
  expect(server.person('ben@example.com').isSuspended).toBe(true)
  expect(server.person('cleo@example.com').displayName).toBe('Cleo')
  clock += 6 * MINUTE
  await here.sweep()
  expect(await here.rows(sql`SELECT resource FROM deliveries`)).toEqual([])
})
