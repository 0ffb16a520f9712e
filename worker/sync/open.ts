import { macOf } from '../auth/mac.ts'
import { sealOf } from '../auth/seal.ts'
import type { SecretKeys } from '../auth/keys.ts'
import { signedTexts } from '../store/due.ts'
import type { Settled } from '../store/outcome.ts'
import type { Standing } from '../store/settings.ts'
import type { Work } from '../store/work.ts'
import { openKind, readSealed } from '../targets/kinds.ts'
import { openOutbound, type Budget, type Outbound } from '../targets/outbound.ts'
import type { Target } from '../targets/target.ts'

/** What is needed to reach targets: the keys, and whether this machine may be called. `through` is where tests put faults. */
export type Reach = {
  readonly sealKeys: SecretKeys | undefined
  readonly macKeys: SecretKeys | undefined
  readonly loopback: boolean
  readonly through?: (request: Request) => Promise<Response>
}

/** A target that is open for a delivery, or what is written down instead of one. */
export type Opened =
  | { readonly kind: 'good'; readonly target: Target; readonly account: string; readonly send: Outbound }
  | { readonly kind: 'bad'; readonly settled: Settled }

export type Opener = (
  work: Work,
  standing: Standing,
  limits: { readonly budget: Budget; readonly until: number },
) => Promise<Opened>

/** What seals the settings of targets: the purpose keeps them apart from anything else that is sealed. */
export const TARGET_SEAL = 'target'

/** What the MACs of deliveries are for. */
export const DELIVERY_MAC = 'delivery'

/** How long a delivery waits that cannot be carried out until an admin does something, in milliseconds. */
const UNTIL_MENDED = 600_000

/** Opens the target of a connection, or says in words why that cannot be done. */
export type TargetOpener = (
  connection: string,
  standing: Standing,
  limits: { readonly budget: Budget; readonly until: number },
) => Promise<Extract<Opened, { kind: 'good' }> | { readonly kind: 'bad'; readonly words: string }>

/**
 * Takes what is needed to reach targets; gives what opens the target of a connection. Settings that were sealed for another
 * connection or kind are not used.
 */
export function targetOpenerOf({ sealKeys, loopback, through }: Reach): TargetOpener {
  const seal = sealKeys === undefined ? undefined : sealOf(sealKeys, TARGET_SEAL)
  const fault = (words: string) => ({ kind: 'bad', words }) as const
  return async (connection, { settings: { target } }, { budget, until }) => {
    if (target === undefined) return fault('the connection has no target: the bridge itself is the account')
    if (seal === undefined) return fault('SEAL_KEYS is not set at the bridge')
    const opened = await seal.open(target.sealed, new Date())
    if (opened.kind !== 'good') return fault('the settings of the target cannot be opened: enter them again')
    const read = readSealed(opened.value)
    if (read === undefined || read.connection !== connection || read.settings.kind !== target.kind)
      return fault('the settings of the target are not those of this connection: enter them again')
    const send = openOutbound({
      budget,
      until,
      loopback,
      ...(through === undefined ? {} : { fetch: through }),
    })
    return { kind: 'good', target: openKind(read.settings, target.learned), account: target.account, send }
  }
}

/**
 * Takes what is needed to reach targets; gives what opens the target of a delivery. A delivery whose MAC is not ours is not
 * carried out, and raises an alarm, as do settings that cannot be used.
 */
export function openerOf(reach: Reach): Opener {
  const { macKeys } = reach
  const openTarget = targetOpenerOf(reach)
  const mac = macKeys === undefined ? undefined : macOf(macKeys, DELIVERY_MAC)
  return async (work, standing, limits) => {
    if (standing.settings.target?.id !== work.target)
      return bad('skipped', 'the connection has another target now')
    if (mac === undefined) return bad('later', 'SEAL_KEYS or MAC_KEYS is not set at the bridge')
    if (!(await mac.verify(signedTexts(work), work.mac)))
      return bad('forged', 'its MAC is not ours: it was changed in the database')
    const opened = await openTarget(work.connection, standing, limits)
    return opened.kind === 'good' ? opened : bad('later', opened.words)
  }
}

function bad(kind: 'skipped' | 'later' | 'forged', words: string): Opened {
  if (kind === 'skipped') return { kind: 'bad', settled: { kind, words } }
  const due = new Date(Date.now() + UNTIL_MENDED)
  const settled: Settled = { kind: 'later', due, uncertain: false, words, isDead: kind === 'forged' }
  return {
    kind: 'bad',
    settled: kind === 'forged' ? { ...settled, alarm: 'forged' } : { ...settled, stopUntil: due },
  }
}
