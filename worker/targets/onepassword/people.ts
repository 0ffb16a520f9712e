import * as v from 'valibot'
import { isJsonObject, isList, type JsonObject } from '../../scim/json.ts'

const person = v.object({
  id: v.pipe(v.string(), v.minLength(1), v.maxLength(128)),
  email: v.pipe(v.string(), v.minLength(1), v.maxLength(1_024)),
  display_name: v.fallback(v.optional(v.string(), ''), ''),
  /** ACTIVE, SUSPENDED or STATE_UNSPECIFIED; whatever else may come is neither of the first two. */
  state: v.fallback(v.optional(v.string(), ''), ''),
})

const page = v.object({
  results: v.array(person),
  next_page_token: v.nullish(v.string()),
})

/** A person as the Users API shows them (developer.1password.com/docs/users-api/get-user). */
export type Person = v.InferOutput<typeof person>

/** A page of people. `next` is the token of the following one. */
export type PeoplePage = { readonly people: readonly Person[]; readonly next: string | undefined }

/** Takes the body of an answer; gives the person in it, undefined where it is none. */
export function readPerson(body: unknown): Person | undefined {
  const read = v.safeParse(person, body)
  return read.success ? read.output : undefined
}

/**
 * Takes the body of an answer; gives the page it is, undefined where it is none: a list is believed as a whole or not.
 */
export function readPeople(body: unknown): PeoplePage | undefined {
  const read = v.safeParse(page, body)
  if (!read.success) return undefined
  const { results, next_page_token: token } = read.output
  return { people: results, next: token === null || token === '' ? undefined : token }
}

/** Takes a person; says whether they have access, undefined where the API does not say. */
export function isActive({ state }: Person): boolean | undefined {
  if (state === 'ACTIVE') return true
  return state === 'SUSPENDED' ? false : undefined
}

/** Takes a person; gives what the API shows of them, in the terms of RFC 7643. */
export function shownOf(shown: Person): JsonObject {
  const active = isActive(shown)
  return {
    userName: shown.email,
    ...(shown.display_name === '' ? {} : { displayName: shown.display_name }),
    emails: [{ value: shown.email, primary: true }],
    ...(active === undefined ? {} : { active }),
  }
}

/**
 * Takes a person; gives the document for an import, which needs a given and a family name: the last word is the family
 * name, and a single one is both. Who has no name is called by the beginning of their address.
 */
export function importedOf(shown: Person): JsonObject {
  const words = shown.display_name.split(/\s+/u).filter((word) => word !== '')
  const only = shown.email.split('@')[0] ?? shown.email
  const familyName = words.at(-1) ?? only
  const givenName = words.length > 1 ? words.slice(0, -1).join(' ') : familyName
  return { ...shownOf(shown), name: { givenName, familyName } }
}

/**
 * Takes a document; gives the addresses its person may have at 1Password, best first: there the userName is the
 * address; the primary one of emails, or the first, comes after it.
 */
export function addressesOf(document: JsonObject): readonly string[] {
  const { userName, emails } = document
  const listed = isList(emails) ? emails.filter(isJsonObject) : []
  const primary = (listed.find((email) => email['primary'] === true) ?? listed[0])?.['value']
  const texts = [userName, primary].filter((text): text is string => typeof text === 'string')
  return texts.filter((text, at) => text.includes('@') && texts.findIndex((one) => isSame(one, text)) === at)
}

/** Takes two addresses or ids; says whether they are one: 1Password shows the same id in upper and in lower case. */
export function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}
