import { expect } from 'vitest'
import { created, GROUP, isError, patchOf, people, read, USER, type Shown } from './asserts.ts'
import type { Probe } from './probe.ts'
import type { Check } from './row.ts'

export const work = { value: 'anna@work.example.com', type: 'work' }
export const home = { value: 'anna@home.example.org', type: 'home' }

/** Four addresses to be told apart by a filter. */
export const addresses = [
  { type: 'work', locality: 'Bergen', region: 'Vestland' },
  { type: 'home', locality: 'Voss' },
  { type: 'other', locality: 'Oslo' },
  { type: 'other', locality: 'Bodø', region: 'Nordland' },
] as const

/** Filters over those, and the localities of those whom each finds. */
export const found: readonly (readonly [filter: string, localities: readonly string[]])[] = [
  ['type eq "HOME"', ['Voss']],
  ['type ne "other"', ['Bergen', 'Voss']],
  ['region ne "Vestland"', ['Voss', 'Oslo', 'Bodø']],
  ['locality co "Erge"', ['Bergen']],
  ['locality sw "o"', ['Oslo']],
  ['locality ew "O"', ['Oslo']],
  ['locality gt "Bodø"', ['Voss', 'Oslo']],
  ['locality ge "Bodø"', ['Voss', 'Oslo', 'Bodø']],
  ['locality lt "Bodø"', ['Bergen']],
  ['locality le "Bodø"', ['Bergen', 'Bodø']],
  ['region pr', ['Bergen', 'Bodø']],
  ['not (region pr)', ['Voss', 'Oslo']],
  ['type eq "home" or region sw "Nord"', ['Voss', 'Bodø']],
  ['type eq "other" and region pr', ['Bodø']],
  ['type eq "other" and not (region pr)', ['Oslo']],
  ['type eq "home" or type eq "other" and region pr', ['Voss', 'Bodø']],
  ['(type eq "home" or type eq "other") and region pr', ['Bodø']],
]

/** Makes a person who has these attributes beside a userName; gives the person and the path. */
export async function person(probe: Probe, more: object = {}): Promise<{ made: Shown; path: string }> {
  const made = await created(probe, '/Users', { schemas: [USER], userName: 'anna', ...more })
  return { made, path: `/Users/${made.id}` }
}

/** Makes people of these names, and a group of them; gives the ids and the group's path. */
export async function group(
  probe: Probe,
  ...names: readonly string[]
): Promise<{ ids: readonly string[]; path: string }> {
  const ids = (await people(probe, ...names)).map(({ id }) => id)
  const members = ids.map((value) => ({ value }))
  const { id } = await created(probe, '/Groups', { schemas: [GROUP], displayName: 'Guides', members })
  return { ids, path: `/Groups/${id}` }
}

/** Demands that the operations are taken; gives the resource as a GET shows it afterwards. */
export async function patched(probe: Probe, path: string, ...operations: readonly object[]): Promise<Shown> {
  const answer = await probe.send('PATCH', path, patchOf(...operations))
  expect(answer.status, JSON.stringify(answer.body)).toBe(path.startsWith('/Groups') ? 204 : 200)
  return read(probe, path)
}

/** Demands that each body is refused with 400 and this scimType, and that the resource stays as it is. */
export async function refusesBodies(
  probe: Probe,
  path: string,
  scimType: string,
  bodies: readonly object[],
): Promise<void> {
  const before = await read(probe, path)
  for (const body of bodies) isError(await probe.send('PATCH', path, body), 400, scimType)
  expect(await read(probe, path)).toEqual(before)
}

/** The test that each of the operations is refused with 400 and this scimType where a person has these attributes. */
export const refuses =
  (before: object, scimType: string, ...operations: readonly object[]): Check =>
  async (probe) => {
    const { path } = await person(probe, before)
    const bodies = operations.map((operation) => patchOf(operation))
    await refusesBodies(probe, path, scimType, bodies)
  }

/**
 * The test that a person who has these attributes has those after the operations, and all others as before. What is
 * undefined afterwards is not there.
 */
export const turns =
  (before: object, operations: readonly object[], after: object): Check =>
  async (probe) => {
    const { made, path } = await person(probe, before)
    expect(made).toMatchObject(before)
    const shown = await patched(probe, path, ...operations)
    expect({ ...shown, meta: undefined }).toEqual({ ...made, ...after, meta: undefined })
  }

/** The same connection an hour from now: whatever moves lastModified is seen. */
export const later = (probe: Probe): Promise<Probe> =>
  probe.where({ now: () => new Date(Date.now() + 3_600_000) })

/** Demands that the operations are taken and change nothing, version and lastModified among it. */
export async function changesNothing(
  probe: Probe,
  path: string,
  ...operations: readonly object[]
): Promise<void> {
  const before = await read(probe, path)
  expect(await patched(await later(probe), path, ...operations)).toEqual(before)
}
