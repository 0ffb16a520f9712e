import { dependsOnDocument, settle } from '../scim/constraints.ts'
import type { Edit } from '../scim/edit.ts'
import { foldDocument } from '../scim/fold.ts'
import type { JsonObject } from '../scim/json.ts'
import { membersChange } from '../scim/members.ts'
import { applySteps, valuesOf, type Patch } from '../scim/patch.ts'
import type { ResourceType } from '../scim/schema.ts'
import type { Selection } from '../scim/selection.ts'
import type { Request } from './admission.ts'
import { changeResource, type Change } from './change.ts'
import type { Database } from './database.ts'
import { editsSql, replacementSql } from './documentSql.ts'
import { workOut } from './workOut.ts'
import type { Changed } from './writing.ts'

/**
 * Takes a request, a kind of resource, an id, a PATCH and what to show; gives the resource after it. Steps that say by
 * themselves what comes out are one trip. Others (value paths, add to a list, what may be set only once) are worked out
 * from the resource as it is, in a second trip that is refused when there is a newer version. Throws as workOut.
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
  const change: Change = {
    kind: 'patch',
    named,
    values: valuesOf(patch),
    ...(members === undefined ? {} : { members }),
  }
  const edits = steps.flatMap((step): Edit[] => (step.kind === 'edit' ? [step.edit] : []))
  const isPlain = !steps.some((step) => step.kind === 'elements')
  if (isPlain && !edits.some(({ path, value }) => dependsOnDocument(type, path, value))) {
    const last = (name: string) => edits.findLast(({ path }) => path[0] === name)?.value
    const becomes = { displayName: last('displayName'), userName: last('userName'), active: last('active') }
    return changeResource(
      database,
      request,
      type,
      id,
      { ...change, ...becomes, document: editsSql(edits) },
      selection,
    )
  }
  const work = (before: JsonObject): Change => {
    const next = settle(type, before, applySteps(before, steps, request.reading), named)
    const { displayName, userName } = next
    const active = named.has('active') ? next['active'] : undefined
    return {
      ...change,
      displayName,
      userName,
      active,
      document: replacementSql(next, foldDocument(type, next), []),
    }
  }
  return workOut(database, request, type, id, work, selection)
}
