import type { JsonObject } from '../scim/json.ts'
import { ScimError } from '../scim/error.ts'
import type { Undo } from '../store/undo.ts'
import type { Work } from '../store/work.ts'
import { workSince, type Attempted } from './attempt.ts'

/** Takes what a try came to; gives what the provider is answered, undefined where its request stands as it is. */
export function refusalOf(tried: Attempted): ScimError | undefined {
  if (tried.kind === 'never') {
    const { words, scimType, status } = tried
    if (scimType === 'uniqueness') return new ScimError(409, 'uniqueness', words, {}, 'target_taken')
    if (status !== undefined) return new ScimError(status, undefined, words, {}, 'target_refused')
    const keyword = scimType === 'mutability' ? scimType : 'invalidValue'
    return new ScimError(400, keyword, words, {}, 'target_refused')
  }
  if (tried.kind !== 'done' || tried.refused === undefined || tried.refused.length === 0) return undefined
  const { refused, memberships } = tried
  const [first] = refused
  const ids = refused.map(({ remote }) => memberships.memberOf.get(remote) ?? remote)
  const detail = `members: the target did not take ${ids.slice(0, 10).join(', ')}${ids.length > 10 ? ` and ${ids.length - 10} more` : ''}; the rest is done. ${first?.words ?? ''}`
  return new ScimError(400, 'invalidValue', detail.trim(), {}, 'target_members')
}

/**
 * Takes a delivery that its own request is waiting for, and what the try came to; gives what is taken back at the bridge:
 * only the part that was refused, and never that somebody is to lose access.
 */
export function undoOf(work: Work, tried: Attempted): Undo | undefined {
  if (tried.kind === 'done' && tried.refused !== undefined && tried.refused.length > 0) {
    const members = tried.refused.flatMap(({ remote }) => tried.memberships.memberOf.get(remote) ?? [])
    return { kind: 'members', members }
  }
  if (tried.kind !== 'never' || workSince(work, tried).takesAccess || work.document === undefined)
    return undefined
  const { before, document } = work
  if (before !== undefined) return { kind: 'document', document: restored(before, document, tried.attribute) }
  return work.kind === 'create'
    ? { kind: 'create' }
    : { kind: 'members', members: work.members.map(({ member }) => member) }
}

/** One attribute as it was, where the target named one that changed; else everything. */
function restored(before: JsonObject, after: JsonObject, attribute: string | undefined): JsonObject {
  if (attribute === undefined) return before
  const same = JSON.stringify(before[attribute]) === JSON.stringify(after[attribute])
  if (same) return before
  const { [attribute]: _, ...rest } = after
  const former = before[attribute]
  return former === undefined ? rest : { ...rest, [attribute]: former }
}
