import { expect, test } from 'vitest'
import { at, bridge, idOf, patchOp, resourcesOf } from '../bridge.ts'
import { custom, DEVICE, WARRANTY } from '../custom.ts'
import { sql } from '../../worker/store/database.ts'
import { revokeToken } from '../../worker/store/tokens.ts'
import { database } from '../worker.ts'

const laptop = {
  schemas: [DEVICE, WARRANTY],
  displayName: 'Laptop',
  [WARRANTY]: { until: '2030-01-01T00:00:00Z' },
}
const rename = patchOp({ op: 'replace', path: 'displayName', value: 'mine' })

test('a declared kind of resource of another connection is as if it were not there, and stays as it is', async () => {
  const [mine, theirs] = [await bridge({ custom }), await bridge({ custom })]
  const made = await theirs.send('POST', '/Devices', { ...laptop, externalId: 'E' })
  const path = `/Devices/${idOf(made)}`
  const requests: readonly [string, unknown?][] = [
    ['GET'],
    ['PUT', { ...laptop, displayName: 'mine' }],
    ['PATCH', rename],
    // Two trips: what may be set once, and what must not go, is worked out from the resource.
    ['PATCH', patchOp({ op: 'remove', path: WARRANTY })],
    ['DELETE'],
  ]
  for (const [method, body] of requests) {
    const answer = await mine.send(method, path, body)
    expect([method, answer.status]).toEqual([method, 404])
    expect(JSON.stringify(answer.body)).not.toContain(idOf(made))
  }
  for (const filter of [
    `id eq "${idOf(made)}"`,
    'displayName eq "laptop"',
    'externalId eq "E"',
    `${WARRANTY}:until pr`,
  ]) {
    const list = await mine.send('GET', `/Devices?filter=${encodeURIComponent(filter)}`)
    expect([filter, at(list.body, 'totalResults')]).toEqual([filter, 0])
  }
  expect(resourcesOf(await mine.send('GET', '/Devices'))).toEqual([])
  expect(resourcesOf(await mine.send('GET', '/'))).toEqual([])
  expect((await theirs.send('GET', path)).body).toEqual(made.body)
  const [changes] = await database().read([
    sql`SELECT type, kind FROM changes WHERE connection IN (${mine.connection}, ${theirs.connection})`,
  ])
  expect(changes).toMatchObject([{ type: 'Device', kind: 'create' }])
})

test('without a live token of its own connection nothing of it is answered', async () => {
  const to = await bridge({ custom })
  const path = `/Devices/${idOf(await to.send('POST', '/Devices', laptop))}`
  await revokeToken(database(), to.jti, new Date())
  for (const authorization of [null, 'Bearer drawbridge_local_x.y.z', `Bearer ${to.token}`]) {
    for (const [method, place] of [
      ['GET', '/Devices'],
      ['POST', '/Devices'],
      ['GET', path],
      ['PUT', path],
      ['PATCH', path],
      ['DELETE', path],
    ] as const) {
      const body = method === 'GET' || method === 'DELETE' ? undefined : laptop
      expect((await to.send(method, place, body, { authorization })).status).toBe(401)
    }
  }
})

test('a scope covers a declared kind of resource by the word of its endpoint', async () => {
  const whole = await bridge({ custom })
  const device = `/Devices/${idOf(await whole.send('POST', '/Devices', laptop))}`
  const person = idOf(await whole.send('POST', '/Users', { userName: 'a' }))
  const tried = async (allowed: { readonly scope?: string; readonly user?: string }) => {
    const to = await bridge({ custom, connection: whole.connection, allowed })
    const send = async (...request: [string, string, unknown?]) => (await to.send(...request)).status
    return [
      await send('GET', '/Devices'),
      await send('GET', device),
      await send('PATCH', device, rename),
      await send('GET', `/Users/${person}`),
      await send('GET', '/Groups'),
      await send('GET', '/'),
    ]
  }
  expect(await tried({})).toEqual([200, 200, 200, 200, 200, 200])
  expect(await tried({ scope: 'read' })).toEqual([200, 200, 403, 200, 200, 200])
  expect(await tried({ scope: 'devices' })).toEqual([200, 200, 200, 403, 403, 403])
  expect(await tried({ scope: 'devices read' })).toEqual([200, 200, 403, 403, 403, 403])
  expect(await tried({ scope: 'users groups' })).toEqual([403, 403, 403, 200, 200, 403])
  expect(await tried({ scope: 'users devices' })).toEqual([200, 200, 200, 200, 403, 403])
  expect(await tried({ user: person })).toEqual([403, 403, 403, 200, 403, 403])
})

test('two connections may hold the same declared resource', async () => {
  for (const to of [await bridge({ custom }), await bridge({ custom })]) {
    expect((await to.send('POST', '/Devices', { ...laptop, externalId: 'E' })).status).toBe(201)
    expect(at((await to.send('GET', '/Devices')).body, 'totalResults')).toBe(1)
  }
})
