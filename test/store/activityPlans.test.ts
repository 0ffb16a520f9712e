import { createClient } from '@libsql/client/http'
import { expect, inject, test } from 'vitest'
import { compile, sql, type Database, type SQL } from '../../worker/store/database.ts'
import { findEverywhere } from '../../worker/store/lock.ts'
import { searchResources } from '../../worker/store/history.ts'
import { listRequests } from '../../worker/store/requests.ts'

const client = createClient({ url: inject('libsqlUrl') })

/** What libSQL says it will read for the statements that a function sends. */
async function steps(run: (database: Database) => Promise<unknown>): Promise<readonly string[]> {
  const sent: SQL[] = []
  const never = () => Promise.reject(new Error('written'))
  const read = (statements: readonly SQL[]) => {
    sent.push(...statements)
    return Promise.resolve(statements.map(() => []))
  }
  await run({ trips: () => 0, read, write: never })
  const plans = await Promise.all(
    sent.map((statement) => client.execute(compile(sql`EXPLAIN QUERY PLAN ${statement}`))),
  )
  return plans.flatMap(({ rows }) => rows.map(({ detail }) => (typeof detail === 'string' ? detail : '')))
}

const scans = (plan: readonly string[]) =>
  plan.filter((step) => /^SCAN (?!\(|json_each|CONSTANT|subquery|x$)/.test(step))

test.each([
  ['of a connection', {}, 'PRIMARY KEY'],
  ['of one resource', { resource: 'u' }, 'requests_resource (connection=? AND resource=?'],
] as const)(
  'the log of requests %s is read by its index, without a sort over all of it',
  async (_, looked, index) => {
    const plan = await steps((database) => listRequests(database, 'c', { ...looked, most: 50 }))
    expect(plan[0]).toContain(index)
    expect(scans(plan)).toEqual([])
  },
)

test('a search of people reads indexes', async () => {
  const plan = await steps((database) => searchResources(database, 'c', 'anna', true))
  expect(plan.filter((step) => step.startsWith('SCAN resources'))).toEqual([])
  for (const index of ['resources_user_name', 'resources_display_name', 'resources_id'])
    expect([index, plan.some((step) => step.includes(index))]).toEqual([index, true])
})

test('who somebody is everywhere is found by the indexes of each connection', async () => {
  const plan = await steps((database) => findEverywhere(database, 'anna@example.com'))
  for (const index of ['resources_user_name', 'resources_id'])
    expect([index, plan.some((step) => step.includes(index))]).toEqual([index, true])
  expect(plan.filter((step) => /^SCAN (?:r|u|e|i)\b/.test(step))).toEqual([])
})
