import { createClient } from '@libsql/client/http'
import { expect, inject, test } from 'vitest'
import { groupType, userType } from '../../worker/scim/resourceTypes.ts'
import type { Request } from '../../worker/store/admission.ts'
import { compile, sql, type SQL } from '../../worker/store/database.ts'
import { dueSql } from '../../worker/store/due.ts'
import { releaseSql } from '../../worker/store/releaseSql.ts'
import { readStanding } from '../../worker/store/settings.ts'

const client = createClient({ url: inject('libsqlUrl') })

const can = { create: true, update: true, suspend: true, reactivate: true, delete: true, groups: true }
const capabilities = { ...can, membersAtOnce: 1, wholeGroups: false, list: true, everyChange: false }
const target = { id: 't', kind: 'scim', account: 'a', sealed: '', learned: {}, capabilities }
const request: Request = {
  caller: { connection: 'c', token: 't' },
  id: 'r',
  at: new Date(0),
  standing: readStanding({ settings: JSON.stringify({ target }), revision: 0 }),
  sign: () => Promise.resolve('mac'),
}
const operation = { request, id: 'r' }

/** What libSQL says it reads from end to end, or all of a connection, of tables and not of values at hand. */
async function scans(statement: SQL): Promise<readonly string[]> {
  const { rows } = await client.execute(compile(sql`EXPLAIN QUERY PLAN ${statement}`))
  return (
    rows
      .map(({ detail }) => (typeof detail === 'string' ? detail : ''))
      .filter((detail) => detail.startsWith('SCAN') || detail.endsWith('(connection=?)'))
      // What is at hand in the statement itself is one row, or the values of one change.
      .filter((detail) => !/VIRTUAL TABLE|CONSTANT ROW|subquery|SCAN w$/i.test(detail))
  )
}

test.each([
  [userType, 'patch'],
  [userType, 'create'],
  [userType, 'delete'],
  [groupType, 'patch'],
  [groupType, 'delete'],
] as const)('what a write asks of the guard is found by index: $name', async (type, kind) => {
  for (const statement of await dueSql(operation, type, 'x', kind)) {
    expect([compile(statement).sql, await scans(statement)]).toEqual([compile(statement).sql, []])
  }
})

test('what cron lets go is found by index, but for the alarms', async () => {
  for (const statement of releaseSql(sql`o.until <= ${'2000'}`, new Date(0))) {
    const { sql: text } = compile(statement)
    if (!text.startsWith('UPDATE alarms')) expect([text, await scans(statement)]).toEqual([text, []])
  }
})
