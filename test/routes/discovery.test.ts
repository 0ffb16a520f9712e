import { describe, expect, test } from 'vitest'
import { bridge } from '../bridge.ts'

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User'

describe.each([
  '/ServiceProviderConfig',
  '/ResourceTypes',
  '/ResourceTypes/User',
  '/Schemas',
  `/Schemas/${USER}`,
])('%s', (path) => {
  test('answers without a token, and then without the database', async () => {
    const to = await bridge()
    to.trips()
    const open = await to.send('GET', path, undefined, { authorization: null })
    expect([open.status, to.trips()]).toEqual([200, 0])
    expect((await to.send('GET', path)).status).toBe(200)
    expect(to.trips()).toBe(1)
  })

  test('refuses a wrong token, and changes', async () => {
    const to = await bridge()
    expect((await to.send('GET', path, undefined, { authorization: 'Bearer wrong' })).status).toBe(401)
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      expect((await to.send(method, path, {})).status, method).toBe(405)
      expect((await to.send(method, path, {}, { authorization: null })).status, method).toBe(405)
    }
    expect((await to.send('GET', `${path}?filter=id%20pr`)).status).toBe(403)
  })
})
