import { describe, expect, test } from 'vitest'
import { bridge, objectOf, type Bridge, type SentHeaders } from '../bridge.ts'

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
    // The first use of a token is written down after its answer.
    await to.send('GET', path)
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

test('tells the connection that asks whether it is held to the interoperability profile, and nobody else', async () => {
  const conformant = async (to: Bridge, headers: SentHeaders = {}) =>
    objectOf(await to.send('GET', '/ServiceProviderConfig', undefined, headers))['interopProfileConformant']
  expect(await conformant(await bridge())).toBe(false)
  expect(await conformant(await bridge({ mode: 'strict' }))).toBe(true)
  expect(await conformant(await bridge({ mode: 'strict' }), { authorization: null })).toBeUndefined()
})

test('a strict connection is not told of a password, and may send one all the same', async () => {
  for (const mode of ['tolerant', 'strict'] as const) {
    const to = await bridge({ mode })
    for (const path of [`/Schemas/${USER}`, '/Schemas']) {
      expect(JSON.stringify((await to.send('GET', path)).body).includes('"password"')).toBe(
        mode === 'tolerant',
      )
    }
    const made = await to.send('POST', '/Users', { schemas: [USER], userName: 'a', password: 'secret-1' })
    expect([made.status, JSON.stringify(made.body).includes('secret-1')]).toEqual([201, false])
  }
})
