import { routePath } from 'hono/route'
import type { AppContext, Parts } from '../context.ts'
import { refusalByStatus, type RefusalName } from '../scim/refusal.ts'
import { requestSql, type RequestRow } from '../store/requests.ts'
import { NOBODY } from '../store/tallies.ts'
import { afterwards } from './afterwards.ts'
import { loggable } from './order.ts'
import { newTally, type Tally } from './tally.ts'

/** Refusals of which there may be so many that only the first in some seconds is a row, and the others are counted. */
const MANY: readonly (RefusalName | undefined)[] = ['rate', 'guesses']

/**
 * Takes the app's parts; gives what is called with each request once its answer stands. What was refused or has failed and is of a
 * genuine token becomes a row, in one bounded write after the answer; good reads, their quirks and what had no genuine token are
 * counted, and go with such a write, or by themselves where it is time. A write that was done has its row from its own batch.
 */
export function recorderOf(parts: Parts): (c: AppContext) => Promise<void> {
  const tally = newTally()
  const endpoints = parts.config.catalog.types.map(({ endpoint }) => endpoint.toLowerCase())
  return async (c) => {
    const now = parts.now()
    const row = rowOf(c, tally, endpoints, now)
    const rows = [...c.get('rows'), ...(row === undefined ? [] : [row])]
    const { job } = c.env ?? {}
    if (job !== undefined) {
      // The answer of a job waits for its operations: their rows go with the job's own.
      job.rows.push(...rows)
      return
    }
    const statements = [...rows.map(requestSql), ...tally.due(now)]
    if (statements.length === 0) return
    await afterwards(c, parts, 'unrecorded', (database) => database.write(statements))
  }
}

/** The row of what was refused; nothing of what is counted, or has its row. */
function rowOf(c: AppContext, tally: Tally, endpoints: readonly string[], now: Date): RequestRow | undefined {
  const genuine = c.get('genuine')
  const { status } = c.res
  const isRefused = status >= 400
  const refusal = isRefused ? nameOf(c, status, endpoints) : undefined
  if (genuine === undefined) {
    if (refusal !== undefined && c.get('isStranger')) tally.add(NOBODY, refusal, now)
    return undefined
  }
  const { connection, token } = genuine
  const quirks = [...(c.get('quirks') ?? [])].toSorted()
  if (!isRefused) {
    if (c.get('isBare')) tally.add(connection, 'bare', now)
    if (c.get('isRecorded')) return undefined
    tally.add(connection, 'read', now)
    for (const quirk of quirks) tally.addQuirk(connection, quirk, now)
    return undefined
  }
  if (MANY.includes(refusal) && !tally.mayRecord(connection, now)) {
    tally.add(connection, refusal ?? 'rate', now)
    return undefined
  }
  const at = c.get('at')
  const ms = now.getTime() - at.getTime()
  const { method } = c.req
  const [request, resource] = [c.get('requestId'), c.get('resource')]
  const isOurs = resource !== undefined && loggable(resource) === resource
  const base = { connection, at: at.toISOString(), request, token, method, route: routePath(c), status, ms }
  return { ...base, resource: isOurs ? resource : undefined, refusal, quirks }
}

/** A Base URL that ends in /Users asks for the person `Users`, who is not there. */
function nameOf(c: AppContext, status: number, endpoints: readonly string[]): RefusalName {
  const name = c.get('refusal') ?? refusalByStatus(status)
  const isEndpoint = endpoints.includes(`/${(c.get('resource') ?? '').toLowerCase()}`)
  return name === 'missing' && isEndpoint ? 'base_url' : name
}
