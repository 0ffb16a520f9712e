import { createClient, type Row } from '@libsql/client/web'
import { sql, type SQL } from 'drizzle-orm'
import { SQLiteAsyncDialect } from 'drizzle-orm/sqlite-core/dialect'
import * as v from 'valibot'
import { NO_ANSWER, TIMED_OUT, troubleOf } from './trouble.ts'

export type { SQL, Row }
export { sql }

/** The rows of one statement. */
export type Rows = readonly Row[]

/** The database did not answer, or not in time, however often it was asked. A write may or may not have happened. */
export class DatabaseAway extends Error {
  override readonly name = 'DatabaseAway'
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

/** What a write came to: its rows, or the word that the same operation had been written before its answer got lost. */
export type Written =
  { readonly kind: 'written'; readonly rows: readonly Rows[] } | { readonly kind: 'repeated' }

/**
 * The database as one request sees it. `read` and `write` take statements, send them as one batch in one HTTP request,
 * and give the rows of each. `write` takes the operation's id too, which its change record carries. `trips` counts
 * the HTTP requests so far, retries included.
 */
export type Database = {
  readonly read: (statements: readonly SQL[]) => Promise<readonly Rows[]>
  readonly write: (operation: string, statements: readonly SQL[]) => Promise<Written>
  readonly trips: () => number
}

export type DatabaseSettings = {
  readonly url: string
  readonly authToken?: string
  /** How libSQL is reached; tests put faults here. */
  readonly fetch?: (request: Request) => Promise<Response>
}

/** One request to libSQL may take this long, in milliseconds; all of them together stay below what Okta waits (60 s). */
const TIMEOUT = 8_000
const ATTEMPTS = 5

const dialect = new SQLiteAsyncDialect()

/**
 * Takes where libSQL is; gives it for one request: Workers refuse sockets of another request, and a client costs
 * microseconds. What did not happen is sent again after a moment; what may have happened is sent again with a guard in
 * front that finds the operation's own change record, so that nothing is applied twice.
 * `read` and `write` throw DatabaseAway, WriteRefused, or the bug as it came.
 */
export function openDatabase(settings: DatabaseSettings): Database {
  let trips = 0
  const send = settings.fetch ?? ((request: Request) => fetch(request))
  const client = createClient({
    url: settings.url,
    ...(settings.authToken === undefined ? {} : { authToken: settings.authToken }),
    fetch: (request: Request) => {
      trips += 1
      return answered(request, send)
    },
  })
  return {
    trips: () => trips,
    read: (statements) =>
      persist(async () => (await client.batch(statements.map(compile), 'read')).map(({ rows }) => rows)),
    write: async (operation, statements) => {
      const batch = statements.map(compile)
      try {
        const rows = await persist(async (uncertain) => {
          const sent = uncertain ? [compile(repeatedGuard(operation)), ...batch] : batch
          const results = await client.batch(sent, 'write')
          return results.slice(sent.length - batch.length).map((result) => result.rows)
        })
        return { kind: 'written', rows }
      } catch (error) {
        if (error instanceof WriteRefused && 'guard' in error.by && error.by.guard === 'repeated') {
          return { kind: 'repeated' }
        }
        throw error
      }
    },
  }
}

/**
 * Sends a request to libSQL and takes the whole answer in. No answer, or half of one, becomes a status of its own: the
 * client would leave the rejection unhandled in its queue.
 */
async function answered(request: Request, send: (request: Request) => Promise<Response>): Promise<Response> {
  const timed = new Request(request, { signal: AbortSignal.timeout(TIMEOUT) })
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

const repeatedGuard = (operation: string): SQL =>
  sql`INSERT INTO guard SELECT 'repeated' FROM changes WHERE operation = ${operation}`

/** Runs until it answers: at most ATTEMPTS times, with growing, jittered pauses. `uncertain` says an earlier try may have happened. */
async function persist<T>(attempt: (uncertain: boolean) => Promise<T>): Promise<T> {
  let uncertain = false
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt(uncertain)
    } catch (error) {
      const trouble = troubleOf(error)
      if (trouble.kind === 'refused') throw new WriteRefused({ guard: trouble.refusal })
      if (trouble.kind === 'conflict') throw new WriteRefused({ index: trouble.index })
      if (trouble.kind === 'bug') throw error
      if (tries === ATTEMPTS || (trouble.kind === 'unknown' && trouble.timedOut)) {
        throw new DatabaseAway('libSQL gave no answer', { cause: error })
      }
      uncertain ||= trouble.kind === 'unknown'
      await pause(tries * (10 + Math.random() * 40))
    }
  }
}

const isTimeout = (error: unknown) => error instanceof DOMException && error.name === 'TimeoutError'

const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds))
