import {
  namesResource,
  resolveReferences,
  withoutReferences,
  type BulkOperation,
  type BulkResult,
} from '../scim/bulk.ts'
import { errorBody, invalidValue, ScimError } from '../scim/error.ts'
import { isObject } from '../scim/json.ts'

/** How many requests a Worker may send for one that it answers, on the plan that allows the fewest. */
const MAX_SUBREQUESTS = 50

/** What one operation may need: a PATCH is read and written, and may be written again; a circle is replaced. */
const SPARE = 4

/** An operation under way, with its place in the request. */
export type Pending = BulkOperation & { readonly index: number }

/** What is known while a job runs: the ids made so far by bulkId, and the bulkIds whose POST failed. */
export type Known = { readonly ids: Map<string, string>; readonly failed: Set<string> }

type Sent = { readonly status: number; readonly headers: Headers; readonly body: unknown }

/** How an operation is sent, below which address, to which endpoints, and how many subrequests the job has made. */
export type Send = {
  readonly send: (method: string, path: string, data: unknown, version: string | undefined) => Promise<Sent>
  readonly root: string
  readonly endpoints: readonly string[]
  readonly trips: () => number
}

/** An operation carried out. `open` is what was left out of it until other operations have their ids. */
export type Performed = {
  readonly result: BulkResult
  readonly id?: string
  readonly open?: { readonly path: string; readonly data: unknown; readonly refers: ReadonlySet<string> }
}

/**
 * Takes an operation, what is known, the bulkIds still to come and how to send; carries it out. References to what is still
 * to come are left out, and open. Gives a result in any case.
 */
export async function perform(
  operation: Pending,
  known: Known,
  toCome: ReadonlySet<string>,
  { send, root, endpoints, trips }: Send,
): Promise<Performed> {
  const { method, bulkId, path, data, version, refers } = operation
  const told = { method, ...(bulkId === undefined ? {} : { bulkId }) }
  const fault = operation.fault ?? faultOf(operation, known, toCome, endpoints, trips())
  if (fault !== undefined) {
    // RFC 7644 §3.7: only a POST that failed has none.
    const location = method === 'POST' || !namesResource(path) ? {} : { location: `${root}${path}` }
    const response = errorBody(fault.status, fault.scimType, fault.message)
    return { result: { ...told, ...location, status: String(fault.status), response } }
  }
  const unknown = new Set([...refers].filter((id) => !known.ids.has(id)))
  const to = String(resolveReferences(path, known.ids))
  const sent = await send(method, to, resolveReferences(withoutReferences(data, unknown), known.ids), version)
  const id = method === 'POST' && sent.status < 300 && isObject(sent.body) ? sent.body['id'] : undefined
  const location = sent.headers.get('location') ?? `${root}${to}`
  const result = { ...told, ...outcome(sent, method, location) }
  if (typeof id !== 'string') return { result }
  return {
    result,
    id,
    ...(unknown.size === 0 ? {} : { open: { path: `${path}/${encodeURIComponent(id)}`, data, refers } }),
  }
}

/** Takes an operation that was carried out; puts in what was left out of it as soon as it is known. */
export async function complete(one: Performed, known: Known, { send }: Send): Promise<Performed> {
  const { result, open } = one
  if (open === undefined || result.location === undefined) return one
  if ([...open.refers].some((id) => !known.ids.has(id) && !known.failed.has(id))) return one
  const { open: _, ...closed } = one
  if ([...open.refers].some((id) => known.failed.has(id))) {
    const { status, message } = failedReference()
    return {
      ...closed,
      result: { ...told(result), status: String(status), response: errorBody(status, undefined, message) },
    }
  }
  const sent = await send('PUT', open.path, resolveReferences(open.data, known.ids), undefined)
  const after = outcome(sent, 'PUT', result.location)
  return {
    ...closed,
    result: { ...told(result), ...after, status: sent.status < 300 ? result.status : after.status },
  }
}

const told = ({ method, bulkId, location }: BulkResult) => ({
  method,
  ...(bulkId === undefined ? {} : { bulkId }),
  ...(location === undefined ? {} : { location }),
})

function outcome(sent: Sent, method: string, location: string): Omit<BulkResult, 'method'> {
  const failed = sent.status >= 400
  const version = sent.headers.get('etag')
  return {
    ...(failed && method === 'POST' ? {} : { location }),
    ...(failed || version === null ? {} : { version }),
    status: String(sent.status),
    ...(failed ? { response: sent.body } : {}),
  }
}

/** What stops an operation before it is sent. */
function faultOf(
  { path, refers, bulkId, method }: Pending,
  { ids, failed }: Known,
  toCome: ReadonlySet<string>,
  endpoints: readonly string[],
  trips: number,
): ScimError | undefined {
  if (!endpoints.includes(`/${path.split('/')[1] ?? ''}`)) {
    return invalidValue('path', `one that begins with ${endpoints.join(', ')}`)
  }
  if ([...refers].some((id) => failed.has(id))) return failedReference()
  const comes = (id: string) => ids.has(id) || toCome.has(id) || (method === 'POST' && id === bulkId)
  if (![...refers].every(comes)) return invalidValue('bulkId', 'the bulkId of a POST in this request')
  return trips + SPARE > MAX_SUBREQUESTS
    ? new ScimError(
        503,
        undefined,
        'The request needs more than the bridge may do at once. Send this operation again.',
      )
    : undefined
}

/** RFC 7644 §3.7.1: what it refers to was not made. */
const failedReference = () => new ScimError(409, undefined, 'bulkId: the operation that it names has failed')
