import { isJsonObject, isList, type JsonObject } from '../scim/json.ts'
import { foldCase } from '../scim/fold.ts'
import { isPowerful } from '../scim/powerful.ts'
import type { Settings } from '../store/settings.ts'
import type { Making } from '../store/making.ts'
import type { Work } from '../store/work.ts'
import type { Account } from '../targets/target.ts'

/** How far the target's clock may be behind ours, in milliseconds. */
const SKEW = 120_000

/**
 * Takes a delivery, a document it was tried with, and an account the target has; says whether that try has made it: the request went
 * out, or the account came after the resource and looks as it would have been made. Whoever is to lose access there loses it by the
 * looks alone. What came before the resource, or has another externalId, is somebody else's in any case.
 */
export function isOurs(
  { born, takesAccess }: Work,
  { document: wanted, isSent }: Making,
  { document, created }: Account,
): boolean {
  const age = created === undefined || born === undefined ? undefined : Date.parse(created) - Date.parse(born)
  const isOlder = age !== undefined && age < -SKEW
  const { externalId } = document
  const isElse = typeof externalId === 'string' && externalId !== '' && externalId !== wanted['externalId']
  if (isOlder || isElse) return false
  return isSent || (looksMade(wanted, document) && (age !== undefined || takesAccess))
}

/** Why an account is not taken over: `power`, a group of it; `group`, any other; adoption is `closed`, or open for domains `elsewhere`. */
export type AdoptionFault = {
  readonly kind: 'power' | 'group' | 'closed' | 'elsewhere'
  readonly words: string
}

/**
 * Takes the document wanted, what the target shows of an account that nobody made from here, the settings and the kind; says why it is not
 * taken over, undefined where it is. The same externalId is the provider's word; a name or an address counts only in the connection's own
 * domains, and while an admin keeps that open.
 */
export function mayTake(
  wanted: JsonObject,
  shown: JsonObject,
  { adoption, powerful }: Settings,
  type: Work['type'] = 'User',
): AdoptionFault | undefined {
  const { displayName } = shown
  if (type === 'Group' && isPowerful(powerful, typeof displayName === 'string' ? displayName : '', shown))
    return {
      kind: 'power',
      words:
        'the group at the target gives power over the account, and is never managed: give this one another name',
    }
  const { externalId } = wanted
  if (typeof externalId === 'string' && externalId !== '' && shown['externalId'] === externalId)
    return undefined
  if (type === 'Group')
    return {
      kind: 'group',
      words:
        'the target has a group of this name that is not managed: npm run groups -- --connection NAME --select GROUP, or rename one of them',
    }
  if (adoption.open && isWithin(adoption.domains, wanted, shown)) return undefined
  const domains = [...(adoption.open ? adoption.domains : []), domainOf(wanted) ?? 'example.com']
  const how = `To take it over: npm run connection -- --name NAME --adopt ${[...new Set(domains)].join(',')}`
  return adoption.open
    ? {
        kind: 'elsewhere',
        words: `the target has this account already, and its address is in none of the domains that are open for adoption. ${how}`,
      }
    : { kind: 'closed', words: `the target has this account already. ${how}` }
}

/** The domain of the first address, where it is one that a shell takes as it is. */
const domainOf = (wanted: JsonObject): string | undefined =>
  addressesOf(wanted).flatMap((address) => /@([a-z0-9.-]+)$/.exec(address)?.[1] ?? [])[0]

/** Whether both have an address of these domains in common, and neither has a userName that is an address elsewhere. */
function isWithin(domains: readonly string[], wanted: JsonObject, shown: JsonObject): boolean {
  const isOpen = (address: string) => domains.includes(address.split('@').at(1) ?? '')
  const theirs = new Set(addressesOf(shown))
  const names = [wanted, shown].flatMap(({ userName }) =>
    typeof userName === 'string' ? foldCase(userName) : [],
  )
  return (
    names.every((name) => !name.includes('@') || isOpen(name)) &&
    addressesOf(wanted).some((address) => isOpen(address) && theirs.has(address))
  )
}

/** The userName and the work e-mail addresses, folded; those without a type count as such. */
function addressesOf({ userName, emails }: JsonObject): readonly string[] {
  const work = (isList(emails) ? emails : [])
    .filter(isJsonObject)
    .filter(({ type = 'work' }) => type === 'work')
  return [userName, ...work.map(({ value }) => value)].flatMap((text) =>
    typeof text === 'string' ? foldCase(text) : [],
  )
}

/** Whether an account shows what we would have sent, as far as it shows anything of it. */
function looksMade(wanted: JsonObject, found: JsonObject): boolean {
  // Some services show a displayName that nobody has sent; none makes up the others.
  const plain = { userName: false, displayName: true, externalId: false, title: false }
  const same = (a: unknown, b: unknown) =>
    typeof a === 'string' && typeof b === 'string' ? foldCase(a) === foldCase(b) : a === b
  return Object.entries(plain).every(
    ([name, isMadeUp]) =>
      found[name] === undefined ||
      (wanted[name] === undefined && isMadeUp) ||
      same(wanted[name], found[name]),
  )
}
