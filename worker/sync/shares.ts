import type { Budget } from '../targets/outbound.ts'

/** How the requests of a run are divided among its connections. */
export type Shares = {
  /** Takes the connection of each delivery of a round, and whether more may be due than the round has: divides the run among them. */
  readonly divide: (waiting: readonly string[], isFull: boolean) => void
  /** Takes a connection; says that one of its deliveries has come to its end. */
  readonly end: (connection: string) => void
  /** Takes a connection; counts a request of it. */
  readonly count: (connection: string) => void
  /** Takes a connection; says whether it has used its share while others of the round wait. It then stands back. */
  readonly isUsed: (connection: string) => boolean
  /**
   * Takes a connection of which a delivery wants more than one may need; says whether that is too much, as others wait or may wait. It
   * then stands back behind all others.
   */
  readonly isTooMuch: (connection: string) => boolean
  /** Takes how many requests one delivery has taken; says whether that is more than its connection's share. */
  readonly isMore: (requests: number) => boolean
  /** The connections that leave the run to others. */
  readonly back: ReadonlySet<string>
  /** Takes a connection; it stands back behind all others. */
  readonly standBack: (connection: string) => void
  /** Nobody else has anything due: gives whether anybody stood back, who may now go on; those last who wanted too much. */
  readonly comeForward: () => boolean
}

/**
 * Takes the requests a run has, and how many one delivery may need; gives the shares. Each connection of a round may use the run's
 * requests divided by how many connections there are, and what one delivery needs at the least. Whoever has used that stands back
 * while others wait: a target that asks for ever more would else take the run from all of them, and the next one too. What is left in
 * the end is anybody's.
 */
export function sharesOf(budget: Budget, needs: number): Shares {
  const all = budget.left
  const used = new Map<string, number>()
  const back = new Set<string>()
  const last = new Set<string>()
  let waiting = new Map<string, number>()
  let share = all
  let isFull = false
  const isOver = (connection: string) => waiting.size > 1 && (used.get(connection) ?? 0) >= share
  const othersWait = (connection: string) =>
    [...waiting].some(([other, left]) => other !== connection && left > 0 && !back.has(other))
  const standBack = (connection: string) => {
    back.add(connection)
    last.add(connection)
  }
  return {
    divide: (connections, full) => {
      waiting = new Map()
      for (const each of connections) waiting.set(each, (waiting.get(each) ?? 0) + 1)
      share = Math.max(needs, Math.floor(all / Math.max(1, waiting.size)))
      isFull = full
    },
    end: (connection) => {
      waiting.set(connection, (waiting.get(connection) ?? 0) - 1)
    },
    count: (connection) => {
      used.set(connection, (used.get(connection) ?? 0) + 1)
    },
    isUsed: (connection) => {
      const is = isOver(connection) && othersWait(connection)
      if (is) back.add(connection)
      return is
    },
    isTooMuch: (connection) => {
      const is = isOver(connection) && (isFull || othersWait(connection))
      if (is) standBack(connection)
      return is
    },
    isMore: (requests) => requests > share,
    back,
    standBack,
    comeForward: () => {
      if (back.size === 0) return false
      const first = [...back].filter((each) => !last.has(each))
      for (const each of first.length > 0 ? first : [...back]) {
        back.delete(each)
        used.delete(each)
      }
      return true
    },
  }
}
