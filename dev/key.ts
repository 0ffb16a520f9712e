/** `npm run key`: shows the keys that sign tokens, and rotates them in steps, of which each run does one. */
import { parseArgs } from 'node:util'
import * as v from 'valibot'
import { nextKeyStep, statesOf } from '../worker/auth/keyRotation.ts'
import { newKey, type SigningKeys } from '../worker/auth/keys.ts'
import { recording } from '../worker/store/acts.ts'
import { tokensByKey, type SignedToken } from '../worker/store/tokens.ts'
import { exists, nothingIn, withDatabase, type Place } from './place.ts'
import { readKeys, readSettings, writeSigningKeys } from './settings.ts'
import { formatTable } from './table.ts'
import { UsageError } from './usage.ts'

const USAGE = `npm run key
npm run key -- --rotate [--url https://bridge.example.com]

  --rotate  does the next step, and stops:
            1. a new key is published: everybody verifies with it, and it does not sign yet
            2. it signs new tokens, once the bridge that runs knows it; the former key goes on verifying
            3. the former key is retired, once no live token is signed with it; until then it says which are
            After each of the first two, start the bridge anew, so that it has the keys
  --url     where the bridge is that must know a key before it signs; without it the one on this machine, if it runs
  --help    shows this

Without options it shows the keys, and how many live tokens each has signed.`

const jwks = v.object({ keys: v.array(v.object({ kid: v.string() })) })

try {
  await run()
} catch (error) {
  if (!(error instanceof Error)) throw error
  console.error(error instanceof UsageError ? `${error.message}\n\n${USAGE}` : error.message)
  process.exitCode = error instanceof UsageError ? 2 : 1
}

async function run(): Promise<void> {
  const { rotate, url, help } = parse()
  if (help === true) return console.log(USAGE)
  if (url !== undefined && rotate !== true) throw new UsageError('--url goes with --rotate')
  if (url !== undefined && !/^https?:$/.test(URL.parse(url)?.protocol ?? ''))
    throw new UsageError('--url: expected the address of the bridge, such as https://bridge.example.com')
  const settings = readSettings(process.env)
  const { dataDir, port } = settings
  if (!(await exists(dataDir))) throw new Error(nothingIn(`no signing keys in ${dataDir}`))
  await withDatabase(settings, async (place) => {
    const { keys } = await readKeys(dataDir)
    const live = await tokensByKey(place.database, new Date())
    if (rotate !== true) return show(keys, live)
    await step(place, dataDir, keys, live, {
      url: url ?? `http://127.0.0.1:${port}`,
      isTold: url !== undefined,
    })
  })
}

function show(keys: SigningKeys, live: readonly SignedToken[]): void {
  const rows = statesOf(keys).map(({ kid, state }) => [
    kid,
    state,
    live.filter((one) => one.kid === kid).length,
  ])
  console.log(formatTable(['key', 'state', 'live tokens'], rows))
}

type Bridge = { readonly url: string; readonly isTold: boolean }

async function step(
  place: Place,
  dataDir: string,
  keys: SigningKeys,
  live: readonly SignedToken[],
  bridge: Bridge,
): Promise<void> {
  const fresh = { ...(await newKey()), iat: Math.floor(Date.now() / 1000) }
  const next = nextKeyStep(keys, new Set(live.map(({ kid }) => kid)), fresh)
  if (next.kind === 'wait') throw new Error(waiting(next.kid, live))
  if (next.kind === 'sign') await mustBeKnown(next.kid, bridge)
  await writeSigningKeys(dataDir, next.keys)
  await record(place, next.kind, next.kid)
  console.log(told(next.kind, next.kid, keys[0].kid))
}

function told(kind: 'publish' | 'sign' | 'retire', kid: string, former: string): string {
  switch (kind) {
    case 'publish':
      return `Key ${kid} is published. Start the bridge anew, so that it verifies with it, and go on: npm run key -- --rotate`
    case 'sign':
      return `Key ${kid} signs from now on. Start the bridge anew. Then rotate the tokens of key ${former}; npm run key -- --rotate says which, and retires it when there is none.`
    case 'retire':
      return `Key ${kid} is retired: no live token is signed with it. Start the bridge anew, so that it forgets it.`
  }
}

/** Tokens that are being replaced end by themselves. */
function waiting(kid: string, live: readonly SignedToken[]): string {
  const held = live.filter((one) => one.kid === kid)
  const rows = held.map(({ connectionName, jti, name, expires, replacedBy }) => [
    connectionName,
    jti,
    name ?? '-',
    replacedBy === null || expires === null
      ? `npm run token -- --rotate ${jti}`
      : `is being replaced, ends on ${new Date(expires * 1000).toISOString().slice(0, 10)}`,
  ])
  const table = formatTable(['connection', 'token', 'name', 'what to do'], rows)
  return `Key ${kid} cannot be retired yet: ${held.length} live tokens are signed with it.\n${table}`
}

/** A token that nobody can verify is 401. What does not run on this machine does not hold us up; what was named must answer. */
async function mustBeKnown(kid: string, { url, isTold }: Bridge): Promise<void> {
  const at = new URL('/.well-known/jwks.json', url)
  const answer = await fetch(at, { signal: AbortSignal.timeout(8_000) }).catch(() => undefined)
  if (answer === undefined && !isTold) return
  const read = v.safeParse(jwks, await answer?.json().catch(() => undefined))
  if (!read.success) throw new Error(`There is no bridge at ${at.origin} that shows its keys.`)
  if (read.output.keys.some((key) => key.kid === kid)) return
  throw new Error(
    `The bridge at ${at.origin} does not know key ${kid} yet. Start it anew, and then try again.`,
  )
}

/** The row among the acts: which step, of which key. */
async function record({ database }: Place, kind: string, kid: string): Promise<void> {
  const act = {
    at: new Date().toISOString(),
    request: crypto.randomUUID(),
    who: 'command line',
    connection: null,
    action: `key.${kind}`,
    subject: kid,
    reason: null,
    details: undefined,
  }
  await recording(database, act).write([])
}

function parse() {
  const flag = { type: 'boolean' as const }
  try {
    return parseArgs({ options: { rotate: flag, url: { type: 'string' }, help: flag } }).values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}
