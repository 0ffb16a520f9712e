import type { Database } from '../store/database.ts'
import { repair, type Mend } from '../store/repair.ts'
import type { Resync } from '../store/resync.ts'
import type { Found } from './findings.ts'

/** How many resources are mended in one trip. */
const AT_ONCE = 100

/**
 * Takes the database, a connection with its target, and findings; makes what can be mended due, each resource once. Gives the
 * ids of what is due now: what somebody is just bringing there is not among them.
 */
export async function repairFound(
  open: () => Database,
  resync: Resync,
  found: readonly Found[],
): Promise<readonly string[]> {
  const mends = [...merged(found.flatMap(({ mend }) => mend ?? [])).values()]
  const due: string[] = []
  for (let at = 0; at < mends.length; at += AT_ONCE)
    due.push(...(await repair(open(), resync, mends.slice(at, at + AT_ONCE))))
  return due
}

/** Several findings of one resource are one mend. */
function merged(mends: readonly Mend[]): ReadonlyMap<string, Mend> {
  const all = new Map<string, Mend>()
  for (const mend of mends) {
    const before = all.get(mend.resource)
    const members = [...(before?.members ?? []), ...(mend.members ?? [])]
    const takesAccess = before?.takesAccess === true || mend.takesAccess === true
    all.set(mend.resource, { ...before, ...mend, members, takesAccess })
  }
  return all
}
