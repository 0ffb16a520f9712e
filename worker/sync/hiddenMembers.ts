import type { Kind, Side } from '../store/reconcile.ts'
import { sidesOf } from '../store/reconcile.ts'
import { expectedMembers } from '../store/reconcileMembers.ts'
import type { Outbound } from '../targets/outbound.ts'
import type { Target } from '../targets/target.ts'
import type { Found } from './findings.ts'
import { compareMembers, compareRefused, shownMembers, type MembersTools } from './reconcileMembers.ts'

/** Groups of which it cannot be said who is in them: how many, how many members they should have, and why, in words. */
export type Uncompared = { readonly groups: number; readonly members: number; readonly words: string }

/** A linked group of which the target's list has shown no members. */
export type Hidden = { readonly id: string; readonly remote: string }

/** What reading groups one by one takes. */
export type HiddenTools = MembersTools & {
  readonly target: Target
  readonly send: Outbound
  readonly found: (page: readonly Found[]) => Promise<void>
}

/** So many groups are asked for before a target counts as one that shows members to nobody, and so many at the most. */
const TRIES = 20
const MOST = 1_000

const NONE_SHOWN = 'the target showed those of no group'

/**
 * Takes the groups of a list that shows the members of none, and the tools; reads them one by one, first those that should have members,
 * as a list may leave out what a group by itself shows (RFC 7643 §7). Once one is shown with members, one without has none. Gives what
 * is left uncompared, undefined where nothing is.
 */
export async function compareHidden(
  hidden: readonly Hidden[],
  tools: HiddenTools,
): Promise<Uncompared | undefined> {
  const { open, scope, found } = tools
  const expected = await expectedMembers(open, scope)
  const wantedIn = ({ id }: Hidden) => expected.get(id) ?? 0
  const isWanted = (one: Hidden) => wantedIn(one) > 0
  const order = [...hidden.filter(isWanted), ...hidden.filter((one) => !isWanted(one))]
  const { read, isShown, words } = await readAll(order, tools)
  const known = isShown ? [...read.keys()] : []
  for (const one of known) {
    const side = await sideOf(one, tools)
    if (side !== undefined) await found(await compareMembers(side, read.get(one) ?? [], tools))
  }
  const left = order.filter((one) => !known.includes(one) && isWanted(one))
  if (left.length === 0) return undefined
  for (const one of left) {
    const side = await sideOf(one, tools)
    if (side !== undefined) await found(await compareRefused(side, tools))
  }
  return { groups: left.length, members: left.reduce((sum, one) => sum + wantedIn(one), 0), words }
}

const sideOf = async ({ id, remote }: Hidden, { open, scope }: HiddenTools): Promise<Side | undefined> =>
  (await sidesOf(open(), scope, [id])).find(({ link }) => link?.remote === remote)

/** By group what it showed, undefined where it showed no members; whether any did; and why the others were not read. */
async function readAll(
  order: readonly Hidden[],
  { target, send }: HiddenTools,
): Promise<{
  readonly read: ReadonlyMap<Hidden, readonly string[] | undefined>
  readonly isShown: boolean
  readonly words: string
}> {
  const type: Kind = 'Group'
  const read = new Map<Hidden, readonly string[] | undefined>()
  let isShown = false
  for (const [at, one] of (target.read === undefined ? [] : order.slice(0, MOST)).entries()) {
    if (!isShown && at === TRIES) break
    const answer = await target.read?.(type, one.remote, send)
    if (answer?.kind === 'later') return { read, isShown, words: answer.words }
    if (answer?.kind !== 'shown') continue
    const members = shownMembers(answer.account.document)
    isShown ||= members !== undefined
    read.set(one, members)
  }
  return { read, isShown, words: isShown ? `only ${read.size} groups were asked for` : NONE_SHOWN }
}
