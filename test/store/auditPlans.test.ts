import { createClient } from '@libsql/client/http'
import { expect, inject, test } from 'vitest'
import { compile, sql } from '../../worker/store/database.ts'
import { overSql } from '../../worker/store/keeping.ts'
import { unsealedSql } from '../../worker/store/segments.ts'

const client = createClient({ url: inject('libsqlUrl') })

test('what cron asks of the logs each minute is read from indexes, but for the list of connections', async () => {
  const scans: string[] = []
  for (const statement of [...unsealedSql(500), ...overSql(new Date(), 50)]) {
    const { rows } = await client.execute(compile(sql`EXPLAIN QUERY PLAN ${statement}`))
    const details = rows.map(({ detail }) => (typeof detail === 'string' ? detail : ''))
    expect(details.join()).toMatch(/SEARCH/)
    // What a statement has made itself, and connections, of which there are few.
    scans.push(...details.filter((detail) => /^SCAN (?!c\b|k\b|\(|CONSTANT)/.test(detail)))
    for (const table of [
      'changes',
      'change_values',
      'acts',
      'segments',
      'tombstones',
      'deliveries',
      'receipts',
      'member_steps',
    ])
      scans.push(...details.filter((detail) => new RegExp(`^SCAN ${table}\\b`).test(detail)))
  }
  expect(scans).toEqual([])
})
