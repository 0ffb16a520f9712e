import type { Edit } from '../scim/edit.ts'
import { foldDocument } from '../scim/fold.ts'
import { membersChange } from '../scim/members.ts'
import { applySteps, type Patch } from '../scim/patch.ts'
import { ScimError } from '../scim/error.ts'
import type { ResourceType } from '../scim/schema.ts'
import type { Selection } from '../scim/selection.ts'
import { admission, admit, isStale, type Request } from './admission.ts'
import { changeResource, type Change } from './change.ts'
import { pause, sql, type Database } from './database.ts'
import { editsSql, replacementSql } from './documentSql.ts'
import type { Changed } from './writing.ts'
import { firstResource, needFor, resourceSql } from './resources.ts'

/** How often a PATCH is worked out anew because somebody else wrote in between. */
const MOST_TRIES = 20

/**
 * Takes a request, a kind of resource, an id, a PATCH and what to show; gives the resource after it. Steps that say by
 * themselves what comes out are one trip. Others (value paths, add to a list) are worked out from the resource as it
 * is, in a second trip that is refused when there is a newer version. Throws as changeResource.
 */
export async function patchResource(
  database: Database,
  request: Request,
  type: ResourceType,
  id: string,
  patch: Patch,
  selection: Selection,
): Promise<Changed> {
  const { steps, named } = patch
  const members = membersChange(steps.flatMap((step) => (step.kind === 'members' ? [step.operation] : [])))
  const change: Change = { kind: 'patch', named, ...(members === undefined ? {} : { members }) }
  const edits = steps.flatMap((step): Edit[] => (step.kind === 'edit' ? [step.edit] : []))
  if (!steps.some((step) => step.kind === 'elements')) {
    return changeResource(database, request, type, id, { ...change, document: editsSql(edits) }, selection)
  }
  for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
    const [admitted, found] = await database.read([
      admission(request, needFor(type, 'write')),
      resourceSql(request, type, sql`r.id = ${id}`, { kind: 'only', paths: [] }),
    ])
    admit(admitted)
    const current = firstResource(found)
    const next = applySteps(current.document, steps, request.reading)
    const document = replacementSql(next, foldDocument(type, next), [])
    try {
      const worked = { ...change, document, version: current.version }
      return await changeResource(database, request, type, id, worked, selection)
    } catch (error) {
      if (!isStale(error)) throw error
      await pause(tries)
    }
  }
  throw new ScimError(
    503,
    undefined,
    'Others keep changing this resource. Send the request again in a moment.',
    {
      'retry-after': '1',
    },
  )
}
