import { invalidValue } from './error.ts'
import type { JsonObject } from './json.ts'

/** A page that a client asks for: `startIndex` counts from 1, `count` is how many resources at most. */
export type Page = { readonly startIndex: number; readonly count: number }

/** How many resources a page has where the client names no count. Okta asks for 100. */
export const DEFAULT_COUNT = 100

/** How many resources a page has at the most; a larger count is cut down (RFC 7644 §3.4.2.4). */
export const MAX_COUNT = 1_000

/**
 * Takes the parameters `startIndex` and `count`; gives the page (RFC 7644 §3.4.2.4: less than 1 is 1, a negative count
 * is 0). Throws 400 invalidValue for what is no whole number.
 */
export function readPage(startIndex: string | undefined, count: string | undefined): Page {
  return {
    startIndex: Math.max(1, readInteger('startIndex', startIndex) ?? 1),
    count: Math.min(MAX_COUNT, Math.max(0, readInteger('count', count) ?? DEFAULT_COUNT)),
  }
}

function readInteger(name: string, text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined
  if (!/^[+-]?\d+$/.test(text)) throw invalidValue(name, 'a whole number')
  return Math.max(-1, Math.min(Number(text), Number.MAX_SAFE_INTEGER))
}

/** Takes resources of a page, where it starts, and how many match in all; gives a ListResponse (RFC 7644 §3.4.2). */
export function listResponse(
  resources: readonly JsonObject[],
  startIndex: number,
  totalResults: number,
): JsonObject {
  return {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
    totalResults,
    startIndex,
    itemsPerPage: resources.length,
    Resources: resources,
  }
}
