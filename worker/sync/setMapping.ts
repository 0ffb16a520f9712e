import type { Difference } from '../scim/difference.ts'
import { previewMapping, readMapping } from '../scim/mapping.ts'
import type { ResourceType } from '../scim/schema.ts'
import { clearAlarms } from '../store/alarms.ts'
import type { Database } from '../store/database.ts'
import { findPerson } from '../store/people.ts'
import { makeAllDue } from '../store/resync.ts'
import { loadStanding, saveSettings } from '../store/settings.ts'

/** What a mapping is set with: the kinds of resources, what makes MACs, fresh ids, and the clock. */
export type MappingTools = {
  readonly types: readonly ResourceType[]
  readonly sign: (texts: readonly string[]) => Promise<string>
  readonly newId: () => string
  readonly now: () => Date
}

/** What came of it: the mapping is set, and so many resources are due with it; or all its faults. */
export type MappingSet =
  | { readonly kind: 'set'; readonly rules: number; readonly due: number }
  | { readonly kind: 'faults'; readonly faults: readonly string[] }

/**
 * Takes the database, a connection's id, the mapping as an admin wrote it, and the tools; keeps it where it has no fault. Everything
 * is then due: what the target has is what the mapping before made of it. Once to save, then two trips for each 500 resources.
 */
export async function setMapping(
  database: Database,
  connection: string,
  value: unknown,
  { types, sign, newId, now }: MappingTools,
): Promise<MappingSet> {
  const read = readMapping(types, value)
  if (read.kind === 'faults') return read
  const standing = await loadStanding(database, connection)
  const mapping = [...read.mapping]
  const saved = await saveSettings(database, connection, standing, { ...standing.settings, mapping })
  if (saved === undefined) {
    return { kind: 'faults', faults: ['somebody else changed the settings at the same time: try again'] }
  }
  await clearAlarms(database, connection, 'mapping', now())
  const { target } = saved.settings
  const rules = mapping.length
  if (target === undefined) return { kind: 'set', rules, due: 0 }
  const resync = { connection, target: target.id, request: newId(), sign, at: now() }
  return { kind: 'set', rules, due: await makeAllDue(database, resync) }
}

/** What a mapping does to a person, attribute by attribute; or its faults, or that there is no such person. */
export type Preview =
  | { readonly kind: 'preview'; readonly userName: string; readonly differences: readonly Difference[] }
  | { readonly kind: 'faults'; readonly faults: readonly string[] }

/**
 * Takes the database, a connection's id, a userName or an id, a mapping as an admin wrote it, and the kinds of resources; gives
 * what the mapping makes of that person. Nothing is kept. One trip.
 */
export async function previewOn(
  database: Database,
  connection: string,
  person: string,
  value: unknown,
  types: readonly ResourceType[],
): Promise<Preview> {
  const read = readMapping(types, value)
  if (read.kind === 'faults') return read
  const document = await findPerson(database, connection, person)
  const type = types.find(({ isPerson }) => isPerson)
  if (document === undefined || type === undefined) {
    return { kind: 'faults', faults: [`there is no person ${person} in this connection`] }
  }
  const differences = previewMapping(type, read.mapping, document)
  const { userName } = document
  return { kind: 'preview', userName: typeof userName === 'string' ? userName : person, differences }
}
