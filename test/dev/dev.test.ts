import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test, vi } from 'vitest'
import { freePort, lookUp } from '../../dev/port.ts'
import { startSqld } from '../../dev/sqld.ts'

const root = resolve(import.meta.dirname, '../..')
const slow = { timeout: 90_000 }

type Run = {
  pid: number
  port: number
  output: () => string
  errors: () => string
  code: Promise<number | null>
}

test('npm run dev serves SCIM, stops with Ctrl-C and prints the same token the next time', slow, async () => {
  const dataDir = await folder()
  const first = npmRunDev(await freePort(), dataDir)
  const token = await tokenOf(first)
  expect(first.output()).toMatch(new RegExp(`^Base URL: http://127\\.0\\.0\\.1:${first.port}/scim/v2$`, 'mu'))
  const config = await fetch(`http://127.0.0.1:${first.port}/scim/v2/ServiceProviderConfig`, {
    headers: { authorization: `Bearer ${token}` },
  })
  expect(config.status).toBe(200)

  const processes = await below(first.pid)
  // A terminal sends it to every process of the group.
  process.kill(-first.pid, 'SIGINT')
  await first.code
  await gone(processes)
  expect(first.errors()).toBe('')
  const jti = /^Token id: (?<jti>[a-z2-7]{16})$/mu.exec(first.output())?.groups?.['jti']
  expect(JSON.parse(await readFile(join(dataDir, 'token.json'), 'utf8'))).toEqual({ jti })
  expect(existsSync(join(dataDir, 'sqld.json'))).toBe(false)

  const second = npmRunDev(await freePort(), dataDir)
  expect(await tokenOf(second)).toBe(token)
  process.kill(-second.pid, 'SIGHUP')
  await gone(await below(second.pid))
})

test.for([
  ['npm is told to end', 'npm', 'SIGTERM'],
  ['npm is killed', 'npm', 'SIGKILL'],
  ['our own process is killed', 'ours', 'SIGKILL'],
  ['the database is killed', 'sqld', 'SIGKILL'],
  ['the runtime is killed', 'workerd', 'SIGKILL'],
] as const)('nothing is left running when %s', slow, async ([, victim, signal]) => {
  const run = npmRunDev(await freePort(), await folder())
  await tokenOf(run)
  const processes = await below(run.pid)
  const of: Record<string, number> = Object.fromEntries(processes.map(({ pid, program }) => [program, pid]))
  const ours = processes.find(({ program }) => program === 'sqld')?.parent
  const pid = victim === 'npm' ? run.pid : victim === 'ours' ? ours : of[victim]
  if (pid === undefined) throw new Error(`no ${victim} among ${Object.keys(of).join(', ')}`)
  process.kill(pid, signal)
  await gone(processes)
  const line = victim in of ? `${victim} ended by itself (SIGKILL); all is stopped.\n` : ''
  expect(run.errors()).toContain(line)
})

test('LIBSQL_URL names another database, and no sqld is started', slow, async () => {
  const sqld = await startSqld({ dataDir: await folder() })
  onTestFinished(() => sqld.stop())
  const run = npmRunDev(await freePort(), await folder(), {
    LIBSQL_URL: sqld.url,
    LIBSQL_AUTH_TOKEN: sqld.authToken ?? '',
  })
  await tokenOf(run)
  const processes = await below(run.pid)
  expect(processes.map(({ program }) => program)).not.toContain('sqld')
  process.kill(run.pid, 'SIGTERM')
  await gone(processes)
  expect((await fetch(`${sqld.url}/health`)).ok).toBe(true)
})

test('a port in use is one line and exit code 1', slow, async () => {
  const port = await freePort()
  const server = createServer().listen(port, '127.0.0.1')
  onTestFinished(() => void server.close())
  const run = npmRunDev(port, await folder())
  expect(await run.code).toBe(1)
  expect(run.errors()).toBe(`Port ${port} is in use. Set PORT to another one.\n`)
})

test('a setting that cannot be read is one line and exit code 1', slow, async () => {
  const run = npmRunDev(await freePort(), await folder(), { LIBSQL_URL: 'postgres://127.0.0.1' })
  expect(await run.code).toBe(1)
  expect(run.errors()).toBe('LIBSQL_URL must begin with libsql://, https:// or http://.\n')
})

async function folder(): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'drawbridge-dev-'))
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }))
  return dataDir
}

/** Starts `npm run dev` in a process group of its own, as a terminal does. What npm itself complains of is left out. */
function npmRunDev(port: number, dataDir: string, more: NodeJS.ProcessEnv = {}): Run {
  const env = {
    ...process.env,
    LIBSQL_URL: '',
    LIBSQL_AUTH_TOKEN: '',
    PORT: String(port),
    DATA_DIR: dataDir,
    ...more,
  }
  const npm = spawn('npm', ['run', 'dev'], {
    cwd: root,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const pid = npm.pid ?? 0
  onTestFinished(() => {
    // For a test that fails half-way; killed, the group takes its servers with it.
    if (npm.exitCode === null && npm.signalCode === null) process.kill(-pid, 'SIGKILL')
  })
  const [output, errors] = [text(npm.stdout), text(npm.stderr)]
  const code = new Promise<number | null>((done) => npm.once('close', done))
  return { pid, port, output, errors: () => errors().replaceAll(/^npm .*\n/gmu, ''), code }
}

function text(stream: NonNullable<ChildProcess['stdout']>): () => string {
  let read = ''
  stream.setEncoding('utf8').on('data', (part: string) => (read += part))
  return () => read
}

async function tokenOf(run: Run): Promise<string> {
  const line = /^API token: (?<token>\S+)$/mu
  await vi.waitFor(() => expect(run.output() + run.errors()).toMatch(line), { timeout: 60_000, interval: 50 })
  const token = line.exec(run.output())?.groups?.['token']
  if (token === undefined) throw new Error('no token')
  return token
}

type Seen = { pid: number; program: string; parent: number }

/** All processes that come from this one, itself included. */
async function below(pid: number): Promise<Seen[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid='])
  const all = (await Promise.all(stdout.trim().split(/\s+/u).map(Number).map(see))).flat()
  const found = all.filter((seen) => seen.pid === pid)
  for (const one of found) found.push(...all.filter((seen) => seen.parent === one.pid))
  return found
}

async function see(pid: number): Promise<Seen[]> {
  const found = await lookUp(pid)
  return found === undefined ? [] : [{ pid, ...found }]
}

async function gone(processes: Seen[]): Promise<void> {
  const left = async (): Promise<Seen[]> => (await Promise.all(processes.map(({ pid }) => see(pid)))).flat()
  await vi.waitFor(async () => expect(await left()).toEqual([]), { timeout: 10_000, interval: 50 })
}
