import type { JsonObject } from '../scim/json.ts'
import type { Settings } from '../store/settings.ts'
import type { Work } from '../store/work.ts'
import type { Capabilities, Wanted } from '../targets/target.ts'

/** What a delivery comes to before the target is asked: a state to bring about, nothing to do, or something not to be done. */
export type Aim =
  | { readonly kind: 'bring'; readonly wanted: Wanted }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'skip'; readonly words: string }

const skip = (words: string): Aim => ({ kind: 'skip', words })

/**
 * Takes a delivery, how its connection is set up and what its target can do; gives what is to be brought about. What a
 * switch keeps back and what the target cannot do is left out, and where nothing is left, it is skipped with words.
 */
export function aimOf(work: Work, settings: Settings, can: Capabilities): Aim {
  return work.type === 'User' ? aimOfUser(work, settings, can) : aimOfGroup(work, settings, can)
}

function aimOfUser(
  { document, last, link, uncertain }: Work,
  { switches, deletes }: Settings,
  can: Capabilities,
): Aim {
  // Who never came to the target and has no access there is not made there, unless an earlier try may have done it.
  const isUnknown = link === undefined && !uncertain
  if (document === undefined) {
    if (isUnknown) return { kind: 'nothing' }
    if (switches.deactivate !== 'on') return skip('"Deactivate Users" is switched off')
    if (!can.suspend && !can.delete) return skip('the target can neither suspend nor delete people')
    const how = (deletes === 'delete' && can.delete) || !can.suspend ? 'delete' : 'suspend'
    return { kind: 'bring', wanted: { kind: 'absent', how, document: last ?? {} } }
  }
  const isActive = document['active'] !== false
  if (link === undefined) {
    if (!isActive && isUnknown) return { kind: 'nothing' }
    if (isActive && switches.create !== 'on') return skip('"Create Users" is switched off')
    return { kind: 'bring', wanted: { kind: 'present', document } }
  }
  const wasActive = link.confirmed['active'] !== false
  const mayMove = isActive
    ? switches.create === 'on' && can.reactivate
    : switches.deactivate === 'on' && can.suspend
  const active = mayMove ? isActive : wasActive
  const mayUpdate = switches.update === 'on' && can.update
  const kept: JsonObject = mayUpdate ? document : link.confirmed
  if (!mayUpdate && active === wasActive && active !== isActive) {
    return skip(isActive ? 'the target cannot be told to activate' : '"Deactivate Users" is switched off')
  }
  return { kind: 'bring', wanted: { kind: 'present', document: { ...kept, active } } }
}

function aimOfGroup(
  { document, last, link, uncertain }: Work,
  { switches }: Settings,
  can: Capabilities,
): Aim {
  if (document === undefined && link === undefined && !uncertain) return { kind: 'nothing' }
  // It was at the target before it was here, and is given back as it is.
  if (document === undefined && link?.origin === 'adopted') return { kind: 'nothing' }
  if (!can.groups) return skip('the target has no groups')
  if (switches.groups !== 'on') return skip('"Push Groups" is switched off')
  if (document === undefined) {
    return { kind: 'bring', wanted: { kind: 'absent', how: 'delete', document: last ?? {} } }
  }
  return { kind: 'bring', wanted: { kind: 'present', document } }
}
