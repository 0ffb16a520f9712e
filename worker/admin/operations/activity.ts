import * as v from 'valibot'
import { accountHealth, AILMENTS } from '../../store/accountHealth.ts'
import { idsCalled, namesOf } from '../../store/names.ts'
import { listDeliveries, listReceipts, replay } from '../../store/outbox.ts'
import { listRequests } from '../../store/requests.ts'
import { listTallies } from '../../store/tallies.ts'
import { afterwardsOf, AFTERWARDS, EXPLANATIONS } from '../explain.ts'
import { operation, type Tools } from '../operation.ts'
import { isAllowed } from '../permissions.ts'
import { fields, optional } from './fields.ts'

/** How many rows one page has, and how many receipts a file. */
const MOST = 50
const MOST_DELIVERIES = 200
const MOST_RECEIPTS = 10_000

/** How many days of counts are shown. */
const DAYS = 30

const request = v.object({
  at: v.string(),
  request: v.string(),
  token: v.string(),
  method: v.string(),
  route: v.string(),
  status: v.number(),
  ms: v.optional(v.number()),
  resource: v.optional(v.string()),
  name: v.optional(v.string()),
  quirks: v.array(v.string()),
  refusal: v.optional(v.string()),
  /** In a sentence: what was wrong, what is to be done, and what the provider does now. */
  why: v.optional(
    v.object({
      what: v.string(),
      mend: v.string(),
      after: v.string(),
      field: v.optional(v.picklist(['url', 'token'])),
    }),
  ),
})

export const requestList = operation({
  id: 'request.list',
  summary: 'Writes, and what was refused or has failed, the newest first',
  method: 'GET',
  path: '/connections/:connection/requests',
  needs: 'look',
  input: v.object({
    connection: v.string(),
    person: fields.person,
    refused: optional(v.literal('yes')),
    before: fields.before,
  }),
  output: v.object({ requests: v.array(request), before: v.optional(v.string()) }),
  run: async (tools, { connection, person, refused, before }) => {
    const { database } = tools
    const resource = person === undefined ? undefined : await idOf(tools, connection, person)
    const looked = { resource, isRefused: refused === 'yes', before, most: MOST }
    const rows = await listRequests(database, connection, looked)
    const names = await shownNames(
      tools,
      connection,
      rows.flatMap((row) => row.resource ?? []),
    )
    const last = rows.length === MOST ? rows.at(-1) : undefined
    return {
      requests: rows.map((found) => {
        const { connection: _, ...row } = found
        const told = row.refusal === undefined ? undefined : EXPLANATIONS[row.refusal]
        const after = AFTERWARDS[afterwardsOf(row.status)]
        return {
          ...row,
          quirks: [...row.quirks],
          name: row.resource === undefined ? undefined : names.get(row.resource),
          why: told === undefined ? undefined : { ...told, after },
        }
      }),
      before: last === undefined ? undefined : `${last.at} ${last.request}`,
    }
  },
})

/** Whoever may see no name looks for ids alone: that somebody of a name is there is told by no answer. */
async function idOf({ admin, database }: Tools, connection: string, person: string): Promise<string> {
  if (!isAllowed(admin, connection, 'names')) return person
  const [found] = await idsCalled(database, connection, person)
  return found ?? person
}

/** Takes the tools, a connection's id and ids; gives their names, none where the role sees none. */
export async function shownNames(
  { admin, database }: Tools,
  connection: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  return isAllowed(admin, connection, 'names') ? namesOf(database, connection, ids) : new Map()
}

export const tallyList = operation({
  id: 'tally.list',
  summary: 'How many reads were answered, and how often a token was not good, in the last 30 days',
  method: 'GET',
  path: '/connections/:connection/tallies',
  needs: 'look',
  input: v.object({ connection: v.string() }),
  output: v.array(v.object({ what: v.string(), count: v.number(), last: v.string() })),
  run: async ({ database, now }, { connection }) => {
    const since = new Date(now.getTime() - DAYS * 86_400_000).toISOString().slice(0, 10)
    return [...(await listTallies(database, connection, since))]
  },
})

export const deliveryList = operation({
  id: 'delivery.list',
  summary: 'What is not at the target yet: due, failing, held or given up',
  method: 'GET',
  path: '/connections/:connection/deliveries',
  needs: 'look',
  input: v.object({ connection: v.string() }),
  output: v.array(
    v.object({
      resource: v.string(),
      name: v.optional(v.string()),
      type: v.string(),
      state: v.string(),
      takesAccess: v.boolean(),
      since: v.string(),
      due: v.string(),
      tries: v.number(),
      words: v.optional(v.string()),
    }),
  ),
  run: async (tools, { connection }) => {
    const rows = await listDeliveries(tools.database, connection, MOST_DELIVERIES)
    const names = await shownNames(
      tools,
      connection,
      rows.map(({ resource }) => resource),
    )
    // A target's own words may name whom they are about.
    const maySee = isAllowed(tools.admin, connection, 'names')
    return rows.map(({ rank, words, ...row }) => ({
      ...row,
      name: names.get(row.resource),
      takesAccess: rank === 0,
      words: maySee ? (words ?? undefined) : undefined,
    }))
  },
})

export const deliveryReplay = operation({
  id: 'delivery.replay',
  summary: 'Make what was given up, skipped or is waiting due again: of one, or of all',
  method: 'POST',
  path: '/connections/:connection/deliveries/replay',
  needs: 'operate',
  input: v.object({ connection: v.string(), resource: optional(v.string()) }),
  output: v.object({ due: v.number() }),
  subject: ({ resource }) => resource ?? '*',
  run: async ({ database, now }, { connection, resource }) => ({
    due: await replay(database, connection, now, resource),
  }),
})

const receipts = v.array(
  v.object({
    resource: v.string(),
    name: v.optional(v.string()),
    asked: v.string(),
    stored: v.string(),
    confirmed: v.optional(v.string()),
    remote: v.optional(v.string()),
    ended: v.optional(v.string()),
    held: v.optional(v.string()),
  }),
)

async function receiptsOf(
  tools: Tools,
  connection: string,
  most: number,
): Promise<v.InferInput<typeof receipts>> {
  const rows = await listReceipts(tools.database, connection, most)
  const names = await shownNames(
    tools,
    connection,
    rows.map(({ resource }) => resource),
  )
  return rows.map(({ confirmed, remote, ended, held, ...row }) => ({
    ...row,
    name: names.get(row.resource),
    confirmed: confirmed ?? undefined,
    remote: remote ?? undefined,
    ended: ended ?? undefined,
    held: held ?? undefined,
  }))
}

export const receiptList = operation({
  id: 'receipt.list',
  summary: 'The last deactivations, from the request to the word of the target',
  method: 'GET',
  path: '/connections/:connection/receipts',
  needs: 'look',
  input: v.object({ connection: v.string() }),
  output: receipts,
  run: (tools, { connection }) => receiptsOf(tools, connection, MOST),
})

export const receiptExport = operation({
  id: 'receipt.export',
  summary: 'Deactivations for a file: 10,000 at the most',
  method: 'GET',
  path: '/connections/:connection/receipts/all',
  needs: 'look',
  input: v.object({ connection: v.string() }),
  output: receipts,
  run: (tools, { connection }) => receiptsOf(tools, connection, MOST_RECEIPTS),
})

export const healthOfAccounts = operation({
  id: 'account.health',
  summary: 'Accounts to look at: stale, suspended, without an account at the target, not confirmed',
  method: 'GET',
  path: '/connections/:connection/accounts/health',
  needs: 'look',
  input: v.object({ connection: v.string() }),
  output: v.array(
    v.object({
      kind: v.picklist(AILMENTS),
      count: v.number(),
      people: v.array(v.object({ id: v.string(), name: v.optional(v.string()), since: v.string() })),
    }),
  ),
  run: async (tools, { connection }) => {
    const found = await accountHealth(tools.database, connection, tools.now)
    const ids = found.flatMap(({ people }) => people.map(({ id }) => id))
    const names = await shownNames(tools, connection, ids)
    return found.map(({ people, ...rest }) => ({
      ...rest,
      people: people.map((person) => ({ ...person, name: names.get(person.id) })),
    }))
  },
})
