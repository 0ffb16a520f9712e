import type { Context } from 'hono'
import { routePath } from 'hono/route'
import type { Config } from './config.ts'
import { readPrecondition } from './scim/precondition.ts'
import type { Caller, Entry, Request } from './store/admission.ts'
import type { Database } from './store/database.ts'
import type { ScimError } from './scim/error.ts'
import type { Quirk } from './scim/reading.ts'
import type { RefusalName } from './scim/refusal.ts'
import type { FeedPage } from './store/feed.ts'
import type { Held } from './store/harms.ts'
import type { RequestRow } from './store/requests.ts'
import type { Standing } from './store/settings.ts'
import type { Use } from './store/tokenUse.ts'
import type { Work } from './store/work.ts'

/** What the app is put together from. The clock, the ids and the log come from outside, so that tests can hold them. */
export type Parts = {
  readonly config: Config
  readonly now: () => Date
  readonly newId: () => string
  readonly log: (entry: LogEntry) => void
  /** `afterwards`: for what is written once the answer stands. It is given up soon, and no answer waits for it. */
  readonly openDatabase: (use?: 'afterwards') => Database
  /** How requests to targets are sent; tests put faults here. */
  readonly fetchTarget?: (request: globalThis.Request) => Promise<Response>
  /** Whether one more request may be counted under a key; none where nothing is limited. */
  readonly rateLimit?: ((key: string) => Promise<boolean>) | undefined
  /** The same for tokens that are not good. */
  readonly guessLimit?: ((key: string) => Promise<boolean>) | undefined
}

/** The subrequests an invocation may still send. Whatever sends one takes it from here. */
export type Budget = { left: number }

/**
 * How changes get to their target: how each connection stands, as far as this isolate knows, what makes the MAC of a
 * delivery and the proof of a change, and what brings a change there; gives the refusal where the target refuses it.
 */
export type Delivery = {
  readonly standings: Map<string, Standing>
  /** How many subrequests an invocation may send. */
  readonly subrequests: number
  readonly sign: ((texts: readonly string[]) => Promise<string>) | undefined
  readonly prove: NonNullable<Request['prove']>
  /** What the feed answers, of what changed after a place in it. */
  readonly feed: (connection: string, page: FeedPage, after: number) => object
  readonly bring: (one: {
    readonly database: Database
    readonly work: Work
    readonly standing: Standing
    readonly budget: Budget
    readonly now: () => Date
  }) => Promise<ScimError | undefined>
}

/**
 * A bulk request that other requests are part of: its own id, the subrequests they have made, how many are still to come, and what is
 * written down of them after its answer.
 */
export type Job = { readonly id: string; trips: number; pending: number; readonly rows: RequestRow[] }

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
  delivery: Delivery
  /** The subrequests to targets that this request has sent. */
  sent: number
  /** Who is asking; nobody at the discovery endpoints, which may be read without a token. */
  caller: Caller | undefined
  /** How the caller's token is used: from where, and what of it is still to be written down. */
  use: Use | undefined
  /** What the guard has held of this request: the log tells it, so that somebody can look before its time is over. */
  held: readonly Held[]
  /** Who has a token whose signature is good, though it may be refused, or went wrong in the paste. */
  genuine: Caller | undefined
  /** A token was looked for, and there was none that is good. */
  isStranger: boolean
  /** The token came without the word Bearer. */
  isBare: boolean
  /** The id in its path, as it was sent. */
  resource: string | undefined
  /** The quirks its body or its filter showed, as far as it was read. */
  quirks: ReadonlySet<Quirk> | undefined
  /** The status its write is to be answered with, where its method does not say it. */
  success: number | undefined
  /** Its own write has put it in the log of requests. */
  isRecorded: boolean
  /** Which refusal it came to. */
  refusal: RefusalName | undefined
  /** What is written down after the answer beside its own row: those of a job's operations. */
  rows: RequestRow[]
  /** What the log is told of the request beside what it always says. */
  notes: Record<string, LogEntry[string]>
}

export type Env = { Variables: Variables; Bindings: { readonly job?: Job } }

export type AppContext = Context<Env>

/** Takes a context; gives the request as the store wants it. */
export function requestOf(c: AppContext): Request {
  const precondition = readPrecondition(c.req.header('if-match'), c.req.header('if-none-match'))
  const caller = callerOf(c)
  const { standings, sign, prove } = c.get('delivery')
  const use = c.get('use')
  const standing = standings.get(caller.connection)
  const spoken = (c.env?.job?.pending ?? 0) * OPERATION
  const mayBring = standing?.settings.target !== undefined && subrequestsLeft(c) - spoken >= LEAST_LEFT
  return {
    caller,
    id: c.get('requestId'),
    at: c.get('at'),
    prove,
    entry: entryOf(c),
    ...(precondition === undefined ? {} : { precondition }),
    ...(standing === undefined ? {} : { standing }),
    ...(sign === undefined ? {} : { sign }),
    ...(use === undefined ? {} : { use }),
    help: helpAt(c.get('origin')),
    ...(mayBring ? { leaseUntil: new Date(c.get('at').getTime() + LEASE) } : {}),
  }
}

const SUCCESS: Readonly<Record<string, number>> = { POST: 201, DELETE: 204 }

/** How the request stands in the log of requests, if it is a write and nothing refuses it. */
function entryOf(c: AppContext): Entry {
  const { method } = c.req
  return { method, route: routePath(c), status: c.get('success') ?? SUCCESS[method] ?? 200 }
}

/**
 * How long a request has what it delivers for itself, in milliseconds: longer than it can take (25 s for the database, 20 s
 * for the target, 25 s for the outcome).
 */
const LEASE = 120_000

/** How many subrequests a delivery within a request needs: its write, a look, the change, proof, adoption, outcome. */
const LEAST_LEFT = 10

/** What is kept for each operation of a job that is still to come: all are stored before any is brought to its target. */
const OPERATION = 2

/** Takes the bridge's address; gives that of the page for whoever has no token any more, which everybody may read. */
export function helpAt(origin: string): string {
  return `${origin}/admin/help/token`
}

/** Takes a context; gives how many subrequests its invocation may still send. */
export function subrequestsLeft(c: AppContext): number {
  const { job } = c.env ?? {}
  return c.get('delivery').subrequests - (job?.trips ?? 0) - c.get('database').trips() - c.get('sent')
}

/** Takes a context; gives who is asking. Throws where nobody was made out: a route that forgot to ask. */
export function callerOf(c: AppContext): Caller {
  const caller = c.get('caller')
  if (caller === undefined) throw new Error('a request of nobody')
  return caller
}
