import { expect } from 'vitest'
import { at, objectOf } from '../bridge.ts'
import { listed, patchOf, SEARCH } from './asserts.ts'
import type { Probe } from './probe.ts'

export type Representation = Readonly<Record<string, unknown>>

/** What a request asks to be shown: names with commas between. */
export type AskedShown = { readonly attributes: string } | { readonly excludedAttributes: string }

/**
 * Takes an endpoint, the body of a resource and what is asked to be shown; makes the resource, the first at its
 * endpoint. Gives it as every operation shows it: POST, GET, list, search, PUT, and PATCH by the operation named.
 */
export async function everyRepresentation(
  probe: Probe,
  endpoint: string,
  body: object,
  asked?: AskedShown,
  operation: object = { op: 'replace', path: 'displayName', value: 'Other' },
): Promise<readonly Representation[]> {
  const query = asked === undefined ? '' : `?${new URLSearchParams(asked).toString()}`
  const names = Object.entries(asked ?? {}).map(([name, value]) => [name, value.split(',')])
  const made = await probe.send('POST', `${endpoint}${query}`, body)
  expect(made.status, JSON.stringify(made.body)).toBe(201)
  const own = `${endpoint}/${String(at(made.body, 'id'))}${query}`
  const search = { schemas: [SEARCH], ...Object.fromEntries(names) }
  const got = await probe.send('GET', own)
  const lists = [
    listed(await probe.send('GET', `${endpoint}${query}`)),
    listed(await probe.send('POST', `${endpoint}/.search`, search)),
  ]
  expect(lists.map(({ length }) => length)).toEqual([1, 1])
  const put = await probe.send('PUT', own, body)
  const patched = await probe.send('PATCH', own, patchOf(operation))
  expect([got, put, patched].map(({ status }) => status)).toEqual([200, 200, 200])
  return [...[made, got, put, patched].map(objectOf), ...lists.flat()]
}
