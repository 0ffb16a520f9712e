/** `npm run target`: sets up where a connection's changes go, and shows what is on its way there. */
import { macOf } from '../worker/auth/mac.ts'
import { sealOf } from '../worker/auth/seal.ts'
import { listAlarms, listDeliveries, listReceipts, replay } from '../worker/store/outbox.ts'
import { loadStanding } from '../worker/store/settings.ts'
import { DELIVERY_MAC, TARGET_SEAL } from '../worker/sync/open.ts'
import { setTarget } from '../worker/sync/setUp.ts'
import { openOutbound } from '../worker/targets/outbound.ts'
import { readJson } from './files.ts'
import { findConnection, withDatabase, type Place } from './place.ts'
import { readKeys, readSettings } from './settings.ts'
import { formatTable } from './table.ts'
import { readOptions, runCommand, UsageError } from './usage.ts'

const USAGE = `npm run target -- --connection NAME
npm run target -- --connection NAME --set FILE [--replace]
npm run target -- --connection NAME --replay [ID]

  --connection  the connection whose target it is
  --set         a JSON file with the target's settings (README, "Targets"); a value "$NAME" is taken from the environment
  --replace     the settings may lead to another account than before: everything is then brought there anew
  --replay      tries again what was given up, of all or of one resource
  --help        shows this

Without --set and --replay it shows the target, what is on its way, the last receipts of deactivations, and the alarms.`

/** How many rows of each table are shown. */
const MOST = 50

await runCommand(USAGE, run)

async function run(): Promise<void> {
  const { values, positionals } = parse()
  if (values.help === true) return console.log(USAGE)
  const { connection, set } = values
  if (connection === undefined) throw new UsageError('Say which connection: --connection NAME')
  if (set !== undefined && values.replay === true) throw new UsageError('--set and --replay: one at a time')
  if (values.replay !== true && positionals.length > 0)
    throw new UsageError(`Not understood: ${positionals.join(' ')}`)
  await withDatabase(readSettings(process.env), async (place) => {
    const { id } = await findConnection(place, connection)
    if (set !== undefined) await setUp(place, id, set, values.replace === true)
    else if (values.replay === true) {
      console.log(`${await replay(place.database, id, new Date(), positionals[0])} deliveries are due again.`)
    } else await show(place, id)
  })
}

async function setUp(
  { database }: Place,
  connection: string,
  file: string,
  mayReplace: boolean,
): Promise<void> {
  const { sealKeys, macKeys } = await readKeys(readSettings(process.env).dataDir)
  const result = await setTarget(
    {
      database,
      seal: sealOf(sealKeys, TARGET_SEAL),
      sign: macOf(macKeys, DELIVERY_MAC).sign,
      send: openOutbound({ budget: { left: 20 }, until: Date.now() + 30_000, loopback: true }),
      newId: () => crypto.randomUUID(),
      now: () => new Date(),
    },
    connection,
    fromEnvironment(await readJson('set', file)),
    mayReplace,
  )
  if (result.kind === 'refused') throw new Error(`The target is not set: ${result.words}.`)
  const can = Object.entries(result.capabilities).filter(([, able]) => able === true)
  console.log(`The target is set: ${result.words}`)
  console.log(`It can: ${can.map(([name]) => name).join(', ')}.`)
  if (result.due > 0) console.log(`${result.due} people and groups are on their way there.`)
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

async function show({ database }: Place, connection: string): Promise<void> {
  const { settings } = await loadStanding(database, connection)
  const { target } = settings
  console.log(
    target === undefined
      ? 'Target: directory, the bridge itself'
      : `Target: ${target.kind}, ${target.account}`,
  )
  const [due, receipts, alarms] = await Promise.all([
    listDeliveries(database, connection, MOST),
    listReceipts(database, connection, MOST),
    listAlarms(database, connection),
  ])
  const table = (title: string, head: readonly string[], rows: readonly (readonly (string | number)[])[]) => {
    if (rows.length > 0)
      console.log(
        `\n${title}\n${formatTable(
          [...head],
          rows.map((row) => [...row]),
        )}`,
      )
  }
  table(
    'On their way',
    ['id', 'kind', 'state', 'since', 'next', 'tries', 'why'],
    due.map((one) => [one.resource, one.type, one.state, one.since, one.due, one.tries, one.words ?? '']),
  )
  table(
    'Deactivations',
    ['id', 'asked', 'stored', 'held until', 'confirmed', 'account'],
    receipts.map((one) => [
      one.resource,
      one.asked,
      one.stored,
      one.held ?? '',
      one.confirmed ?? one.ended ?? 'not yet',
      one.remote ?? '',
    ]),
  )
  table(
    'Alarms',
    ['kind', 'about', 'since', 'times', 'what'],
    alarms.map((one) => [one.kind, one.subject, one.first, one.count, one.words]),
  )
}

function parse() {
  const text = { type: 'string' as const }
  const flag = { type: 'boolean' as const }
  return readOptions({
    options: { connection: text, set: text, replace: flag, replay: flag, help: flag },
    allowPositionals: true,
  })
}
