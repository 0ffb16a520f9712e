import { sql } from '../../worker/store/database.ts'
import { at, type Answer } from '../bridge.ts'
import { database } from '../worker.ts'
import { listed } from './asserts.ts'
import type { Probe } from './probe.ts'

/** What an answer says of its page of a list. */
export type Page = {
  readonly ids: readonly string[]
  readonly names: readonly unknown[]
  readonly startIndex: unknown
  readonly itemsPerPage: unknown
  readonly totalResults: unknown
  readonly nextCursor: string | undefined
}

/** Demands a ListResponse; gives its page. */
export function pageOf(answer: Answer): Page {
  const resources = listed(answer)
  const nextCursor = at(answer.body, 'nextCursor')
  return {
    ids: resources.map(({ id }) => id),
    names: resources.map(({ userName }) => userName),
    startIndex: at(answer.body, 'startIndex'),
    itemsPerPage: at(answer.body, 'itemsPerPage'),
    totalResults: at(answer.body, 'totalResults'),
    nextCursor: typeof nextCursor === 'string' ? nextCursor : undefined,
  }
}

/** Asks for people with a query; gives the page. */
export async function page(probe: Probe, query: string): Promise<Page> {
  return pageOf(await probe.send('GET', `/Users?${query}`))
}

/** Takes a page; gives its nextCursor. Throws where there is none. */
export function cursorOf({ nextCursor }: Page): string {
  if (nextCursor === undefined) throw new Error('no nextCursor')
  return nextCursor
}

/** Follows the cursors of a query, ten pages at the most; gives the pages. */
export async function follow(probe: Probe, query: string): Promise<readonly Page[]> {
  const pages = [await page(probe, `cursor&${query}`)]
  for (let cursor = pages[0]?.nextCursor; cursor !== undefined && pages.length < 10;) {
    const next = await page(probe, `cursor=${cursor}&${query}`)
    pages.push(next)
    cursor = next.nextCursor
  }
  return pages
}

/** Puts so many people into the probe's connection at once: each by a request of its own would take long. */
export async function crowd(probe: Probe, size: number): Promise<void> {
  const document = sql`json_object('userName', 'crowd' || n.i, 'active', json('true'))`
  const now = new Date().toISOString()
  await database().write([
    sql`INSERT INTO resources (connection, id, type, version, created, modified, document, folded)
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${size})
      SELECT c.id, lower(hex(randomblob(16))), 'User', 1, ${now}, ${now}, ${document}, ${document}
        FROM n JOIN connections c ON c.id = ${probe.connection}`,
  ])
}
