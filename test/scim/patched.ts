import type { MembersOperation } from '../../worker/scim/members.ts'
import { applySteps, readOperations, readPatch, type Patch } from '../../worker/scim/patch.ts'
import { groupType, userType } from '../../worker/scim/resourceTypes.ts'
import type { ResourceType } from '../../worker/scim/schema.ts'
import type { JsonObject } from '../../worker/scim/json.ts'

/** Takes a kind of resource and the operations of a PATCH as sent; gives the PATCH as read. */
export function patchOf(type: ResourceType, operations: readonly unknown[]): Patch {
  const schemas = ['urn:ietf:params:scim:api:messages:2.0:PatchOp']
  return readPatch(type, readOperations({ schemas, Operations: operations }))
}

/** Takes a person's document and operations as sent; gives the document after them. */
export function patched(document: JsonObject, ...operations: readonly unknown[]): JsonObject {
  return applySteps(document, patchOf(userType, operations).steps)
}

/** Takes operations on a group as sent; gives those on its members. */
export function membersPatched(...operations: readonly unknown[]): readonly MembersOperation[] {
  const { steps } = patchOf(groupType, operations)
  return steps.flatMap((step) => (step.kind === 'members' ? [step.operation] : []))
}
