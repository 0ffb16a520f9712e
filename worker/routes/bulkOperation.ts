import {
  namesResource,
  resolveReferences,
  withoutReferences,
  type BulkOperation,
  type BulkResult,
} from '../scim/bulk.ts'
import { errorBody, invalidValue, ScimError } from '../scim/error.ts'
import { isObject } from '../scim/json.ts'

/** What one operation may need: a PATCH is read and written, and may be written again; a circle is replaced. */
const SPARE = 4

/** What the PUT may need that completes a resource: two where the connection is strict. */
export const COMPLETION = 2

/** An operation under way, with its place in the request. */
export type Pending = BulkOperation & { readonly index: number }

/** What is known while a job runs: the ids made so far by bulkId, and the bulkIds whose POST failed or was not begun. */
export type Known = { readonly ids: Map<string, string>; readonly failed: Set<string> }

type Sent = { readonly status: number; readonly headers: Headers; readonly body: unknown }

/** How an operation is sent, below which address, to which endpoints, and how many subrequests the job may still make. */
export type Send = {
  readonly send: (method: string, path: string, data: unknown, version: string | undefined) => Promise<Sent>
  readonly root: string
  readonly endpoints: readonly string[]
  readonly left: () => number
}

/**
 * An operation carried out. `open` is what was left out of it until other operations have their ids; until then its result
 * shows the resource as it was made.
 */
export type Performed = {
  readonly result: BulkResult
  readonly id?: string
  readonly open?: { readonly path: string; readonly data: unknown; readonly left: ReadonlySet<string> }
}

/**
 * Takes an operation, what is known, what subrequests are spoken for and how to send; carries it out. References
 * to what is still to come are left out, and open. Gives a result in any case.
 */
export async function perform(
  operation: Pending,
  known: Known,
  reserved: number,
  sender: Send,
): Promise<Performed> {
  const { send, root } = sender
  const { method, bulkId, path, data, version, refers } = operation
  const told = { method, ...(bulkId === undefined ? {} : { bulkId }) }
  const fault = faultOf(operation, known, reserved, sender)
  if (fault !== undefined) {
    // RFC 7644 §3.7: only a POST that failed has none.
    const location = method === 'POST' || !namesResource(path) ? {} : { location: `${root}${path}` }
    const response = errorBody(fault.status, fault.scimType, fault.message)
    return { result: { ...told, ...location, status: String(fault.status), response } }
  }
  const left = new Set([...refers].filter((id) => !known.ids.has(id)))
  const to = String(resolveReferences(path, known.ids))
  const sent = await send(method, to, resolveReferences(withoutReferences(data, left), known.ids), version)
  const id = method === 'POST' && sent.status < 300 && isObject(sent.body) ? sent.body['id'] : undefined
  const location = sent.headers.get('location') ?? `${root}${to}`
  const result = { ...told, ...outcome(sent, method, location) }
  if (typeof id !== 'string') return { result }
  if (left.size === 0) return { result, id }
  return {
    result: { ...result, response: sent.body },
    id,
    open: { path: `${path}/${encodeURIComponent(id)}`, data, left },
  }
}

/**
 * Takes an operation that was carried out; puts in what was left out of it as soon as it is known what became of that. Its
 * own POST has succeeded, and stays so: what cannot be put in stays left out, and the result then has the resource as its
 * response (RFC 7644 §3.7), so that the client sees it.
 */
export async function complete(one: Performed, known: Known, { send }: Send): Promise<Performed> {
  const { open, ...closed } = one
  if (open === undefined) return one
  const lost = new Set([...open.left].filter((id) => known.failed.has(id)))
  const found = [...open.left].filter((id) => known.ids.has(id))
  if (lost.size + found.length < open.left.size) return one
  if (found.length === 0) return closed
  const data = resolveReferences(withoutReferences(open.data, lost), known.ids)
  const sent = await send('PUT', open.path, data, undefined)
  const version = sent.headers.get('etag')
  if (sent.status >= 300 || version === null) return closed
  const { response: _, ...result } = one.result
  return {
    ...closed,
    result: { ...result, version, ...(lost.size === 0 ? {} : { response: sent.body }) },
  }
}

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

/**
 * Takes an operation, what is known, what subrequests are spoken for and how to send; gives what stops the
 * operation before it is sent, if anything does.
 */
export function faultOf(
  { path, refers, fault }: Pending,
  { failed }: Known,
  reserved: number,
  { endpoints, left }: Send,
): ScimError | undefined {
  if (fault !== undefined) return fault
  if (!endpoints.includes(`/${path.split('/')[1] ?? ''}`)) {
    return invalidValue('path', `one that begins with ${endpoints.join(', ')}`)
  }
  if ([...refers].some((id) => failed.has(id))) return failedReference()
  return left() < SPARE + reserved
    ? new ScimError(
        503,
        undefined,
        'The request needs more than the bridge may do at once. Send this operation again.',
      )
    : undefined
}

/** RFC 7644 §3.7.1: what it refers to was not made. */
const failedReference = () => new ScimError(409, undefined, 'bulkId: the operation that it names has failed')
