import type { Context } from 'hono'
import type { Config } from './config.ts'
import { readPrecondition } from './scim/precondition.ts'
import type { Caller, Request } from './store/admission.ts'
import type { Database } from './store/database.ts'

/** What the app is put together from. The clock, the ids and the log come from outside, so that tests can hold them. */
export type Parts = {
  readonly config: Config
  readonly now: () => Date
  readonly newId: () => string
  readonly log: (entry: LogEntry) => void
  readonly openDatabase: () => Database
  /** Whether one more request may be counted under a key; none where nothing is limited. */
  readonly rateLimit?: ((key: string) => Promise<boolean>) | undefined
  /** The same for tokens that are not good. */
  readonly guessLimit?: ((key: string) => Promise<boolean>) | undefined
}

/** A bulk request that other requests are part of: its own id, and the subrequests they have made. */
export type Job = { readonly id: string; trips: number }

/** Carries out a request of a job, as if it had come by itself. */
export type Dispatch = (request: globalThis.Request, job: Job) => Promise<Response>

/**
 * A line of the log. It holds ids, route patterns, statuses, times and classes of errors: never a query string, a body,
 * an SQL argument, a name, an address or a token.
 */
export type LogEntry = {
  readonly message: string
  readonly [field: string]: string | number | boolean | readonly string[] | undefined
}

/** What a request carries along. */
export type Variables = {
  requestId: string
  at: Date
  /** The address the client used, without a path: https://bridge.example.com. */
  origin: string
  database: Database
  /** Who is asking; nobody at the discovery endpoints, which may be read without a token. */
  caller: Caller | undefined
  /** What the log is told of the request beside what it always says. */
  notes: Record<string, LogEntry[string]>
}

export type Env = { Variables: Variables; Bindings: { readonly job?: Job } }

export type AppContext = Context<Env>

/** Takes a context; gives the request as the store wants it. */
export function requestOf(c: AppContext): Request {
  const precondition = readPrecondition(c.req.header('if-match'), c.req.header('if-none-match'))
  return {
    caller: callerOf(c),
    id: c.get('requestId'),
    at: c.get('at'),
    ...(precondition === undefined ? {} : { precondition }),
  }
}

/** Takes a context; gives who is asking. Throws where nobody was made out: a route that forgot to ask. */
export function callerOf(c: AppContext): Caller {
  const caller = c.get('caller')
  if (caller === undefined) throw new Error('a request of nobody')
  return caller
}
