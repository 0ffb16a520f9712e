import type { ScimError } from './error.ts'

/**
 * What providers send beside the letter of RFC 7644 and of the interoperability profile, by the name under which it is
 * counted: what it is, and who is known to do it.
 */
export const QUIRKS = {
  op_case: { what: 'op in capital letters', who: 'Entra' },
  string_boolean: { what: 'a text, a list or an object for a boolean', who: 'Entra, Okta' },
  number_as_string: { what: 'a number for a text', who: 'Okta' },
  patch_without_schema: { what: 'a PATCH without the URN of PatchOp', who: 'hand-made clients' },
  body_without_schemas: { what: 'a resource without its schema', who: 'OneLogin' },
  unknown_schema: { what: 'a schema the type does not have', who: 'Entra, OneLogin' },
  unknown_attribute: { what: 'an attribute no schema has', who: 'Okta, Entra' },
  pathless: { what: 'a PATCH operation without a path', who: 'Okta, Entra' },
  dotted_key: { what: 'a path as the key of a value', who: 'Entra' },
  json_text: { what: 'an object as a text', who: 'Keycloak' },
  lone_value: { what: 'one value for a list', who: 'hand-made clients' },
  manager_string: { what: 'the manager as an id', who: 'Entra' },
  member_string: { what: 'a member as an id', who: 'hand-made clients' },
  members_remove_list: { what: 'members to remove as a list', who: 'Entra, JumpCloud' },
  element_made: { what: 'a change of an element that is not there', who: 'Entra' },
  merge_complex: { what: 'a part of an attribute in place of all', who: 'Okta, Entra' },
  active_kept: { what: 'active taken away', who: 'OneLogin, test suites' },
  filter_without_sub: { what: 'a value filter without a sub-attribute', who: 'Entra' },
  filter_many: { what: 'a value filter that finds several', who: 'Entra' },
  revived: { what: 'somebody inactive made anew', who: 'Okta, Rippling' },
  filter_dotted: { what: 'a comparison behind the brackets of a filter', who: 'Entra' },
} as const

export type Quirk = keyof typeof QUIRKS

/**
 * How a request is read. Tolerant reading takes what providers really send, and notes each quirk: each place where strict
 * reading would refuse or understand something else. Strict reading notes nothing.
 */
export type Reading = {
  readonly strict: boolean
  readonly quirks: Set<Quirk>
  /** Takes a person's id; gives the address under which the client knows that person. */
  readonly addressOf?: (id: string) => string
}

/** Takes how to read and, where it is known, what gives a person's address; gives a reading that has noted nothing yet. */
export function readingOf(mode: 'tolerant' | 'strict', addressOf?: Reading['addressOf']): Reading {
  return {
    strict: mode === 'strict',
    quirks: new Set(),
    ...(addressOf === undefined ? {} : { addressOf }),
  }
}

/** Takes a reading, a quirk that was met, and what is wrong with it. Throws that where the reading is strict. */
export function tolerate(reading: Reading, quirk: Quirk, wrong: () => ScimError): void {
  if (reading.strict) throw wrong()
  reading.quirks.add(quirk)
}

/** Takes a reading and a quirk that is no fault in either mode; notes it where the reading is tolerant. */
export function note(reading: Reading, quirk: Quirk): void {
  if (!reading.strict) reading.quirks.add(quirk)
}

/** Takes a reading and a quirk that was met; says whether it is to be understood the strict way. */
export function isStrictAbout(reading: Reading, quirk: Quirk): boolean {
  note(reading, quirk)
  return reading.strict
}
