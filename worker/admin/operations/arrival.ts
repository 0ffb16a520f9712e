import * as v from 'valibot'
import { REFUSALS } from '../../scim/refusal.ts'
import { readArrivals } from '../../store/tallies.ts'
import { operation } from '../operation.ts'

/** For how long what had no good token is of interest, in milliseconds: as long as somebody sits before the form. */
const LATELY = 1_800_000

const refusal = v.picklist(REFUSALS)

export const arrivalRead = operation({
  id: 'arrival.read',
  summary: 'Whether the provider has reached the bridge with the token, and what was wrong where it has not',
  method: 'GET',
  path: '/connections/:connection/arrival',
  needs: 'look',
  input: v.object({ connection: v.string() }),
  output: v.object({
    /** When the last request came that was answered as it was meant. */
    good: v.optional(v.string()),
    /** Its token comes without the word Bearer. */
    isBare: v.boolean(),
    /** The last refusal of a genuine token, where nothing good has come since. */
    refused: v.optional(v.object({ at: v.string(), refusal: v.optional(refusal) })),
    /** What has come lately without a token that is good. Whose it was, nobody can know. */
    strangers: v.array(v.object({ refusal, count: v.number(), last: v.string() })),
  }),
  run: async ({ database, now }, { connection }) => {
    const since = new Date(now.getTime() - LATELY)
    const { reads, bare, taken, refused, strangers } = await readArrivals(database, connection, since)
    const good = [reads?.last, taken]
      .filter((at) => at !== undefined)
      .toSorted()
      .at(-1)
    return {
      good,
      isBare: bare !== undefined,
      refused: refused !== undefined && (good === undefined || refused.at > good) ? refused : undefined,
      strangers: strangers.map(({ what, count, last }) => ({ refusal: what, count, last })),
    }
  },
})
