import type { JsonObject } from '../scim/json.ts'
import type { Settings } from '../store/settings.ts'
import type { Work } from '../store/work.ts'
import type { Account } from '../targets/target.ts'

/**
 * Takes a delivery, the document wanted, an account the target has, how the connection is set up, and who may have made the
 * account: an earlier try with this very document, or anybody; says why the account is not taken over, undefined where it is.
 * The same externalId is the provider's word; a name or an address counts only in the connection's own domains, and while
 * an admin keeps that open.
 */
export function mayAdopt(
  work: Work,
  wanted: JsonObject,
  found: Account,
  settings: Settings,
  by: 'ourselves' | 'anybody',
): string | undefined {
  if (by === 'ourselves' && (work.wasSent || looksMade(wanted, found.document))) return undefined
  return mayTake(wanted, found.document, settings, work.type)
}

/** Takes the document wanted, what the target shows of an account that nobody made from here, and the settings; as mayAdopt. */
export function mayTake(
  wanted: JsonObject,
  shown: JsonObject,
  { adoption }: Settings,
  type: Work['type'] = 'User',
): string | undefined {
  const { externalId } = wanted
  if (typeof externalId === 'string' && externalId !== '' && shown['externalId'] === externalId)
    return undefined
  if (type === 'Group')
    return 'the target has a group of this name that is not managed: select it under managed groups, or rename one of them'
  if (!adoption.open)
    return 'the target has this account already: open adoption for the connection, or link the account'
  const { userName } = wanted
  const domain = typeof userName === 'string' ? userName.toLowerCase().split('@').at(1) : undefined
  if (domain === undefined || !adoption.domains.includes(domain))
    return 'the target has this account already, and its address is in none of the domains that are open for adoption'
  return undefined
}

/** Whether an account shows what we would have sent, as far as it shows anything of it. */
function looksMade(wanted: JsonObject, found: JsonObject): boolean {
  const plain = ['userName', 'displayName', 'externalId', 'title'] as const
  const same = (a: unknown, b: unknown) =>
    typeof a === 'string' && typeof b === 'string' ? a.toLowerCase() === b.toLowerCase() : a === b
  return plain.every(
    (name) => found[name] === undefined || wanted[name] === undefined || same(wanted[name], found[name]),
  )
}
