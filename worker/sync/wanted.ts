import type { JsonObject } from '../scim/json.ts'
import type { Settings } from '../store/settings.ts'
import type { Override } from '../store/overrides.ts'
import type { Work } from '../store/work.ts'
import { changesOf, sendable } from '../targets/scim/changes.ts'
import type { Capabilities, Link, Wanted } from '../targets/target.ts'

/** What a delivery comes to before the target is asked: a state to bring about, nothing to do, or something not to be done. */
export type Aim =
  | {
      readonly kind: 'bring'
      readonly wanted: Wanted
      /** Why something else that is wanted is left out. */
      readonly held?: string
    }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'skip'; readonly words: string }
  /** All of it waits for its time or for an admin. */
  | { readonly kind: 'held'; readonly words: string }

/** What the aim of a delivery is worked out from. */
export type Aimed = Pick<Work, 'type' | 'document' | 'last' | 'link' | 'uncertain' | 'overrides'>

const skip = (words: string): Aim => ({ kind: 'skip', words })

/** The hold or the rejection of an attribute, if there is one. */
function over({ overrides }: Aimed, attribute: string): Override | undefined {
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
export function aimOf(work: Aimed, settings: Settings, can: Capabilities): Aim {
  return work.type === 'User' ? aimOfUser(work, settings, can) : aimOfGroup(work, settings, can)
}

function aimOfUser(work: Aimed, { switches, deletes }: Settings, can: Capabilities): Aim {
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
  const isKept = stays !== undefined && !isActive && !isLocked
  if (isKept && switches.update !== 'on') return kept(stays)
  const active = isKept ? wasActive : isActive
  // A switch is for what a provider asks: an admin’s lock goes through all the same.
  const letThrough = isLocked ? { ...switches, deactivate: 'on' as const } : switches
  return aimOfLinked({ ...document, active }, link, uncertain, letThrough, can)
}

function aimOfLinked(
  document: JsonObject,
  { confirmed }: Link,
  uncertain: boolean,
  switches: Settings['switches'],
  can: Capabilities,
): Aim {
  const [wasActive, isActive] = [confirmed['active'] !== false, document['active'] !== false]
  const moveHeld = isActive
    ? heldBy(
        switches.create === 'on',
        'Create Users',
        can.reactivate,
        'the target cannot be told to activate',
      )
    : heldBy(
        switches.deactivate === 'on',
        'Deactivate Users',
        can.suspend,
        'the target cannot suspend people',
      )
  const updateHeld = heldBy(
    switches.update === 'on',
    'Update User Attributes',
    can.update,
    'the target takes no change of attributes',
  )
  const isMoved = wasActive !== isActive
  const isUpdated = changesOf(
    { ...sendable(confirmed), active: isActive },
    { ...sendable(document), active: isActive },
  ).length
  const active = moveHeld === undefined ? isActive : wasActive
  const held = [...(isMoved ? [moveHeld] : []), ...(isUpdated > 0 ? [updateHeld] : [])].filter(
    (words) => words !== undefined,
  )
  const isLeft = active !== wasActive || (isUpdated > 0 && updateHeld === undefined) || uncertain
  if (held.length > 0 && !isLeft) return skip(held.join('; '))
  const profile: JsonObject = updateHeld === undefined ? document : confirmed
  const wanted: Wanted = { kind: 'present', document: { ...profile, active } }
  return held.length === 0 ? { kind: 'bring', wanted } : { kind: 'bring', wanted, held: held.join('; ') }
}

/** Why something is left out: its switch, or what the target can do. */
function heldBy(isOn: boolean, name: string, can: boolean, otherwise: string): string | undefined {
  if (!isOn) return `"${name}" is switched off`
  return can ? undefined : otherwise
}

/** A person with the userName and the e-mail addresses there were before a change of them that is held or rejected. */
function withKept(work: Aimed, document: JsonObject): JsonObject {
  return ['userName', 'emails'].reduce((so, name) => {
    const before = over(work, name)
    if (before === undefined) return so
    const { [name]: _, ...rest } = so
    return before.value === null ? rest : { ...rest, [name]: before.value }
  }, document)
}

function aimOfGroup(work: Aimed, { switches }: Settings, can: Capabilities): Aim {
  const { document, last, link, uncertain } = work
  if (document === undefined && link === undefined && !uncertain) return { kind: 'nothing' }
  // It was at the target before it was here, and is given back as it is.
  if (document === undefined && link?.origin === 'adopted') return { kind: 'nothing' }
  if (!can.groups) return skip('the target has no groups')
  if (switches.groups !== 'on') return skip('"Push Groups" is switched off')
  if (document === undefined) {
    const whole = over(work, '*')
    if (whole !== undefined) return kept(whole)
    return { kind: 'bring', wanted: { kind: 'absent', how: 'delete', document: last ?? {} } }
  }
  return { kind: 'bring', wanted: { kind: 'present', document } }
}
