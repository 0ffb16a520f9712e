import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { signToken } from '../../worker/auth/token.ts'
import { readConfig } from '../../worker/config.ts'
import { sql } from '../../worker/store/database.ts'
import { at, bridge, idOf } from '../bridge.ts'
import { database } from '../worker.ts'

test('a token’s id is good for its own connection only, however it was signed', async () => {
  const [mine, theirs] = [await bridge(), await bridge()]
  const issued = Math.floor(Date.now() / 1000)
  const mixed = await signToken(readConfig(env), { connection: theirs.connection, jti: mine.jti, issued })
  for (const [method, body] of [
    ['GET', undefined],
    ['POST', { userName: 'x' }],
  ] as const) {
    const answer = await theirs.send(method, '/Users', body, { authorization: `Bearer ${mixed}` })
    expect([method, answer.status]).toEqual([method, 401])
  }
})

test('a token ends by its row, also where the token itself names no end', async () => {
  const to = await bridge()
  await database().write([
    sql`UPDATE tokens SET expires = ${Math.floor(Date.now() / 1000) - 1} WHERE jti = ${to.jti}`,
  ])
  expect((await to.send('GET', '/Users')).status).toBe(401)
  expect((await to.send('POST', '/Users', { userName: 'x' })).status).toBe(401)
})

test('two connections may hold the same ids: neither sees the other’s memberships', async () => {
  const [mine, theirs] = [await bridge(), await bridge()]
  const person = idOf(await theirs.send('POST', '/Users', { userName: 'anna', displayName: 'Theirs' }))
  const group = idOf(
    await theirs.send('POST', '/Groups', { displayName: 'crew', members: [{ value: person }] }),
  )
  await database().write([
    sql`INSERT INTO resources (connection, id, type, version, created, modified, document, folded)
      SELECT ${mine.connection}, id, type, 1, created, modified, '{"userName":"mine","displayName":"Mine"}',
        iif(type = 'User', '{"userName":"mine"}', '{"displayName":"mine"}')
      FROM resources WHERE connection = ${theirs.connection}`,
  ])
  expect(at((await mine.send('GET', `/Groups/${group}`)).body, 'members')).toBeUndefined()
  expect(at((await mine.send('GET', `/Users/${person}`)).body, 'groups')).toBeUndefined()
  expect(
    at(
      (await theirs.send('GET', `/Groups/${group}?attributes=members.display`)).body,
      'members',
      0,
      'display',
    ),
  ).toBe('Theirs')
  expect(at((await theirs.send('GET', `/Groups/${group}`)).body, 'members')).toHaveLength(1)
  expect((await mine.send('DELETE', `/Users/${person}`)).status).toBe(204)
  expect(at((await theirs.send('GET', `/Groups/${group}`)).body, 'members')).toHaveLength(1)
})

test('a change moves lastModified and leaves created; a revival too', async () => {
  let clock = new Date('2026-03-01T10:00:00.000Z')
  const to = await bridge({ now: () => clock })
  const created = await to.send('POST', '/Users', { userName: 'a', externalId: 'E', active: false })
  clock = new Date('2026-03-02T10:00:00.000Z')
  const put = await to.send('PUT', `/Users/${idOf(created)}`, { userName: 'a', title: 'T' })
  expect(put.body).toMatchObject({
    meta: { created: '2026-03-01T10:00:00.000Z', lastModified: '2026-03-02T10:00:00.000Z' },
  })
  clock = new Date('2026-03-03T10:00:00.000Z')
  const back = await to.send('POST', '/Users', { userName: 'a', externalId: 'E' })
  expect(back.body).toMatchObject({
    meta: { created: '2026-03-01T10:00:00.000Z', lastModified: '2026-03-03T10:00:00.000Z', version: 'W/"3"' },
  })
  const off = await to.send('POST', '/Users', { userName: 'b', externalId: 'E', active: false })
  expect(off.status).toBe(409)
})
