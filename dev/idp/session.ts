import { URL } from 'node:url'
import { Mismatch, readAnswer } from './answer.ts'
import type { Answer, Request } from './answer.ts'
import { BrokenOff, exchange } from './http.ts'

export type Settings = {
  /** Where the SCIM server is, without a slash at the end. */
  readonly base: string
  /** The headers of every request, Authorization among them. */
  readonly headers: Readonly<Record<string, string>>
  /** The headers of a request that has a body. */
  readonly bodyHeaders: Readonly<Record<string, string>>
  /** How a space is written in a query. */
  readonly space: '%20' | '+'
  /** What is sent after the path, of the query. */
  readonly endQuery: (query: string) => string
  /** How every password that is sent begins. */
  readonly secret: string
  readonly timeoutMs: number
  readonly wait: (seconds: number) => Promise<void>
}

/** What one step has to show: the time of each request, and what was not as it must be. */
export type Tally = { readonly step: string; readonly ms: number[]; readonly failures: Mismatch[] }

export type Send = (request: Request) => Promise<Answer>

const TRIES = 10
const DEFAULT_WAIT_SECONDS = 300

const queryString = (query: Request['query'], space: string): string =>
  Object.entries(query ?? {})
    .map(([name, value]) => `${name}=${encodeURIComponent(value).replaceAll('%20', space)}`)
    .join('&')

/** Okta's SCIM concepts page: whole seconds are waited as they are, five minutes for anything else. */
const secondsToWait = (retryAfter: string | undefined): number =>
  retryAfter !== undefined && /^\d+$/.test(retryAfter) ? Number(retryAfter) : DEFAULT_WAIT_SECONDS

const once = async (settings: Settings, tally: Tally, request: Request): Promise<Answer> => {
  const query = settings.endQuery(queryString(request.query, settings.space))
  const url = new URL(`${settings.base}${request.path}`)
  const body = request.body === undefined ? undefined : JSON.stringify(request.body)
  const length = body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }
  const started = performance.now()
  try {
    const reply = await exchange({
      method: request.method,
      url,
      target: `${url.pathname}${query}`,
      headers: {
        ...settings.headers,
        ...(body === undefined ? {} : settings.bodyHeaders),
        ...length,
        ...request.headers,
      },
      body,
      timeoutMs: settings.timeoutMs,
    })
    return readAnswer(request, reply, settings.secret)
  } catch (error) {
    if (error instanceof BrokenOff) throw new Mismatch(request, 'an answer', error.message)
    throw error
  } finally {
    tally.ms.push(performance.now() - started)
  }
}

/**
 * Gives a function that sends one request, and on 429 waits and asks again as Okta's SCIM concepts page has
 * it: exactly Retry-After if that is whole seconds, else five minutes; twice as long each time after; ten
 * tries in all. It throws Mismatch if the answer is not what any answer must be, Unreachable if there is none.
 * @param tally where the time of every try is noted
 */
export const openSession =
  (settings: Settings, tally: Tally): Send =>
  async (request) => {
    let answer = await once(settings, tally, request)
    let seconds = secondsToWait(answer.retryAfter)
    for (let tries = 1; answer.status === 429 && tries < TRIES; tries += 1) {
      await settings.wait(seconds)
      seconds *= 2
      answer = await once(settings, tally, request)
    }
    return answer
  }

/**
 * Does a piece of work; if something in it is not as the provider needs it, notes that and goes on.
 * @throws whatever else the work throws
 */
export const attempt = async (tally: Tally, work: () => Promise<void>): Promise<void> => {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error
    tally.failures.push(error)
  }
}

/**
 * Works on items several at once, as an identity provider does.
 * @param size how many at once
 * @throws what the work throws, as soon as it does; no further item is begun then
 */
export const pool = async <Item>(
  items: readonly Item[],
  size: number,
  work: (item: Item) => Promise<void>,
): Promise<void> => {
  const queue = items.values()
  let stopped = false
  const worker = async (): Promise<void> => {
    for (const item of queue) {
      if (stopped) return
      await work(item).catch((error: unknown) => {
        stopped = true
        throw error
      })
    }
  }
  await Promise.all(Array.from({ length: Math.min(size, items.length) }, worker))
}
