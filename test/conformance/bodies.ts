import { expect } from 'vitest'
import { at } from '../bridge.ts'
import { created, ENTERPRISE, GROUP, patchOf, read, USER } from './asserts.ts'
import type { Probe } from './probe.ts'

/** Takes a userName and what else is to be sent; gives the body of a User. */
export function user(userName: string, more: object = {}): object {
  return { schemas: [USER], userName, ...more }
}

/** Takes a userName and what the enterprise extension is to say; gives the body of a User who has it. */
export function employee(userName: string, extension: object): object {
  return { schemas: [USER, ENTERPRISE], userName, [ENTERPRISE]: extension }
}

/** Takes a displayName and the ids of members; gives the body of a Group. */
export function group(displayName: string, ...ids: readonly string[]): object {
  return {
    schemas: [GROUP],
    displayName,
    ...(ids.length === 0 ? {} : { members: ids.map((value) => ({ value })) }),
  }
}

/** Demands that a person is made and read with these very attributes. */
export async function keeps(probe: Probe, sent: object): Promise<void> {
  const { id } = await created(probe, '/Users', user(crypto.randomUUID(), sent))
  expect(await read(probe, `/Users/${id}`)).toMatchObject(sent)
}

/** Demands that a PATCH of one operation is done: of a group silently, of a person with an answer. */
export async function patched(probe: Probe, path: string, operation: object): Promise<void> {
  const answer = await probe.send('PATCH', path, patchOf(operation))
  expect(answer.status, JSON.stringify(answer.body)).toBe(path.startsWith('/Groups') ? 204 : 200)
}

/** Takes a list; gives the values of its elements, as a set: members and groups come in no order. */
export function valuesOf(list: unknown): ReadonlySet<unknown> {
  return new Set(Array.isArray(list) ? list.map((element: unknown) => at(element, 'value')) : [])
}
