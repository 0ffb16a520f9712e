import type { JsonObject } from '../scim/json.ts'
import type { Settings } from '../store/settings.ts'
import type { Override, Work } from '../store/work.ts'
import type { Capabilities, Wanted } from '../targets/target.ts'

/** What a delivery comes to before the target is asked: a state to bring about, nothing to do, or something not to be done. */
export type Aim =
  | { readonly kind: 'bring'; readonly wanted: Wanted }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'skip'; readonly words: string }
  /** All of it waits for its time or for an admin. */
  | { readonly kind: 'held'; readonly words: string }

const skip = (words: string): Aim => ({ kind: 'skip', words })

/** The hold or the rejection of an attribute, if there is one. */
function over({ overrides }: Work, attribute: string): Override | undefined {
  return overrides.find(
    (one) => one.attribute === attribute && (one.kind === 'hold' || one.kind === 'reject'),
  )
}

/** What a delivery comes to of which everything is held or rejected. */
const kept = ({ kind, why }: Override): Aim => (kind === 'hold' ? { kind: 'held', words: why } : skip(why))

/**
 * Takes a delivery, how its connection is set up and what its target can do; gives what is to be brought about. What a
 * switch keeps back and what the target cannot do is left out, and where nothing is left, it is skipped with words. What is held
 * or rejected stays as it was, and whom an admin has locked is inactive whatever the provider wants.
 */
export function aimOf(work: Work, settings: Settings, can: Capabilities): Aim {
  return work.type === 'User' ? aimOfUser(work, settings, can) : aimOfGroup(work, settings, can)
}

function aimOfUser(work: Work, { switches, deletes }: Settings, can: Capabilities): Aim {
  const { last, link, uncertain, overrides } = work
  const document = work.document === undefined ? undefined : withKept(work, work.document)
  const stays = over(work, 'active')
  // Who never came to the target and has no access there is not made there, unless an earlier try may have done it.
  const isUnknown = link === undefined && !uncertain
  if (document === undefined) {
    if (isUnknown) return { kind: 'nothing' }
    if (stays !== undefined) return kept(stays)
    if (switches.deactivate !== 'on') return skip('"Deactivate Users" is switched off')
    if (!can.suspend && !can.delete) return skip('the target can neither suspend nor delete people')
    const how = (deletes === 'delete' && can.delete) || !can.suspend ? 'delete' : 'suspend'
    return { kind: 'bring', wanted: { kind: 'absent', how, document: last ?? {} } }
  }
  const isLocked = overrides.some(({ kind }) => kind === 'lock')
  const isActive = document['active'] !== false && !isLocked
  const whole = over(work, '*')
  if (whole !== undefined && isActive && link === undefined) return kept(whole)
  if (link === undefined) {
    if (!isActive && isUnknown) return { kind: 'nothing' }
    if (isActive && switches.create !== 'on') return skip('"Create Users" is switched off')
    return { kind: 'bring', wanted: { kind: 'present', document: { ...document, active: isActive } } }
  }
  const wasActive = link.confirmed['active'] !== false
  const mayMove = isActive
    ? switches.create === 'on' && can.reactivate
    : switches.deactivate === 'on' && can.suspend
  const isKept = stays !== undefined && !isActive && !isLocked
  const active = mayMove && !isKept ? isActive : wasActive
  const mayUpdate = switches.update === 'on' && can.update
  const profile: JsonObject = mayUpdate ? document : link.confirmed
  if (!mayUpdate && active === wasActive && active !== isActive) {
    if (isKept) return kept(stays)
    return skip(isActive ? 'the target cannot be told to activate' : '"Deactivate Users" is switched off')
  }
  return { kind: 'bring', wanted: { kind: 'present', document: { ...profile, active } } }
}

/** A person with the userName and the e-mail addresses there were before a change of them that is held or rejected. */
function withKept(work: Work, document: JsonObject): JsonObject {
  return ['userName', 'emails'].reduce((so, name) => {
    const before = over(work, name)
    if (before === undefined) return so
    const { [name]: _, ...rest } = so
    return before.value === null ? rest : { ...rest, [name]: before.value }
  }, document)
}

function aimOfGroup(work: Work, { switches }: Settings, can: Capabilities): Aim {
  const { document, last, link, uncertain } = work
  if (document === undefined && link === undefined && !uncertain) return { kind: 'nothing' }
  if (!can.groups) return skip('the target has no groups')
  if (switches.groups !== 'on') return skip('"Push Groups" is switched off')
  if (document === undefined) {
    const whole = over(work, '*')
    if (whole !== undefined) return kept(whole)
    return { kind: 'bring', wanted: { kind: 'absent', how: 'delete', document: last ?? {} } }
  }
  return { kind: 'bring', wanted: { kind: 'present', document } }
}
