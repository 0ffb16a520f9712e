import * as v from 'valibot'
import { expect, inject, test } from 'vitest'
import { signingKeys } from '../../worker/auth/keys.ts'
import { sql, type Database } from '../../worker/store/database.ts'
import { keepLogs } from '../../worker/sync/keep.ts'
import { verify } from './auditing.ts'
import { downstream } from './downstream.ts'
import { idOf, world } from './world.ts'

const rename = (title: string) => ({ Operations: [{ op: 'replace', path: 'title', value: title }] })

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
  const here = await world()
  await here.send('POST', '/Groups', { displayName: 'Squad' })
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
  const { database } = await world()
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
