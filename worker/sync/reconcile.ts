import { isUnassigned } from '../scim/json.ts'
import type { Database } from '../store/database.ts'
import {
  AT_ONCE,
  linkIds,
  linksThere,
  pendingIds,
  sidesOf,
  unlinkedIds,
  type Kind,
  type Scope,
  type Side,
} from '../store/reconcile.ts'
import type { Settings } from '../store/settings.ts'
import type { Outbound } from '../targets/outbound.ts'
import type { Account, Target } from '../targets/target.ts'
import {
  compareAccount,
  compareGone,
  comparePending,
  compareUnlinked,
  compareUnshown,
  extraOf,
  type Against,
  type Found,
} from './findings.ts'
import { compareHidden, type Uncompared } from './hiddenMembers.ts'
import { compareMembers, shownMembers } from './reconcileMembers.ts'

/**
 * What a comparison takes. `open` gives the database anew for each trip, as one takes longer than a request. `found` is told page by
 * page; `seen` is told of each page of people at the target with whom they are here, where that is known.
 */
export type Reconcile = {
  readonly open: () => Database
  readonly target: Target
  readonly send: Outbound
  readonly scope: Scope
  readonly settings: Settings
  readonly found: (page: readonly Found[]) => Promise<void>
  readonly seen?: (page: readonly SeenPerson[]) => Promise<void>
}

/** A person at the target, and the resource that it is here. */
export type SeenPerson = { readonly account: Account; readonly side: Side | undefined }

/**
 * How many there are at the target, and of which groups the members were not compared; or why nothing more can be said. `away`: what
 * was found until then is true, and no more is known.
 */
export type Reconciled =
  | {
      readonly kind: 'compared'
      readonly people: number
      readonly groups: number
      readonly uncompared?: Uncompared
    }
  | { readonly kind: 'cannot'; readonly words: string }
  | { readonly kind: 'away'; readonly words: string }

/** What is kept of the whole: ids, and of each account the names of what it did not show. */
type Seen = {
  /** By id at the target: the resource that is linked to it. */
  readonly links: Map<string, string>
  /** By id at the target: what was not shown of it. */
  readonly accounts: Map<string, readonly string[]>
  /** What was shown of anybody: only then does it mean something that it is not shown. */
  readonly names: Set<string>
}

const newSeen = (): Seen => ({ links: new Map(), accounts: new Map(), names: new Set() })

/** Nothing is shown of the members of a group. */
const MEMBERS = 'members'

/**
 * Takes what a comparison takes; compares the target's people and groups with the bridge's, first what the target lists, page by page,
 * then what it did not list. Nobody is missed before the list is at its end.
 */
export async function reconcile(parts: Reconcile): Promise<Reconciled> {
  const { open, target, scope, settings, found } = parts
  const { capabilities: can } = target
  if (!can.list)
    return { kind: 'cannot', words: 'this kind of target cannot be read, and so not be compared' }
  const against: Against = { settings, can }
  const all: Readonly<Record<Kind, Seen>> = { User: newSeen(), Group: newSeen() }
  const touched = new Set<string>()
  const tell = async (page: readonly Found[]) => {
    for (const { finding } of page) if (finding.id !== undefined) touched.add(finding.id)
    if (page.length > 0) await found(page)
  }
  for await (const page of linkIds(open, scope))
    for (const { type, remote, resource } of page) all[type].links.set(remote, resource)
  const types = can.groups ? (['User', 'Group'] as const) : (['User'] as const)
  for (const type of types) {
    const words = await compareListed({ ...parts, found: tell }, against, type, all)
    if (words !== undefined) return { kind: 'away', words }
  }
  for (const type of types) {
    await compareRest({ ...parts, found: tell }, against, type, all)
    for await (const page of unlinkedIds(open, scope, type))
      for await (const sides of sidesByPage(open, scope, page))
        await tell(
          sides.filter((side) => side.link === undefined).flatMap((one) => compareUnlinked(one, against)),
        )
  }
  const { links, accounts, names } = all.Group
  const hidden = [...accounts].flatMap(([remote, unshown]) => {
    const id = links.get(remote)
    return id !== undefined && unshown.includes(MEMBERS) ? [{ id, remote }] : []
  })
  const uncompared =
    names.has(MEMBERS) || hidden.length === 0
      ? undefined
      : await compareHidden(hidden, { ...toolsOf(parts, all), target, send: parts.send, found: tell })
  for await (const page of pendingIds(open, scope))
    for await (const sides of sidesByPage(
      open,
      scope,
      page.filter((id) => !touched.has(id)),
    ))
      await tell(sides.flatMap(comparePending))
  const counts = { people: all.User.accounts.size, groups: accounts.size }
  return { kind: 'compared', ...counts, ...(uncompared === undefined ? {} : { uncompared }) }
}

async function* sidesByPage(open: () => Database, scope: Scope, ids: readonly string[]) {
  for (let at = 0; at < ids.length; at += AT_ONCE)
    yield await sidesOf(open(), scope, ids.slice(at, at + AT_ONCE))
}

/** Gives nothing where the target listed everything, else why not. */
async function compareListed(
  parts: Reconcile,
  against: Against,
  type: Kind,
  all: Readonly<Record<Kind, Seen>>,
): Promise<string | undefined> {
  const { open, target, send, scope, found, seen } = parts
  const { links, accounts, names } = all[type]
  for (let next: string | undefined, isFirst = true; isFirst || next !== undefined; isFirst = false) {
    const page = await target.list(type, next, send)
    if ('kind' in page) return page.words
    // Pages shift while they are read: nobody counts twice.
    const fresh = page.accounts.filter(
      ({ remote }, at) =>
        !accounts.has(remote) && page.accounts.findIndex((other) => other.remote === remote) === at,
    )
    const unknown = fresh.filter(({ remote }) => !links.has(remote)).map(({ remote }) => remote)
    // Whoever was linked meanwhile is no stranger.
    const since = new Map((await linksThere(open(), scope, type, unknown)).map((one) => [one.remote, one]))
    for (const { remote, resource, isOurs } of since.values()) if (isOurs) links.set(remote, resource)
    const ids = fresh.flatMap(({ remote }) => links.get(remote) ?? [])
    const sides = new Map((await sidesInPages(open, scope, ids)).map((side) => [side.resource, side]))
    const results: Found[] = []
    const people: SeenPerson[] = []
    for (const account of fresh) {
      const { remote, document } = account
      for (const [name, value] of Object.entries(document)) if (!isUnassigned(value)) names.add(name)
      accounts.set(remote, [])
      const owner = links.get(remote)
      const side = owner === undefined ? undefined : sides.get(owner)
      people.push({ account, side })
      // What another connection has there is that one's to compare.
      if (owner === undefined && !since.has(remote)) results.push(extraOf(type, account))
      // The link has gone elsewhere meanwhile.
      if (side?.link?.remote !== remote) continue
      const compared = compareAccount(side, account, against)
      const members = type === 'Group' && side.document !== undefined ? shownMembers(document) : []
      if (members !== undefined && type === 'Group' && side.document !== undefined)
        results.push(...(await compareMembers(side, members, toolsOf(parts, all))))
      results.push(...compared.found)
      accounts.set(remote, members === undefined ? [...compared.unshown, MEMBERS] : compared.unshown)
    }
    await found(results)
    if (type === 'User') await seen?.(people)
    next = page.next
  }
  return undefined
}

async function sidesInPages(
  open: () => Database,
  scope: Scope,
  ids: readonly string[],
): Promise<readonly Side[]> {
  const sides: Side[] = []
  for await (const page of sidesByPage(open, scope, ids)) sides.push(...page)
  return sides
}

const toolsOf = ({ open, scope }: Reconcile, { User, Group }: Readonly<Record<Kind, Seen>>) => ({
  open,
  scope,
  isThere: (remote: string) => User.accounts.has(remote),
  ownerOf: (remote: string) => User.links.get(remote) ?? Group.links.get(remote),
})

/** What the list did not have, and what it does not show of some and shows of others. */
async function compareRest(
  parts: Reconcile,
  against: Against,
  type: Kind,
  all: Readonly<Record<Kind, Seen>>,
): Promise<void> {
  const { open, scope, found } = parts
  const { links, accounts, names } = all[type]
  const gone = [...links].flatMap(([remote, id]) => (accounts.has(remote) ? [] : [id]))
  for await (const sides of sidesByPage(open, scope, gone))
    await found(
      sides
        .filter((side) => side.link !== undefined && !accounts.has(side.link.remote))
        .flatMap((side) => compareGone(side, against)),
    )
  const hidden = [...accounts].flatMap(([remote, unshown]) => {
    const id = links.get(remote)
    return id !== undefined && unshown.some((name) => names.has(name)) ? [id] : []
  })
  for await (const sides of sidesByPage(open, scope, hidden)) {
    const results: Found[] = []
    for (const side of sides) {
      const unshown = accounts.get(side.link?.remote ?? '')?.filter((name) => names.has(name)) ?? []
      results.push(...compareUnshown(side, unshown, against))
      if (unshown.includes(MEMBERS)) results.push(...(await compareMembers(side, [], toolsOf(parts, all))))
    }
    await found(results)
  }
}
