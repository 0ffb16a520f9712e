import { macOf } from '../auth/mac.ts'
import { proverOf, type Prove } from '../auth/proof.ts'
import { subrequestsLeft, type AppContext, type Parts } from '../context.ts'
import type { ResourceType } from '../scim/schema.ts'
import { DELIVERY_MAC, targetOpenerOf, type TargetOpener } from '../sync/open.ts'

/** How long a page waits for a target, in milliseconds. */
const PATIENCE = 20_000

/** How many subrequests are kept for the database once the target was asked. */
const RESERVED = 5

/** What an operation reaches targets with, and makes what is due with. */
export type DeliveryTools = {
  /** Makes the MAC of a delivery; none where MAC_KEYS is not set. */
  readonly sign: ((texts: readonly string[]) => Promise<string>) | undefined
  /** Proves changes. */
  readonly prove: Prove
  readonly openTarget: TargetOpener
  readonly types: readonly ResourceType[]
  /** What a request to a target may take: so many subrequests, and until when (milliseconds since 1970). */
  readonly limits: () => { readonly budget: { left: number }; readonly until: number }
}

/** Takes a request of somebody who runs the bridge and the app's parts; gives what reaches targets. */
export function deliveryOf(c: AppContext, { config, fetchTarget }: Parts): DeliveryTools {
  const { sealKeys, macKeys, loopback, catalog } = config
  const through = fetchTarget === undefined ? {} : { through: fetchTarget }
  return {
    sign: macKeys === undefined ? undefined : macOf(macKeys, DELIVERY_MAC).sign,
    prove: proverOf(macKeys),
    openTarget: targetOpenerOf({ sealKeys, macKeys, loopback, ...through }),
    types: catalog.types,
    limits: () => ({
      budget: { left: Math.max(0, subrequestsLeft(c) - RESERVED) },
      until: Date.now() + PATIENCE,
    }),
  }
}
