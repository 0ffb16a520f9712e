/** `npm run audit`: verifies the logs, gives their heads to keep elsewhere, and erases a person. */
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { headReader, publicKey } from '../worker/auth/head.ts'
import { macOf } from '../worker/auth/mac.ts'
import { ACT_MAC } from '../worker/auth/proof.ts'
import { recording } from '../worker/store/acts.ts'
import { erasePerson, isErasable, WHY_NOT } from '../worker/store/erase.ts'
import { listChains, listHeads } from '../worker/store/segments.ts'
import { ERASE } from '../worker/sync/keep.ts'
import type { Chain, Finding } from '../worker/sync/sealed.ts'
import { verifierOf } from '../worker/sync/verify.ts'
import { NO_HEADS, readHeads, writeHeads, type SavedHeads } from './auditHeads.ts'
import { findConnection, withDatabase, type Place } from './place.ts'
import { runCommand, UsageError } from './reach.ts'
import { readKeys, readSettings } from './settings.ts'
import { formatTable, progress } from './table.ts'
import { words } from './words.ts'

const USAGE = `npm run audit -- verify [--connection NAME] [--heads FILE]
npm run -s audit -- heads > FILE
npm run audit -- erase --connection NAME --person ID [--reason TEXT]

  verify        looks at every row of the logs: its MAC, its seal and its values, and at the chain of seals
  heads         writes the last seal of every log, and the public keys, to keep where nobody of the bridge can write:
                only with them a log whose end was cut off, or that was made anew whole, is found
  erase         takes away all that is kept of somebody who is deleted: documents, values and their salts. A bare
                tombstone stays. By itself this happens 30 days after the DELETE, or as the connection is set
  --connection  this connection alone; without it all of them
  --heads       heads that were saved before
  --person      the person's id at the bridge
  --reason      why, for the record
  --help        shows this

The exit code of verify is 0 where all is as it was, and 1 where something was changed; each row is named.`

/** What is wrong, in a word for the table. */
const WORDS: Readonly<Record<Finding['what'], string>> = {
  changed: 'changed',
  missing: 'missing',
  inserted: 'inserted',
  rebuilt: 'made anew',
  values: 'values',
  mac: 'wrong MAC',
  segment: 'seal',
  cut: 'cut off',
}

await runCommand(USAGE, run)

async function run(): Promise<void> {
  const { values, positionals } = parse()
  if (values.help === true) return console.log(USAGE)
  const [act, ...more] = positionals
  if (more.length > 0) throw new UsageError(`One at a time: ${positionals.join(', ')}`)
  const { connection, heads: file, person, reason } = values
  const settings = readSettings(process.env)
  if (act === 'verify') {
    const saved = file === undefined ? NO_HEADS : readHeads(await textOf(file), file)
    await withDatabase(settings, (place) => verify(place, settings.dataDir, connection, saved))
  } else if (act === 'heads') {
    await withDatabase(settings, (place) => showHeads(place, settings.dataDir))
  } else if (act === 'erase') {
    if (connection === undefined || person === undefined)
      throw new UsageError('Say who: --connection NAME --person ID')
    await withDatabase(settings, async (place) => {
      const { id } = await findConnection(place, connection)
      await erase(place, settings.dataDir, { connection: id, id: person }, reason)
    })
  } else
    throw new UsageError(act === undefined ? 'Say what: verify, heads or erase' : `Not understood: ${act}`)
}

async function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    throw new Error(`--heads: ${file} cannot be read: ${words(error)}`, { cause: error })
  })
}

async function verify(
  place: Place,
  dataDir: string,
  name: string | undefined,
  saved: SavedHeads,
): Promise<void> {
  const only = name === undefined ? undefined : (await findConnection(place, name)).id
  const { keys, macKeys } = await readKeys(dataDir)
  const listed = (await listChains(place.database)).filter(
    ({ log, connection }) => log === 'acts' || only === undefined || connection === only,
  )
  // What was saved of a log that is not there at all any more is looked for as well.
  const gone = saved.chains.filter(
    (chain) => !listed.some((one) => isSame(one, chain)) && (only === undefined || chain.connection === only),
  )
  const chains = [...listed, ...gone.map((chain) => ({ ...chain, name: null, rows: 0 }))]
  const signed = [...keys.map(publicKey), ...saved.keys]
  const read = await Promise.all(saved.heads.map(headReader(signed)))
  if (read.some(({ kind }) => kind !== 'good'))
    throw new Error(
      '--heads: a head in it is not signed by the bridge: the file was changed, or is of another one.',
    )
  const findings: Finding[] = []
  const bar = progress(
    'rows',
    chains.reduce((sum, { rows }) => sum + rows, 0),
  )
  const { chain: verifyChain } = verifierOf({
    open: place.open,
    signed,
    macs: macKeys,
    saved: saved.heads,
    found: (finding) => findings.push(finding),
    passed: (rows) => bar.tick(rows),
  })
  const lines: string[] = []
  for (const chain of chains) {
    const { rows, sealed, unproven } = await verifyChain(chain)
    const without = unproven === 0 ? '' : `; ${unproven} have no MAC: the bridge had no key, or was older`
    lines.push(`${nameOf(chain)}: ${rows} rows, ${sealed} of them sealed${without}.`)
  }
  bar.end()
  if (findings.length > 0) {
    const called = (finding: Finding) =>
      nameOf(chains.find((chain) => isSame(chain, finding)) ?? { ...finding, name: null })
    const cells = findings.map((one) => [called(one), WORDS[one.what], one.id, one.words])
    console.log(`${formatTable(['log', 'what', 'id', 'why'], cells)}\n`)
    process.exitCode = 1
  }
  for (const line of lines) console.log(line)
  const against = saved.heads.length === 0 ? 'An end that was cut off shows only with --heads.' : ''
  console.log(
    findings.length === 0
      ? `All of it is as it was written. ${against}`.trim()
      : `${findings.length} findings: it was changed behind the bridge's back. ${against}`.trim(),
  )
}

const isSame = (one: Chain, other: Chain) => one.log === other.log && one.connection === other.connection

const nameOf = ({ log, connection, name }: Chain & { readonly name: string | null }) =>
  log === 'acts' ? 'acts' : (name ?? `connection ${connection}`)

async function showHeads({ database }: Place, dataDir: string): Promise<void> {
  const { keys } = await readKeys(dataDir)
  console.log(writeHeads(await listHeads(database), keys.map(publicKey), new Date()))
}

async function erase(
  { database }: Place,
  dataDir: string,
  person: { readonly connection: string; readonly id: string },
  reason: string | undefined,
): Promise<void> {
  const state = await isErasable(database, person)
  if (state !== 'ready') throw new Error(WHY_NOT[state])
  const { macKeys } = await readKeys(dataDir)
  const at = new Date()
  const act = {
    at: at.toISOString(),
    request: crypto.randomUUID(),
    who: 'command line',
    connection: person.connection,
    action: ERASE,
    subject: person.id,
    reason: reason ?? null,
    details: undefined,
  }
  const recorded = recording(database, act, macOf(macKeys, ACT_MAC).sign)
  if (!(await erasePerson(recorded, person, at))) throw new Error(WHY_NOT.pending)
  console.log(`${person.id} is erased. What is left is that somebody of this id was there, and when.`)
}

function parse() {
  const text = { type: 'string' as const }
  try {
    const options = {
      connection: text,
      heads: text,
      person: text,
      reason: text,
      help: { type: 'boolean' as const },
    }
    return parseArgs({ options, allowPositionals: true })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}
