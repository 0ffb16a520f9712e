import type { Reply } from './http.ts'

export type Json = Readonly<Record<string, unknown>>

export type Request = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly query?: Readonly<Record<string, string | number>>
  readonly body?: Json
  readonly headers?: Readonly<Record<string, string>>
}

/** What a failure line names of a request. */
export type Asked = Pick<Request, 'method' | 'path'>

export type Answer = {
  readonly request: Request
  readonly status: number
  readonly body: unknown
  readonly retryAfter: string | undefined
}

/** Something was not as the provider needs it: what was asked, what was expected, what came. */
export class Mismatch extends Error {
  readonly method: string
  readonly path: string
  readonly expected: string
  readonly came: string

  constructor(request: Asked, expected: string, came: string) {
    super(`expected ${expected}, came ${came}`)
    this.method = request.method
    this.path = request.path
    this.expected = expected
    this.came = came
  }
}

const ERROR_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:Error'

/** Whether a value is a JSON object. */
export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The elements of a JSON array; none if it is not one. */
export const elements = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** The value under these names, one inside the other; undefined where there is none. */
export const at = (value: unknown, ...names: readonly string[]): unknown =>
  names.reduce((inside: unknown, name) => (isObject(inside) ? inside[name] : undefined), value)

/** A failure line is cut shorter than this, but only once nothing secret is in it. */
const SHOWN = 10_000

/** A value for a failure line. */
export const show = (value: unknown): string => {
  const text = value === undefined ? 'nothing' : JSON.stringify(value)
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text
}

/** What came, in a few words: the status, and the detail of a SCIM error or the body. */
export const describe = ({ status, body }: Answer): string => {
  const detail = at(body, 'detail')
  if (detail !== undefined) return `${status} ${show(detail)}`
  return body === undefined ? `${status} and an empty body` : `${status} ${show(body)}`
}

/**
 * Requires a status.
 * @throws {Mismatch} on any other
 */
export const expectStatus = (answer: Answer, ...allowed: readonly number[]): void => {
  if (allowed.includes(answer.status)) return
  throw new Mismatch(answer.request, allowed.join(' or '), describe(answer))
}

/** Whether an attribute called password is anywhere in the value (RFC 7643 section 4.1.1: returned is never). */
const holdsPassword = (value: unknown): boolean => {
  if (Array.isArray(value)) return value.some(holdsPassword)
  if (!isObject(value)) return false
  return Object.entries(value).some(
    ([name, inner]) => name.toLowerCase() === 'password' || holdsPassword(inner),
  )
}

const parse = (request: Request, reply: Reply): unknown => {
  if (reply.text === '') {
    if (reply.status === 204) return undefined
    throw new Mismatch(request, 'a JSON body', `${reply.status} and an empty body`)
  }
  try {
    return JSON.parse(reply.text)
  } catch {
    throw new Mismatch(request, 'a JSON body', `${reply.status} ${show(reply.text)}`)
  }
}

/** RFC 7644 section 3.12, and Okta's SCIM 2.0 specification test: `detail` there, `status` the code as text. */
const checkError = (answer: Answer): void => {
  const { body, request, status } = answer
  const detail = at(body, 'detail')
  const right =
    elements(at(body, 'schemas')).includes(ERROR_SCHEMA) &&
    at(body, 'status') === String(status) &&
    typeof detail === 'string' &&
    detail !== ''
  if (right) return
  throw new Mismatch(request, `a SCIM Error with status "${status}" and a detail`, `${status} ${show(body)}`)
}

/**
 * Reads a reply as a provider does and checks what holds for every one of them: JSON (Okta's parser stops at
 * anything else, whatever the status), a SCIM Error where it is a refusal, and no password.
 * @param secret how every password that was sent begins
 * @throws {Mismatch} if it is otherwise
 */
export const readAnswer = (request: Request, reply: Reply, secret: string): Answer => {
  const body = parse(request, reply)
  const type = reply.headers['content-type'] ?? 'no Content-Type'
  if (body !== undefined && !type.includes('json')) {
    throw new Mismatch(request, 'a JSON Content-Type', `${reply.status} ${show(type)}`)
  }
  if (reply.text.includes(secret) || holdsPassword(body)) {
    throw new Mismatch(request, 'no password in the answer', `${reply.status} with one`)
  }
  const answer = { request, status: reply.status, body, retryAfter: reply.headers['retry-after'] }
  if (answer.status >= 400) checkError(answer)
  return answer
}
