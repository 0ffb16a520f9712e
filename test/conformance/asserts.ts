import { expect } from 'vitest'
import { at, type Answer } from '../bridge.ts'
import type { Probe } from './probe.ts'

export const USER = 'urn:ietf:params:scim:schemas:core:2.0:User'
export const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group'
export const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
export const LIST = 'urn:ietf:params:scim:api:messages:2.0:ListResponse'
export const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error'
export const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp'
export const SEARCH = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest'

/** A resource as an answer shows it. */
export type Shown = Readonly<Record<string, unknown>> & { readonly id: string }

/** Demands an error: its status, in HTTP and in the body, its form (RFC 7644 §3.12), and its scimType if one is named. */
export function isError(answer: Answer, status: number, scimType?: string): void {
  expect(answer.status).toBe(status)
  expect(answer.headers.get('content-type')).toBe('application/scim+json')
  expect(at(answer.body, 'schemas')).toEqual([ERROR])
  expect(at(answer.body, 'status')).toBe(String(status))
  expect(at(answer.body, 'detail')).toMatch(/\w/)
  if (scimType !== undefined) expect(at(answer.body, 'scimType')).toBe(scimType)
}

/** Demands a ListResponse; gives its resources. */
export function listed(answer: Answer): readonly Shown[] {
  expect(answer.status).toBe(200)
  expect(at(answer.body, 'schemas')).toEqual([LIST])
  expect(typeof at(answer.body, 'totalResults')).toBe('number')
  const resources = at(answer.body, 'Resources')
  return Array.isArray(resources) ? resources.map(shownOf) : []
}

/** Demands that a POST makes the resource; gives it. */
export async function created(probe: Probe, endpoint: string, body: object): Promise<Shown> {
  const answer = await probe.send('POST', endpoint, body)
  expect(answer.status, JSON.stringify(answer.body)).toBe(201)
  return shownOf(answer.body)
}

/** Demands a GET that finds the resource; gives it. */
export async function read(probe: Probe, path: string): Promise<Shown> {
  const answer = await probe.send('GET', path)
  expect(answer.status).toBe(200)
  return shownOf(answer.body)
}

/** Makes people of these names, in order; gives them. */
export async function people(probe: Probe, ...names: readonly string[]): Promise<readonly Shown[]> {
  const made: Shown[] = []
  for (const userName of names) made.push(await created(probe, '/Users', { schemas: [USER], userName }))
  return made
}

/** Takes operations; gives the body of a PATCH. */
export function patchOf(...operations: readonly object[]): object {
  return { schemas: [PATCH_OP], Operations: operations }
}

/** Takes the endpoint of a list and a filter; gives the path that asks for it. */
export function filtered(endpoint: string, filter: string): string {
  return `${endpoint}?filter=${encodeURIComponent(filter)}`
}

function shownOf(body: unknown): Shown {
  const id = at(body, 'id')
  if (typeof id !== 'string' || typeof body !== 'object' || body === null)
    throw new Error('no resource with an id')
  return { ...body, id }
}
