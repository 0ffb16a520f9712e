/** `npm run connection`: shows the connections of the local database and what their providers send, or holds one strictly. */
import { parseArgs } from 'node:util'
import { QUIRKS } from '../worker/scim/reading.ts'
import { listConnections, listQuirks, setMode, type Mode } from '../worker/store/connections.ts'
import { findConnection, withDatabase, type Place } from './place.ts'
import { readSettings } from './settings.ts'
import { formatTable } from './table.ts'

const USAGE = `npm run connection
npm run connection -- --name NAME --mode strict|tolerant

  --name  the connection to change
  --mode  tolerant takes what identity providers really send; strict holds a provider to the interoperability profile
  --help  shows this

Without options it shows every connection and the quirks its provider has shown: what it sends beside the letter.`

/** Wrong arguments: the message and the usage are shown, and the exit code is 2. */
class UsageError extends Error {}

try {
  await run()
} catch (error) {
  if (!(error instanceof Error)) throw error
  console.error(error instanceof UsageError ? `${error.message}\n\n${USAGE}` : error.message)
  process.exitCode = error instanceof UsageError ? 2 : 1
}

async function run(): Promise<void> {
  const { name, mode, help } = parse()
  if (help === true) return console.log(USAGE)
  if ((name === undefined) !== (mode === undefined))
    throw new UsageError('Say both: --name NAME --mode strict|tolerant')
  await withDatabase(readSettings(process.env), async (place) => {
    if (name !== undefined && mode !== undefined) await hold(place, name, mode)
    else await show(place)
  })
}

async function hold(place: Place, name: string, mode: string): Promise<void> {
  const wanted = (['strict', 'tolerant'] as const).find((known): known is Mode => known === mode)
  if (wanted === undefined) throw new UsageError(`--mode: expected strict or tolerant, not ${mode}`)
  const { id } = await findConnection(place, name)
  await setMode(place.database, id, wanted)
  console.log(`Connection ${name} is ${wanted} from its next request on.`)
}

async function show({ database, where }: Place): Promise<void> {
  const all = await listConnections(database)
  if (all.length === 0) return console.log(`There is no connection in ${where}.`)
  console.log(
    formatTable(
      ['connection', 'mode'],
      all.map(({ name, mode }) => [name, mode]),
    ),
  )
  const seen = await Promise.all(
    all.map(async ({ id, name }) =>
      (await listQuirks(database, id)).map(({ name: quirk, count, last }) => {
        const known = Object.entries(QUIRKS).find(([key]) => key === quirk)?.[1]
        return [name, quirk, count, known?.what ?? '', known?.who ?? '', last]
      }),
    ),
  )
  if (seen.flat().length === 0) return
  console.log(`\n${formatTable(['connection', 'quirk', 'count', 'what', 'known from', 'last'], seen.flat())}`)
}

function parse() {
  const text = { type: 'string' as const }
  try {
    return parseArgs({ options: { name: text, mode: text, help: { type: 'boolean' } } }).values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}
