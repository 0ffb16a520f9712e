import type { Seal } from '../auth/seal.ts'
import { clearAlarms } from '../store/alarms.ts'
import type { Database } from '../store/database.ts'
import { REPLACED, replaceTarget } from '../store/replaceTarget.ts'
import { foldCase } from '../scim/fold.ts'
import { linkedAccounts } from '../store/linkedAccounts.ts'
import { makeAllDue } from '../store/resync.ts'
import type { Scope } from '../store/reconcile.ts'
import { loadStanding, saveSettings, type Settings } from '../store/settings.ts'
import { openKind, readEntered, type SealedTarget } from '../targets/kinds.ts'
import type { Outbound } from '../targets/outbound.ts'
import type { Account, Capabilities, Target } from '../targets/target.ts'

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
 * account before has not confirmed. One address may be that of many accounts, told apart by their credentials alone: somebody who is
 * linked has to be found with those that are new.
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
  const isSameAddress = former?.kind === read.settings.kind && addressOf(former.account) === probe.account
  if (former !== undefined && !isSameAddress && !mayReplace) {
    return refused(
      `these settings lead to another account (${probe.account}) than the target there is (${former.account}). If that is meant, add --replace; everything is then brought there`,
    )
  }
  const strange = isSameAddress
    ? await strangeness(openKind(read.settings, probe.learned), send, database, {
        connection,
        account: former.account,
      })
    : undefined
  if (strange !== undefined && !mayReplace) return refused(strange)
  const isSame = isSameAddress && strange === undefined
  const request = newId()
  const content: SealedTarget = { connection, settings: read.settings }
  const target: NonNullable<Settings['target']> = {
    id: isSame ? former.id : newId(),
    kind: read.settings.kind,
    account: isSame ? former.account : isSameAddress ? `${probe.account}#${request}` : probe.account,
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
  const due = isSame
    ? 0
    : await makeAllDue(database, { connection, target: target.id, request, sign, at: now() })
  // Who sets the same target again has looked at what the one before it left open: the alarm says so.
  if (isSame) await clearAlarms(database, connection, 'unconfirmed', now(), REPLACED)
  const unconfirmed = 'unconfirmed' in saved ? saved.unconfirmed : 0
  return { kind: 'set', capabilities: probe.capabilities, words: probe.words, due, unconfirmed }
}

/** An account that took the place of another one at the same address has a name of its own, so that no link leads to it by a former id. */
const addressOf = (account: string): string => account.split('#', 1)[0] ?? ''

function isNamed({ document: { userName, displayName } }: Account, name: string): boolean {
  return [userName, displayName].some(
    (shown) => typeof shown === 'string' && foldCase(shown) === foldCase(name),
  )
}

/** How many that are linked are looked up with new credentials, one after the other, until one is found. */
const LOOKED_UP = 5

/** Gives why the credentials seem to be those of another account, undefined where somebody who is linked is found, or nobody is. */
async function strangeness(
  { read }: Target,
  send: Outbound,
  database: Database,
  scope: Scope,
): Promise<string | undefined> {
  if (read === undefined) return undefined
  const { count, some } = await linkedAccounts(database, scope, LOOKED_UP)
  for (const { type, remote, name } of some) {
    const one = await read(type, remote, send)
    // Where ids are numbers, the same id is somebody else in another account.
    if (one.kind === 'shown' && (name === null || isNamed(one.account, name))) return undefined
    if (one.kind === 'later') return `the accounts linked here cannot be looked up: ${one.words}`
  }
  if (count === 0) return undefined
  const who =
    count === 1
      ? 'the account linked here is not'
      : count > some.length
        ? `none of ${some.length} of the ${count} accounts linked here is`
        : `none of the ${count} accounts linked here are`
  return `${who} found with these credentials. If it is meant to be another account, add --replace; everything is then brought there`
}
