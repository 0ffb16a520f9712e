import { namesOf } from '../../worker/store/names.ts'
import {
  listAlarms,
  listDeliveries,
  listReceipts,
  outlookOf,
  type Outlook,
} from '../../worker/store/outbox.ts'
import { loadStanding, type Settings } from '../../worker/store/settings.ts'
import type { Place } from '../place.ts'
import { formatTable } from '../table.ts'
import { plain } from '../words.ts'

/** How many rows of each table are shown. */
const MOST = 50

/** Takes a place and a connection's id; shows its target, what keeps changes from it, what is on its way, the last receipts, and the alarms. */
export async function show({ database }: Place, connection: string): Promise<void> {
  const { settings } = await loadStanding(database, connection)
  const [outlook, due, receipts, alarms] = await Promise.all([
    outlookOf(database, connection, new Date()),
    listDeliveries(database, connection, MOST),
    listReceipts(database, connection, MOST),
    listAlarms(database, connection),
  ])
  for (const line of heldUp(settings, outlook)) console.log(line)
  const { target } = settings
  console.log(
    target === undefined
      ? 'Target: directory, the bridge itself'
      : `Target: ${target.kind}, ${target.account}`,
  )
  const ids = [...due, ...receipts].map(({ resource }) => resource)
  const names = await namesOf(database, connection, [...ids, ...alarms.map(({ subject }) => subject)])
  const name = (id: string) => names.get(id) ?? ''
  table(
    'On their way',
    ['name', 'id', 'kind', 'state', 'since', 'next', 'tries', 'why'],
    due.map((one) => [
      name(one.resource),
      one.resource,
      one.type,
      one.state,
      one.since,
      one.due,
      one.tries,
      one.words ?? '',
    ]),
    outlook.deliveries,
  )
  table(
    'Deactivations',
    ['name', 'id', 'asked', 'stored', 'held until', 'confirmed', 'account'],
    receipts.map((one) => [
      name(one.resource),
      one.resource,
      one.asked,
      one.stored,
      one.held ?? '',
      one.confirmed ?? one.ended ?? 'not yet',
      one.remote ?? '',
    ]),
    outlook.receipts,
  )
  table(
    'Alarms',
    ['kind', 'name', 'about', 'since', 'times', 'what'],
    alarms.map((one) => [one.kind, name(one.subject), one.subject, one.first, one.count, one.words]),
    alarms.length,
  )
}

/** Why nothing, or not everything, moves. */
function heldUp({ state, dryRun }: Settings, { until, words }: Outlook): readonly string[] {
  return [
    ...(state.is === 'paused' ? [`Paused since ${state.since}: only deactivations are sent`] : []),
    ...(state.is === 'closed' ? [`Closed since ${state.since}: the provider is answered 429`] : []),
    ...(dryRun ? ['Dry run: nothing is sent'] : []),
    ...(until === null ? [] : [`Stopped until ${until}: ${plain(words ?? '')}`]),
  ]
}

function table(
  title: string,
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
  all: number,
): void {
  if (rows.length === 0) return
  const more = all > rows.length ? `\n${rows.length} of ${all}` : ''
  console.log(`\n${title}\n${formatTable(head, rows)}${more}`)
}
