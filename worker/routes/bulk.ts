import { Hono } from 'hono'
import { requestOf, type AppContext, type Dispatch, type Env, type Job } from '../context.ts'
import { bulkResponse, readBulk, type BulkOperation, type BulkResult } from '../scim/bulk.ts'
import { nextOperations } from '../scim/bulkOrder.ts'
import type { Catalog } from '../scim/catalog.ts'
import { checkAdmission } from '../store/resources.ts'
import { answer } from './answer.ts'
import { readBody } from './body.ts'
import {
  complete,
  COMPLETION,
  faultOf,
  perform,
  type Known,
  type Pending,
  type Performed,
  type Send,
} from './bulkOperation.ts'
import { methodNotAllowed } from './refusals.ts'

/**
 * Takes what is served, what carries a request out, and the base path; gives the route of /Bulk (RFC 7644 §3.7). Each
 * operation is the very request it stands for, in order; a POST that is named before its turn is carried out before what
 * names it. What refers to each other in a circle is made without the reference and completed before anything else is done.
 * A job is not atomic, each operation is.
 */
export function bulkRoutes({ types }: Catalog, dispatch: Dispatch, basePath: string): Hono<Env> {
  const routes = new Hono<Env>()
  routes.post('/Bulk', async (c) => {
    const { operations, failOnErrors } = await readJob(c)
    const job: Job = { id: c.get('requestId'), trips: 0, pending: operations.length, rows: c.get('rows') }
    const send = senderOf(c, types, dispatch, `${c.get('origin')}${basePath}`, job)
    const done = await run(operations, failOnErrors ?? Infinity, job, send)
    // Nothing of it reached the database, so nobody has asked whether the token is alive.
    if (job.trips === 0) await checkAdmission(c.get('database'), requestOf(c))
    c.set('notes', { ...c.get('notes'), operations: operations.length, subrequests: job.trips })
    // Whoever has no token any more is told so, and not forty times.
    const dead = done.find(({ status }) => status === '401')
    return dead === undefined ? answer(200, bulkResponse(done)) : answer(401, dead.response)
  })
  routes.all('/Bulk', async (c: AppContext) => {
    await checkAdmission(c.get('database'), requestOf(c))
    return methodNotAllowed('POST')
  })
  return routes
}

/** A body that is wrong is told only to a token that is alive. */
async function readJob(c: AppContext) {
  try {
    return readBulk(await readBody(c.req.raw))
  } catch (error) {
    await checkAdmission(c.get('database'), requestOf(c))
    throw error
  }
}

/** What sends an operation as a request of its own through the app, with the job's token. */
function senderOf(c: AppContext, types: Catalog['types'], dispatch: Dispatch, root: string, job: Job): Send {
  const send = async (method: string, path: string, data: unknown, version: string | undefined) => {
    const body = method === 'DELETE' ? {} : { body: JSON.stringify(data) }
    const address = c.req.header('cf-connecting-ip')
    const headers = {
      authorization: c.req.header('authorization') ?? '',
      ...(address === undefined ? {} : { 'cf-connecting-ip': address }),
      ...(version === undefined ? {} : { 'if-match': version }),
      ...(method === 'DELETE' ? {} : { 'content-type': 'application/scim+json' }),
    }
    const response = await dispatch(new Request(`${root}${path}`, { method, headers, ...body }), job)
    const text = await response.text()
    const read = text === '' ? undefined : (JSON.parse(text) as unknown)
    return { status: response.status, headers: response.headers, body: read }
  }
  const { subrequests } = c.get('delivery')
  return { send, root, left: () => subrequests - job.trips, endpoints: types.map(({ endpoint }) => endpoint) }
}

/** Carries operations out until so many have failed; gives their results in the order in which they were sent. */
async function run(
  operations: readonly BulkOperation[],
  most: number,
  job: Job,
  send: Send,
): Promise<readonly BulkResult[]> {
  const known: Known = { ids: new Map(), failed: new Set() }
  const done = new Map<number, Performed>()
  let pending: readonly Pending[] = operations.map((operation, index) => ({ ...operation, index }))
  const failed = () => [...done.values()].filter(({ result }) => Number(result.status) >= 400).length
  const closeAll = async () => {
    for (const [index, one] of done) done.set(index, await complete(one, known, send))
  }
  while (pending.length > 0 && failed() < most) {
    const open = [...done.values()].flatMap((one) => one.open ?? [])
    const [next, ...circle] = nextOf(pending, known, open, send)
    if (next === undefined) break
    pending = pending.filter((one) => one !== next)
    job.pending = pending.length
    // A circle is begun only where there is room for all of it.
    const room = circle.length === 0 ? 0 : circle.length + COMPLETION
    const performed = await perform(next, known, open.length * COMPLETION + room, send)
    const bulkId = madeBy(next)
    if (bulkId !== undefined) {
      if (performed.id === undefined) known.failed.add(bulkId)
      else known.ids.set(bulkId, performed.id)
    }
    done.set(next.index, performed)
    await closeAll()
  }
  // What waits for an operation that failOnErrors has cut off gets the rest.
  for (const bulkId of pending.map(madeBy)) if (bulkId !== undefined) known.failed.add(bulkId)
  await closeAll()
  return [...done].toSorted(([a], [b]) => a - b).map(([, { result }]) => result)
}

const madeBy = ({ method, bulkId }: Pending) => (method === 'POST' ? bulkId : undefined)

/**
 * The next operation, and the others of its circle. What comes before all is what others wait for that are made, but not
 * whole: a later change must find them whole.
 */
function nextOf(
  pending: readonly Pending[],
  known: Known,
  open: readonly NonNullable<Performed['open']>[],
  send: Send,
): readonly Pending[] {
  const posts = new Map(pending.flatMap((one) => (one.method === 'POST' ? [[one.bulkId, one]] : [])))
  const named = (bulkIds: ReadonlySet<string>) => [...bulkIds].flatMap((bulkId) => posts.get(bulkId) ?? [])
  // What is refused anyway needs nothing before it.
  const needs = new Map(
    pending.map((one) => [
      one,
      faultOf(one, known, open.length * COMPLETION, send) === undefined ? named(one.refers) : [],
    ]),
  )
  const before = open.flatMap(({ left }) => named(left))
  return nextOperations(pending, before, (one) => needs.get(one) ?? [])
}
