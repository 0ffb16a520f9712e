import * as v from 'valibot'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { signingKeys } from '../../worker/auth/keys.ts'
import { macOf } from '../../worker/auth/mac.ts'
import { ACT_MAC } from '../../worker/auth/proof.ts'
import { recording } from '../../worker/store/acts.ts'
import { listHeads } from '../../worker/store/segments.ts'
import { sql, type Database, type SQL } from '../../worker/store/database.ts'
import { keepLogs } from '../../worker/sync/keep.ts'
import { downstream } from './downstream.ts'
import { copyLogs, otherKeys, verify } from './auditing.ts'
import { idOf, readKeysOf, world, type World } from './world.ts'

let here: World
let anna = ''
let team = ''

const rename = (title: string) => ({ Operations: [{ op: 'replace', path: 'title', value: title }] })
const make = async (path: string, body: object) => idOf(await here.send('POST', path, body))

/** Two sealed segments, and changes behind the last seal. */
beforeAll(async () => {
  here = await world()
  anna = await make('/Users', {
    userName: 'anna@example.com',
    externalId: 'E',
    password: 'horse',
    active: true,
  })
  const bert = await make('/Users', { userName: 'bert@example.com' })
  team = await make('/Groups', { displayName: 'Team', members: [{ value: anna }, { value: bert }] })
  await here.send('PATCH', `/Users/${anna}`, {
    Operations: [{ op: 'replace', path: 'active', value: false }],
  })
  await here.send('POST', '/Users', { userName: 'anna@example.com', externalId: 'E', active: true })
  await here.sweep()
  await here.send('PUT', `/Users/${bert}`, { userName: 'bert@example.com', title: 'Clerk' })
  await here.send('PATCH', `/Users/${bert}`, {
    Operations: [{ op: 'add', path: 'emails', value: [{ value: 'b@x.org' }] }],
  })
  await here.send('DELETE', `/Users/${anna}`)
  await here.sweep()
  await here.send('PATCH', `/Users/${bert}`, rename('Boss'))
  await here.send('PATCH', `/Groups/${team}`, {
    Operations: [{ op: 'replace', path: 'displayName', value: 'Crew' }],
  })
})

/** The n-th change of the connection. */
const nth = (n: number): SQL =>
  sql`(SELECT seq FROM changes WHERE connection = ${here.connection} ORDER BY seq LIMIT 1 OFFSET ${n})`
const idOfNth = async (n: number) =>
  String((await here.rows(sql`SELECT operation FROM changes WHERE seq = ${nth(n)}`))[0]?.['operation'])

test('every change carries a digest with its own salt and a MAC, and cron seals it', async () => {
  const rows = await here.rows(
    sql`SELECT c.kind, c.asked, c.digest, c.mac, v.salt FROM changes c JOIN change_values v USING (operation)
      WHERE c.connection = ${here.connection} ORDER BY c.seq`,
  )
  expect(rows.map(({ kind }) => kind)).toEqual([
    'create',
    'create',
    'create',
    'patch',
    'revive',
    'replace',
    'patch',
    'delete',
    'patch',
    'patch',
    'patch',
  ])
  for (const { asked, digest, mac, salt } of rows) {
    expect(JSON.parse(String(asked))).toMatchObject({ id: expect.any(String) as unknown })
    expect([digest, mac, salt]).toEqual([
      expect.stringMatching(/^[\w-]{43}$/),
      expect.stringMatching(/^[\w-]{1,16}\.[\w-]{43}$/),
      expect.stringMatching(/^[\w-]{22,32}$/),
    ])
  }
  expect(new Set(rows.map(({ salt }) => salt)).size).toBe(rows.length)
  expect(JSON.stringify(rows)).not.toMatch(/horse|example\.com/)
  expect(
    await here.rows(sql`SELECT number, count FROM segments WHERE connection = ${here.connection}`),
  ).toEqual([
    { number: 1, count: 5 },
    { number: 2, count: 4 },
  ])
  expect(await verify(here)).toEqual({ found: [], counts: { rows: 11, sealed: 9, unproven: 0 } })
})

type Tampering = readonly [
  name: string,
  statements: () => readonly SQL[],
  found: () => Promise<readonly (readonly [string, string])[]>,
]

const set = (n: number, change: SQL) => () => [sql`UPDATE changes SET ${change} WHERE seq = ${nth(n)}`]
const found =
  (what: string, n: number, ...more: readonly string[]) =>
  async () => {
    const id = await idOfNth(n)
    return [what, ...more].map((one) => [one, id] as const)
  }
const segment =
  (what: string, ...numbers: readonly number[]) =>
  async () =>
    numbers.map((number) => [what, `segment ${number}`] as const)
const setSegment = (number: number, change: SQL) => () => [
  sql`UPDATE segments SET ${change} WHERE connection = ${here.connection} AND number = ${number}`,
]

const TAMPERINGS: readonly Tampering[] = [
  ['whose change it was', set(1, sql`resource = 'somebody'`), found('mac', 1, 'changed')],
  ['what happened', set(3, sql`kind = 'replace'`), found('mac', 3, 'changed')],
  ['which attributes', set(3, sql`attributes = '["title"]'`), found('mac', 3, 'changed')],
  ['the token', set(3, sql`token = 'another'`), found('mac', 3, 'changed')],
  ['the time', set(3, sql`at = '2020-01-01T00:00:00.000Z'`), found('mac', 3, 'changed')],
  ['the digest', set(3, sql`digest = 'x'`), found('mac', 3, 'changed')],
  ['the MAC', set(3, sql`mac = NULL`), found('mac', 3, 'changed')],
  [
    'a MAC of another row',
    set(3, sql`(asked, digest, mac) = (SELECT asked, digest, mac FROM changes WHERE seq = 1)`),
    found('mac', 3, 'changed'),
  ],
  ['the version, which the MAC is not over', set(3, sql`version = 9`), found('changed', 3)],
  ['who came back, which the MAC is not over', set(4, sql`resource = 'somebody'`), found('changed', 4)],
  [
    'which group a deleted person was in',
    set(8, sql`resource = 'another', operation = request || '/another'`),
    async () => {
      const { request } = (await here.rows(sql`SELECT request FROM changes WHERE seq = ${nth(8)}`))[0] ?? {}
      return [
        ['inserted', `${String(request)}/another`],
        ['missing', `${String(request)}/${team}`],
      ]
    },
  ],
  ['a row is gone', () => [sql`DELETE FROM changes WHERE seq = ${nth(3)}`], found('missing', 3)],
  [
    'a row and its values are gone',
    () => [
      sql`DELETE FROM change_values WHERE operation = (SELECT operation FROM changes WHERE seq = ${nth(3)})`,
      sql`DELETE FROM changes WHERE seq = ${nth(3)}`,
    ],
    found('missing', 3),
  ],
  [
    'a row was made anew, under another number',
    () => [sql`UPDATE changes SET seq = seq - 1000000 WHERE seq = ${nth(3)}`],
    found('rebuilt', 3),
  ],
  [
    'a value before',
    () => [
      sql`UPDATE change_values SET before = '{}' WHERE operation = (SELECT operation FROM changes WHERE seq = ${nth(3)})`,
    ],
    found('values', 3),
  ],
  [
    'a member that was added',
    () => [
      sql`UPDATE change_values SET added = '["x"]' WHERE operation = (SELECT operation FROM changes WHERE seq = ${nth(2)})`,
    ],
    found('values', 2),
  ],
  [
    'a salt',
    () => [
      sql`UPDATE change_values SET salt = NULL WHERE operation = (SELECT operation FROM changes WHERE seq = ${nth(3)})`,
    ],
    found('values', 3),
  ],
  [
    'values are gone',
    () => [
      sql`DELETE FROM change_values WHERE operation = (SELECT operation FROM changes WHERE seq = ${nth(3)})`,
    ],
    found('values', 3),
  ],
  [
    'values are gone, and somebody called erased',
    () => [
      sql`DELETE FROM change_values WHERE operation = (SELECT operation FROM changes WHERE seq = ${nth(7)})`,
      sql`UPDATE tombstones SET erased = '2026', document = '{}' WHERE id = ${anna}`,
    ],
    found('values', 7),
  ],
  ['what is not sealed yet', set(9, sql`attributes = '["active"]'`), found('mac', 9)],
  ['what is not sealed yet, without a MAC', set(9, sql`mac = NULL`), found('mac', 9)],
  ['the number of rows of a segment', setSegment(1, sql`count = 4`), segment('segment', 1)],
  ['the last row of a segment', setSegment(1, sql`last = first`), segment('segment', 1)],
  [
    'the list of rows of a segment',
    setSegment(1, sql`rows = json_remove(rows, '$[0]')`),
    segment('segment', 1),
  ],
  ['the rows of a segment as if it had expired', setSegment(1, sql`rows = NULL`), segment('segment', 1)],
  [
    'the signature',
    setSegment(2, sql`jws = substr(jws, 1, length(jws) - 4) || 'AAAA'`),
    segment('segment', 2),
  ],
  [
    'the signature of one that others follow',
    setSegment(1, sql`jws = substr(jws, 1, length(jws) - 4) || 'AAAA'`),
    segment('segment', 1),
  ],
  [
    'a head of the one before',
    setSegment(
      2,
      sql`jws = (SELECT o.jws FROM segments o WHERE o.connection = segments.connection AND o.number = 1)`,
    ),
    segment('segment', 2),
  ],
  ['a key nobody knows', setSegment(2, sql`kid = 'other'`), segment('segment', 2)],
  [
    'a segment that is gone',
    () => [sql`DELETE FROM segments WHERE connection = ${here.connection} AND number = 1`],
    segment('segment', 2),
  ],
]

describe('what is changed behind the app’s back is found, and nothing else', () => {
  test.for(TAMPERINGS)('%s', async ([, statements, expected]) => {
    const putBack = await copyLogs(here)
    const wanted = await expected()
    await here.database.write([...statements()])
    const { found: what } = await verify(here)
    await putBack()
    expect(what.toSorted()).toEqual([...wanted].toSorted())
    expect((await verify(here)).found).toEqual([])
  })
})

test('a row that was made up is found, sealed over or not', async () => {
  const putBack = await copyLogs(here)
  const made = (seq: SQL, operation: string, mac: SQL) =>
    sql`INSERT INTO changes (seq, connection, operation, resource, type, kind, version, attributes, token, request, at, asked, digest, mac)
      SELECT ${seq}, connection, ${operation}, resource, type, kind, version + 1, attributes, token, request, at, asked, digest, ${mac}
      FROM changes WHERE seq = ${nth(3)}`
  await here.database.write([
    made(sql`${nth(0)} - 1`, 'early', sql`NULL`),
    made(sql`(SELECT max(seq) + 1 FROM changes)`, 'copied', sql`mac`),
    made(sql`(SELECT max(seq) + 2 FROM changes)`, 'plain', sql`NULL`),
  ])
  const before = (await verify(here)).found
  await here.sweep()
  const after = (await verify(here)).found
  await putBack()
  expect(before).toEqual([
    ['inserted', 'early'],
    ['mac', 'copied'],
    ['mac', 'plain'],
  ])
  expect(after).toEqual(before)
})

test('an end that was cut off, and a log that was made anew, are found by a head that was saved', async () => {
  const putBack = await copyLogs(here)
  const heads = await listHeads(here.database)
  const saved = heads.map(({ jws }) => jws)
  expect((await verify(here, { saved })).found).toEqual([])
  await here.database.write([
    sql`DELETE FROM changes WHERE connection = ${here.connection} AND seq >= ${nth(5)}`,
    sql`DELETE FROM segments WHERE connection = ${here.connection} AND number = 2`,
  ])
  expect((await verify(here)).found).toEqual([])
  expect((await verify(here, { saved })).found).toEqual([['cut', 'segment 2']])
  await putBack()
  // Whoever holds the signing key can make all of it anew; the head that was saved is another all the same.
  await here.database.write([sql`DELETE FROM segments WHERE connection = ${here.connection}`])
  await here.database.write([sql`DELETE FROM segments WHERE log = 'acts'`])
  await here.sweep()
  await here.sweep()
  const anew = await verify(here, { saved })
  await putBack()
  expect(anew.found).toContainEqual(['cut', 'segment 2'])
})

describe('what admins did is sealed likewise', () => {
  const act = (request: string) => ({
    at: new Date().toISOString(),
    request,
    who: 'admin@example.com',
    connection: here.connection,
    action: 'token.create',
    subject: null,
    reason: 'a new one',
    details: { name: 'n' },
  })
  const { sign } = macOf(readKeysOf().macKeys, ACT_MAC)

  beforeAll(async () => {
    for (const request of ['one', 'two', 'three'])
      await recording(here.database, act(request), sign).write([
        sql`UPDATE connections SET strict = 0 WHERE id = ${here.connection}`,
      ])
    await here.sweep()
    await recording(here.database, act('four'), sign).write([
      sql`UPDATE connections SET strict = 0 WHERE id = ${here.connection}`,
    ])
  })

  test.for<readonly [string, () => SQL, readonly (readonly [string, string])[]]>([
    ['nothing', () => sql`SELECT 1`, []],
    [
      'who',
      () => sql`UPDATE acts SET who = 'somebody' WHERE request = 'two'`,
      [
        ['changed', 'two'],
        ['mac', 'two'],
      ],
    ],
    [
      'the details',
      () => sql`UPDATE acts SET details = NULL WHERE request = 'two'`,
      [
        ['changed', 'two'],
        ['mac', 'two'],
      ],
    ],
    ['the MAC', () => sql`UPDATE acts SET mac = NULL WHERE request = 'two'`, [['changed', 'two']]],
    ['one that is gone', () => sql`DELETE FROM acts WHERE request = 'two'`, [['missing', 'two']]],
    [
      'one that is not sealed yet',
      () => sql`UPDATE acts SET action = 'token.list' WHERE request = 'four'`,
      [['mac', 'four']],
    ],
    [
      'one that was put there',
      () => sql`UPDATE acts SET seq = -1, request = 'five' WHERE request = 'four'`,
      [
        ['inserted', 'five'],
        ['mac', 'five'],
      ],
    ],
    ['the list', () => sql`UPDATE segments SET rows = '[]' WHERE log = 'acts'`, [['segment', 'segment 1']]],
    [
      'an expiry that nobody may have',
      () => sql`UPDATE segments SET rows = NULL WHERE log = 'acts'`,
      [['segment', 'segment 1']],
    ],
  ])('%s', async ([, statement, wanted]) => {
    const putBack = await copyLogs(here)
    await here.database.write([statement()])
    const { found: what } = await verify(here)
    await putBack()
    expect(what.toSorted()).toEqual(wanted)
  })
})

test('what was undone, as the target refused it, verifies', async () => {
  const there = await downstream()
  const bound = await world()
  await bound.target({ kind: 'scim', url: there.url, auth: { kind: 'bearer', token: there.token } })
  const id = idOf(await bound.send('POST', '/Users', { userName: 'carl@example.com' }))
  const group = idOf(await bound.send('POST', '/Groups', { displayName: 'Owners', members: [] }))
  there.spoil = ({ method }) => (method === 'GET' ? undefined : { kind: 'answer', status: 400 })
  expect((await bound.send('PATCH', `/Users/${id}`, rename('Boss'))).status).toBe(400)
  const add = { Operations: [{ op: 'add', path: 'members', value: [{ value: id }] }] }
  await bound.send('PATCH', `/Groups/${group}`, add)
  there.spoil = () => undefined
  await bound.sweep()
  await there.stop()
  const kinds = await bound.rows(
    sql`SELECT kind FROM changes WHERE connection = ${bound.connection} AND kind = 'undo'`,
  )
  expect(kinds.length).toBeGreaterThan(0)
  expect((await verify(bound)).found).toEqual([])
})

test('values that are more than the database gives in one answer hold nothing up', async () => {
  const large = await world()
  const one = idOf(await large.send('POST', '/Users', { userName: 'dora@example.com' }))
  for (const title of ['a', 'b', 'c']) await large.send('PATCH', `/Users/${one}`, rename(title))
  // As where groups of a hundred thousand members are deleted.
  await large.database.write([
    sql`UPDATE change_values SET removed = (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
      SELECT json_group_array(${one}) FROM n) WHERE connection = ${large.connection} AND before IS NOT NULL`,
  ])
  await large.sweep()
  expect(await verify(large)).toEqual({ found: [], counts: { rows: 4, sealed: 4, unproven: 0 } })
  await large.database.write([
    sql`UPDATE change_values SET removed = NULL WHERE connection = ${large.connection} AND before ->> '$.title' = 'b'`,
  ])
  expect((await verify(large)).found.map(([what]) => what)).toEqual(['values'])
  await large.database.write([sql`DELETE FROM change_values WHERE connection = ${large.connection}`])
})

test('no crowd of deliveries leaves the log unsealed, with as few subrequests as there may be', async () => {
  const there = await downstream()
  const crowded = await world({ subrequests: 10 })
  const bound = await crowded.target({
    kind: 'scim',
    url: there.url,
    auth: { kind: 'bearer', token: there.token },
  })
  expect(bound).toMatchObject({ kind: 'set' })
  there.spoil = () => ({ kind: 'answer', status: 503 })
  for (let n = 0; n < 12; n += 1) await crowded.send('POST', '/Users', { userName: `p${n}@example.com` })
  there.spoil = () => undefined
  await crowded.database.write([sql`UPDATE deliveries SET due = '2000'`, sql`DELETE FROM stops`])
  await crowded.sweep()
  const left = await crowded.rows(
    sql`SELECT count(*) AS n FROM deliveries WHERE connection = ${crowded.connection}`,
  )
  await there.stop()
  expect(Number(left[0]?.['n'])).toBeGreaterThan(0)
  expect(await verify(crowded)).toEqual({ found: [], counts: { rows: 12, sealed: 12, unproven: 0 } })
  await crowded.database.write([sql`DELETE FROM deliveries`])
})

test('two runs at once seal each row once, and the later one finds that it was overtaken', async () => {
  await here.send('PUT', `/Groups/${team}`, { displayName: 'Squad' })
  const keys = v.parse(signingKeys, inject('tokenKeys'))
  const tools = { keys, signAct: undefined, fits: () => true, now: () => new Date(), newId: () => 'r' }
  const plain = { ...tools, database: () => here.database }
  const late = (): Database => {
    const real = here.database
    return {
      ...real,
      write: async (statements) => {
        expect(await keepLogs(plain)).toMatchObject({ isOvertaken: false })
        return real.write(statements)
      },
    }
  }
  expect(await keepLogs({ ...tools, database: late })).toEqual({ sealed: 0, erased: 0, isOvertaken: true })
  await Promise.all([here.sweep(), here.sweep(), here.sweep()])
  const { found: what, counts } = await verify(here)
  expect([what, counts.rows]).toEqual([[], counts.sealed])
})

test('nothing is sealed with fewer requests than it takes', async () => {
  const keys = v.parse(signingKeys, inject('tokenKeys'))
  const asked: number[] = []
  const fits = (requests: number) => {
    asked.push(requests)
    return false
  }
  const { database } = here
  await keepLogs({
    keys,
    signAct: undefined,
    fits,
    now: () => new Date(),
    newId: () => 'r',
    database: () => database,
  })
  expect([asked, database.trips()]).toEqual([[2], 0])
})

test('a log that went with its connection is not missed where an act says so, and is where none does', async () => {
  const gone = await world()
  await gone.send('POST', '/Users', { userName: 'erin@example.com' })
  await gone.sweep()
  const saved = (await listHeads(gone.database)).map(({ jws }) => jws)
  const act = {
    at: new Date().toISOString(),
    request: 'gone',
    who: 'admin@example.com',
    connection: gone.connection,
    action: 'connection.delete',
    subject: null,
    reason: null,
    details: undefined,
  }
  const away = ['changes', 'change_values', 'segments'].map(
    (table) => sql`DELETE FROM ${sql.identifier(table)} WHERE connection = ${gone.connection}`,
  )
  await gone.database.write(away)
  expect((await verify(gone, { saved })).found).toEqual([['cut', 'segment 1']])
  await recording(gone.database, act, macOf(readKeysOf().macKeys, ACT_MAC).sign).write(away)
  expect((await verify(gone, { saved })).found).toEqual([])
})

test('with other keys every MAC is told to be of a key that is not here, old ones verify', async () => {
  const { macKeys } = readKeysOf()
  const other = await otherKeys()
  expect((await verify(here, { macs: other })).found.map(([what]) => what)).toEqual(
    Array.from({ length: 17 }, () => 'mac'),
  )
  expect((await verify(here, { macs: [other[0], ...macKeys] })).found).toEqual([])
})
