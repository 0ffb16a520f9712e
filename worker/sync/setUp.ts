import type { Seal } from '../auth/seal.ts'
import { clearAlarms } from '../store/alarms.ts'
import type { Database } from '../store/database.ts'
import { REPLACED, replaceTarget } from '../store/replaceTarget.ts'
import { makeAllDue } from '../store/resync.ts'
import { loadStanding, saveSettings, type Settings } from '../store/settings.ts'
import { openKind, readEntered, type SealedTarget } from '../targets/kinds.ts'
import type { Outbound } from '../targets/outbound.ts'
import type { Capabilities } from '../targets/target.ts'

/** What setting a target up takes: the database, what seals, what makes MACs, the way out, and fresh ids. */
export type SetUp = {
  readonly database: Database
  readonly seal: Seal
  readonly sign: (texts: readonly string[]) => Promise<string>
  readonly send: Outbound
  readonly newId: () => string
  readonly now: () => Date
}

/** What came of it: the target is set, with what it can do and how many resources are now due there; or why not, in words. */
export type SetUpResult =
  | {
      readonly kind: 'set'
      readonly capabilities: Capabilities
      readonly words: string
      readonly due: number
      /** How many deactivations the account that was replaced has not confirmed, and now never will. */
      readonly unconfirmed: number
    }
  | { readonly kind: 'refused'; readonly words: string }

const refused = (words: string): SetUpResult => ({ kind: 'refused', words })

/**
 * Takes the tools, a connection's id, what was entered of its target, and whether another account may take the place of the one
 * there is; tests the target, seals its settings with the connection's id and keeps them. Settings that lead to the same account, a
 * new secret above all, change nothing else. Another account begins with nothing: everything is due there, and an alarm says what the
 * account before has not confirmed.
 */
export async function setTarget(
  { database, seal, sign, send, newId, now }: SetUp,
  connection: string,
  entered: unknown,
  mayReplace: boolean,
): Promise<SetUpResult> {
  const read = readEntered(entered)
  if (read.kind === 'faults') return refused(read.faults.join('; '))
  const probe = await openKind(read.settings, {}).test(send)
  if (probe.kind === 'bad') return refused(probe.words)
  const standing = await loadStanding(database, connection)
  const { target: former } = standing.settings
  const isSame = former?.kind === read.settings.kind && former.account === probe.account
  if (former !== undefined && !isSame && !mayReplace) {
    return refused(
      `these settings lead to another account (${probe.account}) than the target there is (${former.account})`,
    )
  }
  const content: SealedTarget = { connection, settings: read.settings }
  const target: NonNullable<Settings['target']> = {
    id: isSame ? former.id : newId(),
    kind: read.settings.kind,
    account: probe.account,
    sealed: await seal.seal(content),
    learned: probe.learned,
    capabilities: probe.capabilities,
  }
  const saved =
    former === undefined || isSame
      ? await saveSettings(database, connection, standing, { ...standing.settings, target })
      : await replaceTarget(database, connection, standing, target, now())
  if (saved === undefined)
    return refused('somebody else changed the settings at the same time: look, and try again')
  const request = newId()
  const due = isSame
    ? 0
    : await makeAllDue(database, { connection, target: target.id, request, sign, at: now() })
  // Who sets the same target again has looked at what the one before it left open: the alarm says so.
  if (isSame) await clearAlarms(database, connection, 'unconfirmed', now(), REPLACED)
  const unconfirmed = 'unconfirmed' in saved ? saved.unconfirmed : 0
  return { kind: 'set', capabilities: probe.capabilities, words: probe.words, due, unconfirmed }
}
