import { macOf } from '../auth/mac.ts'
import { sealOf, type Seal } from '../auth/seal.ts'
import type { SecretKeys } from '../auth/keys.ts'
import { signedTexts } from '../store/due.ts'
import type { ResourceType } from '../scim/schema.ts'
import { resourceTypes } from '../scim/resourceTypes.ts'
import type { Catalog } from '../scim/catalog.ts'
import type { Settled } from '../store/outcome.ts'
import type { Settings, Standing } from '../store/settings.ts'
import type { Work } from '../store/work.ts'
import { openKind, readSealed } from '../targets/kinds.ts'
import { openOutbound, type Budget, type Outbound } from '../targets/outbound.ts'
import type { Target } from '../targets/target.ts'

/** What is needed to reach targets: the keys, and whether this machine may be called. `through` is where tests put faults. */
export type Reach = {
  readonly sealKeys: SecretKeys | undefined
  readonly macKeys: SecretKeys | undefined
  readonly loopback: boolean
  /** What the deployment serves; without it people and groups as they come. */
  readonly catalog?: Catalog
  readonly through?: (request: Request) => Promise<Response>
}

/** A target that is open for a delivery, or what is written down instead of one. */
export type Opened =
  | {
      readonly kind: 'good'
      readonly target: Target
      readonly account: string
      readonly send: Outbound
      readonly types: readonly ResourceType[]
    }
  | { readonly kind: 'bad'; readonly settled: Settled }

export type Opener = (work: Work, standing: Standing, limits: Limits) => Promise<Opened>

/** What seals the settings of targets: the purpose keeps them apart from anything else that is sealed. */
export const TARGET_SEAL = 'target'

/** What the MACs of deliveries are for. */
export const DELIVERY_MAC = 'delivery'

/** How long a delivery waits that cannot be carried out until an admin does something, in milliseconds. */
const UNTIL_MENDED = 600_000

/** What an invocation allows a delivery: the subrequests left, and when everything has to be answered (milliseconds since 1970). */
export type Limits = { readonly budget: Budget; readonly until: number }

/** A target that is open, or why it is not, in words. */
export type OpenedTarget =
  | { readonly kind: 'good'; readonly target: Target; readonly account: string; readonly send: Outbound }
  | { readonly kind: 'bad'; readonly words: string }

export type TargetOpener = (connection: string, standing: Standing, limits: Limits) => Promise<OpenedTarget>

/**
 * Takes what is needed to reach targets; gives what opens the target of a connection. Settings that were sealed for another
 * connection or kind are not used: the address that was sealed is the one that is called.
 */
export function targetOpenerOf({ sealKeys, loopback, through }: Reach): TargetOpener {
  const seal = sealKeys === undefined ? undefined : sealOf(sealKeys, TARGET_SEAL)
  return async (connection, { settings: { target } }, { budget, until }) => {
    const no = (words: string): OpenedTarget => ({ kind: 'bad', words })
    if (target === undefined) return no('the connection has no target')
    if (seal === undefined) return no('SEAL_KEYS is not set at the bridge')
    const opened = await openSealed(seal, connection, target)
    if (opened.kind === 'bad') return opened
    const send = openOutbound({
      budget,
      until,
      loopback,
      ...(through === undefined ? {} : { fetch: through }),
    })
    return { kind: 'good', target: opened.target, account: target.account, send }
  }
}

/**
 * Takes what is needed to reach targets; gives what opens the target of a delivery. A delivery whose MAC is not ours is not
 * carried out, and raises an alarm.
 */
export function openerOf(reach: Reach): Opener {
  const openTarget = targetOpenerOf(reach)
  const types = reach.catalog?.types ?? resourceTypes
  const mac = reach.macKeys === undefined ? undefined : macOf(reach.macKeys, DELIVERY_MAC)
  return async (work, standing, limits) => {
    if (mac === undefined) return bad('later', 'MAC_KEYS is not set at the bridge')
    // Before anything that stands in the row is believed: the target it names is one of it.
    if (!(await mac.verify(signedTexts(work), work.mac)))
      return bad('forged', 'its MAC is not ours: it was changed in the database')
    if (standing.settings.target?.id !== work.target)
      return bad('skipped', 'the connection has another target now')
    const opened = await openTarget(work.connection, standing, limits)
    return opened.kind === 'good' ? { ...opened, types } : bad('later', opened.words)
  }
}

/** Takes what opens settings, a connection's id and its target as it is kept; gives the target, or why it cannot be opened. */
export async function openSealed(
  seal: Seal,
  connection: string,
  { sealed, kind, learned }: NonNullable<Settings['target']>,
): Promise<
  { readonly kind: 'good'; readonly target: Target } | { readonly kind: 'bad'; readonly words: string }
> {
  const opened = await seal.open(sealed, new Date())
  if (opened.kind !== 'good')
    return { kind: 'bad', words: 'the settings of the target cannot be opened: enter them again' }
  const read = readSealed(opened.value)
  if (read === undefined || read.connection !== connection || read.settings.kind !== kind) {
    const words = 'the settings of the target are not those of this connection: enter them again'
    return { kind: 'bad', words }
  }
  return { kind: 'good', target: openKind(read.settings, learned) }
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
