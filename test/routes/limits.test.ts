import { expect, inject, test } from 'vitest'
import { openDatabase, sql } from '../../worker/store/database.ts'
import { revokeToken } from '../../worker/store/tokens.ts'
import { at, bridge, countingRows, idOf, ROW_WOBBLE, patchOp, resourcesOf, type Bridge } from '../bridge.ts'
import { database } from '../worker.ts'

/** Puts people into the database, and all of them into new groups. Gives the groups' ids. */
async function groupsOf(to: Bridge, members: number, groups: number): Promise<readonly string[]> {
  const ids = Array.from({ length: groups }, () => crypto.randomUUID())
  const insert = (type: string, list: string, name: string) =>
    sql`INSERT INTO resources (connection, id, type, version, created, modified, document, folded)
      SELECT ${to.connection}, value, ${type}, 1, '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z',
        json_object(${name}, value), json_object(${name}, value) FROM json_each(${list})`
  // More than any request writes: in pieces, each with its own time.
  const wide = () => openDatabase({ url: inject('libsqlUrl'), timeout: 25_000 })
  await wide().write([insert('Group', JSON.stringify(ids), 'displayName')])
  for (let left = members; left > 0; left -= 20_000) {
    const people = JSON.stringify(Array.from({ length: Math.min(left, 20_000) }, () => crypto.randomUUID()))
    await wide().write([
      insert('User', people, 'userName'),
      sql`INSERT INTO members SELECT ${to.connection}, g.value, p.value
        FROM json_each(${JSON.stringify(ids)}) g, json_each(${people}) p`,
    ])
  }
  return ids
}

test('members are shown up to 1,000 and beyond it left out whole, unless asked for', async () => {
  const to = await bridge()
  const [id] = await groupsOf(to, 1_000, 1)
  expect(at((await to.send('GET', `/Groups/${id}`)).body, 'members')).toHaveLength(1_000)
  const one = idOf(await to.send('POST', '/Users', { userName: 'one more' }))
  await to.send('PATCH', `/Groups/${id}`, patchOp({ op: 'add', path: 'members', value: [{ value: one }] }))
  for (const path of [`/Groups/${id}`, `/Groups/${id}?excludedAttributes=meta`]) {
    expect(at((await to.send('GET', path)).body, 'members')).toBeUndefined()
  }
  expect(at((await to.send('GET', `/Groups/${id}?attributes=members`)).body, 'members')).toHaveLength(1_001)
  const put = await to.send('PUT', `/Groups/${id}`, (await to.send('GET', `/Groups/${id}`)).body)
  expect(at(put.body, 'meta', 'version')).toBe('W/"2"')
})

test('a page of many large groups is answered, and one that cannot be says what to ask for', async () => {
  const to = await bridge()
  await groupsOf(to, 1_000, 150)
  const page = await to.send('GET', '/Groups?count=150')
  expect([page.status, resourcesOf(page).length]).toEqual([200, 150])
  const asked = await to.send('GET', '/Groups?count=150&attributes=members')
  expect(asked).toMatchObject({ status: 400, body: { scimType: 'tooMany' } })
  expect(at(asked.body, 'detail')).toContain('GET /Users?filter=groups.value eq "ID"')
})

test(
  'a group with more members than one answer can hold says by which query they are read',
  { timeout: 120_000 },
  async () => {
    const to = await bridge({ timeout: 25_000 })
    const [id] = await groupsOf(to, 130_000, 1)
    const asked = await to.send('GET', `/Groups/${id}?attributes=members`)
    expect([asked.status, at(asked.body, 'scimType')]).toEqual([400, 'tooMany'])
    const query = /GET (\S+)\?filter=(.*)$/.exec(String(at(asked.body, 'detail')))
    const page = await to.send('GET', `${query?.[1]}?count=2&filter=${encodeURIComponent(query?.[2] ?? '')}`)
    expect([page.status, at(page.body, 'totalResults'), resourcesOf(page).length]).toEqual([200, 130_000, 2])
  },
)

test('a group of 60,000 members can be read, renamed, and put whole', { timeout: 120_000 }, async () => {
  const to = await bridge({ timeout: 25_000 })
  const [id] = await groupsOf(to, 60_000, 1)
  expect((await to.send('GET', `/Groups/${id}`)).status).toBe(200)
  expect((await to.send('PUT', `/Groups/${id}`, { displayName: 'n' })).status).toBe(200)
  const [rows] = await database().read([sql`SELECT member_id FROM members WHERE group_id = ${id}`])
  const members = (rows ?? []).map((row) => ({ value: row['member_id'] }))
  const put = await to.send('PUT', `/Groups/${id}`, { displayName: 'n', members })
  expect([put.status, at(put.body, 'meta', 'version')]).toEqual([200, 'W/"2"'])
})

test('a resource may be 256 KiB, however it grows', async () => {
  const to = await bridge()
  const long = 'x'.repeat(60_000)
  const person = { userName: 'a', title: long, nickName: long, userType: long, locale: long }
  const created = await to.send('POST', '/Users', person)
  expect(created.status).toBe(201)
  const path = `/Users/${idOf(created)}`
  const refused = [
    await to.send('POST', '/Users', { ...person, userName: 'b', timezone: long }),
    await to.send('PUT', path, { ...person, timezone: long }),
    await to.send('PATCH', path, patchOp({ op: 'replace', value: { timezone: long } })),
    await to.send('PATCH', path, patchOp({ op: 'add', path: 'emails', value: [{ value: long }] })),
  ]
  expect(refused.map(({ status }) => status)).toEqual([413, 413, 413, 413])
  expect((await to.send('GET', path)).body).toEqual(created.body)
  expect((await to.send('PATCH', path, patchOp({ op: 'replace', value: { active: false } }))).status).toBe(
    200,
  )
})

test('a look-up, a create and a revival read as few rows among 3,000 people as among 30', async () => {
  const counts = await Promise.all(
    [30, 3_000].map(async (people) => {
      const to = await bridge()
      await groupsOf(to, people, 1)
      const counting = await countingRows({ connection: to.connection })
      const cost = async (...request: [string, string, unknown?]) => {
        const { status } = await counting.send(...request)
        return [request[0], status, counting.rows().read]
      }
      const look = (filter: string) => `/Users?filter=${encodeURIComponent(filter)}`
      const first = await cost('POST', '/Users', {
        userName: 'a',
        externalId: 'E',
        displayName: 'D',
        active: false,
      })
      return [
        first,
        await cost('GET', look('userName eq "a"')),
        await cost('GET', look('externalId eq "E"')),
        await cost('GET', look('displayName eq "D"')),
        await cost('GET', look('externalId eq "none"')),
        await cost('POST', '/Users', { userName: 'b', externalId: 'E' }),
        await cost('POST', '/Groups', { displayName: 'g', externalId: 'E' }),
      ]
    }),
  )
  expect(counts[0]?.map(([, status]) => status)).toEqual([201, 200, 200, 200, 200, 201, 201])
  for (const [index, [method, status, read]] of (counts[1] ?? []).entries()) {
    const among30 = Number(counts[0]?.[index]?.[2])
    expect([method, status, Math.abs(Number(read) - among30) <= ROW_WOBBLE]).toEqual([method, status, true])
  }
})

test('whoever is refused reads no row: the size of what is there cannot be told', async () => {
  const to = await bridge()
  await groupsOf(to, 500, 1)
  const revoked = await countingRows({ connection: to.connection })
  await revokeToken(database(), revoked.jti, new Date())
  expect((await revoked.send('GET', '/Users')).status).toBe(401)
  expect(revoked.rows().read).toBeLessThan(20)
})
