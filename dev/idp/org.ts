import { randomInt } from 'node:crypto'
import type { Json } from './answer.ts'
import type { Provider } from './provider.ts'

/** Somebody as the identity provider knows them, before its mapping. */
export type Identity = {
  /** Which of the run's people, so that not all of them are alike. */
  readonly n: number
  readonly userName: string
  readonly name: { readonly givenName: string; readonly familyName: string }
  readonly displayName: string
  /** Twenty letters and digits, to be made into what the provider's own ids look like. */
  readonly externalId: string
  readonly employee: { readonly employeeNumber: string; readonly department: string }
}

/** Somebody in the provider's org who is assigned to the app. */
export type Person = {
  /** The attributes that the provider maps, as it last had them. */
  profile: Json
  userName: string
  /** The server's id, once it is known. */
  id: string | undefined
  active: boolean
}

/** A group in the provider's org that is pushed to the app. */
export type OrgGroup = {
  displayName: string
  id: string | undefined
  /** Who is in it at the server, as the provider has it. */
  members: readonly Person[]
}

/** The provider's own side: who is assigned and which groups are pushed. */
export type Org = {
  readonly run: string
  /** How every password of this run begins, so that one is known wherever it turns up. */
  readonly secret: string
  readonly people: Person[]
  readonly groups: OrgGroup[]
  /** Attributes that were sent and that the server did not keep, which RFC 7644 section 3.3 allows. */
  readonly notKept: Set<string>
}

export const ENTERPRISE_SCHEMA = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

const GIVEN_NAMES = [
  'Anna',
  'Zoë',
  'Kwame',
  'Łukasz',
  'Maria',
  'Øyvind',
  'Siobhán',
  'José',
  '美咲',
  'Tom',
  'Aylin',
]
const FAMILY_NAMES = [
  'Smith',
  "O'Connor",
  'Müller',
  'Nguyễn',
  'García-Núñez',
  'Çelik',
  '田中',
  'Sjöström',
  'van Dijk',
]
const TEAMS = ['Sales', 'Straßenbau & Tiefbau', 'R+D', 'Équipe 100 %', 'Операции']

const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

const random = (alphabet: string, length: number): string =>
  Array.from({ length }, () => alphabet.charAt(randomInt(alphabet.length))).join('')

const pick = (list: readonly string[], n: number): string => list[n % list.length] ?? ''

/**
 * A password as Okta makes one up at each create: 16 characters, never used for anything.
 * @param secret how all passwords of the run begin
 */
export const placeholderPassword = (secret: string): string => secret + random(ALPHANUMERIC, 6)

/** The attributes that a provider maps by itself, in RFC 7643's own shape. */
export const coreProfile = ({ userName, name, displayName, externalId }: Identity): Json => ({
  userName,
  externalId,
  displayName,
  name,
  emails: [{ value: userName, type: 'work', primary: true }],
})

const letters = (length: number): string => random(ALPHANUMERIC, length)

/**
 * Makes somebody up. The userName holds the provider and the run, so that no two runs meet; many have letters
 * outside of ASCII in their names.
 * @param n which of the run's people, or a word for one beside them
 */
export const newPerson = (provider: Provider, run: string, n: number | string): Person => {
  const count = typeof n === 'number' ? n : 0
  const userName = `${provider.name}.${run}.${n}@example.com`
  const name = { givenName: pick(GIVEN_NAMES, count), familyName: pick(FAMILY_NAMES, count) }
  const profile = provider.profile({
    n: count,
    userName,
    name,
    displayName: `${name.givenName} ${name.familyName}`,
    externalId: letters(20),
    employee: { employeeNumber: String(1000 + count), department: pick(TEAMS, count) },
  })
  return { profile, userName, id: undefined, active: true }
}

/**
 * Makes an org up for one run.
 * @param people how many people
 * @param groups how many groups
 */
export const newOrg = (provider: Provider, people: number, groups: number): Org => {
  const run = random('abcdefghijklmnopqrstuvwxyz0123456789', 8)
  return {
    run,
    notKept: new Set(),
    secret: `Dr4${letters(7)}`,
    people: Array.from({ length: people }, (_, n) => newPerson(provider, run, n)),
    groups: Array.from({ length: groups }, (_, n) => ({
      displayName: `${provider.name} ${run} ${n} ${pick(TEAMS, n)}`,
      id: undefined,
      members: [],
    })),
  }
}
