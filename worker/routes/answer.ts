import { ConfigError } from '../config.ts'
import type { AppContext } from '../context.ts'
import { errorBody, ScimError } from '../scim/error.ts'
import { refusalByStatus, type RefusalName } from '../scim/refusal.ts'
import { tooLarge } from '../scim/resource.ts'
import { DatabaseAway, TooLarge } from '../store/database.ts'

/** The media type of every answer with a body (RFC 7644 §8.1). */
const MEDIA_TYPE = 'application/scim+json'

/** How long a client is asked to wait when the database is away, in seconds. */
const RETRY_AFTER = '10'

/** Takes a status, a body and headers; gives the answer. */
export function answer(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': MEDIA_TYPE, ...headers } })
}

/**
 * Takes whatever was thrown, the request's id and its method; gives the answer: the client's fault as it is, a lost
 * database as 503, anything else as a bare 500. The one place where an error becomes an answer. It throws nothing itself.
 */
export function answerError(error: unknown, requestId: string, method = 'GET'): Response {
  if (error instanceof ScimError) {
    const headers =
      error.status === 401 ? { 'www-authenticate': INVALID_TOKEN, ...error.headers } : error.headers
    return answer(error.status, errorBody(error.status, error.scimType, error.message), headers)
  }
  if (error instanceof TooLarge) return answerError(tooLargeFor(method), requestId)
  if (error instanceof DatabaseAway) {
    const outcome = error.uncertain
      ? 'It may have been applied or not: look before you send it again.'
      : 'Nothing of it was applied: send it again.'
    const detail = `The bridge cannot reach its database. ${outcome} Request ${requestId}.`
    return answer(503, errorBody(503, undefined, detail), { 'retry-after': RETRY_AFTER })
  }
  const detail =
    error instanceof ConfigError
      ? error.message
      : `The bridge failed. The line of its log with request ${requestId} says more.`
  return answer(500, errorBody(500, undefined, detail))
}

/** RFC 7644 §3.12: more than one answer, or one resource, can hold. */
function tooLargeFor(method: string): ScimError {
  if (method !== 'GET' && method !== 'HEAD') return tooLarge()
  const detail =
    'The answer is too large. Ask for less: a smaller count, or excludedAttributes=members. The members of one group are ' +
    'read page by page: GET /Users?filter=groups.value eq "ID"'
  return new ScimError(400, 'tooMany', detail)
}

/** RFC 6750 §3 and RFC 7617 §2: the schemes that are taken. */
export const CHALLENGE = 'Bearer realm="Drawbridge", Basic realm="Drawbridge", charset="UTF-8"'

/** RFC 6750 §3.1: there was a token, and it is not good. */
const INVALID_TOKEN =
  'Bearer realm="Drawbridge", error="invalid_token", Basic realm="Drawbridge", charset="UTF-8"'

/** Takes an error; gives what the log may know of it: its class and code and where it arose, never its message. */
export function describeError(error: unknown): { error: string; stack?: string } {
  if (!(error instanceof Error)) return { error: typeof error }
  const code = 'code' in error && typeof error.code === 'string' ? `:${error.code}` : ''
  const status = 'status' in error && typeof error.status === 'number' ? `:${error.status}` : ''
  const name = `${error.name}${code}${status}`
  if (error instanceof ScimError) return { error: error.scimType ?? name }
  const places = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  const cause = error.cause === undefined ? '' : ` < ${describeError(error.cause).error}`
  return { error: `${name}${cause}`, stack: places.join('\n') }
}

/** Takes an error and the context of its request; notes it for the log. */
export function noteError(error: unknown, c: AppContext): void {
  c.set('notes', { ...c.get('notes'), ...describeError(error) })
}

/** Takes whatever was thrown; gives the name under which the log of requests has it. */
function refusalOf(error: unknown): RefusalName {
  if (error instanceof ScimError) return error.refusal ?? error.scimType ?? refusalByStatus(error.status)
  if (error instanceof TooLarge) return 'too_large'
  if (error instanceof DatabaseAway) return error.uncertain ? 'database_unsure' : 'database'
  return error instanceof ConfigError ? 'settings' : 'bug'
}

/** Takes a context whose handler threw; notes the error for the log and gives the answer. */
export function handleError(error: unknown, c: AppContext): Response {
  noteError(error, c)
  c.set('refusal', refusalOf(error))
  return answerError(error, c.get('requestId'), c.req.method)
}
