import { afterAll, beforeAll, expect, test } from 'vitest'
import { sql } from '../../worker/store/database.ts'
import { crowd, hurry } from './crowd.ts'
import { downstream, type Downstream } from './downstream.ts'
import { world } from './world.ts'

let there: Downstream

beforeAll(async () => {
  there = await downstream()
})
afterAll(() => there.stop())

const off = { Operations: [{ op: 'replace', path: 'active', value: false }] }
const PEOPLE = 20

/** The endpoint has moved: whatever is asked, there is nothing there. As proxies say it, and as SCIM does. */
const ANSWERS = [
  { name: 'a 404 in HTML', body: '<html>Not found</html>' },
  {
    name: 'a SCIM error 404',
    body: {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
      status: '404',
      detail: 'Resource not found',
    },
  },
]

test.for(ANSWERS)(
  `${PEOPLE} deactivations while everything is $name: none is receipted, the target stops; when the path is back all are confirmed`,
  async ({ body }) => {
    const here = await world()
    const ids = await crowd(here, PEOPLE)
    const set = await here.target({
      kind: 'scim',
      url: there.url,
      auth: { kind: 'bearer', token: there.token },
    })
    expect(set).toMatchObject({ kind: 'set', due: PEOPLE })
    const ours = (table: string) => sql`FROM ${sql.identifier(table)} WHERE connection = ${here.connection}`
    while ((await here.rows(sql`SELECT 1 ${ours('deliveries')}`)).length > 0) await here.sweep()
    const accounts = await here.rows(sql`SELECT resource, remote ${ours('links')}`)
    expect(accounts).toHaveLength(PEOPLE)

    there.spoil = () => ({ kind: 'answer', status: 404, body })
    for (const id of ids) {
      const answer = await here.send('PATCH', `/Users/${id}`, off)
      expect([answer.status, (await here.send('GET', `/Users/${id}`)).body]).toMatchObject([
        200,
        { active: false },
      ])
    }
    const receipts = () =>
      here.rows(sql`SELECT resource, asked, stored, confirmed, remote, ended ${ours('receipts')}`)
    const open = { confirmed: null, remote: null, ended: null }
    const isStopped = async () => {
      expect(await receipts()).toMatchObject(Array.from({ length: PEOPLE }, () => open))
      expect(await here.rows(sql`SELECT since, until ${ours('stops')}`)).toHaveLength(1)
      expect(await here.rows(sql`SELECT kind, subject ${ours('alarms')} AND cleared IS NULL`)).toEqual([
        { kind: 'target', subject: '' },
      ])
    }
    await isStopped()
    // One alone tries it, while the stop lasts and when it is over.
    for (let run = 0; run < 3; run += 1) {
      if (run > 0) await hurry(here)
      else
        await here.database.write([
          sql`UPDATE deliveries SET due = '2000' WHERE connection = ${here.connection}`,
        ])
      there.seen.length = 0
      await here.sweep()
      expect(
        new Set(there.seen.filter(({ method }) => method === 'PATCH').map(({ path }) => path)).size,
      ).toBe(1)
      await isStopped()
    }
    expect(
      [...there.users.values()].filter((one) => one.body['active'] === false && isOf(one.id, accounts)),
    ).toEqual([])

    there.spoil = () => undefined
    for (let run = 0; run < 3; run += 1) {
      await hurry(here)
      await here.sweep()
    }
    const confirmed = await receipts()
    expect(confirmed).toHaveLength(PEOPLE)
    for (const { resource, remote, confirmed: when, ended } of confirmed) {
      const account = accounts.find((one) => one['resource'] === resource)
      expect([when, ended, remote]).toEqual([expect.any(String), null, account?.['remote']])
      expect(there.users.get(String(remote))?.body['active']).toBe(false)
    }
    expect(await here.rows(sql`SELECT 1 ${ours('stops')} UNION ALL SELECT 1 ${ours('deliveries')}`)).toEqual(
      [],
    )
    expect(await here.rows(sql`SELECT kind ${ours('alarms')} AND cleared IS NULL`)).toEqual([])
    there.users.clear()
  },
)

const isOf = (remote: string, accounts: readonly Record<string, unknown>[]): boolean =>
  accounts.some((one) => one['remote'] === remote)
