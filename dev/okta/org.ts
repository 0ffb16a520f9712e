import { randomInt } from 'node:crypto'
import type { Json } from './answer.ts'
import { USER_SCHEMA } from './resource.ts'

/** Somebody in the Okta org who is assigned to the app. */
export type Person = {
  /** The attributes that Okta maps, as it last had them. */
  profile: Json
  userName: string
  /** The server's id, once it is known. */
  id: string | undefined
  active: boolean
}

/** A group in the Okta org that is pushed to the app. */
export type OrgGroup = {
  displayName: string
  id: string | undefined
  /** Who is in it at the server, as Okta has it. */
  members: readonly Person[]
}

/** Okta's own side: who is assigned and which groups are pushed. */
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

/**
 * Makes somebody up. The userName holds the run, so that no two runs meet; every third person has enterprise
 * attributes, every seventh no externalId, and many have letters outside of ASCII in their names.
 */
export const newPerson = (run: string, n: number | string): Person => {
  const count = typeof n === 'number' ? n : 0
  const userName = `okta.${run}.${n}@example.com`
  const name = { givenName: pick(GIVEN_NAMES, count), familyName: pick(FAMILY_NAMES, count) }
  const profile = {
    userName,
    name,
    emails: [{ primary: true, value: userName, type: 'work' }],
    displayName: `${name.givenName} ${name.familyName}`,
    locale: 'en-US',
    ...(count % 7 === 6 ? {} : { externalId: `00u${random(ALPHANUMERIC, 17)}` }),
    ...(count % 3 === 1
      ? { [ENTERPRISE_SCHEMA]: { employeeNumber: String(1000 + count), department: pick(TEAMS, count) } }
      : {}),
  }
  return { profile, userName, id: undefined, active: true }
}

/** The body of Okta's POST /Users, with what it always adds: no groups, a password, active. */
export const createBody = (person: Person, secret: string): Json => ({
  schemas: ENTERPRISE_SCHEMA in person.profile ? [USER_SCHEMA, ENTERPRISE_SCHEMA] : [USER_SCHEMA],
  ...person.profile,
  groups: [],
  password: placeholderPassword(secret),
  active: true,
})

/**
 * Makes an org up for one run.
 * @param people how many people
 * @param groups how many groups
 */
export const newOrg = (people: number, groups: number): Org => {
  const run = random('abcdefghijklmnopqrstuvwxyz0123456789', 8)
  return {
    run,
    notKept: new Set(),
    secret: `Dr4${random(ALPHANUMERIC, 7)}`,
    people: Array.from({ length: people }, (_, n) => newPerson(run, n)),
    groups: Array.from({ length: groups }, (_, n) => ({
      displayName: `Okta ${run} ${n} ${pick(TEAMS, n)}`,
      id: undefined,
      members: [],
    })),
  }
}
