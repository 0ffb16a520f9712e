import { claimAlone, claimDue, type Claim } from '../store/claim.ts'
import { TooLarge, type Database } from '../store/database.ts'
import type { Work } from '../store/work.ts'
import type { Budget } from '../targets/outbound.ts'
import type { Round } from './round.ts'
import type { Shares } from './shares.ts'

/** How many deliveries are taken up at once. */
export const MOST_CLAIMED = 60

/** How long a run has what it took up, in milliseconds. */
const LEASE = 240_000

/** What taking up deliveries needs: the database, whose trips are counted against the budget, and until when anything is taken up. */
export type ClaimingParts = {
  readonly database: () => Database
  readonly budget: Budget
  readonly stopped: ReadonlySet<string>
  readonly shares: Shares
  readonly end: number
  readonly now: () => Date
  readonly newId: () => string
  readonly log: (entry: { readonly message: string; readonly [field: string]: string | undefined }) => void
}

/**
 * Takes the parts of a run; gives what takes up its next deliveries, none where its time or its budget is over. Where they are more than
 * libSQL gives in one answer, half as many are tried, and so on. The connection of the largest then stands back, as those after it are
 * likely to be as large: the others are taken up as at first, and it goes on by as many as went. What alone is too large is given up.
 */
export function claimerOf(parts: ClaimingParts): () => Promise<Round> {
  const { database, budget, stopped, shares, end, now, newId, log } = parts
  let atOnce = MOST_CLAIMED
  /** How many went at once of the connections that have large ones. */
  let fitting = MOST_CLAIMED
  const large = new Set<string>()
  return async () => {
    for (;;) {
      const at = now()
      const until = new Date(at.getTime() + LEASE)
      const most = at.getTime() < end ? Math.min(atOnce, budget.left - 1) : 0
      if (most < 1) return { work: [], standings: new Map(), until, isFull: false }
      const except = new Set([...stopped, ...shares.back])
      const claim: Claim = { most, now: at, until, id: newId(), except }
      const claimed = atOnce > 1 ? await together(database(), claim) : await claimAlone(database(), claim)
      if (claimed.kind === 'claimed') {
        const { length } = claimed.work
        if (length === 0 && shares.comeForward()) {
          atOnce = fitting
          continue
        }
        const largest = atOnce < MOST_CLAIMED ? largestOf(claimed.work) : undefined
        if (largest !== undefined && !large.has(largest)) {
          large.add(largest)
          shares.standBack(largest)
          fitting = atOnce
          atOnce = MOST_CLAIMED
        }
        return { ...claimed, until, isFull: length >= most }
      }
      if (claimed.kind === 'tooLarge') {
        atOnce = Math.floor(most / 2) || 1
        continue
      }
      const { connection, resource } = claimed
      log({ level: 'alarm', message: 'delivery', connection, resource, outcome: 'tooLarge', alarm: 'decide' })
      // The next of it is likely to be as large, and each is found by halves anew.
      shares.standBack(connection)
      atOnce = MOST_CLAIMED
    }
  }
}

/** The connection of the largest of several deliveries. */
function largestOf(work: readonly Work[]): string | undefined {
  const sizes = work.map((one) => ({ one, size: JSON.stringify(one).length }))
  return sizes.toSorted((a, b) => b.size - a.size)[0]?.one.connection
}

async function together(database: Database, claim: Claim) {
  try {
    return { kind: 'claimed', ...(await claimDue(database, claim)) } as const
  } catch (error) {
    if (error instanceof TooLarge) return { kind: 'tooLarge' } as const
    throw error
  }
}
