import type { Prove } from '../auth/proof.ts'
import { readPatch } from '../scim/patch.ts'
import { userType } from '../scim/resourceTypes.ts'
import type { Database } from '../store/database.ts'
import { ADMIN } from '../store/admission.ts'
import { patchResource } from '../store/patch.ts'
import { loadStanding } from '../store/settings.ts'

/** What a release takes: the database, what makes MACs and proofs, and the id of the request. */
export type Release = {
  readonly database: Database
  readonly sign: (texts: readonly string[]) => Promise<string>
  readonly prove: Prove
  readonly id: string
  readonly at: Date
}

/** What it came to. `deactivated`: kept, and due at the target. `before`: the person was to be inactive already. */
export type Released = 'deactivated' | 'before'

/**
 * Takes the tools, a connection's id and a person's; deactivates the person here as an admin's own change, through the
 * write that a provider's goes through: with a change row, a receipt and a delivery that has right of way. The provider may
 * activate the person again. Throws 404, and 403 where the switch for it is off. Two trips.
 */
export async function release(
  { database, sign, prove, id, at }: Release,
  connection: string,
  person: string,
): Promise<Released> {
  const standing = await loadStanding(database, connection)
  const off = { op: 'replace', path: 'active', value: false, where: 'release' } as const
  const caller = { connection, token: ADMIN }
  const request = { caller, id, at, standing, sign, prove, isAdmin: true } as const
  const before = await patchResource(database, request, userType, person, readPatch(userType, [off]), {
    kind: 'only',
    paths: [],
  })
  return before.resource.modified === at.toISOString() ? 'deactivated' : 'before'
}
