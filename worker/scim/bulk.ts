import { invalidValue, ScimError } from './error.ts'
import { isObject } from './json.ts'

/** How many operations a bulk request has at the most: each is at least one of the 50 subrequests of a Worker. */
export const MAX_OPERATIONS = 40

/** An operation of a bulk request (RFC 7644 §3.7): the request it stands for, or what is wrong with it. */
export type BulkOperation = {
  readonly method: string
  readonly bulkId?: string
  readonly path: string
  readonly data: unknown
  /** The version the resource must have, for If-Match. */
  readonly version?: string
  /** The bulkIds that it speaks of; each is that of a POST in the request. */
  readonly refers: ReadonlySet<string>
  readonly fault?: ScimError
}

export type BulkRequest = {
  readonly operations: readonly BulkOperation[]
  /** After so many errors nothing more is carried out; undefined: carry on. */
  readonly failOnErrors: number | undefined
}

const BULK_REQUEST = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest'
const BULK_RESPONSE = 'urn:ietf:params:scim:api:messages:2.0:BulkResponse'

/**
 * Takes the body of a POST to /Bulk; gives it read. Throws 400 invalidSyntax where the envelope is not that of a
 * BulkRequest, 400 invalidValue for a bulkId that stands twice, 413 for too many operations (RFC 7644 §3.7.4).
 */
export function readBulk(body: unknown): BulkRequest {
  const schemas = entry(body, 'schemas')
  const urns = Array.isArray(schemas)
    ? schemas.map((urn: unknown) => (typeof urn === 'string' ? urn.toLowerCase() : ''))
    : []
  const list = entry(body, 'Operations')
  if (!urns.includes(BULK_REQUEST.toLowerCase()) || !Array.isArray(list) || list.length === 0) {
    const expected = `expected a BulkRequest with schemas ["${BULK_REQUEST}"] and a non-empty array "Operations"`
    throw new ScimError(400, 'invalidSyntax', `body: ${expected}`)
  }
  if (list.length > MAX_OPERATIONS) {
    throw new ScimError(413, undefined, `Operations: expected at most ${MAX_OPERATIONS}, not ${list.length}`)
  }
  const failOnErrors = entry(body, 'failOnErrors') ?? undefined
  if (
    failOnErrors !== undefined &&
    !(typeof failOnErrors === 'number' && Number.isInteger(failOnErrors) && failOnErrors > 0)
  ) {
    throw new ScimError(400, 'invalidSyntax', 'failOnErrors: expected a whole number of at least 1')
  }
  const operations = list.map((operation: unknown, index) => readOperation(operation, `Operations[${index}]`))
  const made = operations.filter(({ method }) => method === 'POST').map(({ bulkId }) => bulkId)
  const twice = made.find((bulkId, index) => bulkId !== undefined && made.indexOf(bulkId) !== index)
  if (twice !== undefined) throw invalidValue('bulkId', 'another one for each POST')
  const known = new Set(made)
  return { operations: operations.map((operation) => withKnown(operation, known)), failOnErrors }
}

/** An operation that names a bulkId which no POST of the job has can never be carried out (RFC 7644 §3.7.2). */
function withKnown(operation: BulkOperation, made: ReadonlySet<string | undefined>): BulkOperation {
  if ([...operation.refers].every((bulkId) => made.has(bulkId))) return operation
  const fault = invalidValue('bulkId', 'the bulkId of a POST in this request')
  return { ...operation, refers: new Set(), fault }
}

const METHODS = ['POST', 'PUT', 'PATCH', 'DELETE']

function readOperation(operation: unknown, where: string): BulkOperation {
  const text = (name: string) => {
    const value = entry(operation, name)
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  const method = text('method')?.toUpperCase() ?? ''
  const [path, bulkId, version, data] = [
    text('path') ?? '',
    text('bulkId'),
    text('version'),
    entry(operation, 'data'),
  ]
  const fault = faultOf({ method, path, bulkId, version, data }, where)
  const refers = fault === undefined ? referencesIn([path, data]) : new Set<string>()
  return {
    method,
    path,
    data,
    refers,
    ...(bulkId === undefined ? {} : { bulkId }),
    ...(version === undefined ? {} : { version }),
    ...(fault === undefined ? {} : { fault }),
  }
}

type SentOperation = {
  readonly method: string
  readonly path: string
  readonly bulkId: string | undefined
  readonly version: string | undefined
  readonly data: unknown
}

function faultOf(
  { method, path, bulkId, version, data }: SentOperation,
  where: string,
): ScimError | undefined {
  const wrong = (name: string, expected: string) =>
    new ScimError(400, 'invalidSyntax', `${where}.${name}: expected ${expected}`)
  if (!METHODS.includes(method)) return wrong('method', `one of ${METHODS.join(', ')}`)
  if (method === 'POST' && bulkId === undefined) return wrong('bulkId', 'one, which a POST needs')
  if (method === 'POST' ? !/^\/[A-Za-z][\w-]*$/.test(path) : !namesResource(path))
    return wrong('path', method === 'POST' ? 'an endpoint such as /Users' : 'a resource such as /Users/{id}')
  if (version !== undefined && !/^[\x20-\x7e]{1,100}$/.test(version)) return wrong('version', 'an ETag')
  if (method !== 'DELETE' && !isObject(data)) return wrong('data', `an object, which ${method} needs`)
  if (tooDeep(data, MAX_DEPTH)) return wrong('data', `values nested at most ${MAX_DEPTH} deep`)
  return referencesIn([path, data]).size > MAX_OPERATIONS
    ? wrong('data', `at most ${MAX_OPERATIONS} bulkIds`)
    : undefined
}

/** Takes the path of an operation; says whether it is that of one resource, and of nothing that dots lead to. */
export function namesResource(path: string): boolean {
  return /^\/[A-Za-z][\w-]*\/(?!(?:\.|%2e){1,2}$)[^/?#\s\\]+$/i.test(path)
}

/** No resource is deeper than this, nor is a PATCH of one. */
const MAX_DEPTH = 20

function tooDeep(value: unknown, left: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return left === 0 || Object.values(value).some((inner: unknown) => tooDeep(inner, left - 1))
}

function entry(object: unknown, name: string): unknown {
  if (!isObject(object)) return undefined
  return Object.entries(object).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1]
}

const REFERENCE = /^bulkId:(.+)$/i

/** The bulkIds that stand in a value: as a whole text, or as the last segment of a path (RFC 7644 §3.7.2). */
function referencesIn(value: unknown): ReadonlySet<string> {
  const found = new Set<string>()
  replaceTexts(value, (text) => {
    const bulkId = REFERENCE.exec(lastSegment(text))?.[1]
    if (bulkId !== undefined) found.add(bulkId)
    return text
  })
  return found
}

const lastSegment = (text: string) => (text.startsWith('/') ? text.slice(text.lastIndexOf('/') + 1) : text)

/** Takes a value and the ids that bulkIds stand for; gives it with the ids in their place. */
export function resolveReferences(value: unknown, ids: ReadonlyMap<string, string>): unknown {
  return replaceTexts(value, (text) => {
    const last = lastSegment(text)
    const id = ids.get(REFERENCE.exec(last)?.[1] ?? '')
    return id === undefined ? text : text.slice(0, text.length - last.length) + id
  })
}

/** Takes a value and bulkIds that have no id yet; gives it without the objects and values that are about them. */
export function withoutReferences(value: unknown, unknown: ReadonlySet<string>): unknown {
  const isAbout = (inner: unknown) =>
    typeof inner === 'string' && unknown.has(REFERENCE.exec(inner)?.[1] ?? '')
  if (Array.isArray(value)) {
    return value
      .filter((inner: unknown) => !isAbout(inner) && !(isObject(inner) && Object.values(inner).some(isAbout)))
      .map((inner: unknown) => withoutReferences(inner, unknown))
  }
  if (!isObject(value)) return value
  const kept = Object.entries(value).filter(([, inner]) => !isAbout(inner))
  return Object.fromEntries(kept.map(([name, inner]) => [name, withoutReferences(inner, unknown)]))
}

function replaceTexts(value: unknown, replace: (text: string) => string): unknown {
  if (typeof value === 'string') return replace(value)
  if (Array.isArray(value)) return value.map((inner: unknown) => replaceTexts(inner, replace))
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, replaceTexts(inner, replace)]),
  )
}

/** What became of an operation. `location` is that of the resource, where there is one; `response` an error's body. */
export type BulkResult = {
  readonly method: string
  readonly bulkId?: string
  readonly version?: string
  readonly location?: string
  readonly status: string
  readonly response?: unknown
}

/** Takes results; gives the BulkResponse (RFC 7644 §3.7.3). */
export function bulkResponse(results: readonly BulkResult[]): object {
  return { schemas: [BULK_RESPONSE], Operations: results }
}
