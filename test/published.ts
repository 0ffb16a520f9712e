import { ENTERPRISE, GROUP, USER } from './scim/attributeOf.ts'

/** An attribute as a schema defines it, in the code or as /Schemas shows it. */
export type Defined = {
  readonly name: string
  readonly type: string
  readonly multiValued: boolean
  readonly required: boolean
  readonly caseExact?: boolean | undefined
  readonly mutability: string
  readonly returned: string
  readonly uniqueness?: string | undefined
  readonly subAttributes?: readonly Defined[] | undefined
}

/** What of an attribute differs from the defaults of RFC 7643 §2.2, in words. */
function traits(row: Defined): string {
  const { uniqueness = 'none' } = row
  const words = [
    row.type === 'string' ? [] : [row.type],
    row.multiValued ? ['plural'] : [],
    row.required ? ['required'] : [],
    row.caseExact === true ? ['exact'] : [],
    row.mutability === 'readWrite' ? [] : [row.mutability],
    row.returned === 'default' ? [] : [row.returned],
    uniqueness === 'none' ? [] : [uniqueness],
  ]
  return words.flat().join(' ')
}

/** Takes attributes; gives their traits by their names, sub-attributes behind a dot. */
export function table(rows: readonly Defined[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    rows.flatMap((row) => [
      [row.name, traits(row)],
      ...(row.subAttributes ?? []).map((sub) => [`${row.name}.${sub.name}`, traits(sub)]),
    ]),
  )
}

const simple = (...names: string[]) => Object.fromEntries(names.map((name) => [name, '']))

const plural = (name: string, value = '') => ({
  [name]: 'complex plural',
  [`${name}.value`]: value,
  ...simple(`${name}.display`, `${name}.type`),
  [`${name}.primary`]: 'boolean',
})

/** The schemas of RFC 7643 §8.7.1 as its verified errata have them, with what the bridge shows beside them. */
export const published: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  [USER]: {
    userName: 'required server',
    name: 'complex',
    ...simple('name.formatted', 'name.familyName', 'name.givenName', 'name.middleName'),
    ...simple('name.honorificPrefix', 'name.honorificSuffix'),
    ...simple('displayName', 'nickName', 'title', 'userType', 'preferredLanguage', 'locale', 'timezone'),
    profileUrl: 'reference',
    active: 'boolean',
    password: 'writeOnly never',
    ...plural('emails'),
    ...plural('phoneNumbers'),
    ...plural('ims'),
    ...plural('photos', 'reference'),
    addresses: 'complex plural',
    ...simple('addresses.formatted', 'addresses.streetAddress', 'addresses.locality', 'addresses.region'),
    ...simple('addresses.postalCode', 'addresses.country', 'addresses.type'),
    // §4.1.2 has it, the definition in §8.7.1 has not.
    'addresses.primary': 'boolean',
    groups: 'complex plural readOnly',
    'groups.value': 'readOnly',
    'groups.$ref': 'reference readOnly',
    'groups.display': 'readOnly',
    'groups.type': 'readOnly',
    ...plural('entitlements'),
    ...plural('roles'),
    ...plural('x509Certificates', 'binary'),
  },
  [GROUP]: {
    displayName: 'required',
    members: 'complex plural',
    'members.value': 'immutable',
    'members.$ref': 'reference immutable',
    'members.type': 'immutable',
    // The examples of §8.4 have it, the definition in §8.7.1 has not.
    'members.display': 'readOnly request',
  },
  [ENTERPRISE]: {
    ...simple('employeeNumber', 'costCenter', 'organization', 'division', 'department'),
    manager: 'complex',
    'manager.value': 'exact',
    'manager.$ref': 'reference',
    'manager.displayName': 'readOnly',
  },
}
