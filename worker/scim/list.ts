import { invalidValue, ScimError, type ScimType } from './error.ts'
import type { JsonObject } from './json.ts'

/**
 * A page that a client asks for, `count` resources at most: by place (`startIndex` counts from 1), or by cursor, the
 * first page where there is none yet (RFC 7644 §3.4.2.4, RFC 9865 §2).
 */
export type Page =
  | { readonly kind: 'index'; readonly startIndex: number; readonly count: number }
  | { readonly kind: 'cursor'; readonly cursor: string | undefined; readonly count: number | undefined }

/** How many resources a page has where the client names no count. Okta asks for 100. */
export const DEFAULT_COUNT = 100

/** How many resources a page has at the most; a larger count is cut down (RFC 7644 §3.4.2.4). */
export const MAX_COUNT = 1_000

/** How long a cursor is good, in seconds. */
export const CURSOR_TIMEOUT = 3_600

/**
 * Takes the parameters of paging; gives the page. Less than 1 is 1 as a start, a negative count is 0, a large one is cut
 * (RFC 7644 §3.4.2.4). Throws 400 invalidValue for what is no whole number (for a count beside a cursor invalidCount, RFC 9865
 * §2.1), and for both ways at once.
 */
export function readPage(asked: {
  readonly startIndex?: string | undefined
  readonly count?: string | undefined
  readonly cursor?: string | undefined
}): Page {
  const start = readInteger('startIndex', asked.startIndex)
  const count = readInteger(
    'count',
    asked.count,
    asked.cursor === undefined ? 'invalidValue' : 'invalidCount',
  )
  const most = count === undefined ? undefined : Math.min(MAX_COUNT, Math.max(0, count))
  if (asked.cursor === undefined) {
    return { kind: 'index', startIndex: Math.max(1, start ?? 1), count: most ?? DEFAULT_COUNT }
  }
  if (start !== undefined) throw invalidValue('startIndex', 'none beside a cursor')
  return { kind: 'cursor', cursor: asked.cursor === '' ? undefined : asked.cursor, count: most }
}

function readInteger(
  name: string,
  text: string | undefined,
  scimType: ScimType = 'invalidValue',
): number | undefined {
  if (text === undefined || text === '') return undefined
  if (!/^[+-]?\d+$/.test(text)) throw new ScimError(400, scimType, `${name}: expected a whole number`)
  return Math.max(-1, Math.min(Number(text), Number.MAX_SAFE_INTEGER))
}

/** Where a page of a list stands: by place, or with the cursor of the page behind it, if there is one. */
export type Place = { readonly startIndex: number } | { readonly nextCursor: string | undefined }

/** Takes resources of a page, where it stands, and how many match in all; gives a ListResponse (RFC 7644 §3.4.2). */
export function listResponse(
  resources: readonly JsonObject[],
  place: Place,
  totalResults: number,
): JsonObject {
  const { nextCursor, ...start } = { nextCursor: undefined, ...place }
  return {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
    totalResults,
    ...start,
    itemsPerPage: resources.length,
    ...(nextCursor === undefined ? {} : { nextCursor }),
    Resources: resources,
  }
}
