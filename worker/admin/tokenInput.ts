import * as v from 'valibot'
import { readNetwork, type Network } from '../auth/network.ts'
import { foldCase } from '../scim/fold.ts'
import { LEAST_SLIDING } from '../store/tokens.ts'
import type { Settings } from '../store/settings.ts'

/** How many networks, or domains, a token may be bound to. */
const MOST = 50

/** The most days a token may live, or go on unused: ten years. */
const MOST_DAYS = 3_650

/** What a token may be called. */
export const tokenName = v.pipe(
  v.string(),
  v.trim(),
  v.regex(/^[^\p{C}]{1,63}$/u, 'expected 1 to 63 letters'),
)

/** A network as CIDR or one address, read. */
export const network = v.pipe(
  v.string(),
  v.transform((text): Network | undefined => readNetwork(text)),
  v.custom<Network>(
    (read) => read !== undefined,
    'expected networks such as 203.0.113.0/24 or 2001:db8::/32, with a comma between',
  ),
)

/** A domain of e-mail addresses, folded. */
export const domain = v.pipe(
  v.string(),
  v.trim(),
  v.transform((text) => foldCase(text.replace(/^@/, ''))),
  v.regex(/^[^\s@,/]{1,253}$/u, 'expected domains such as example.com, with a comma between'),
)

const days = (least: number) => {
  const expected = `expected a whole number of days from ${least} to ${MOST_DAYS}`
  return v.pipe(
    v.number(expected),
    v.integer(expected),
    v.minValue(least, expected),
    v.maxValue(MOST_DAYS, expected),
  )
}

const list = <S extends v.GenericSchema>(item: S) =>
  v.optional(v.pipe(v.array(item), v.maxLength(MOST, `expected at most ${MOST}`)))

/** What a new token may be given: fields of its operation. Nothing of it is needed. */
export const tokenFields = {
  name: v.optional(tokenName),
  /** Words of a scope; none: all of SCIM. */
  scope: list(v.string()),
  networks: list(network),
  domains: list(domain),
  /** The id of the one person it may read. */
  person: v.optional(v.pipe(v.string(), v.minLength(1, 'expected the id of a person'))),
  expiresInDays: v.optional(days(1)),
  slidingDays: v.optional(days(LEAST_SLIDING)),
}

/** For how many days the old token goes on that is replaced. 0: it ends at once. */
export const countdownDays = v.optional(
  v.pipe(
    v.number('expected a whole number of days from 0 to 90'),
    v.integer('expected a whole number of days from 0 to 90'),
    v.minValue(0, 'expected a whole number of days from 0 to 90'),
    v.maxValue(90, 'expected a whole number of days from 0 to 90'),
  ),
)

/**
 * Takes a connection's settings; says whether its page offers tokens that end. Only where an alarm was sent and came to its destination:
 * a token that ends unnoticed leaves people in who have left. By API and by command an end can be given all the same.
 */
export function mayExpire({ alarms }: Settings): boolean {
  return alarms?.tested !== undefined
}
