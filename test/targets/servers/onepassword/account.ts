/** A person of the account, as both interfaces know them. Ids here are those of SCIM: upper case. */
export type Person = {
  readonly id: string
  email: string
  /** The address that they still have at the Users API, as they have not confirmed the new one. */
  former: string | undefined
  displayName: string
  givenName: string
  familyName: string
  preferredLanguage: string
  isSuspended: boolean
  readonly created: string
  readonly isOwner: boolean
  /** An externally managed administrator: not to be suspended. */
  readonly isExternal: boolean
}

/** A group. SCIM does not show its members. */
export type Group = {
  readonly id: string
  displayName: string
  readonly created: string
  lastModified: string
  readonly members: Set<string>
}

/** What a test may say of a person who is there from the start. */
export type Given = {
  readonly email: string
  readonly displayName?: string
  readonly isSuspended?: boolean
} & {
  readonly isOwner?: boolean
  readonly isExternal?: boolean
}

/** The people and groups of a 1Password account. */
export type Account = {
  readonly people: Map<string, Person>
  readonly groups: Map<string, Group>
  /** The SCIM side says that it suspends and does not. */
  isHeldBack: boolean
  /** A new address counts at the SCIM side at once, and at the Users API when its person has confirmed it. */
  hasToConfirm: boolean
  /** The Users API has other ids than the SCIM side. */
  hasOwnIds: boolean
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** Gives a fresh id as 1Password has them: 26 characters of base32. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(26))
  return [...bytes].map((byte) => BASE32[byte % 32]).join('')
}

/** Gives an account with its owner. */
export function newAccount(): Account {
  const account: Account = {
    people: new Map(),
    groups: new Map(),
    isHeldBack: false,
    hasToConfirm: false,
    hasOwnIds: false,
  }
  addPerson(account, { email: 'owner@example.com', displayName: 'Olga Owner', isOwner: true })
  return account
}

/** Takes an account and what is known of a person; adds them. */
export function addPerson(account: Account, given: Given): Person {
  const { email, displayName = email, isSuspended = false, isOwner = false, isExternal = false } = given
  const person: Person = {
    id: newId(),
    email,
    former: undefined,
    displayName,
    ...splitName(displayName),
    preferredLanguage: 'en',
    isSuspended,
    created: new Date().toISOString(),
    isOwner,
    isExternal,
  }
  account.people.set(person.id, person)
  return person
}

/** As recorded: the first word is the given name, the rest the family name. */
export function splitName(displayName: string): { givenName: string; familyName: string } {
  const [givenName = '', ...rest] = displayName.split(' ')
  return { givenName, familyName: rest.join(' ') }
}

/** Takes an account and an address; gives who has it. */
export function personOf(account: Account, email: string): Person | undefined {
  return [...account.people.values()].find((person) => person.email.toLowerCase() === email.toLowerCase())
}
