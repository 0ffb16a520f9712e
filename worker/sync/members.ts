import type { Work } from '../store/work.ts'

/** The memberships of a delivery: what is sent, and what is so already or need not be sent. */
export type Memberships = {
  readonly add: readonly string[]
  readonly remove: readonly string[]
  /** By account at the target: whose membership it is. */
  readonly memberOf: ReadonlyMap<string, string>
  /** Steps that are over without anything being sent. */
  readonly idle: readonly { readonly member: string; readonly isThere: boolean }[]
}

/**
 * Takes a delivery of a group and whether its members go by their ids at the bridge, for targets that know no others; gives its
 * memberships. Who has no account yet waits. After a try that may have happened everything is sent again.
 */
export function membershipsOf(work: Work, byBridgeId: boolean): Memberships {
  const add: string[] = []
  const remove: string[] = []
  const memberOf = new Map<string, string>()
  const idle: { member: string; isThere: boolean }[] = []
  for (const { member, remote: known, isWanted, isThere } of work.members) {
    const remote = byBridgeId ? member : known
    const isSent = isWanted !== isThere || work.uncertain
    if (remote === undefined) {
      // Never at the target, so there is nothing to take out of the group.
      if (!isWanted) idle.push({ member, isThere: false })
    } else if (isSent) {
      const list = isWanted ? add : remove
      list.push(remote)
      memberOf.set(remote, member)
    } else idle.push({ member, isThere })
  }
  return { add, remove, memberOf, idle }
}
