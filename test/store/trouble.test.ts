import { createClient } from '@libsql/client/web'
import { expect, inject, test } from 'vitest'
import { openDatabase, sql, WriteRefused } from '../../worker/store/database.ts'
import { troubleOf } from '../../worker/store/trouble.ts'

/** The real server's own errors, over HTTP: there a conflict has no extended code. */
async function troubleWith(...statements: readonly string[]): Promise<unknown> {
  try {
    await createClient({ url: inject('libsqlUrl') }).batch([...statements], 'write')
    return 'none'
  } catch (error) {
    return troubleOf(error)
  }
}

const insert = `INSERT INTO connections (id, name, created) VALUES ('t', 'trouble', '')`

test('libSQL’s errors are told apart', async () => {
  expect(await troubleWith(insert, insert)).toEqual({ kind: 'conflict', index: 'connections.name' })
  expect(await troubleWith(`INSERT INTO guard SELECT 'scope'`)).toEqual({ kind: 'refused', refusal: 'scope' })
  expect(await troubleWith(`INSERT INTO guard SELECT NULL`)).toBe('none')
  expect(await troubleWith('SELEC 1')).toEqual({ kind: 'bug' })
  expect(await troubleWith('SELECT 1 FROM nowhere')).toEqual({ kind: 'bug' })
  expect(
    await troubleWith(`INSERT INTO tokens VALUES ('j', 'no such connection', 'k', '', NULL, 1, NULL, NULL)`),
  ).toEqual({ kind: 'bug' })
})

test('every word a guard of ours can say is known to the trigger', async () => {
  for (const word of ['repeated', 'token', 'scope', 'missing', 'stale', 'unknown_members']) {
    expect(await troubleWith(`INSERT INTO guard SELECT '${word}'`)).toEqual({
      kind: 'refused',
      refusal: word,
    })
  }
  expect(await troubleWith(`INSERT INTO guard SELECT 'else'`)).toEqual({
    kind: 'refused',
    refusal: 'unknown',
  })
})

test('a write that is refused throws WriteRefused and writes nothing of the batch', async () => {
  const database = openDatabase({ url: inject('libsqlUrl') })
  const batch = [
    sql`INSERT INTO connections (id, name, created) VALUES (${'w'}, ${'w'}, '')`,
    sql`INSERT INTO guard SELECT 'missing'`,
  ]
  await expect(database.write(batch)).rejects.toThrow(WriteRefused)
  const [rows] = await database.read([sql`SELECT * FROM connections WHERE id = 'w'`])
  expect(rows).toEqual([])
  expect(database.trips()).toBe(2)
})

test('a writer that holds the lock is waited for, not given up on', async () => {
  const holder = await createClient({ url: inject('libsqlUrl') }).transaction('write')
  await holder.execute(`INSERT INTO connections (id, name, created) VALUES ('held', 'held', '')`)
  const database = openDatabase({ url: inject('libsqlUrl') })
  const waiting = database.write([
    sql`INSERT INTO connections (id, name, created) VALUES ('after', 'after', '')`,
  ])
  await new Promise((resolve) => setTimeout(resolve, 300))
  await holder.commit()
  expect(await waiting).toMatchObject({ kind: 'written' })
})
