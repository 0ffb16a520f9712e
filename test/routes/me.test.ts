import { expect, test } from 'vitest'
import { at, bridge, idOf, objectOf } from '../bridge.ts'

async function person() {
  const to = await bridge()
  const id = idOf(await to.send('POST', '/Users', { userName: 'anna', displayName: 'Anna' }))
  idOf(await to.send('POST', '/Users', { userName: 'berta' }))
  return { to, id, own: await bridge({ connection: to.connection, allowed: { user: id } }) }
}

test('a token that names a person reads that person at /Me, in one trip', async () => {
  const { id, own } = await person()
  // The first use of a token is written down after its answer.
  await own.send('GET', '/Me')
  own.trips()
  const answer = await own.send('GET', '/Me')
  expect([answer.status, own.trips(), at(answer.body, 'id')]).toEqual([200, 1, id])
  expect(answer.body).toEqual((await own.send('GET', `/Users/${id}`)).body)
  for (const header of ['location', 'content-location'])
    expect(answer.headers.get(header), header).toBe(at(answer.body, 'meta', 'location'))
  const few = await own.send('GET', '/Me?attributes=userName')
  expect(Object.keys(objectOf(few)).toSorted()).toEqual(['id', 'schemas', 'userName'])
  const tag = answer.headers.get('etag')
  expect((await own.send('GET', '/Me', undefined, { 'if-none-match': tag })).status).toBe(304)
})

test('and nobody else, and changes nothing', async () => {
  const { own } = await person()
  for (const method of ['PUT', 'PATCH', 'DELETE'])
    expect((await own.send(method, '/Me', {})).status, method).toBe(403)
  expect((await own.send('POST', '/Me', {})).status).toBe(501)
  expect((await own.send('GET', '/Users')).status).toBe(403)
})

test('a token that names nobody has no /Me: 501, and says what to do', async () => {
  const { to } = await person()
  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
    const answer = await to.send(method, '/Me', method === 'GET' ? undefined : {})
    expect([answer.status, at(answer.body, 'detail')], method).toEqual([
      501,
      expect.stringContaining('/Users/{id}'),
    ])
  }
  expect((await to.send('GET', '/Me', undefined, { authorization: null })).status).toBe(401)
})

test('a person who has been deleted is 404', async () => {
  const { to, id, own } = await person()
  await to.send('DELETE', `/Users/${id}`)
  expect((await own.send('GET', '/Me')).status).toBe(404)
})
