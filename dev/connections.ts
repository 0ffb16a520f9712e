/** `npm run connection`: shows the connections of the local database and what their providers send, or sets one up. */
import { QUIRKS } from '../worker/scim/reading.ts'
import { listConnections, listQuirks, setMode, type Connection } from '../worker/store/connections.ts'
import { replayUndecided } from '../worker/store/outbox.ts'
import { changeSettings, loadStanding } from '../worker/store/settings.ts'
import { begin, end, map } from './connectionRuns.ts'
import { changesFrom, oneOf, settingsCells, SETTINGS_TITLES } from './connectionSettings.ts'
import { findConnection, withDatabase, type Place } from './place.ts'
import { readSettings } from './settings.ts'
import { formatTable } from './table.ts'
import { readOptions, runCommand, UsageError } from './usage.ts'

const USAGE = `npm run connection
npm run connection -- --name NAME [--mode strict|tolerant] [--switch create=off]… [--state active|paused|closed] …
npm run connection -- --name NAME --dry-run on|show|off [--then deliver|discard]
npm run connection -- --name NAME --mapping FILE [--preview USERNAME]

  --name        the connection to change
  --mode        tolerant takes what identity providers really send; strict holds a provider to the interoperability profile
  --switch      create, update, deactivate or groups; on, off (the provider is answered 403) or skip (2xx, and not delivered)
  --state       paused: requests are taken, and only deactivations delivered; closed: changes are answered 429
  --deactivations-too  with --state paused: deactivations wait too; after 24 hours they no longer do
  --deletes     what a DELETE of a person is at the target: suspend or delete
  --dead-after  after how many hours a delivery is given up
  --adopt       domains, with commas between: a new person there takes over the account the target has; or off
  --dry-run     on: the target is read, and what would be sent is recorded; show, or off alone: shows that
  --then        deliver sends what differs from the target; discard forgets the dry run
  --mapping     a JSON file with the attribute mapping towards the target (README, "Targets")
  --preview     shows what that mapping does to a person, by userName or id, and keeps nothing
  --help        shows this

Without options, or with --name alone, it shows every connection, or that one, and the quirks its provider has shown: what it
sends beside the letter.`

await runCommand(USAGE, run)

async function run(): Promise<void> {
  const { name, help, ...given } = parse()
  if (help === true) return console.log(USAGE)
  const isChange = Object.keys(given).length > 0
  if (name === undefined && isChange) throw new UsageError('Say which connection: --name NAME')
  await withDatabase(readSettings(process.env), async (place) => {
    if (name !== undefined && isChange) await change(place, name, given)
    else if (name !== undefined) await show(place, [await findConnection(place, name)])
    else await show(place, await listConnections(place.database))
  })
}

/** Everything is read before anything is changed. */
async function change(
  place: Place,
  name: string,
  { mode, mapping, preview, 'dry-run': dryRun, then, ...given }: Omit<Options, 'name' | 'help'>,
): Promise<void> {
  const wanted = mode === undefined ? undefined : oneOf('mode', ['strict', 'tolerant'], mode)
  const switched = dryRun === undefined ? undefined : oneOf('dry-run', ['on', 'show', 'off'], dryRun)
  const after = then === undefined ? undefined : oneOf('then', ['deliver', 'discard'], then)
  if (after !== undefined && switched !== 'off') throw new UsageError('--then goes with --dry-run off')
  if (preview !== undefined && mapping === undefined)
    throw new UsageError('--preview goes with --mapping FILE')
  const changes = changesFrom(given, new Date())
  const found = await findConnection(place, name)
  const { id } = found
  if (wanted !== undefined) {
    await setMode(place.database, id, wanted)
    console.log(`Connection ${name} is ${wanted} from its next request on.`)
  }
  if (changes.length > 0) {
    const { settings } = await changeSettings(place.database, id, (before) =>
      changes.reduce((current, next) => next(current), before),
    )
    console.log(
      formatTable(['connection', ...SETTINGS_TITLES], [[name, ...settingsCells(settings, new Date())]]),
    )
  }
  if (given.adopt !== undefined && given.adopt !== 'off') {
    const due = await replayUndecided(place.database, id, new Date())
    if (due > 0)
      console.log(
        `${due === 1 ? '1 person or group that waited for a decision is' : `${due} people and groups that waited for a decision are`} due again.`,
      )
  }
  if (mapping !== undefined) await map(place, id, mapping, preview)
  if (switched === 'on') await begin(place, id)
  if (switched === 'off' || switched === 'show') await end(place, found, after)
}

async function show({ database, where }: Place, all: readonly Connection[]): Promise<void> {
  if (all.length === 0) return console.log(`There is no connection in ${where}.`)
  console.log(
    formatTable(
      ['connection', 'mode'],
      all.map(({ name, mode }) => [name, mode]),
    ),
  )
  const now = new Date()
  const set = await Promise.all(
    all.map(async ({ id, name }) => [
      name,
      ...settingsCells((await loadStanding(database, id)).settings, now),
    ]),
  )
  console.log(`\n${formatTable(['connection', ...SETTINGS_TITLES], set)}`)
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

type Options = ReturnType<typeof parse>

function parse() {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean' } as const
  return readOptions({
    options: {
      name: text,
      mode: text,
      switch: { ...text, multiple: true },
      state: text,
      'deactivations-too': flag,
      deletes: text,
      'dead-after': text,
      adopt: text,
      'dry-run': text,
      // oxlint-disable-next-line unicorn/no-thenable
      then: text,
      mapping: text,
      preview: text,
      help: flag,
    },
  }).values
}
