import { Hono } from 'hono'
import type { Env } from '../../context.ts'
import { STALE_DAYS, type Ailment } from '../../store/accountHealth.ts'
import { connectionOf, tabsOf } from '../connection.ts'
import { defusedCsv } from '../csv.ts'
import type { Kit, View, Visit } from '../kit.tsx'
import { Csrf, type Notice } from '../layout.tsx'
import {
  deliveryList,
  deliveryReplay,
  healthOfAccounts,
  receiptExport,
  receiptList,
  requestList,
  tallyList,
} from '../operations/activity.ts'
import { fieldOf, providerOf } from '../providers.ts'
import { Table, Time, Who } from './parts.tsx'

/** Takes the kit; gives the page of what has come and what became of it, with its replays and the file of receipts. */
export function activityPages({ get, post }: Kit): Hono<Env> {
  const routes = new Hono<Env>()
  routes.get(
    '/connections/:connection/activity',
    get((visit) => view(visit)),
  )
  routes.get('/connections/:connection/accounts', get(healthView))
  routes.post(
    '/connections/:connection/activity/replay',
    post(async (visit, { resource }) => {
      const { id } = await connectionOf(visit)
      const { due } = await deliveryReplay.handle(visit.tools, { connection: id, resource })
      const words =
        due === 0
          ? 'There is nothing that could be tried again.'
          : `${due} due again. Cron takes them up within a minute.`
      return view(visit, { tone: due === 0 ? 'warn' : 'good', words })
    }),
  )
  routes.get(
    '/connections/:connection/receipts.csv',
    get(async (visit) => {
      const { id } = await connectionOf(visit)
      const rows = await receiptExport.handle(visit.tools, { connection: id })
      const titles = ['id', 'name', 'asked', 'stored', 'confirmed', 'account', 'held until', 'ended']
      const cells = rows.map(({ resource, name, asked, stored, confirmed, remote, held, ended }) =>
        [resource, name, asked, stored, confirmed, remote, held, ended].map((text) => text ?? ''),
      )
      return visit.c.body(defusedCsv([titles, ...cells]), 200, {
        'content-type': 'text/csv; charset=utf-8',
        'content-disposition': 'attachment; filename="receipts.csv"',
        'cache-control': 'no-store',
      })
    }),
  )
  return routes
}

async function view(visit: Visit, notice?: Notice): Promise<View> {
  const { c, tools } = visit
  const connection = await connectionOf(visit)
  const of = { connection: connection.id }
  const { person, refused, before } = c.req.query()
  const looked = { ...of, person, refused, before }
  const [found, tallies, deliveries, receipts] = await Promise.all([
    requestList.handle(tools, looked),
    tallyList.handle(tools, of),
    deliveryList.handle(tools, of),
    receiptList.handle(tools, of),
  ])
  return {
    title: connection.name,
    tabs: tabsOf(connection.id, 'Activity'),
    notice,
    body: (
      <>
        <Requests visit={visit} connection={connection.id} found={found} />
        <Tallies tallies={tallies} />
        <Deliveries visit={visit} connection={connection.id} deliveries={deliveries} />
        <Receipts connection={connection.id} receipts={receipts} />
        <p>
          <a href={`/admin/connections/${connection.id}/accounts`}>Accounts to look at</a>
        </p>
      </>
    ),
  }
}

type Found = Awaited<ReturnType<typeof requestList.handle>>

function Requests({ visit, connection, found }: { visit: Visit; connection: string; found: Found }) {
  const { person = '', refused, provider } = visit.c.req.query()
  const at = `/admin/connections/${connection}/activity`
  const older = new URLSearchParams({
    person,
    ...(refused === 'yes' ? { refused } : {}),
    before: found.before ?? '',
  })
  return (
    <>
      <h2>Requests</h2>
      <form method="get" action={at}>
        <label for="person">
          {visit.may('names', connection) ? 'Of whom: userName, name of a group, or id' : 'Of whom: id'}
        </label>
        <input id="person" name="person" value={person} maxlength={256} autocomplete="off" />
        <label class="check">
          <input type="checkbox" name="refused" value="yes" checked={refused === 'yes'} />
          Only what was refused or has failed
        </label>
        <button class="quiet">Show</button>
      </form>
      <Table
        caption="Requests"
        none="No write and no refusal has come, as far as is looked for here."
        titles={['When', 'Request', 'Answer', 'Of', 'In its own way', 'What it means']}
        rows={found.requests.map((row) => [
          <Time at={row.at} />,
          <>
            {row.method} <code>{row.route}</code>
          </>,
          <span class={row.status < 400 ? 'is-good' : 'is-bad'}>
            {row.status}
            {row.ms === undefined ? '' : ` in ${row.ms} ms`}
          </span>,
          row.resource === undefined ? '' : <Who connection={connection} id={row.resource} name={row.name} />,
          row.quirks.join(', '),
          row.why === undefined ? '' : <Why why={row.why} provider={provider} />,
        ])}
      />
      {found.before === undefined ? null : (
        <p>
          <a href={`${at}?${older.toString()}`}>Older ones</a>
        </p>
      )}
    </>
  )
}

type WhyProps = {
  readonly why: NonNullable<Found['requests'][number]['why']>
  readonly provider: string | undefined
}

function Why({ why: { what, mend, after, field }, provider }: WhyProps) {
  return (
    <details>
      <summary>{what}</summary>
      {field === undefined ? null : `${fieldOf(providerOf(provider), field)}: `}
      {mend} {after}
    </details>
  )
}

function Tallies({ tallies }: { tallies: Awaited<ReturnType<typeof tallyList.handle>> }) {
  return (
    <>
      <h2>Counted</h2>
      <Table
        caption="Counted"
        none="Nothing was read in the last 30 days."
        titles={['What', 'How often in 30 days', 'Last']}
        rows={tallies.map(({ what, count, last }) => [COUNTED[what] ?? what, count, <Time at={last} />])}
      />
    </>
  )
}

const COUNTED: Readonly<Record<string, string>> = {
  read: 'Reads that were answered',
  bare: 'Requests whose token came without the word Bearer, which is taken',
  rate: 'Requests beyond what the connection may send',
}

type DeliveryRows = Awaited<ReturnType<typeof deliveryList.handle>>
type DeliveriesProps = {
  readonly visit: Visit
  readonly connection: string
  readonly deliveries: DeliveryRows
}

/** How a delivery stands, in a word for an admin. */
function stateOf({ state, tries }: DeliveryRows[number]): string {
  if (state === 'dead') return 'given up'
  return state === 'due' && tries > 0 ? `failing, ${tries} tries` : state
}

function Deliveries({ visit, connection, deliveries }: DeliveriesProps) {
  const replayAt = `/admin/connections/${connection}/activity/replay`
  const may = visit.may('operate', connection)
  const again = (words: string, resource?: string) => (
    <form method="post" action={replayAt} class="line">
      <Csrf viewer={visit.viewer} />
      {resource === undefined ? null : <input type="hidden" name="resource" value={resource} />}
      <button class="quiet">{words}</button>
    </form>
  )
  return (
    <>
      <h2>Not at the target yet</h2>
      <Table
        caption="Not at the target yet"
        none="Everything is at the target."
        titles={['Of', 'How it stands', 'Since', 'Tried next', 'Why', ...(may ? ['Again'] : [])]}
        rows={deliveries.map((row) => [
          <Who connection={connection} id={row.resource} name={row.name} />,
          <>
            {stateOf(row)}
            {row.takesAccess ? <strong> takes access away</strong> : ''}
          </>,
          <Time at={row.since} />,
          <Time at={row.due} />,
          row.words ?? '',
          ...(may ? [again('Try again', row.resource)] : []),
        ])}
      />
      {may && deliveries.length > 1 ? again('Try all again') : null}
    </>
  )
}

type ReceiptsProps = {
  readonly connection: string
  readonly receipts: Awaited<ReturnType<typeof receiptList.handle>>
}

function Receipts({ connection, receipts }: ReceiptsProps) {
  return (
    <>
      <h2>Receipts of deactivations</h2>
      <Table
        caption="Receipts of deactivations"
        none="Nobody was deactivated yet."
        titles={['Of', 'Asked for', 'Confirmed by the target', 'Its account']}
        rows={receipts.map(({ resource, name, asked, confirmed, ended, held, remote }) => [
          <Who connection={connection} id={resource} name={name} />,
          <Time at={asked} />,
          confirmed === undefined ? (
            ended === undefined ? (
              <span class="is-warn">{held === undefined ? 'not yet' : `held until ${held}`}</span>
            ) : (
              'activated again before'
            )
          ) : (
            <Time at={confirmed} />
          ),
          <code>{remote ?? ''}</code>,
        ])}
      />
      {receipts.length === 0 ? null : (
        <p>
          <a href={`/admin/connections/${connection}/receipts.csv`}>All of them as a file (CSV)</a>
        </p>
      )}
    </>
  )
}

const AILING: Readonly<Record<Ailment, string>> = {
  stale: `Active, and the provider has said nothing for ${STALE_DAYS} days`,
  suspended: 'Inactive',
  unmapped: 'Active, without an account at the target',
  unconfirmed: 'Deactivated, and the target has not confirmed it',
}

/** A page of its own: it goes through all people of the connection. */
async function healthView(visit: Visit): Promise<View> {
  const { id } = await connectionOf(visit)
  const health = await healthOfAccounts.handle(visit.tools, { connection: id })
  return {
    title: 'Accounts to look at',
    tabs: tabsOf(id, 'Activity'),
    body: <Health connection={id} health={health} />,
  }
}

type HealthProps = {
  readonly connection: string
  readonly health: Awaited<ReturnType<typeof healthOfAccounts.handle>>
}

function Health({ connection, health }: HealthProps) {
  return (
    <>
      <dl>
        {health.map(({ kind, count, people }) => (
          <>
            <dt>
              {AILING[kind]}: {count === 1_000 ? '1,000 or more' : count}
            </dt>
            <dd>
              {people.map(({ id, name }, index) => (
                <>
                  {index === 0 ? '' : ', '}
                  <Who connection={connection} id={id} name={name} />
                </>
              ))}
              {count > people.length ? ' and others' : ''}
            </dd>
          </>
        ))}
      </dl>
    </>
  )
}
