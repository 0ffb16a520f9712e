import { createClient, type Row } from '@libsql/client/web'
import { sql, type SQL } from 'drizzle-orm'
import { SQLiteAsyncDialect } from 'drizzle-orm/sqlite-core/dialect'
import * as v from 'valibot'
import { NO_ANSWER, TIMED_OUT, troubleOf } from './trouble.ts'

export type { SQL, Row }
export { sql }

/** The rows of one statement. */
export type Rows = readonly Row[]

/** The database did not answer, or not in time, however often it was asked. `uncertain`: a write may have happened. */
export class DatabaseAway extends Error {
  override readonly name = 'DatabaseAway'
  readonly uncertain: boolean

  constructor(message: string, options: { readonly cause?: unknown; readonly uncertain?: boolean } = {}) {
    super(message, { cause: options.cause })
    this.uncertain = options.uncertain ?? false
  }
}

/** A guard or a unique index refused the write. Nothing of it was written. */
export class WriteRefused extends Error {
  override readonly name = 'WriteRefused'
  readonly by: { readonly guard: string } | { readonly index: string }

  constructor(by: WriteRefused['by']) {
    super(`write refused by ${JSON.stringify(by)}`)
    this.by = by
  }
}

/** The values or the answer are larger than libSQL takes. Nothing was written. */
export class TooLarge extends Error {
  override readonly name = 'TooLarge'
}

/** What a write came to: its rows, or the word that the same operation had been written before its answer got lost. */
export type Written =
  { readonly kind: 'written'; readonly rows: readonly Rows[] } | { readonly kind: 'repeated' }

/**
 * The database as one request sees it. `read` and `write` take statements, send them as one batch in one HTTP request,
 * and give the rows of each. A write whose batch makes a change record takes the operation's id, which stands in it.
 * `trips` counts the HTTP requests so far, retries included.
 */
export type Database = {
  readonly read: (statements: readonly SQL[]) => Promise<readonly Rows[]>
  readonly write: (statements: readonly SQL[], operation?: string) => Promise<Written>
  readonly trips: () => number
}

export type DatabaseSettings = {
  readonly url: string
  readonly authToken?: string
  /** How long one request to libSQL may take, in milliseconds. */
  readonly timeout?: number
  /** How long all of them together may take; as long as a SCIM request's where nothing is said. */
  readonly deadline?: number
  /** How libSQL is reached; tests put faults here. */
  readonly fetch?: (request: Request) => Promise<Response>
}

/**
 * How long one request to libSQL may take, and all of a SCIM request's together, in milliseconds: well below what Okta
 * waits (60 s).
 */
const TIMEOUT = 8_000
const DEADLINE = 25_000
const ATTEMPTS = 5

const dialect = new SQLiteAsyncDialect()

/**
 * Takes where libSQL is; gives it for one request: Workers refuse sockets of another request, and a client costs
 * microseconds. What did not happen is sent again after a moment; what may have happened is sent again with a guard in
 * front that finds the operation's own change record, so that nothing is applied twice. Before a write is given up whose
 * end is not known, its record is looked for once more.
 * `read` and `write` throw DatabaseAway, TooLarge, WriteRefused (write), or the bug as it came.
 */
export function openDatabase(settings: DatabaseSettings): Database {
  let trips = 0
  const until = Date.now() + (settings.deadline ?? DEADLINE)
  const send = settings.fetch ?? ((request: Request) => fetch(request))
  const client = createClient({
    url: settings.url,
    ...(settings.authToken === undefined ? {} : { authToken: settings.authToken }),
    fetch: (request: Request) => {
      trips += 1
      return answered(request, send, Math.max(1, Math.min(settings.timeout ?? TIMEOUT, until - Date.now())))
    },
  })
  const isRecorded = async (operation: string): Promise<boolean> => {
    const [found] = await client.batch([compile(recordOf(operation))], 'read').catch(() => [])
    return (found?.rows.length ?? 0) > 0
  }
  return {
    trips: () => trips,
    read: async (statements) => {
      const batch = statements.map(compile)
      const [only] = batch
      // One statement is a transaction by itself, without a begin and an end around it.
      if (only !== undefined && batch.length === 1) {
        return persist(until, async () => [(await client.execute(only)).rows])
      }
      return persist(until, async () => (await client.batch(batch, 'read')).map(({ rows }) => rows))
    },
    write: async (statements, operation) => {
      const batch = statements.map(compile)
      try {
        const rows = await persist(until, async (uncertain) => {
          const again = uncertain && operation !== undefined
          const sent = again ? [compile(repeatedGuard(operation)), ...batch] : batch
          const results = await client.batch(sent, 'write')
          return results.slice(sent.length - batch.length).map((result) => result.rows)
        })
        return { kind: 'written', rows }
      } catch (error) {
        const guarded = error instanceof WriteRefused && 'guard' in error.by && error.by.guard === 'repeated'
        const lost = error instanceof DatabaseAway && operation !== undefined && (await isRecorded(operation))
        if (guarded || lost) return { kind: 'repeated' }
        throw error
      }
    },
  }
}

/**
 * Sends a request to libSQL and takes the whole answer in. No answer, or half of one, becomes a status of its own: the
 * client would leave the rejection unhandled in its queue.
 */
async function answered(
  request: Request,
  send: (request: Request) => Promise<Response>,
  milliseconds: number,
): Promise<Response> {
  const timed = new Request(request, { signal: AbortSignal.timeout(milliseconds) })
  // sqld compresses brotli at full effort: a page takes 100 ms so, and 5 ms with gzip.
  timed.headers.set('accept-encoding', 'gzip')
  try {
    const response = await send(timed)
    return new Response(await response.arrayBuffer(), response)
  } catch (error) {
    return new Response(null, { status: isTimeout(error) ? TIMED_OUT : NO_ANSWER })
  }
}

/** Takes a statement; gives it as libSQL takes it: the text and the values bound in it. */
export function compile(statement: SQL): { readonly sql: string; readonly args: (string | number | null)[] } {
  const { sql: text, params } = dialect.sqlToQuery(statement)
  return { sql: text, args: v.parse(boundValues, params) }
}

/** What a statement of ours binds. Booleans stand in the SQL itself. */
const boundValues = v.array(v.union([v.string(), v.number(), v.null()]))

const recordOf = (operation: string): SQL => sql`SELECT 1 FROM changes WHERE operation = ${operation}`

const repeatedGuard = (operation: string): SQL =>
  sql`INSERT INTO guard SELECT 'repeated' WHERE EXISTS (${recordOf(operation)})`

/**
 * Runs until it answers: at most ATTEMPTS times and until the deadline, with growing, jittered pauses. `uncertain` says
 * that an earlier try may have happened.
 */
async function persist<T>(until: number, attempt: (uncertain: boolean) => Promise<T>): Promise<T> {
  let uncertain = false
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt(uncertain)
    } catch (error) {
      const trouble = troubleOf(error)
      if (trouble.kind === 'refused') throw new WriteRefused({ guard: trouble.refusal })
      if (trouble.kind === 'conflict') throw new WriteRefused({ index: trouble.index })
      if (trouble.kind === 'tooLarge') throw new TooLarge('more than libSQL takes', { cause: error })
      if (trouble.kind === 'bug') throw error
      const timedOut = trouble.kind === 'unknown' && trouble.timedOut
      uncertain ||= trouble.kind === 'unknown'
      if (tries === ATTEMPTS || timedOut || Date.now() > until) {
        throw new DatabaseAway('libSQL gave no answer', { cause: error, uncertain })
      }
      await pause(tries)
    }
  }
}

const isTimeout = (error: unknown) => error instanceof DOMException && error.name === 'TimeoutError'

/** Takes how often something was tried; waits a moment, longer with each try, and never twice the same. */
export function pause(tries: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, tries * (10 + Math.random() * 40))
  })
}
