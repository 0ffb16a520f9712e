/** What `npm run connection` does beside plain settings: the dry run and the attribute mapping. */
import { macOf } from '../worker/auth/mac.ts'
import { catalogOf } from '../worker/config.ts'
import type { Connection } from '../worker/store/connections.ts'
import { markOf, readDryRun, type Recorded } from '../worker/store/dryRun.ts'
import { loadStanding } from '../worker/store/settings.ts'
import { enterDryRun, leaveDryRun } from '../worker/sync/leaveDryRun.ts'
import { DELIVERY_MAC } from '../worker/sync/open.ts'
import { previewOn, setMapping } from '../worker/sync/setMapping.ts'
import { readJson } from './files.ts'
import type { Place } from './place.ts'
import { readKeys, readSettings } from './settings.ts'
import { formatTable } from './table.ts'
import { areDue, counted } from './words.ts'

/** How many requests of a dry run are shown. */
const MOST = 200

/** What signs deliveries, from the keys in DATA_DIR. */
async function tools() {
  const { macKeys } = await readKeys(readSettings(process.env).dataDir)
  const { sign } = macOf(macKeys, DELIVERY_MAC)
  return { sign, newId: () => crypto.randomUUID(), now: () => new Date() }
}

/** Takes a place and a connection's id; begins a dry run and says so. Throws with why not. */
export async function begin({ database }: Place, id: string): Promise<void> {
  const fault = await enterDryRun(database, id)
  if (fault !== undefined) throw new Error(`The dry run has not begun: ${fault}`)
  console.log('It is a dry run from the next request on: the target is read, and nothing is changed there.')
}

/**
 * Takes a place, a connection, and what becomes of its dry run; shows what was recorded, then leaves it. Without the last it
 * only shows. Throws with why not, above all where there is no dry run.
 */
export async function end(
  { database }: Place,
  { id, name }: Connection,
  then: 'deliver' | 'discard' | undefined,
): Promise<void> {
  const [{ settings }, { isLeft }] = [await loadStanding(database, id), await markOf(database, id)]
  if (!settings.dryRun && !isLeft) throw new Error(`There is no dry run on ${name}.`)
  const { counts, steps } = await readDryRun(database, id, MOST)
  if (steps.length === 0) console.log('Nothing would have been sent.')
  else {
    const kinds = counts.map(({ type, what, count }) => [type, what, count])
    console.log(formatTable(['kind', 'what', 'how many'], kinds))
    const titles = ['at', 'kind', 'id', 'what', 'request', 'body']
    console.log(`\n${formatTable(titles, steps.map(cells))}`)
    if (steps.length === MOST) console.log(`\nThese are the first ${MOST}.`)
  }
  if (then === undefined) {
    const is = settings.dryRun ? 'It is still a dry run' : 'It is over, and not all of it is put away'
    console.log(`\n${is}. To leave it: --dry-run off --then deliver, or --then discard.`)
    return
  }
  const left = await leaveDryRun(database, id, then, await tools())
  if (left.kind === 'refused') throw new Error(`The dry run is not left: ${left.words}`)
  console.log(
    then === 'deliver'
      ? `\nThe dry run is over, and ${areDue(left.due)}: what differs at the target is sent.`
      : `\nThe dry run is over and forgotten. ${counted(left.due, 'person', 'people')} who ${left.due === 1 ? 'has lost access here loses' : 'have lost access here lose'} it at the target.`,
  )
}

const cells = ({ at, type, resource, what, method, path, body }: Recorded) => [
  at,
  type,
  resource,
  what,
  `${method} ${path}`,
  body === undefined ? '' : JSON.stringify(body),
]

/** Takes a place, a connection's id, a file, and a person to show it on; shows what the mapping does there, or keeps it. Throws with its faults. */
export async function map(
  { database }: Place,
  id: string,
  file: string,
  person: string | undefined,
): Promise<void> {
  const value = await readJson('mapping', file)
  const { types } = catalogOf()
  if (person !== undefined) {
    const shown = await previewOn(database, id, person, value, types)
    if (shown.kind === 'faults') throw new Error(faulty(shown.faults))
    const rows = shown.differences.map(({ path, before, after }) => [path, words(before), words(after)])
    console.log(`What the target would get of ${shown.userName}; nothing is kept:`)
    console.log(formatTable(['attribute', 'here', 'there'], rows))
    return
  }
  const result = await setMapping(database, id, value, { types, ...(await tools()) })
  if (result.kind === 'faults') throw new Error(faulty(result.faults))
  console.log(`The mapping has ${counted(result.rules, 'rule')}. ${areDue(result.due)} with it.`)
}

const faulty = (faults: readonly string[]) => `The mapping is not taken:\n  ${faults.join('\n  ')}`

const words = (value: unknown) => (value === undefined ? '' : JSON.stringify(value))
