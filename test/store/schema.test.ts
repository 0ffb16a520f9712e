import { createClient } from '@libsql/client/http'
import { getTableConfig, type SQLiteTable } from 'drizzle-orm/sqlite-core'
import { expect, inject, test } from 'vitest'
import { migrateDatabase } from '../../dev/migrate.ts'
import * as adminTables from '../../worker/store/adminTables.ts'
import * as tables from '../../worker/store/tables.ts'

const client = createClient({ url: inject('libsqlUrl') })

const every: readonly SQLiteTable[] = Object.values({ ...tables, ...adminTables })

test('the migrations make exactly the tables, columns and indexes of tables.ts', async () => {
  const { rows } = await client.execute(
    `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '\\_\\_%' ESCAPE '\\'
     AND name NOT LIKE 'libsql_%'`,
  )
  expect(rows.map(({ name }) => name).toSorted()).toEqual(
    every.map((table) => getTableConfig(table).name).toSorted(),
  )
  for (const table of every) {
    const { name, columns, indexes } = getTableConfig(table)
    const found = await client.execute({ sql: 'SELECT name FROM pragma_table_xinfo(?)', args: [name] })
    expect(found.rows.map((row) => row['name'])).toEqual(columns.map((column) => column.name))
    const known = await client.execute({
      sql: `SELECT name FROM pragma_index_list(?) WHERE origin = 'c'`,
      args: [name],
    })
    const unique = columns.filter(({ isUnique }) => isUnique).map((column) => `${name}_${column.name}_unique`)
    const wanted = [...indexes.map((index) => index.config.name), ...unique]
    expect([name, known.rows.map((row) => row['name']).toSorted()]).toEqual([name, wanted.toSorted()])
  }
})

test('every table is STRICT', async () => {
  const { rows } = await client.execute(`SELECT name, strict FROM pragma_table_list WHERE schema = 'main'`)
  const loose = rows.filter(
    ({ name, strict }) => every.some((table) => getTableConfig(table).name === name) && strict !== 1,
  )
  expect(loose).toEqual([])
})

test('migrating again changes nothing', async () => {
  const before = await client.execute('SELECT sql FROM sqlite_schema ORDER BY name')
  await migrateDatabase({ url: inject('libsqlUrl') })
  const after = await client.execute('SELECT sql FROM sqlite_schema ORDER BY name')
  expect(after.rows).toEqual(before.rows)
})
