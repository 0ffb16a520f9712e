import { Hono } from 'hono'
import { requestOf, type AppContext, type Dispatch, type Env, type Job } from '../context.ts'
import { bulkResponse, readBulk, type BulkOperation, type BulkResult } from '../scim/bulk.ts'
import type { Catalog } from '../scim/catalog.ts'
import { checkAdmission } from '../store/resources.ts'
import { answer } from './answer.ts'
import { readBody } from './body.ts'
import { complete, perform, type Known, type Pending, type Performed, type Send } from './bulkOperation.ts'
import { methodNotAllowed } from './refusals.ts'

/**
 * Takes what is served, what carries a request out, and the base path; gives the route of /Bulk (RFC 7644 §3.7). Each
 * operation is the very request it stands for, in order, but after the POST whose bulkId it speaks of; what refers to each
 * other in a circle is made without the reference and completed then. A job is not atomic, each operation is.
 */
export function bulkRoutes({ types }: Catalog, dispatch: Dispatch, basePath: string): Hono<Env> {
  const routes = new Hono<Env>()
  routes.post('/Bulk', async (c) => {
    const { operations, failOnErrors } = await readJob(c)
    const job: Job = { id: c.get('requestId'), trips: 0 }
    const send = senderOf(c, types, dispatch, `${c.get('origin')}${basePath}`, job)
    const done = await run(operations, failOnErrors ?? Infinity, send)
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
    const headers = {
      authorization: c.req.header('authorization') ?? '',
      ...(version === undefined ? {} : { 'if-match': version }),
      ...(method === 'DELETE' ? {} : { 'content-type': 'application/scim+json' }),
    }
    const response = await dispatch(new Request(`${root}${path}`, { method, headers, ...body }), job)
    const text = await response.text()
    const read = text === '' ? undefined : (JSON.parse(text) as unknown)
    return { status: response.status, headers: response.headers, body: read }
  }
  return { send, root, trips: () => job.trips, endpoints: types.map(({ endpoint }) => endpoint) }
}

/** Carries operations out until so many have failed; gives their results in the order in which they were sent. */
async function run(
  operations: readonly BulkOperation[],
  most: number,
  send: Send,
): Promise<readonly BulkResult[]> {
  const known: Known = { ids: new Map(), failed: new Set() }
  const done = new Map<number, Performed>()
  let pending: readonly Pending[] = operations.map((operation, index) => ({ ...operation, index }))
  const failed = () => [...done.values()].filter(({ result }) => Number(result.status) >= 400).length
  while (pending.length > 0 && failed() < most) {
    const toCome = new Set(
      pending.flatMap(({ method, bulkId }) => (method === 'POST' && bulkId !== undefined ? [bulkId] : [])),
    )
    const waits = ({ bulkId, refers }: Pending) => [...refers].some((id) => toCome.has(id) && id !== bulkId)
    const next = pending.find((one) => !waits(one)) ?? pending.find(({ method }) => method === 'POST')
    if (next === undefined) break
    pending = pending.filter((one) => one !== next)
    const performed = await perform(next, known, toCome, send)
    const { bulkId, method } = next
    if (method === 'POST' && bulkId !== undefined) {
      if (performed.id === undefined) known.failed.add(bulkId)
      else known.ids.set(bulkId, performed.id)
    }
    done.set(next.index, performed)
    for (const [index, one] of done) done.set(index, await complete(one, known, send))
  }
  return [...done].toSorted(([a], [b]) => a - b).map(([, { result }]) => result)
}
