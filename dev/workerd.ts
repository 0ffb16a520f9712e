/** The Worker on this machine: built by wrangler as for a deployment, run in workerd, the runtime Cloudflare runs. */
import { execFile, type ChildProcess } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join, parse, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { promisify, stripVTControlCharacters } from 'node:util'
import * as v from 'valibot'
import { configuration, tickerOf } from './capnp.ts'
import { freePort, startProcess, type OnLine, type Process } from './port.ts'

/** The [vars] of wrangler.toml: those the bridge needs, and any others. */
export type Vars = { REGION: string; DEPLOYMENT: string; [name: string]: string }

/** A built Worker: its one module, and what wrangler.toml says about it. */
export type Built = {
  code: string
  compatibilityDate: string
  compatibilityFlags: string[]
  vars: Vars
}

/** A Worker to serve on 127.0.0.1, on the port given or any free one. Every binding is a string in its `env`. */
export type Service = {
  name: string
  code: string
  compatibilityDate: string
  compatibilityFlags?: string[]
  bindings?: Record<string, string>
  port?: number
  /** It has a cron handler, which `tick` calls. */
  cron?: boolean
}

/**
 * Workers that answer: `urls` in the order of the services, without a slash at the end; `url` is the first. `tick` runs the
 * cron handlers, as Cloudflare does every minute and workerd by itself never.
 */
export type Served = Pick<Process, 'exited' | 'stop'> & {
  url: string
  urls: string[]
  tick: () => Promise<void>
}

const root = resolve(import.meta.dirname, '..')
const { resolve: find } = createRequire(import.meta.url)
const run = promisify(execFile)

// Without these wrangler sends metrics, asks the npm registry for a newer version and writes to the home folder.
const offline = {
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_HIDE_BANNER: 'true',
  WRANGLER_WRITE_LOGS: 'false',
  DO_NOT_TRACK: '1',
  // The settings at the top of wrangler.toml, whatever environment the shell is set to.
  CLOUDFLARE_ENV: undefined,
}

const Config = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    main: v.string(),
    compatibility_date: v.string(),
    compatibility_flags: v.array(v.string()),
    vars: v.objectWithRest({ REGION: v.string(), DEPLOYMENT: v.string() }, v.string()),
  }),
)
const Listening = v.pipe(v.string(), v.parseJson(), v.object({ socket: v.string(), port: v.number() }))

/**
 * Builds the Worker of wrangler.toml, or another one whose entry file is given, into `outdir`, as `wrangler deploy`
 * would but without account or network; its settings are those of wrangler.toml in any case.
 * Throws an Error with what wrangler says when the code does not build; the signal ends a build that runs.
 */
export async function buildWorker(outdir: string, signal?: AbortSignal, entry?: string): Promise<Built> {
  const args = ['deploy', ...(entry === undefined ? [] : [entry]), '--dry-run', '--outdir', outdir]
  const [config] = await Promise.all([
    readConfig(signal),
    inNode('The Worker does not build.', ['--no-warnings', find('wrangler'), ...args], signal, {
      XDG_CONFIG_HOME: outdir,
    }),
  ])
  return {
    code: await readFile(join(outdir, `${parse(entry ?? config.main).name}.js`), 'utf8'),
    compatibilityDate: config.compatibility_date,
    compatibilityFlags: config.compatibility_flags,
    vars: config.vars,
  }
}

/** Gives the [vars] of wrangler.toml. Throws an Error when REGION or DEPLOYMENT is not among them. */
export async function readVars(): Promise<Vars> {
  return (await readConfig()).vars
}

/** Wrangler is large and changes the process it is loaded into, so it reads its file in a process of its own. */
async function readConfig(signal?: AbortSignal): Promise<v.InferOutput<typeof Config>> {
  const script = `import { unstable_readConfig } from 'wrangler'
    const config = unstable_readConfig({ config: 'wrangler.toml' }, { hideWarnings: true })
    process.stdout.write(JSON.stringify(config))`
  const stdout = await inNode(
    'wrangler.toml cannot be read.',
    ['--input-type=module', '--eval', script],
    signal,
  )
  const read = v.safeParse(Config, stdout)
  if (!read.success) throw new Error(`wrangler.toml: ${read.issues.map((issue) => issue.message).join(' ')}`)
  return read.output
}

async function inNode(trouble: string, args: string[], signal?: AbortSignal, more = {}): Promise<string> {
  const env = { ...process.env, ...offline, ...more }
  const maxBuffer = 16 * 1024 * 1024
  try {
    return (await run(process.execPath, args, { cwd: root, env, maxBuffer, ...(signal && { signal }) }))
      .stdout
  } catch (error) {
    const said = v.safeParse(v.object({ stdout: v.string(), stderr: v.string() }), error)
    const why = said.success ? `${said.output.stderr}${said.output.stdout}` : String(error)
    throw new Error(`${trouble}\n${stripVTControlCharacters(why).trim()}`, { cause: error })
  }
}

/**
 * Serves Workers in one workerd process and returns when all of them listen. They may call any address, those of
 * this machine included. `folder` gets the configuration, which holds the bindings and with them secrets, for as
 * long as workerd needs to read it. What the Workers log goes to `onLine`, or nowhere without it.
 * Throws an Error when a port is taken or a Worker fails as it is loaded.
 */
export async function serveWorkers(options: {
  folder: string
  services: Service[]
  onLine?: OnLine
}): Promise<Served> {
  const { folder, services, onLine } = options
  for (const { port } of services) if (port !== undefined) await freePort(port)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, 'workerd.capnp')
  await rm(file, { force: true })
  const tickers = services.filter(({ cron }) => cron === true).map(tickerOf)
  const all = [...services, ...tickers]
  await writeFile(file, configuration(all), { mode: 0o600, flag: 'wx' })

  const ports = new Map<string, number>()
  const ready = async ({ stdio }: ChildProcess): Promise<void> => {
    const control = stdio[3]
    if (!(control instanceof Readable)) throw new Error('it has no control channel')
    for await (const line of createInterface({ input: control })) {
      const { socket, port } = v.parse(Listening, line)
      ports.set(socket, port)
      if (ports.size === all.length) return
    }
    throw new Error('it ended')
  }
  try {
    const command = findWorkerd()
    // Only who runs cron handlers needs what is experimental.
    const args = ['serve', ...(tickers.length > 0 ? ['--experimental'] : []), '--control-fd=3', file]
    const env = process.env
    const { exited, stop } = await startProcess({ name: 'workerd', command, args, env, ready, onLine })
    const urlOf = ({ name }: Service) => `http://127.0.0.1:${ports.get(name)}`
    const urls = services.map(urlOf)
    const tick = async (): Promise<void> => {
      await Promise.all(tickers.map(async (one) => (await fetch(urlOf(one))).text()))
    }
    return { url: urls[0] ?? '', urls, exited, stop, tick }
  } finally {
    await rm(file, { force: true })
  }
}

/** Workerd is a dependency of wrangler's and its package gives the path of its program. */
function findWorkerd(): string {
  try {
    const workerd: unknown = createRequire(find('wrangler'))('workerd')
    return v.parse(v.object({ default: v.string() }), workerd).default
  } catch {
    throw new Error(`workerd is not installed for ${process.platform} on ${process.arch}.`)
  }
}
