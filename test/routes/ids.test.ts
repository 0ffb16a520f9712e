import { exports } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { sql } from '../../worker/store/database.ts'
import { at, bridge, idOf, patchOp, resourcesOf } from '../bridge.ts'
import { database } from '../worker.ts'

/** Ids that a target might give its resources. */
const ids = [
  'TUUWOM3BINHPRMYTZOI3H224DM',
  'a/b',
  '100%',
  'a%2Fb',
  'x y+z',
  'q?r#s',
  'Ünï©ødé 😀',
  'a"b\'c',
  '.search',
]

test.each(ids)('a resource with the id %j is reached at its own address', async (id) => {
  const to = await bridge()
  const document = JSON.stringify({ userName: 'anna' })
  await database().write([
    sql`INSERT INTO resources (connection, id, type, version, created, modified, document, folded)
      VALUES (${to.connection}, ${id}, 'User', 1, '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z', ${document}, ${document})`,
  ])
  const [listed] = resourcesOf(await to.send('GET', '/Users'))
  const location = at(listed, 'meta', 'location')
  if (typeof location !== 'string') throw new Error('no location')
  const request = (method: string, body?: object) =>
    exports.default.fetch(
      new Request(location, {
        method,
        headers: { authorization: to.token, 'content-type': 'application/scim+json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    )
  expect(await (await request('GET')).json()).toMatchObject({ id, userName: 'anna' })
  const patched = await request('PATCH', patchOp({ op: 'replace', value: { title: 'T' } }))
  expect(await patched.json()).toMatchObject({ id, title: 'T', meta: { location } })
  const group = await to.send('POST', '/Groups', { displayName: 'g', members: [{ value: id }] })
  expect(at(group.body, 'members', 0)).toMatchObject({ value: id, $ref: location })
  const removed = patchOp({ op: 'remove', path: `members[value eq ${JSON.stringify(id)}]` })
  expect((await to.send('PATCH', `/Groups/${idOf(group)}`, removed)).status).toBe(204)
  const found = await to.send('GET', `/Users?filter=${encodeURIComponent(`id eq ${JSON.stringify(id)}`)}`)
  expect(at(found.body, 'totalResults')).toBe(1)
  expect((await request('DELETE')).status).toBe(204)
  expect((await request('GET')).status).toBe(404)
})
