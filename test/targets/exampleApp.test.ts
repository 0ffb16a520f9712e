import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import * as v from 'valibot'
import { expect, onTestFinished, test } from 'vitest'
import { webhookTarget } from '../../worker/targets/webhook.ts'
import { onLoopback } from '../sync/onLoopback.ts'
import { newSecret, startApp, wayOut } from './app.ts'

const folder = resolve(import.meta.dirname, '../../examples/app')
const good = newSecret()

/** Runs a program of the example app to its end. */
async function run(file: string, settings: Readonly<Record<string, string>>) {
  const env = { PATH: process.env['PATH'], STATE: '/nowhere/state.json', ...settings }
  return new Promise<readonly [unknown, string]>((done) => {
    execFile(process.execPath, [join(folder, file)], { env, timeout: 20_000 }, (error, stdout, stderr) =>
      done([error?.code, `${stdout}${stderr}`]),
    )
  })
}

test.each([
  ['app.js', {}, /^SECRET is missing: make one, .*: echo whsec_\$\(openssl rand -base64 32\)\n$/],
  ['app.js', { SECRET: 'hunter2' }, /^SECRET is none: it is whsec_ and 24 to 64 bytes as base64; .*\n$/],
  ['app.js', { SECRET: 'whsec_short' }, /^SECRET is none: .*\n$/],
  ['app.js', { SECRET: good, PORT: 'x' }, /^PORT is a number up to 65535\n$/],
  ['poll.js', {}, /^BASE is missing: .*\n$/],
  ['poll.js', { BASE: 'https://bridge.example' }, /^TOKEN is missing: .*\n$/],
  ['poll.js', { BASE: 'bridge', TOKEN: 't' }, /^BASE is no address: .*\n$/],
] as const)('%s with %j ends with one line that says why', async (file, settings, words) => {
  expect(await run(file, settings)).toEqual([1, expect.stringMatching(words)])
})

test('a port that somebody has is said in one line', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void other.close())
  await once(other, 'listening')
  const { port } = v.parse(v.object({ port: v.number() }), other.address())
  expect(await run('app.js', { SECRET: good, PORT: String(port) })).toEqual([
    1,
    `PORT ${port} is in use: name another one\n`,
  ])
})

test('a token that the feed does not take is said with the words of the bridge', async () => {
  const detail = 'The token is of another region.'
  const { url, stop } = await onLoopback(async () =>
    Response.json({ status: '401', detail }, { status: 401 }),
  )
  const env = { PATH: process.env['PATH'], STATE: '/nowhere/state.json', BASE: url, TOKEN: 't' }
  const poll = spawn(process.execPath, [join(folder, 'poll.js')], { env })
  onTestFinished(async () => {
    poll.kill()
    await stop()
  })
  const [said] = await once(poll.stderr.setEncoding('utf8'), 'data')
  expect(said).toBe(`the feed answers 401: ${detail}\n`)
})

test('a test event leaves no connection behind', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'drawbridge-state-'))
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }))
  const state = join(dataDir, 'state.json')
  await writeFile(state, '{"next":0,"made":0,"connections":{}}')
  const app = await startApp('app.js', { SECRET: good, STATE: state })
  onTestFinished(app.stop)
  const target = webhookTarget({ kind: 'webhook', url: app.url, secrets: [good], learned: {} })
  expect(await target.test(wayOut())).toMatchObject({ kind: 'good' })
  expect(JSON.parse(await readFile(state, 'utf8'))).toEqual({ next: 0, made: 0, connections: {} })
})
