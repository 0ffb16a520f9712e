/** `npm run dev`: the database, the Worker and a connection on this machine, from nothing to the end. */
import { join, resolve } from 'node:path'
import { devToken } from './connection.ts'
import { migrateDatabase } from './migrate.ts'
import { freePort, lookUp, stopAll, type End } from './port.ts'
import { keySecrets, makeDataDir, readKeys, readSettings, type Keys, type Settings } from './settings.ts'
import { startSqld, watchWrites } from './sqld.ts'
import { watchFolder } from './watch.ts'
import { reason, words } from './words.ts'
import { buildWorker, serveWorkers, type Built, type Served } from './workerd.ts'

type Database = NonNullable<Settings['database']>

const source = resolve(import.meta.dirname, '../worker')
/** How often cron runs, in milliseconds: every minute, as wrangler.toml says. */
const TICK = 60_000

const ending = new AbortController()
const say = (line: string): void => console.log(line)

try {
  await stopWithUs()
  await start(readSettings(process.env))
} catch (error) {
  await finish(1, words(error))
}

async function start({ port, dataDir, database: given }: Settings): Promise<void> {
  await freePort(port)
  await makeDataDir(dataDir)
  const keys = await readKeys(dataDir)
  const build = (): Promise<Built> => buildWorker(join(dataDir, 'build'), ending.signal)
  const [database, built] = await Promise.all([openDatabase(dataDir, given), build()])
  const serve = ({ vars, ...worker }: Built): Promise<Served> =>
    serveWorkers({
      folder: join(dataDir, 'workerd'),
      services: [
        {
          name: 'drawbridge',
          ...worker,
          port,
          cron: true,
          bindings: { ...vars, ...secrets(database, keys) },
        },
      ],
      onLine: (line, stream) => process[stream].write(`${line}\n`),
    })
  const worker = await serve(built)
  watchEnd('workerd', worker.exited)
  say('Worker: built by wrangler, running in workerd')

  const { REGION: region, DEPLOYMENT: deployment } = built.vars
  const { token, jti } = await devToken({
    ...database,
    keys: keys.keys,
    region,
    deployment,
    name: 'dev',
    dataDir,
  })
  say('Connection: dev')
  say(`Base URL: ${worker.url}/scim/v2`)
  say(`Token id: ${jti}`)
  say(`API token: ${token}`)
  const kept =
    given === undefined ? `All data is in ${dataDir}` : `People are in that database, the keys in ${dataDir}`
  say(`Changes in worker/ are built as they are saved. ${kept}. Ctrl-C stops it.`)
  rebuildOnChange({ built, worker, build, serve })
}

/** Opens the database, ours unless another is named, and brings its tables up to date. */
async function openDatabase(dataDir: string, given: Database | undefined): Promise<Database> {
  const database = given ?? (await startOwn(dataDir))
  const { host } = new URL(database.url)
  say(`Database: ${given === undefined ? 'sqld' : 'LIBSQL_URL'} at ${host}`)
  await migrateDatabase(database).catch((error: unknown) => {
    throw new Error(`The migrations cannot be applied to the database at ${host}: ${reason(error)}`, {
      cause: error,
    })
  })
  say('Migrations: applied')
  return database
}

async function startOwn(dataDir: string): Promise<Database> {
  const sqld = await startSqld({ dataDir })
  watchEnd('sqld', sqld.exited)
  ending.signal.addEventListener('abort', watchWrites(sqld, { say }))
  return sqld
}

function secrets({ url, authToken }: Database, keys: Keys): Record<string, string> {
  const known = { LIBSQL_URL: url, TARGETS_ON_LOOPBACK: 'yes', ...keySecrets(keys) }
  return authToken === undefined ? known : { ...known, LIBSQL_AUTH_TOKEN: authToken }
}

/** Builds again when a file of the Worker changes, one build at a time. What fails leaves the last good one running. */
function rebuildOnChange(state: {
  built: Built
  worker: Served
  build: () => Promise<Built>
  serve: (built: Built) => Promise<Served>
}): void {
  const { build, serve } = state
  let { built, worker } = state
  const rebuild = async (): Promise<void> => {
    const next = await build().catch(complain)
    if (next === undefined || ending.signal.aborted) return
    await worker.stop()
    const better = await serve(next).catch(complain)
    if (better !== undefined) built = next
    worker = better ?? (await serve(built))
    watchEnd('workerd', worker.exited)
    if (better !== undefined) say('Worker: built again')
  }
  // workerd runs no cron by itself.
  const ticker = setInterval(() => void worker.tick().catch(() => undefined), TICK)
  ending.signal.addEventListener('abort', () => clearInterval(ticker))
  let last = Promise.resolve()
  const onChange = (): void => {
    last = last.then(rebuild).catch((error: unknown) => finish(1, words(error)))
  }
  void watchFolder(source, onChange, { signal: ending.signal })
}

function complain(error: unknown): undefined {
  if (!ending.signal.aborted)
    console.error(`${words(error)}\nThe Worker built before this change keeps running.`)
}

function watchEnd(name: string, exited: Promise<End>): void {
  void exited.then(({ asked, how }) =>
    asked ? undefined : finish(1, `${name} ended by itself (${how}); all is stopped.`),
  )
}

/** Makes every way we can end stop all we have started: Ctrl-C, a signal, a closed terminal, npm gone. */
async function stopWithUs(): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => void finish(0, 'Stopped.'))
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => void finish(1))
  if (process.env['npm_lifecycle_event'] === undefined) return
  // npm hands a SIGTERM to the shell between us and no further, and a killed npm hands on nothing at all.
  const parent = process.ppid
  const shell = await lookUp(parent)
  const npm = shell?.program === 'sh' ? shell.parent : parent
  setInterval(() => {
    if (process.ppid !== parent) void finish(0, 'Stopped.')
    else void lookUp(npm).then((found) => (found === undefined ? finish(0, 'Stopped.') : undefined))
  }, 500).unref()
}

async function finish(code: number, line?: string): Promise<void> {
  if (ending.signal.aborted) return
  ending.abort()
  await stopAll()
  if (line !== undefined) (code === 0 ? console.log : console.error)(line)
  process.exit(code)
}
