/** Chance that a seed decides: the same seed gives the same run. */
export type Random = {
  /** A whole number from 0 up to the limit, without it. */
  readonly below: (limit: number) => number
  /** One of a list that is not empty. */
  readonly pick: <Item>(list: readonly Item[]) => Item
  /** A list of up to so many things, each made anew. */
  readonly upTo: <Item>(most: number, make: () => Item) => readonly Item[]
}

/** Takes how many cases and what is to hold in each; tries it with the seeds from 1 on. A failure names its seed. */
export function everySeed(cases: number, holds: (random: Random) => void): void {
  for (let seed = 1; seed <= cases; seed += 1) {
    try {
      holds(randomOf(seed))
    } catch (error) {
      throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : 'failed'}`, { cause: error })
    }
  }
}

/** Mulberry32 by Tommy Ettinger, public domain. */
function randomOf(seed: number): Random {
  let state = seed
  const below = (limit: number) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit)
  }
  const pick = <Item>(list: readonly Item[]) => {
    const chosen = below(list.length)
    for (const [index, item] of list.entries()) if (index === chosen) return item
    throw new Error('expected a list that is not empty')
  }
  return {
    below,
    pick,
    upTo: (most, make) => Array.from({ length: below(most + 1) }, make),
  }
}
