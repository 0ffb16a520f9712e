/** `npm run target`: sets up where a connection's changes go, and shows what is on its way there. */
import { macOf } from '../worker/auth/mac.ts'
import { sealOf } from '../worker/auth/seal.ts'
import { replay } from '../worker/store/outbox.ts'
import { findPerson } from '../worker/store/protection.ts'
import { makeAllDue } from '../worker/store/resync.ts'
import { loadStanding } from '../worker/store/settings.ts'
import { DELIVERY_MAC, openSealed, TARGET_SEAL } from '../worker/sync/open.ts'
import { setTarget } from '../worker/sync/setUp.ts'
import { openOutbound, type Outbound } from '../worker/targets/outbound.ts'
import { readJson } from './files.ts'
import { findConnection, withDatabase, type Place } from './place.ts'
import { readKeys, readSettings } from './settings.ts'
import { setUpTools } from './setUpTools.ts'
import { show } from './target/show.ts'
import { areDue, counted, plain } from './words.ts'
import { readOptions, runCommand, UsageError } from './usage.ts'

const USAGE = `npm run target -- --connection NAME
npm run target -- --connection NAME --set FILE [--replace]
npm run target -- --connection NAME --replay [USERNAME|ID]
npm run target -- --connection NAME --snapshot | --test

  --connection  the connection whose target it is
  --set         a JSON file with the target's settings (README, "Targets"); a value "$NAME" is taken from the environment
  --replace     the settings may lead to another account than before: everything is then brought there anew
  --replay      tries again what was given up, of all or of one person or group; its time begins anew
  --snapshot    brings every person and group there again: to a webhook as a snapshot (docs/webhook.md)
  --test        tests the target as --set does, and changes nothing: a webhook gets a test event
  --help        shows this

Without any of these it shows the target, what keeps changes from it, what is on its way, the last receipts of deactivations, and the alarms.`

await runCommand(USAGE, run)

async function run(): Promise<void> {
  const { values, positionals } = parse()
  if (values.help === true) return console.log(USAGE)
  const { connection, set } = values
  if (connection === undefined) throw new UsageError('Say which connection: --connection NAME')
  const acts = (['set', 'replay', 'snapshot', 'test'] as const).filter((name) => values[name] !== undefined)
  if (acts.length > 1) throw new UsageError(`One at a time: ${acts.map((name) => `--${name}`).join(', ')}`)
  if (values.replay !== true && positionals.length > 0)
    throw new UsageError(`Not understood: ${positionals.join(' ')}`)
  await withDatabase(readSettings(process.env), async (place) => {
    const { id } = await findConnection(place, connection)
    if (set !== undefined) await setUp(place, id, set, values.replace === true)
    else if (values.replay === true) console.log(await again(place, id, positionals[0]))
    else if (values.snapshot === true) console.log(await snapshot(place, id))
    else if (values.test === true) console.log(await tested(place, id))
    else await show(place, id)
  })
}

function sending(): Outbound {
  return openOutbound({ budget: { left: 20 }, until: Date.now() + 30_000, loopback: true, names: 'causes' })
}

async function again({ database }: Place, connection: string, named: string | undefined): Promise<string> {
  const id = named === undefined ? undefined : ((await findPerson(database, connection, named)) ?? named)
  const count = await replay(database, connection, new Date(), id)
  if (count === 0 && named !== undefined) throw new Error(`Nothing waits of ${plain(named)}.`)
  if (count === 1) return '1 delivery is due again; its time, since, begins anew.'
  return `${count} deliveries are due again; their time, since, begins anew.`
}

async function targetOf({ database }: Place, connection: string) {
  const { target } = (await loadStanding(database, connection)).settings
  if (target === undefined) throw new Error('There is no target: the bridge itself is the account.')
  return target
}

async function snapshot(place: Place, connection: string): Promise<string> {
  const { id: target } = await targetOf(place, connection)
  const { macKeys } = await readKeys(readSettings(process.env).dataDir)
  const { sign } = macOf(macKeys, DELIVERY_MAC)
  const request = crypto.randomUUID()
  const due = await makeAllDue(place.database, { connection, target, request, sign, at: new Date() })
  return `${areDue(due)}: the next runs of cron bring ${due === 1 ? 'it' : 'them'} there.`
}

async function tested(place: Place, connection: string): Promise<string> {
  const kept = await targetOf(place, connection)
  const { sealKeys } = await readKeys(readSettings(process.env).dataDir)
  const opened = await openSealed(sealOf(sealKeys, TARGET_SEAL), connection, kept)
  const probe = opened.kind === 'bad' ? opened : await opened.target.test(sending())
  if (probe.kind === 'bad') throw new Error(`The target is not as it should be: ${probe.words}.`)
  return `The target is tested: ${probe.words}`
}

async function setUp(
  { database }: Place,
  connection: string,
  file: string,
  mayReplace: boolean,
): Promise<void> {
  const result = await setTarget(
    {
      ...setUpTools(database, await readKeys(readSettings(process.env).dataDir)),
      send: sending(),
    },
    connection,
    fromEnvironment(await readJson('set', file)),
    mayReplace,
  )
  if (result.kind === 'refused') throw new Error(`The target is not set: ${result.words}.`)
  const can = Object.entries(result.capabilities).filter(([, able]) => able === true)
  console.log(`The target is set: ${result.words}`)
  console.log(`It can: ${can.map(([name]) => name).join(', ')}.`)
  if (result.unconfirmed > 0)
    console.log(
      `${result.unconfirmed} deactivations were never confirmed at the target before. Look there who still has access: it is not tried any more.`,
    )
  if (result.due > 0)
    console.log(`${counted(result.due, 'person or group is', 'people and groups are')} on their way there.`)
}

/** A secret stands in the environment, and the file names it. */
function fromEnvironment(value: unknown): unknown {
  if (typeof value === 'string' && value.startsWith('$')) {
    const named = process.env[value.slice(1)]
    if (named === undefined || named === '')
      throw new Error(`The settings name ${value}, and the environment has none.`)
    return named
  }
  if (Array.isArray(value)) return value.map(fromEnvironment)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, fromEnvironment(inner)]))
}

function parse() {
  const text = { type: 'string' as const }
  const flag = { type: 'boolean' as const }
  return readOptions({
    options: {
      connection: text,
      set: text,
      replace: flag,
      replay: flag,
      snapshot: flag,
      test: flag,
      help: flag,
    },
    allowPositionals: true,
  })
}
