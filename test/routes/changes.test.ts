import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { publicKey } from '../../worker/auth/head.ts'
import { newSecretKey } from '../../worker/auth/keys.ts'
import { readConfig } from '../../worker/config.ts'
import { keepLogs } from '../../worker/sync/keep.ts'
import { verifierOf } from '../../worker/sync/verify.ts'
import { sql, type Row } from '../../worker/store/database.ts'
import { at, bridge, idOf, patchOp, people, type Bridge } from '../bridge.ts'
import { database } from '../worker.ts'

async function changesOf(to: Bridge): Promise<readonly Row[]> {
  const [rows] = await database().read([
    sql`SELECT c.kind, c.type, c.resource, c.version, c.attributes, c.token, c.request, c.at, v.before, v.after, v.added, v.removed
      FROM changes c JOIN change_values v USING (operation) WHERE c.connection = ${to.connection} ORDER BY c.seq`,
  ])
  return rows ?? []
}

const json = (value: unknown): unknown => (typeof value === 'string' ? (JSON.parse(value) as unknown) : value)

test('each change stands in the log with token, request, before and after', async () => {
  const to = await bridge()
  const id = idOf(
    await to.send('POST', '/Users', { userName: 'a', externalId: 'E', password: 'p', title: 'T' }),
  )
  await to.send(
    'PATCH',
    `/Users/${id}`,
    patchOp({ op: 'replace', value: { active: false, password: 'secret' } }),
  )
  await to.send('POST', '/Users', { userName: 'b', externalId: 'E' })
  await to.send('PUT', `/Users/${id}`, { userName: 'c', active: null })
  await to.send('PATCH', `/Users/${id}`, patchOp({ op: 'add', path: 'emails', value: [{ value: 'x' }] }))
  await to.send('DELETE', `/Users/${id}`)
  const rows = await changesOf(to)
  expect(rows.map(({ kind, version, attributes }) => [kind, version, json(attributes)])).toEqual([
    ['create', 1, ['externalId', 'title', 'userName']],
    ['patch', 2, ['active']],
    ['revive', 3, ['externalId', 'userName']],
    ['replace', 4, ['userName']],
    ['patch', 5, ['emails']],
    ['delete', 6, []],
  ])
  expect(
    rows.map(({ before, after }) => [at(json(before), 'userName'), at(json(after), 'userName')]),
  ).toEqual([
    [undefined, 'a'],
    ['a', 'a'],
    ['a', 'b'],
    ['b', 'c'],
    ['c', 'c'],
    ['c', undefined],
  ])
  expect([at(json(rows[1]?.['before']), 'active'), at(json(rows[1]?.['after']), 'active')]).toEqual([
    true,
    false,
  ])
  for (const [index, row] of rows.entries()) {
    expect(row).toMatchObject({
      token: to.jti,
      type: 'User',
      resource: id,
      request: to.logs[index]?.['request'],
    })
    expect(Date.parse(JSON.stringify(row['at']).slice(1, -1))).toBeGreaterThan(Date.now() - 60_000)
  }
  expect(JSON.stringify(rows)).not.toMatch(/secret|password/)
})

test('where there is no key each has a digest and no MAC, is sealed all the same, and verify says so', async () => {
  const to = await bridge()
  await people(to, 2)
  const [rows] = await database().read([
    sql`SELECT c.digest IS NOT NULL AS digest, c.mac, v.salt IS NOT NULL AS salt FROM changes c JOIN change_values v USING (operation)
      WHERE c.connection = ${to.connection}`,
  ])
  expect(rows?.map(({ digest, mac, salt }) => [digest, mac, salt])).toEqual([
    [1, null, 1],
    [1, null, 1],
  ])
  const { keys } = readConfig(env)
  const newId = () => crypto.randomUUID()
  const keeping = { database, keys, signAct: undefined, fits: () => true, now: () => new Date(), newId }
  // Other files write to the same database.
  for (let runs = 0; (await keepLogs(keeping)).isOvertaken && runs < 20; runs += 1);
  const found: unknown[] = []
  const { chain } = verifierOf({
    open: database,
    signed: keys.map(publicKey),
    macs: [await newSecretKey()],
    saved: [],
    found: (finding) => found.push(finding),
    passed: () => undefined,
  })
  const counts = await chain({ log: 'changes', connection: to.connection })
  expect([found, counts]).toEqual([[], { rows: 2, sealed: 2, unproven: 2 }])
})

test('of members the ids added and removed stand there, never the list', async () => {
  const to = await bridge()
  const [a, b, c] = await people(to, 3)
  const id = idOf(
    await to.send('POST', '/Groups', { displayName: 'g', members: [{ value: a }, { value: b }] }),
  )
  await to.send(
    'PATCH',
    `/Groups/${id}`,
    patchOp({ op: 'add', path: 'members', value: [{ value: b }, { value: c }] }),
  )
  await to.send('PATCH', `/Groups/${id}`, patchOp({ op: 'replace', path: 'members', value: [{ value: c }] }))
  await to.send('PUT', `/Groups/${id}`, { displayName: 'h' })
  await to.send('DELETE', `/Users/${c}`)
  const rows = (await changesOf(to))
    .slice(3)
    .map(({ kind, before, added, removed }) => ({ kind, before, added: json(added), removed: json(removed) }))
  const sorted = rows.map(({ removed, ...row }) => ({
    ...row,
    removed: Array.isArray(removed) ? removed.toSorted() : removed,
  }))
  const document = (name: string) => JSON.stringify({ displayName: name })
  expect(sorted).toEqual([
    { kind: 'create', before: null, added: [a, b], removed: null },
    { kind: 'patch', before: null, added: [c], removed: null },
    { kind: 'patch', before: null, added: null, removed: [a, b].toSorted() },
    { kind: 'replace', before: document('g'), added: null, removed: null },
    { kind: 'delete', before: expect.any(String) as unknown, added: null, removed: null },
    { kind: 'patch', before: null, added: null, removed: [c] },
  ])
})

test('what changes nothing, and what is refused, leaves no change', async () => {
  const to = await bridge()
  const id = idOf(await to.send('POST', '/Users', { userName: 'a', title: 'T' }))
  await to.send('POST', '/Users', { userName: 'b' })
  await to.send('PUT', `/Users/${id}`, { title: 'T', userName: 'a' })
  await to.send('PATCH', `/Users/${id}`, patchOp({ op: 'replace', value: { title: 'T', password: 'x' } }))
  await to.send('PATCH', `/Users/${id}`, patchOp({ op: 'replace', value: { title: 'U', userName: 'B' } }))
  await to.send('PUT', `/Users/${id}`, { userName: 'B' })
  await to.send('POST', '/Users', { userName: 'A' })
  await to.send('DELETE', '/Users/none')
  expect(await changesOf(to)).toHaveLength(2)
  const [rows] = await database().read([
    sql`SELECT count(*) AS n FROM change_values WHERE connection = ${to.connection}`,
  ])
  expect(rows?.[0]?.['n']).toBe(2)
})
