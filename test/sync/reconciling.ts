import { databaseUrl, readKeysOf, type World } from './world.ts'
import { macOf } from '../../worker/auth/mac.ts'
import { sealOf } from '../../worker/auth/seal.ts'
import { openDatabase } from '../../worker/store/database.ts'
import { loadStanding } from '../../worker/store/settings.ts'
import { assignedOf } from '../../worker/sync/assigned.ts'
import type { Found } from '../../worker/sync/findings.ts'
import { DELIVERY_MAC, openSealed, TARGET_SEAL } from '../../worker/sync/open.ts'
import { reconcile, type Reconciled } from '../../worker/sync/reconcile.ts'
import { repairFound } from '../../worker/sync/repair.ts'
import { openOutbound } from '../../worker/targets/outbound.ts'
import type { Target } from '../../worker/targets/target.ts'

/** Opens the database of the tests anew. */
export const open = () => openDatabase({ url: databaseUrl })

/** Makes MACs with the keys of the tests' worlds. */
export const sign = (texts: readonly string[]) => macOf(readKeysOf().macKeys, DELIVERY_MAC).sign(texts)

/** Compares a world's target with its bridge, with a provider's list where one is given. */
export async function compare(
  { connection }: World,
  names?: readonly string[],
  instead?: Target,
): Promise<{ readonly found: readonly Found[]; readonly result: Reconciled }> {
  const { settings } = await loadStanding(open(), connection)
  const { target } = settings
  if (target === undefined) throw new Error('no target')
  const opened = await openSealed(sealOf(readKeysOf().sealKeys, TARGET_SEAL), connection, target)
  if (opened.kind === 'bad') throw new Error(opened.words)
  const found: Found[] = []
  const assigned = names === undefined ? undefined : assignedOf(open, connection, names)
  const result = await reconcile({
    open,
    target: instead ?? opened.target,
    send: openOutbound({ budget: { left: 1_000 }, until: Date.now() + 60_000, loopback: true }),
    scope: { connection, account: target.account },
    settings,
    found: async (page) => void found.push(...page),
    ...(assigned === undefined
      ? {}
      : { seen: async (page) => void found.push(...(await assigned.compare(page))) }),
  })
  if (assigned !== undefined) found.push(...assigned.left())
  return { found, result }
}

/** Makes what was found due, as `--repair all` does. */
export async function mend({ connection }: World, found: readonly Found[]): Promise<readonly string[]> {
  const { settings } = await loadStanding(open(), connection)
  const request = crypto.randomUUID()
  return repairFound(
    open,
    { connection, target: settings.target?.id ?? '', request, sign, at: new Date() },
    found,
  )
}
