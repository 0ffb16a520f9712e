/// <reference types="vite/types/importMeta.d.ts" />
/**
 * What providers send beside the letter, row by row, and the exchanges that replay it; Entra's habits one by one, and the
 * other providers.
 */
import { describe, expect, test } from 'vitest'
import { QUIRKS } from '../../worker/scim/reading.ts'
import { readExchanges } from './exchange.ts'

/** What comes in, what is done with it, and the exchanges that show it. */
const tolerated: readonly (readonly [input: string, done: string, exchanges: readonly string[]])[] = [
  ['op in any case', 'is lower-cased', ['others/op-case', 'entra/plain/change-profile']],
  [
    '"True", "False", [true], {"value": true}',
    'are booleans',
    [
      'others/boolean-shapes',
      'entra/plain/disable',
      'entra/plain/string-booleans',
      'okta/oin/deactivate-loosely',
    ],
  ],
  [
    'no path; dotted keys; keys and paths behind a URN',
    'are expanded',
    ['others/tracecat-qualified-path', 'entra/aadOptscim062020/change-profile'],
  ],
  ['an object as JSON text', 'is read where an object is expected', ['others/keycloak-json-text']],
  [
    'members to remove by a filter',
    'are those named',
    ['others/authentik-filtered-remove', 'entra/aadOptscim062020/members', 'okta/oin/change-members'],
  ],
  [
    'members to remove as a list',
    'are those named',
    ['entra/plain/members', 'jumpcloud/group-members', 'entra/validator/group-life'],
  ],
  ['members to remove, alone', 'are all, but nobody where the list is empty', ['others/remove-members-bare']],
  ['a PATCH of more than 100 members', 'has no cap', ['okta/oin/members-by-the-hundred']],
  ['many removals at once', 'are a set, not places', ['others/fusionauth-many-removals']],
  [
    'unknown attributes and schemas',
    'are passed over',
    ['others/unknown-names', 'onelogin/push-person', 'onelogin/template', 'entra/plain/group'],
  ],
  ['id, meta, groups', 'are passed over', ['others/read-only-echo', 'entra/both/create-person']],
  ['null', 'unsets', ['others/nulls', 'onelogin/template', 'others/active-taken-away']],
  [
    'a filter in another case, with plus signs, a trailing & or ?',
    'is understood',
    ['others/filter-spelling', 'onelogin/push-person', 'okta/both/query-encoding'],
  ],
  [
    'a filter that is not understood, an empty one too',
    'is 400 invalidFilter, never an empty list',
    ['others/filter-not-understood'],
  ],
  ['count=0, a negative one, one beyond the cap', 'are totals only, 0, the cap', ['others/pages']],
  ['startIndex=0', 'is 1', ['others/pages']],
  // At once they are in test/routes/concurrency.test.ts: an exchange does one thing after the other.
  ['PATCHes of one group by several', 'all stand, or are 412', ['others/thunderid-stale-version']],
  ['attributes, excludedAttributes', 'are honoured', ['others/attributes', 'entra/both/excluded-members']],
  ['any JSON media type', 'is read', ['no-user-agent/content-types', 'okta/both/content-types']],
  [
    'a creation with the externalId of somebody inactive',
    'brings that person back',
    ['okta/both/revive-person'],
  ],
  ['no User-Agent', 'is no matter', ['no-user-agent/life-of-a-person', 'no-user-agent/refusals']],
]

/** Entra's habits. */
const entra: readonly (readonly [habit: string, exchanges: readonly string[]])[] = [
  ['the connection test', ['both/test-connection']],
  ['capital ops', ['plain/change-profile', 'plain/disable']],
  ['string booleans', ['plain/disable', 'plain/string-booleans']],
  ['members with an empty reference', ['plain/members']],
  ['members by a filter', ['aadOptscim062020/members']],
  ['real booleans', ['aadOptscim062020/disable']],
  ['no path, keys dotted and qualified', ['aadOptscim062020/change-profile']],
  ['the flag in the URL', ['aadOptscim062020/flag-in-the-url']],
  ['paths with filters', ['plain/change-profile', 'plain/whole-elements']],
  ['elements that are not there', ['plain/make-missing-elements', 'aadOptscim062020/make-missing-elements']],
  ['the manager', ['plain/manager', 'aadOptscim062020/manager']],
  ['filters', ['both/lookups']],
  ['the membership probe', ['both/membership-probe']],
  ['groups without their members', ['both/excluded-members']],
  ['the ADSCIM schema, and 204', ['plain/group', 'aadOptscim062020/group']],
  ['a creation with empty roles', ['both/create-person', 'both/create-person-twice']],
  ['soft and hard delete', ['plain/leaver', 'aadOptscim062020/leaver']],
  ['schemas without nulls', ['both/schemas-without-nulls']],
  ['the validator’s people', ['validator/create-user', 'validator/patch-user', 'validator/disabled-user']],
  ['the validator’s names that are taken', ['validator/duplicate-user', 'validator/duplicate-group']],
  ['the validator’s groups', ['validator/group-life']],
]

/** The other providers, and what a hand-made client may send. */
const others: readonly (readonly [what: string, exchanges: readonly string[]])[] = [
  ['OneLogin', ['onelogin/group-members', 'onelogin/leaver']],
  ['JumpCloud’s test user', ['jumpcloud/activation', 'jumpcloud/activation-deactivates']],
  ['JumpCloud', ['jumpcloud/life-of-a-person']],
  ['Ping’s matching', ['ping/lookups']],
  ['Ping, PATCH on and off', ['ping/update-with-patch', 'ping/update-without-patch']],
  ['Ping', ['ping/memberships', 'ping/auth-basic', 'ping/leaver']],
  ['Rippling’s probe and retries', ['rippling/probe', 'rippling/create-retried']],
  ['Rippling', ['rippling/create-person', 'rippling/pages', 'rippling/groups']],
  ['one value for a list', ['others/lone-value']],
  ['members as ids', ['others/member-shapes']],
]

const named = [
  ...tolerated.map(([input, done, names]) => [`${input}: ${done}`, names] as const),
  ...entra.map(([habit, names]) => [`Entra: ${habit}`, names.map((name) => `entra/${name}`)] as const),
  ...others,
]

const exchanges = readExchanges(import.meta.glob('./*/**/*.json', { eager: true, import: 'default' }))
const known = exchanges.map(({ name }) => name)
const beside = exchanges.filter(({ name }) => !name.startsWith('okta/'))

describe('there is an exchange for', () => {
  test.each(named)('%s', (_, names) => {
    expect(names).not.toEqual([])
    expect(known).toEqual(expect.arrayContaining([...names]))
  })
})

test('every exchange of a provider other than Okta is named here', () => {
  const all = named.flatMap(([, names]) => names)
  expect(beside.map(({ name }) => name).filter((name) => !all.includes(name))).toEqual([])
})

test('every one of them says which quirks it has counted', () => {
  expect(beside.filter(({ quirks }) => quirks === undefined).map(({ name }) => name)).toEqual([])
})

test('every quirk is counted by one of the exchanges', () => {
  const counted = new Set<string>(exchanges.flatMap(({ quirks }) => quirks ?? []))
  expect(Object.keys(QUIRKS).filter((name) => !counted.has(name))).toEqual([])
})
