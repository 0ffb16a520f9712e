/** `npm run audit`: verifies the logs, gives their heads to keep elsewhere, erases a person, and says how long what is kept. */
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { publicKey } from '../worker/auth/head.ts'
import { macOf } from '../worker/auth/mac.ts'
import { ACT_MAC } from '../worker/auth/proof.ts'
import { recording, type Act } from '../worker/store/acts.ts'
import type { Database } from '../worker/store/database.ts'
import { erasePerson, isErasable, WHY_NOT } from '../worker/store/erase.ts'
import { changeSettings, loadStanding } from '../worker/store/settings.ts'
import { listHeads } from '../worker/store/segments.ts'
import { ERASE } from '../worker/sync/keep.ts'
import { NO_HEADS, readHeads, writeHeads } from './auditHeads.ts'
import { verify } from './auditVerify.ts'
import { findConnection, withDatabase, type Place } from './place.ts'
import { runCommand, UsageError } from './usage.ts'
import { readKeys, readSettings } from './settings.ts'
import { words } from './words.ts'

const USAGE = `npm run audit -- verify [--connection NAME] [--heads FILE]
npm run -s audit -- heads > FILE
npm run audit -- erase --connection NAME --person ID [--reason TEXT]
npm run audit -- keep --connection NAME [--erase-after DAYS] [--keep-changes DAYS|forever]

  verify        looks at every row of the logs: its MAC, its seal and its values, and at the chain of seals
  heads         writes the last seal of every log, and the public keys, to keep where nobody of the bridge can write:
                only with them a log whose end was cut off, or that was made anew whole, is found
  erase         takes away all that is kept of somebody who is deleted: documents, values and their salts. A bare
                tombstone stays. By itself this happens 30 days after the DELETE, or as the connection is set
  keep          shows how long a connection keeps somebody who is deleted, and changes, or sets it
  --connection  this connection alone; without it all of them
  --heads       heads that were saved before
  --person      the person's id at the bridge
  --reason      why, for the record
  --erase-after   how many days after a DELETE the person is erased
  --keep-changes  how many days changes are kept; the last of each person and group stays, without values, and every seal
  --help        shows this

The exit code of verify is 0 where all is as it was, and 1 where something was changed; each row is named.`

await runCommand(USAGE, run)

async function run(): Promise<void> {
  const { values, positionals } = parse()
  if (values.help === true) return console.log(USAGE)
  const [act, ...more] = positionals
  if (more.length > 0) throw new UsageError(`One at a time: ${positionals.join(', ')}`)
  const settings = readSettings(process.env)
  switch (act) {
    case 'verify': {
      const { heads: file } = values
      const saved = file === undefined ? NO_HEADS : readHeads(await textOf(file), file)
      return withDatabase(settings, (place) => verify(place, settings.dataDir, values.connection, saved))
    }
    case 'heads':
      return withDatabase(settings, (place) => showHeads(place, settings.dataDir))
    case 'erase': {
      const { connection, person, reason } = values
      if (connection === undefined || person === undefined)
        throw new UsageError('Say who: --connection NAME --person ID')
      return withDatabase(settings, async (place) => {
        const { id } = await findConnection(place, connection)
        await erase(place, { connection: id, id: person }, reason)
      })
    }
    case 'keep': {
      const { connection } = values
      if (connection === undefined) throw new UsageError('Say which connection: --connection NAME')
      const wanted = wantedOf(values)
      return withDatabase(settings, async (place) => keep(place, connection, wanted))
    }
    case undefined:
      throw new UsageError('Say what: verify, heads, erase or keep')
    default:
      throw new UsageError(`Not understood: ${act}`)
  }
}

async function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    throw new Error(`--heads: ${file} cannot be read: ${words(error)}`, { cause: error })
  })
}

async function showHeads({ database }: Place, dataDir: string): Promise<void> {
  const { keys } = await readKeys(dataDir)
  console.log(writeHeads(await listHeads(database), keys.map(publicKey), new Date()))
}

/** What a command does is an act as well. */
async function recorded(
  { database }: Place,
  connection: string,
  act: Pick<Act, 'action' | 'subject' | 'reason' | 'details'>,
): Promise<Database> {
  const { macKeys } = await readKeys(readSettings(process.env).dataDir)
  const by = { at: new Date().toISOString(), request: crypto.randomUUID(), who: 'command line', connection }
  return recording(database, { ...by, ...act }, macOf(macKeys, ACT_MAC).sign)
}

async function erase(
  place: Place,
  person: { readonly connection: string; readonly id: string },
  reason: string | undefined,
): Promise<void> {
  const state = await isErasable(place.database, person)
  if (state !== 'ready') throw new Error(WHY_NOT[state])
  const act = { action: ERASE, subject: person.id, reason: reason ?? null, details: undefined }
  const database = await recorded(place, person.connection, act)
  if (!(await erasePerson(database, person, new Date()))) throw new Error(WHY_NOT.pending)
  console.log(`${person.id} is erased. What is left is that somebody of this id was there, and when.`)
}

type Kept = { readonly eraseAfter?: number; readonly keepChanges?: number | null }

function wantedOf(values: {
  readonly 'erase-after'?: string | undefined
  readonly 'keep-changes'?: string | undefined
}): Kept {
  const days = (option: keyof typeof values): number | undefined => {
    const { [option]: given } = values
    if (given === undefined) return undefined
    if (/^[1-9]\d{0,3}$/.test(given)) return Number(given)
    throw new UsageError(`--${option}: expected a number of days from 1 to 9999, not ${given}`)
  }
  const eraseAfter = days('erase-after')
  const keepChanges = values['keep-changes'] === 'forever' ? null : days('keep-changes')
  return {
    ...(eraseAfter === undefined ? {} : { eraseAfter }),
    ...(keepChanges === undefined ? {} : { keepChanges }),
  }
}

async function keep(place: Place, name: string, wanted: Kept): Promise<void> {
  const { id } = await findConnection(place, name)
  const isAsked = Object.keys(wanted).length === 0
  const { settings } = isAsked
    ? await loadStanding(place.database, id)
    : await changeSettings(
        await recorded(place, id, { action: 'audit.keep', subject: null, reason: null, details: wanted }),
        id,
        (before) => ({ ...before, ...wanted }),
      )
  const { eraseAfter, keepChanges } = settings
  const changes = keepChanges === null ? 'for ever' : `for ${keepChanges} days`
  console.log(`A deleted person of ${name} is erased after ${eraseAfter} days; changes are kept ${changes}.`)
}

function parse() {
  const text = { type: 'string' as const }
  try {
    const options = {
      connection: text,
      heads: text,
      person: text,
      reason: text,
      'erase-after': text,
      'keep-changes': text,
      help: { type: 'boolean' as const },
    }
    return parseArgs({ options, allowPositionals: true })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}
