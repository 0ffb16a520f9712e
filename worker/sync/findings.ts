import { resourceTypes } from '../scim/resourceTypes.ts'
import { managerThere } from './manager.ts'
import { mapperOf } from './mapping.ts'
import type { JsonObject } from '../scim/json.ts'
import type { Kind, Pending, Side } from '../store/reconcile.ts'
import type { Mend } from '../store/repair.ts'
import type { Settings } from '../store/settings.ts'
import { differing, heldOf, isActive, without, type Differing } from '../targets/compare.ts'
import type { Account, Capabilities } from '../targets/target.ts'
import { aimOf, isLocked, type Aim, type Aimed } from './wanted.ts'

/** Whether a finding can be repaired from here; if not, why, in words. */
export type Repair = { readonly by: 'outbox' } | { readonly by: 'nobody'; readonly words: string }

/** What a finding is about. `id`: the resource at the bridge; `remote`: the account or group at the target; `pending`: what is on its way. */
export type Subject = {
  readonly id: string | undefined
  readonly remote: string | undefined
  readonly type: Kind
  readonly name: string
  readonly pending: Pending | undefined
  readonly repair: Repair
}

/**
 * What is not as it should be.
 * `active`: whether a person has access at the target, and whether they are to have it. `missing`: wanted, and not at the target.
 * `gone`: linked to what is not in the target's list any more. `differs`: attribute by attribute. `member`: of a group, wanted
 * and not there, or there and not wanted. `extra`: at the target, and linked to nobody here. `dead`, `waiting`: what else is not at
 * the target yet, given up or on its way. `unassigned`: active at the target, and not on the provider's list; `known`: how the
 * bridge has them, and since when. `assigned`: on the list, and not active at the target. `stale`: active here, and the
 * provider has said nothing of them since.
 */
export type Finding = Subject &
  (
    | {
        readonly kind: 'active'
        readonly wanted: boolean
        readonly shown: boolean
        readonly isDeleted: boolean
      }
    | { readonly kind: 'missing'; readonly words?: string }
    | { readonly kind: 'gone'; readonly isWanted: boolean }
    | { readonly kind: 'differs'; readonly attributes: readonly Differing[] }
    | {
        readonly kind: 'member'
        readonly is: 'missing' | 'extra'
        readonly member: string | undefined
        readonly memberRemote: string | undefined
        readonly memberName: string
        readonly words?: string
      }
    | { readonly kind: 'extra'; readonly isActive: boolean }
    | { readonly kind: 'dead' | 'waiting' }
    | {
        readonly kind: 'unassigned'
        readonly known: 'active' | 'inactive' | 'deleted' | 'never'
        readonly since: string | undefined
      }
    | { readonly kind: 'assigned'; readonly shown: 'inactive' | 'nobody' }
    | { readonly kind: 'stale'; readonly since: string; readonly isImported: boolean }
  )

/** A finding, and what makes it right, where something here can. */
export type Found = { readonly finding: Finding; readonly mend?: Mend }

/** How a connection is set up, and what its target can do. */
export type Against = { readonly settings: Settings; readonly can: Capabilities }

const nobody = (words: string): Repair => ({ by: 'nobody', words })

/** Takes a resource as the bridge has it and whether something can be done; gives what a finding says of it, and its repair. */
export function about(side: Side, repair: Repair = { by: 'outbox' }): Subject {
  const { document, last, link, delivery } = side
  const { userName, displayName } = document ?? last ?? link?.confirmed ?? {}
  const name = userName ?? displayName
  const isHeld = delivery?.state === 'held'
  return {
    id: side.resource,
    remote: link?.remote,
    type: side.type,
    name: typeof name === 'string' ? name : '',
    pending: delivery,
    repair: isHeld ? nobody('it is held by the guard: release or reject it there') : repair,
  }
}

/** Takes a subject and the mend of it; gives the mend where there is to be one. */
export function mended({ repair }: Subject, mend: Mend): { readonly mend?: Mend } {
  return repair.by === 'outbox' ? { mend } : {}
}

/** What is wanted whatever is switched off and whatever the target can do: what keeps it back is said with the finding. */
function idealOf(aimed: Aimed, { settings, can }: Against): Aim {
  const on = { create: 'on', update: 'on', deactivate: 'on', groups: 'on', import: 'on' } as const
  const able = { create: true, update: true, suspend: true, reactivate: true }
  return aimOf(aimed, { ...settings, switches: on }, { ...can, ...able })
}

const isSideLocked = ({ locks }: Side): boolean => isLocked({ overrides: locks })

const aimedOf = ({ type, document, last, link, manager, locks }: Side, { settings }: Against): Aimed => ({
  type,
  document: document && mapperOf(settings, resourceTypes)(type, managerThere(document, manager)),
  last,
  link: link && { ...link, origin: 'made' },
  uncertain: false,
  takesAccess: false,
  // What is held or rejected differs, and is shown. A lock is what is wanted.
  overrides: locks,
})

/** By nobody where it is not possible: because of a switch, or of what the target is. */
function unless(
  isPossible: boolean,
  aim: Aim,
  { settings }: Against,
  name: keyof Settings['switches'],
): Repair {
  if (isPossible) return { by: 'outbox' }
  if (aim.kind === 'skip') return nobody(aim.words)
  return nobody(
    settings.switches[name] === 'on'
      ? 'the target cannot do it'
      : `the switch "${name}" of the connection is off`,
  )
}

/**
 * Takes a linked resource, what the target shows of it, and how the connection is set up; gives what is not as wanted, and the
 * attributes that were not shown, which may be of a service that shows them to nobody.
 */
export function compareAccount(
  side: Side,
  { document: shown }: Pick<Account, 'document'>,
  against: Against,
): { readonly found: readonly Found[]; readonly unshown: readonly string[] } {
  const { link } = side
  const ideal = idealOf(aimedOf(side, against), against)
  if (link === undefined || ideal.kind !== 'bring') return { found: [], unshown: [] }
  const { wanted } = ideal
  const held = heldOf(wanted.document, link.confirmed, shown)
  const isShown = isActive(shown['active'] === undefined ? held.document : shown)
  const confirmed = side.type === 'User' ? { ...held.document, active: isShown } : held.document
  const real = aimOf(
    aimedOf({ ...side, link: { ...link, confirmed } }, against),
    against.settings,
    against.can,
  )
  const mend: Mend = { resource: side.resource, type: side.type, link: { ...link, confirmed } }
  const found: Found[] = []
  const isWanted = wanted.kind === 'present' && isActive(wanted.document)
  if (side.type === 'User' && isWanted !== isShown) {
    const isPossible =
      real.kind === 'bring' && (real.wanted.kind === 'absent' || isActive(real.wanted.document) === isWanted)
    const repair = unless(isPossible, real, against, isWanted ? 'create' : 'deactivate')
    // No hold keeps a lock waiting.
    const subject = isSideLocked(side) ? { ...about(side), repair } : about(side, repair)
    const isDeleted = side.document === undefined
    found.push({
      finding: { ...subject, kind: 'active', wanted: isWanted, shown: isShown, isDeleted },
      ...mended(subject, { ...mend, takesAccess: !isWanted }),
    })
  }
  if (wanted.kind === 'absent') return { found, unshown: [] }
  found.push(...differences(side, confirmed, wanted.document, real, mend, against))
  return { found, unshown: held.unshown }
}

/**
 * Takes a linked resource, attributes that the target shows of others and not of this one, and how the connection is set up; gives
 * what is not as wanted because of that: those attributes are not there.
 */
export function compareUnshown(side: Side, names: readonly string[], against: Against): readonly Found[] {
  const { link } = side
  const ideal = idealOf(aimedOf(side, against), against)
  if (link === undefined || ideal.kind !== 'bring' || ideal.wanted.kind === 'absent') return []
  const confirmed = without(link.confirmed, names)
  const real = aimOf(
    aimedOf({ ...side, link: { ...link, confirmed } }, against),
    against.settings,
    against.can,
  )
  const mend: Mend = { resource: side.resource, type: side.type, link: { ...link, confirmed } }
  const all = differences(side, confirmed, ideal.wanted.document, real, mend, against)
  return all.flatMap(({ finding, ...rest }) => {
    if (finding.kind !== 'differs') return []
    const attributes = finding.attributes.filter(({ attribute }) => names.includes(topOf(attribute, names)))
    return attributes.length === 0 ? [] : [{ finding: { ...finding, attributes }, ...rest }]
  })
}

const topOf = (attribute: string, names: readonly string[]): string =>
  names.find((name) => attribute === name || /^[.:]/.test(attribute.slice(name.length))) ?? attribute

function differences(
  side: Side,
  held: JsonObject,
  wanted: JsonObject,
  real: Aim,
  mend: Mend,
  against: Against,
): readonly Found[] {
  const attributes = differing(held, wanted)
  if (attributes.length === 0) return []
  const isPossible =
    real.kind === 'bring' && differing(held, real.wanted.document).length === attributes.length
  const name = side.type === 'User' ? 'update' : 'groups'
  const subject = about(side, unless(isPossible, real, against, name))
  return [{ finding: { ...subject, kind: 'differs', attributes }, ...mended(subject, mend) }]
}

/** Takes a resource that is linked to nothing at the target, and how the connection is set up; gives that it is missing, where it is wanted there. */
export function compareUnlinked(side: Side, against: Against): readonly Found[] {
  if (side.document === undefined || idealOf(aimedOf(side, against), against).kind !== 'bring') return []
  const real = aimOf(aimedOf(side, against), against.settings, against.can)
  const isPossible = real.kind === 'bring' && (side.type === 'Group' || against.can.create)
  const subject = about(side, unless(isPossible, real, against, side.type === 'User' ? 'create' : 'groups'))
  return [{ finding: { ...subject, kind: 'missing' }, ...mended(subject, mendOf(side)) }]
}

/** Takes a linked resource that the target's list does not have; gives that its link is gone. The delivery looks it up by name and decides. */
export function compareGone(side: Side, against: Against): readonly Found[] {
  const { link, document } = side
  if (link === undefined) return []
  const isWanted = document !== undefined && isActive(document) && !isSideLocked(side)
  const real = aimOf(aimedOf(side, against), against.settings, against.can)
  const subject = about(
    side,
    unless(real.kind === 'bring', real, against, side.type === 'User' ? 'create' : 'groups'),
  )
  return [{ finding: { ...subject, kind: 'gone', isWanted }, ...mended(subject, mendOf(side)) }]
}

/** Takes a resource of which nothing else is to be said; gives that something of it is on its way, or was given up. */
export function comparePending(side: Side): readonly Found[] {
  if (side.delivery === undefined || side.delivery.state === 'done') return []
  const isDead = side.delivery.state === 'dead' || side.delivery.state === 'skipped'
  const subject = about(side)
  return [{ finding: { ...subject, kind: isDead ? 'dead' : 'waiting' }, ...mended(subject, mendOf(side)) }]
}

/** Takes a resource; gives the mend that makes it due and leaves what was confirmed as it is. */
function mendOf({ resource, type, link }: Side): Mend {
  return { resource, type, ...(link === undefined ? {} : { link }) }
}

/** Takes a kind and what the target shows; gives that it is linked to nobody here. */
export function extraOf(type: Kind, { remote, document }: Account): Found {
  const { userName, displayName } = document
  const name = userName ?? displayName
  const subject = {
    id: undefined,
    remote,
    type,
    name: typeof name === 'string' ? name : '',
    pending: undefined,
    repair: nobody(
      type === 'User'
        ? 'never touched from here; what a create would do: npm run import -- --connection NAME --preview'
        : 'never touched from here; to manage it: npm run groups -- --connection NAME --select GROUP',
    ),
  }
  return { finding: { ...subject, kind: 'extra', isActive: isActive(document) } }
}
