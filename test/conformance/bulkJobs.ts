import { expect } from 'vitest'
import { at, type Answer } from '../bridge.ts'
import { ERROR, GROUP, patchOf, USER } from './asserts.ts'
import type { Probe } from './probe.ts'

export const BULK_REQUEST = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest'
const BULK_RESPONSE = 'urn:ietf:params:scim:api:messages:2.0:BulkResponse'

/** Sends a job of these operations. */
export function sendJob(probe: Probe, operations: readonly object[], more: object = {}): Promise<Answer> {
  return probe.send('POST', '/Bulk', { schemas: [BULK_REQUEST], Operations: operations, ...more })
}

/** Demands that a job of these operations is carried out; gives its results. */
export async function job(
  probe: Probe,
  operations: readonly object[],
  more: object = {},
): Promise<readonly unknown[]> {
  const answer = await sendJob(probe, operations, more)
  expect([answer.status, at(answer.body, 'schemas')]).toEqual([200, [BULK_RESPONSE]])
  const results = at(answer.body, 'Operations')
  if (!Array.isArray(results)) throw new Error('no results')
  return results
}

/** Takes a bulkId, which is its userName too, and more of its data; gives the POST of a person. */
export function userOf(bulkId: string, data: object = {}) {
  return { method: 'POST', path: '/Users', bulkId, data: { schemas: [USER], userName: bulkId, ...data } }
}

/** Takes a bulkId, which is its displayName too, and the bulkIds of members; gives the POST of a group. */
export function groupOf(bulkId: string, ...members: readonly string[]) {
  const named = members.map((member) => ({ value: `bulkId:${member}` }))
  const data = { schemas: [GROUP], displayName: bulkId, members: named }
  return { method: 'POST', path: '/Groups', bulkId, data }
}

/** Takes a path and operations; gives the PATCH. */
export function patching(path: string, ...operations: readonly object[]) {
  return { method: 'PATCH', path, data: patchOf(...operations) }
}

/** Takes results; gives their statuses. */
export function statuses(results: readonly unknown[]): readonly unknown[] {
  return results.map((result) => at(result, 'status'))
}

/** Takes results and a place among them; gives the id in its location. */
export function idAt(results: readonly unknown[], index: number): string {
  const id = /[^/]+$/.exec(String(at(results[index], 'location')))?.[0]
  if (id === undefined) throw new Error(`no location in result ${index}`)
  return id
}

/** Demands a result that failed: its status as a text, and the error of RFC 7644 §3.12 as its response. */
export function refusedOf(result: unknown, status: number, scimType?: string): void {
  const error = { schemas: [ERROR], status: String(status), detail: expect.stringMatching(/\w/) as unknown }
  expect(result).toMatchObject({
    status: String(status),
    response: scimType === undefined ? error : { ...error, scimType },
  })
}
