/** `npm run reconcile`: compares a connection's target with the bridge, and puts repairs into the outbox. */
import { writeFile } from 'node:fs/promises'
import type { SecretKeys } from '../worker/auth/keys.ts'
import { macOf } from '../worker/auth/mac.ts'
import { proverOf } from '../worker/auth/proof.ts'
import { sealOf } from '../worker/auth/seal.ts'
import { loadStanding, type Settings } from '../worker/store/settings.ts'
import { assignedOf, findStale } from '../worker/sync/assigned.ts'
import { namesOf, readCsv, textOf, writeCsv } from '../worker/sync/csv.ts'
import type { Finding, Found } from '../worker/sync/findings.ts'
import { DELIVERY_MAC, openSealed, TARGET_SEAL } from '../worker/sync/open.ts'
import { reconcile, type Reconciled, type SeenPerson } from '../worker/sync/reconcile.ts'
import { release } from '../worker/sync/release.ts'
import { repairFound } from '../worker/sync/repair.ts'
import { openOutbound } from '../worker/targets/outbound.ts'
import type { Target } from '../worker/targets/target.ts'
import { expectWritable, readBytes } from './files.ts'
import { findConnection, withDatabase, type Place } from './place.ts'
import { COLUMNS, inOrder, lineOf, summaryOf, uncomparedWords } from './reconcileLines.ts'
import { readKeys, readSettings } from './settings.ts'
import { formatTable } from './table.ts'
import { readOptions, runCommand, UsageError } from './usage.ts'

const USAGE = `npm run reconcile -- --connection NAME [--stale DAYS] [--csv FILE] [--json] [--save FILE]
npm run reconcile -- --connection NAME --repair all|ID[,ID…]
npm run reconcile -- --connection NAME --release ID[,ID…]

  --connection  the connection whose target is compared with the bridge
  --stale       also active people of whom the provider has sent nothing for so many days
  --csv         also the provider's own list of who is assigned: a column named userName or email
  --json        as JSON instead of a table
  --save        writes the findings to a CSV file too
  --repair      makes what differs due again, of all or of some resources: the next run of cron brings it to the target
  --release     deactivates people, as an admin's change: nobody is, for being on a list or not, without it
  --strict-extra  what the target has of its own, linked to nobody here, counts as a difference too
  --help        shows this

The exit code is 0 where nothing differs, or all that differs was made due, and 1 where something does or could not be compared.`

/** How long a comparison may take in all, in milliseconds, and the largest page it takes, in bytes. */
const LONGEST = 6 * 3_600_000
const LARGEST = 32 * 1024 * 1024

await runCommand(USAGE, run)

async function run(): Promise<number> {
  const values = parse()
  if (values.help === true) {
    console.log(USAGE)
    return 0
  }
  const { connection, release: released } = values
  if (connection === undefined) throw new UsageError('Say which connection: --connection NAME')
  const others = values.repair ?? values.csv ?? values.stale ?? values.save
  if (released !== undefined && others !== undefined) throw new UsageError('--release goes alone')
  const days = values.stale === undefined ? undefined : daysOf(values.stale)
  if (values.save !== undefined) await expectWritable('save', values.save)
  const names = values.csv === undefined ? undefined : await readNames(values.csv)
  let code = 1
  await withDatabase(readSettings(process.env), async (place) => {
    const { id } = await findConnection(place, connection)
    code =
      released === undefined
        ? await compare(place, id, { ...values, days, names })
        : await releaseAll(place, id, idsOf(released))
  })
  return code
}

type Wanted = {
  readonly days: number | undefined
  readonly names: readonly string[] | undefined
  readonly repair?: string | undefined
  readonly json?: boolean | undefined
  readonly save?: string | undefined
  readonly 'strict-extra'?: boolean | undefined
}

async function compare(place: Place, connection: string, wanted: Wanted): Promise<number> {
  const { open, database } = place
  const now = new Date()
  const { sealKeys, macKeys } = await readKeys(readSettings(process.env).dataDir)
  const { settings } = await loadStanding(database, connection)
  const found: Found[] = []
  const take = (page: readonly Found[]) => {
    found.push(...page)
    return Promise.resolve()
  }
  const assigned = wanted.names === undefined ? undefined : assignedOf(open, connection, wanted.names)
  const seen = assigned && (async (page: readonly SeenPerson[]) => take(await assigned.compare(page)))
  const kept = settings.target
  const result: Reconciled =
    kept === undefined
      ? { kind: 'cannot', words: 'the bridge itself is the account of this connection' }
      : await reconcile({
          open,
          target: await openTarget(connection, kept, sealKeys),
          send: openOutbound({
            budget: { left: Number.POSITIVE_INFINITY },
            until: now.getTime() + LONGEST,
            loopback: true,
            names: 'causes',
            timeout: 60_000,
            most: LARGEST,
          }),
          scope: { connection, account: kept.account },
          settings,
          found: take,
          ...(seen === undefined ? {} : { seen }),
        })
  if (result.kind === 'compared' && assigned !== undefined) await take(assigned.left())
  if (wanted.days !== undefined)
    await findStale(open, connection, new Date(now.getTime() - wanted.days * 86_400_000), take)
  const chosen = wanted.repair === undefined ? [] : choose(found, wanted.repair)
  const resync = {
    connection,
    target: kept?.id ?? '',
    request: crypto.randomUUID(),
    sign: macOf(macKeys, DELIVERY_MAC).sign,
    at: now,
  }
  const due = await repairFound(open, resync, chosen)
  await show(found, result, due, wanted, now)
  if (result.kind !== 'compared' || result.uncompared !== undefined) return 1
  const isMended = ({ finding, mend }: Found) => mend !== undefined && due.includes(finding.id ?? '')
  return found.every((one) => isMended(one) || !counts(one.finding, wanted)) ? 0 : 1
}

async function openTarget(
  connection: string,
  kept: NonNullable<Settings['target']>,
  sealKeys: SecretKeys,
): Promise<Target> {
  const opened = await openSealed(sealOf(sealKeys, TARGET_SEAL), connection, kept)
  if (opened.kind === 'bad') throw new Error(`The target cannot be opened: ${opened.words}`)
  return opened.target
}

/** Gives the findings that are to be repaired. Throws where an id has none that can be. */
function choose(found: readonly Found[], which: string): readonly Found[] {
  const able = found.filter(({ mend }) => mend !== undefined)
  if (which === 'all') return able
  const ids = idsOf(which)
  const unknown = ids.filter((id) => !able.some(({ finding }) => finding.id === id))
  if (unknown.length > 0) throw new Error(`Nothing can be repaired of: ${unknown.join(', ')}`)
  return able.filter(({ finding }) => finding.id !== undefined && ids.includes(finding.id))
}

/** Whether it is a difference: what the target has of its own is none, as nothing of it was ever to be changed from here. */
function counts({ kind }: Finding, wanted: Wanted): boolean {
  return kind !== 'extra' || wanted['strict-extra'] === true
}

async function show(
  found: readonly Found[],
  result: Reconciled,
  due: readonly string[],
  wanted: Wanted,
  now: Date,
): Promise<void> {
  const { json, save, repair } = wanted
  const findings = inOrder(found.map(({ finding }) => finding))
  const lines = findings.map((finding) => lineOf(finding, now))
  if (save !== undefined) await writeFile(save, writeCsv([COLUMNS, ...lines]), { mode: 0o600 })
  if (json === true) console.log(JSON.stringify({ at: now.toISOString(), result, findings, due }, null, 2))
  else if (findings.length > 0) console.log(formatTable(COLUMNS, lines))
  const say = json === true ? console.error : console.log
  if (result.kind !== 'compared') {
    console.error(
      result.kind === 'cannot'
        ? `Not compared: ${result.words}.`
        : `Not compared to the end, so nobody is missed: ${result.words}.`,
    )
  } else {
    const differing = findings.filter((one) => counts(one, wanted)).length
    say(summaryOf(result, differing, findings.length - differing))
    if (result.uncompared !== undefined) console.error(uncomparedWords(result.uncompared))
  }
  if (repair !== undefined) {
    const are = due.length === 1 ? '1 person or group is' : `${due.length} people and groups are`
    say(`${are} due again: the next run of cron brings ${due.length === 1 ? 'it' : 'them'} there.`)
  }
}

async function releaseAll({ open }: Place, connection: string, ids: readonly string[]): Promise<number> {
  const { macKeys } = await readKeys(readSettings(process.env).dataDir)
  const { sign } = macOf(macKeys, DELIVERY_MAC)
  const prove = proverOf(macKeys)
  let code = 0
  for (const id of ids) {
    const done = await release(
      { database: open(), sign, prove, id: crypto.randomUUID(), at: new Date() },
      connection,
      id,
    ).catch((error: unknown) => {
      if (!(error instanceof Error)) throw error
      return { words: error.message }
    })
    if (done === 'deactivated') console.log(`${id} is deactivated, and on its way to the target.`)
    else if (done === 'before') {
      console.log(`${id} is inactive here already. If the target shows otherwise: --repair ${id}`)
    } else console.error(`${id}: ${done.words}`)
    if (typeof done !== 'string') code = 1
  }
  return code
}

function idsOf(text: string): readonly string[] {
  return text
    .split(',')
    .map((id) => id.trim())
    .filter((id) => id !== '')
}

async function readNames(file: string): Promise<readonly string[]> {
  const text = textOf(await readBytes('csv', file))
  if (text === undefined) throw new Error(`${file} is neither UTF-8 nor UTF-16: save it as CSV UTF-8.`)
  const csv = readCsv(text)
  const read = csv.kind === 'bad' ? csv : namesOf(csv.rows)
  if (read.kind === 'bad') throw new Error(`${file}: ${read.words}.`)
  return read.names
}

function daysOf(text: string): number {
  if (!/^[1-9]\d{0,4}$/.test(text))
    throw new UsageError(`--stale: expected a whole number of days from 1, not ${text}`)
  return Number(text)
}

function parse() {
  const text = { type: 'string' as const }
  const flag = { type: 'boolean' as const }
  const options = { connection: text, repair: text, release: text, stale: text, csv: text, save: text }
  return readOptions({ options: { ...options, json: flag, 'strict-extra': flag, help: flag } }).values
}
