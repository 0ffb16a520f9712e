/** `npm run emergency`: what cannot wait: somebody suspended at every target, all tokens of a connection ended, deliveries frozen. */
import { proverOf } from '../worker/auth/proof.ts'
import { macOf } from '../worker/auth/mac.ts'
import { recording } from '../worker/store/acts.ts'
import { listConnections, type Connection } from '../worker/store/connections.ts'
import type { Database } from '../worker/store/database.ts'
import { revokeAll } from '../worker/store/tokens.ts'
import {
  endLock,
  freeze,
  suspendAt,
  whomOf,
  type Emergency,
  type Suspended,
} from '../worker/sync/emergency.ts'
import { DELIVERY_MAC } from '../worker/sync/open.ts'
import { findConnection, withDatabase, type Place } from './place.ts'
import { readKeys, readSettings } from './settings.ts'
import { readOptions, runCommand, UsageError } from './usage.ts'

const USAGE = `npm run emergency -- --suspend PERSON --reason TEXT
npm run emergency -- --unlock PERSON --reason TEXT
npm run emergency -- --revoke-tokens --connection NAME --reason TEXT
npm run emergency -- --freeze [--connection NAME] --reason TEXT
npm run emergency -- --thaw [--connection NAME] --reason TEXT

  --suspend        by userName, e-mail address or id: inactive at the targets of all connections; later pushes do not lift it
  --unlock         ends that, so that what the providers want counts again
  --revoke-tokens  ends every token of a connection at once
  --freeze         delivers nothing but deactivations any more, of one connection or of all
  --thaw           lets deliveries go on
  --reason         why: it stands in the record
  --help           shows this

The targets get it within a minute, by cron.`

const WHO = 'command line'

type Run = { readonly place: Place; readonly reason: string }

const WORDS: Readonly<Record<Suspended, string>> = {
  locked: 'suspended, whatever is pushed',
  deactivated: 'made inactive here, as there is no target; a later push may lift it',
  missing: 'not there any more',
  unset: 'not suspended: MAC_KEYS is not set',
}

await runCommand(USAGE, async () => {
  const { suspend, unlock, freeze: isFreeze, thaw, reason = '', connection, help, ...rest } = parse()
  if (help === true) return console.log(USAGE)
  const isRevoke = rest['revoke-tokens'] === true
  const told = [suspend, unlock, isFreeze, thaw, isRevoke || undefined].filter((one) => one !== undefined)
  if (told.length !== 1)
    throw new UsageError('Say one of --suspend, --unlock, --revoke-tokens, --freeze and --thaw')
  if (reason.trim().length < 3) throw new UsageError('Say why: --reason TEXT')
  await withDatabase(readSettings(process.env), async (place) => {
    const run = { place, reason: reason.trim() }
    if (suspend !== undefined) return suspendAll(run, suspend)
    if (unlock !== undefined) return unlockAll(run, unlock)
    if (isRevoke) {
      if (connection === undefined) throw new UsageError('Say which connection: --connection NAME')
      return revoke(run, await findConnection(place, connection))
    }
    const all =
      connection === undefined
        ? await listConnections(place.database)
        : [await findConnection(place, connection)]
    return freezeAll(run, all, isFreeze === true)
  })
})

/** The database whose first write carries the row of what was done. */
function recorded(
  { place, reason }: Run,
  action: string,
  connection: string,
  subject: string | null,
  id: string,
): Database {
  const at = new Date().toISOString()
  const act = { at, request: id, who: WHO, connection, action, subject, reason, details: undefined }
  return recording(place.open(), act)
}

async function toolsOf(run: Run, action: string, connection: string, person: string): Promise<Emergency> {
  const { macKeys } = await readKeys(readSettings(process.env).dataDir)
  const id = crypto.randomUUID()
  const { sign } = macOf(macKeys, DELIVERY_MAC)
  return {
    database: recorded(run, action, connection, person, id),
    sign,
    prove: proverOf(macKeys),
    id,
    at: new Date(),
    who: WHO,
  }
}

async function suspendAll(run: Run, named: string): Promise<void> {
  const found = await whomOf(run.place.database, named, () => true)
  if (found.length === 0) throw new Error(`Nobody is found by ${named} in any connection.`)
  for (const { connection, connectionName, id } of found) {
    const tools = await toolsOf(run, 'person.lock', connection, id)
    const came = await suspendAt(tools, connection, id, run.reason).then(
      (outcome) => WORDS[outcome],
      (error: unknown) => {
        // One connection that refuses stops no other.
        process.exitCode = 1
        return `failed: ${error instanceof Error ? error.message : String(error)}`
      },
    )
    console.log(`${connectionName}: ${id} ${came}`)
  }
}

async function unlockAll(run: Run, named: string): Promise<void> {
  const found = (await whomOf(run.place.database, named, () => true)).filter(({ isLocked }) => isLocked === 1)
  if (found.length === 0) throw new Error(`Nobody who is found by ${named} is locked.`)
  for (const { connection, connectionName, id } of found) {
    await endLock(await toolsOf(run, 'person.unlock', connection, id), connection, id)
    console.log(`${connectionName}: ${id} is not locked any more`)
  }
}

async function revoke(run: Run, { id, name }: Connection): Promise<void> {
  const database = recorded(run, 'token.revokeAll', id, null, crypto.randomUUID())
  const count = await revokeAll(database, id, new Date())
  console.log(`${name}: ${count} tokens are revoked. Make another: npm run token -- --connection ${name}`)
}

async function freezeAll(run: Run, all: readonly Connection[], isFrozen: boolean): Promise<void> {
  for (const { id, name } of all) {
    const action = isFrozen ? 'connection.freeze' : 'connection.thaw'
    await freeze(recorded(run, action, id, null, crypto.randomUUID()), id, isFrozen, new Date())
    console.log(`${name}: ${isFrozen ? 'nothing is delivered but deactivations' : 'deliveries go on'}`)
  }
}

function parse() {
  const [text, flag] = [{ type: 'string' as const }, { type: 'boolean' as const }]
  const options = {
    suspend: text,
    unlock: text,
    'revoke-tokens': flag,
    freeze: flag,
    thaw: flag,
    connection: text,
    reason: text,
    help: flag,
  }
  return readOptions({ options }).values
}
