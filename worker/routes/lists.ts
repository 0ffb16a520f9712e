import * as v from 'valibot'
import { sealOf } from '../auth/seal.ts'
import { callerOf, requestOf, type AppContext, type Parts } from '../context.ts'
import { ScimError } from '../scim/error.ts'
import { invalidFilter } from '../scim/filter.ts'
import { CURSOR_TIMEOUT, DEFAULT_COUNT, listResponse } from '../scim/list.ts'
import { readQuery, type Asked, type Query } from '../scim/query.ts'
import { readingOf } from '../scim/reading.ts'
import { resolveFilters } from '../scim/resolve.ts'
import { represent } from '../scim/representation.ts'
import type { ResourceType } from '../scim/schema.ts'
import { isStrict } from '../store/admission.ts'
import { listResources, position } from '../store/lists.ts'
import type { Start } from '../store/listPlan.ts'
import { answer } from './answer.ts'
import { inOrder } from './order.ts'

/** What a sealed cursor holds: whose it is, for which query, how long its pages are, and where the last one ended. */
const cursorContent = v.object({
  connection: v.string(),
  query: v.string(),
  count: v.number(),
  position,
})

/**
 * Takes the app's parts, the base path and the kinds of resource that are listed; gives what answers a list, by place or by
 * cursor (RFC 7644 §3.4.2, RFC 9865), from what is asked in a URL or in a body.
 */
export function lister(
  parts: Parts,
  basePath: string,
  types: readonly ResourceType[],
): (c: AppContext, asked: () => Asked | Promise<Asked>) => Promise<Response> {
  const cursors = sealOf(parts.config.keys, 'cursor')

  const startOf = async (c: AppContext, query: Query, identity: string): Promise<[Start, number]> => {
    const { page } = query
    if (page.kind === 'index') return [{ kind: 'offset', offset: page.startIndex - 1 }, page.count]
    if (page.cursor === undefined) return [{ kind: 'offset', offset: 0 }, page.count ?? DEFAULT_COUNT]
    const opened = await cursors.open(page.cursor, c.get('at'))
    if (opened.kind === 'expired') {
      throw new ScimError(
        400,
        'expiredCursor',
        `cursor: expected one of the last ${CURSOR_TIMEOUT} seconds. Start anew.`,
      )
    }
    const read = v.safeParse(cursorContent, opened.kind === 'good' ? opened.value : undefined)
    const isOurs = read.success && read.output.connection === callerOf(c).connection
    if (!read.success || !isOurs || read.output.query !== identity) {
      throw new ScimError(
        400,
        'invalidCursor',
        'cursor: expected the nextCursor of an answer to this same query',
      )
    }
    const { count, position: last } = read.output
    if (page.count !== undefined && page.count !== count) {
      throw new ScimError(400, 'invalidCount', `count: expected ${count} as on the first page, or none`)
    }
    return [{ kind: 'behind', ...last }, count]
  }

  return (c, asked) => {
    const [only] = types
    const type = types.length === 1 ? only : undefined
    return inOrder(c, { type, access: 'read' }, async () => {
      const wanted = await asked()
      const query = readQuery(types, wanted)
      const identity = query.page.kind === 'cursor' ? await identityOf(types, wanted) : ''
      const [start, count] = await startOf(c, query, identity)
      const reading = readingOf('tolerant')
      if (query.filter?.dotted === true) reading.quirks.add('filter_dotted')
      const request = { ...requestOf(c), reading }
      const page = await listResources(c.get('database'), request, query, start, count).catch(
        (error: unknown) => {
          if (!isStrict(error)) throw error
          // Read anew by the letter, the filter says what is wrong with it.
          if (query.filter !== undefined) resolveFilters(types, query.filter.filter, readingOf('strict'))
          throw invalidFilter('expected "and", "or" or the end behind "]"')
        },
      )
      const { resources, total, last } = page
      // A read writes nothing: what it has to count is counted here, and written down with others (record.ts).
      c.set('quirks', reading.quirks)
      const base = `${c.get('origin')}${basePath}`
      const list = resources.map(({ type: kind, resource }) =>
        represent(kind, resource, base, query.selections[types.indexOf(kind)] ?? { kind: 'default' }),
      )
      if (query.page.kind === 'index') {
        return answer(200, listResponse(list, { startIndex: query.page.startIndex }, total))
      }
      const { connection } = callerOf(c)
      const content = { connection, query: identity, count, position: last }
      const ends = new Date(c.get('at').getTime() + CURSOR_TIMEOUT * 1_000)
      const nextCursor = last === undefined || count === 0 ? undefined : await cursors.seal(content, ends)
      return answer(200, listResponse(list, { nextCursor }, total))
    })
  }
}

/** What tells one query from another: a cursor is good for its own only. */
async function identityOf(types: readonly ResourceType[], asked: Asked): Promise<string> {
  const { filter = '', sortBy = '', sortOrder = '' } = asked
  const text = JSON.stringify([types.map(({ name }) => name), filter, sortBy, sortOrder])
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return Array.from(new Uint8Array(digest).slice(0, 16), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  )
}

/** Takes a context; gives what its URL asks of a list. */
export function askedInUrl(c: AppContext): () => Asked {
  return () => ({
    filter: c.req.query('filter'),
    sortBy: c.req.query('sortBy'),
    sortOrder: c.req.query('sortOrder'),
    startIndex: c.req.query('startIndex'),
    count: c.req.query('count'),
    cursor: c.req.query('cursor'),
    attributes: c.req.queries('attributes')?.join(','),
    excludedAttributes: c.req.queries('excludedAttributes')?.join(','),
  })
}
