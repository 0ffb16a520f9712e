import { env } from 'cloudflare:workers'
import { inject } from 'vitest'
import { createApp } from '../worker/app.ts'
import { readConfig } from '../worker/config.ts'
import type { LogEntry } from '../worker/context.ts'
import { setMode, type Mode } from '../worker/store/connections.ts'
import { openDatabase } from '../worker/store/database.ts'
import { connect, database, tokenFor } from './worker.ts'
import type { Allowed } from '../dev/connection.ts'
import { at } from './json.ts'

export { at } from './json.ts'

/** An answer of the bridge. The body is JSON, or undefined where there is none. */
export type Answer = { readonly status: number; readonly headers: Headers; readonly body: unknown }

/** Headers beside the usual ones, or in place of them; null leaves one out. */
export type SentHeaders = Readonly<Record<string, string | null>>

/** The app in workerd on the real database, with a connection of its own, and what a test can see of it. */
export type Bridge = {
  readonly connection: string
  readonly jti: string
  readonly token: string
  readonly send: (method: string, path: string, body?: unknown, headers?: SentHeaders) => Promise<Answer>
  /** The HTTP requests to libSQL before the answer, since this was last called. */
  readonly trips: () => number
  /** Those after the answer. */
  readonly tripsAfterwards: () => number
  readonly logs: readonly LogEntry[]
}

export type BridgeOptions = {
  readonly allowed?: Allowed
  /** The connection to share; a new one where none is named. */
  readonly connection?: string
  /** How a new connection is held; tolerant where nothing is said. */
  readonly mode?: Mode
  /** The content to take in place of schemas.json. */
  readonly custom?: unknown
  /** Whether one more request may be counted under a key. */
  readonly rateLimit?: (key: string) => Promise<boolean>
  /** Whether one more token that is not good may be counted under a key. */
  readonly guessLimit?: (key: string) => Promise<boolean>
  /** What stands between the bridge and libSQL; it is told what goes there after an answer. */
  readonly fetch?: (request: Request, use?: 'afterwards') => Promise<Response>
  readonly now?: () => Date
  /** How long one request to libSQL may take, in milliseconds. */
  readonly timeout?: number
}

/** Starts the app for a test. */
export async function bridge(options: BridgeOptions = {}): Promise<Bridge> {
  const { id, token, jti } =
    options.connection === undefined
      ? await connect(options.allowed)
      : { id: options.connection, ...(await tokenFor(options.connection, options.allowed ?? {})) }
  if (options.mode !== undefined) await setMode(database(), id, options.mode)
  let trips = 0
  let after = 0
  const logs: LogEntry[] = []
  const app = createApp({
    config: readConfig(env, options.custom),
    now: options.now ?? (() => new Date()),
    newId: () => crypto.randomUUID(),
    log: (entry) => logs.push(entry),
    rateLimit: options.rateLimit,
    guessLimit: options.guessLimit,
    openDatabase: (use) =>
      openDatabase({
        url: inject('libsqlUrl'),
        ...(options.timeout === undefined ? {} : { timeout: options.timeout }),
        fetch: (request) => {
          if (use === 'afterwards') after += 1
          else trips += 1
          return options.fetch === undefined ? fetch(request) : options.fetch(request, use)
        },
      }),
  })
  return {
    connection: id,
    jti,
    token,
    logs,
    trips: () => {
      const counted = trips
      trips = 0
      return counted
    },
    tripsAfterwards: () => {
      const counted = after
      after = 0
      return counted
    },
    send: async (method, path, body, headers = {}) => {
      const response = await app.request(`https://bridge.test/scim/v2${path}`, {
        method,
        headers: Object.entries({
          authorization: `Bearer ${token}`,
          'content-type': 'application/scim+json',
          ...headers,
        }).filter((pair): pair is [string, string] => pair[1] !== null),
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      const text = await response.text()
      return {
        status: response.status,
        headers: response.headers,
        body: text === '' ? undefined : (JSON.parse(text) as unknown),
      }
    },
  }
}

/** Takes an answer; gives the id in its body. Throws where there is none. */
export function idOf(answer: Answer): string {
  const id = at(answer.body, 'id')
  if (typeof id !== 'string') throw new Error(`no id in ${answer.status} ${JSON.stringify(answer.body)}`)
  return id
}

const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp'

/** Takes operations; gives the body of a PATCH. */
export function patchOp(...operations: readonly object[]): object {
  return { schemas: [PATCH_OP], Operations: operations }
}

/** Makes people in a connection; gives their ids. */
export async function people(to: Bridge, count: number): Promise<readonly string[]> {
  const made = await Promise.all(
    Array.from({ length: count }, (_, index) =>
      to.send('POST', '/Users', { userName: `person${index}@example.com`, displayName: `Person ${index}` }),
    ),
  )
  return made.map(idOf)
}

/** Takes an answer; gives its body as an object. Throws where it is none. */
export function objectOf({ status, body }: Answer): Readonly<Record<string, unknown>> {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new Error(`no object in ${status}`)
  return Object.fromEntries(Object.entries(body))
}

/** Takes an answer to a list; gives its resources. Throws where there are none. */
export function resourcesOf(answer: Answer): readonly unknown[] {
  const resources = at(answer.body, 'Resources')
  if (!Array.isArray(resources)) throw new Error(`no Resources in ${answer.status}`)
  return resources
}

/** The rows that libSQL says it read and wrote for a request. */
export type RowCount = { readonly read: number; readonly written: number }

/**
 * By how many rows two equal requests may differ: where a random id falls in an index decides whether libSQL counts the
 * row beside it (seen between two runs on the same 30 people).
 */
export const ROW_WOBBLE = 3

/** Gives the app on a connection that is there already, and what its last request to libSQL cost in rows. */
export async function countingRows(
  options: BridgeOptions,
): Promise<Bridge & { readonly rows: () => RowCount }> {
  let rows: RowCount = { read: 0, written: 0 }
  const counted = await bridge({
    ...options,
    fetch: async (request, use) => {
      const response = await fetch(request)
      if (use === 'afterwards') return response
      const text = await response.clone().text()
      rows = { read: sum(text, 'rows_read'), written: sum(text, 'rows_written') }
      return response
    },
  })
  // The first use of a token is written down after its answer: the counts are of what comes then.
  await counted.send('GET', '/ServiceProviderConfig')
  counted.trips()
  return { ...counted, rows: () => rows }
}

const sum = (text: string, name: string) =>
  [...text.matchAll(new RegExp(`"${name}":(\\d+)`, 'g'))].reduce(
    (total, [, number]) => total + Number(number),
    0,
  )
