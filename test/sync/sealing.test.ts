import { beforeAll, describe, expect, test } from 'vitest'
import { macOf } from '../../worker/auth/mac.ts'
import { ACT_MAC } from '../../worker/auth/proof.ts'
import { recording } from '../../worker/store/acts.ts'
import { listHeads } from '../../worker/store/segments.ts'
import { sql, type SQL } from '../../worker/store/database.ts'
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
    Array.from({ length: 16 }, () => 'mac'),
  )
  expect((await verify(here, { macs: [other[0], ...macKeys] })).found).toEqual([])
})
