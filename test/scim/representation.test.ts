import { describe, expect, test } from 'vitest'
import { entityTag, locationOf, represent, type Resource } from '../../worker/scim/representation.ts'
import { readResource } from '../../worker/scim/resource.ts'
import { groupType, userType } from '../../worker/scim/resourceTypes.ts'
import { readSelection } from '../../worker/scim/selection.ts'
import { ENTERPRISE, GROUP, USER } from './attributeOf.ts'

const BASE = 'https://bridge.test/scim/v2'
const everything = { kind: 'default' } as const

const anna: Resource = {
  id: '7',
  version: 3,
  created: '2026-11-02T15:04:05.000Z',
  modified: '2026-11-03T15:04:05.000Z',
  document: {
    userName: 'anna',
    externalId: 'AbC',
    active: false,
    name: { givenName: 'Anna', familyName: 'Ek' },
    emails: [
      { value: 'a@x.org', type: 'work', primary: true },
      { value: 'b@x.org', primary: false },
    ],
    [ENTERPRISE]: { department: 'Law', manager: { value: '8' } },
  },
  memberships: [
    { id: 'g1', type: 'Group', display: 'Sales' },
    { id: 'g 2', type: 'Group', display: null },
  ],
}

const sales: Resource = {
  ...anna,
  id: 'g1',
  document: { displayName: 'Sales' },
  memberships: [
    { id: '7', type: 'User', display: 'Anna Ek' },
    { id: 'g2', type: 'Group', display: null },
  ],
}

describe('a person is shown', () => {
  test('whole', () => {
    expect(represent(userType, anna, BASE, everything)).toEqual({
      schemas: [USER, ENTERPRISE],
      id: '7',
      ...anna.document,
      groups: [
        { value: 'g1', $ref: `${BASE}/Groups/g1`, display: 'Sales', type: 'direct' },
        { value: 'g 2', $ref: `${BASE}/Groups/g%202`, type: 'direct' },
      ],
      meta: {
        resourceType: 'User',
        created: '2026-11-02T15:04:05.000Z',
        lastModified: '2026-11-03T15:04:05.000Z',
        location: `${BASE}/Users/7`,
        version: entityTag(userType, anna),
      },
    })
  })

  test.each([
    ['no extension', { userName: 'anna' }],
    ['an empty extension', { userName: 'anna', [ENTERPRISE]: {} }],
    ['an extension with nothing in it', { userName: 'anna', [ENTERPRISE]: { manager: {} } }],
  ])('without the URN of the extension where there is %s', (_, document) => {
    const shown = represent(userType, { ...anna, document }, BASE, everything)
    expect(shown['schemas']).toEqual([USER])
    expect(shown).not.toHaveProperty([ENTERPRISE])
  })

  test('without groups where there are none', () => {
    expect(represent(userType, { ...anna, memberships: [] }, BASE, everything)).not.toHaveProperty('groups')
  })

  test('as far as is asked', () => {
    const selection = readSelection(userType, 'userName,groups.value', undefined)
    expect(represent(userType, anna, BASE, selection)).toEqual({
      schemas: [USER, ENTERPRISE],
      id: '7',
      userName: 'anna',
      groups: [{ value: 'g1' }, { value: 'g 2' }],
    })
  })
})

test('a group is shown with its members, each with its kind and its address', () => {
  expect(represent(groupType, sales, BASE, everything)).toMatchObject({
    schemas: [GROUP],
    id: 'g1',
    displayName: 'Sales',
    members: [
      { value: '7', $ref: `${BASE}/Users/7`, type: 'User' },
      { value: 'g2', $ref: `${BASE}/Groups/g2`, type: 'Group' },
    ],
    meta: { resourceType: 'Group', location: `${BASE}/Groups/g1` },
  })
})

describe('what was shown can be sent back as it is', () => {
  test('by a person', () => {
    const sent = readResource(userType, represent(userType, anna, BASE, everything))
    expect(sent.document).toEqual(anna.document)
    expect([...sent.named]).toEqual(Object.keys(anna.document))
  })

  test('by a group', () => {
    const sent = readResource(groupType, represent(groupType, sales, BASE, everything))
    expect(sent).toMatchObject({ document: sales.document, members: ['7', 'g2'] })
  })
})

test('an entity tag is weak and tells versions apart', () => {
  const tagOf = (version: number, ...groups: readonly string[]) =>
    entityTag(userType, {
      version,
      memberships: groups.map((id) => ({ id, type: 'Group', display: null })),
    })
  expect([tagOf(1), tagOf(12)]).toEqual(['W/"1"', 'W/"12"'])
  const joined = tagOf(1, 'a', 'b')
  expect(joined).toMatch(/^W\/"1-[0-9a-f]{8}"$/)
  expect(joined).toBe(tagOf(1, 'b', 'a'))
  expect(new Set([joined, tagOf(1), tagOf(1, 'a'), tagOf(2, 'a', 'b')]).size).toBe(4)
})

test.each([
  ['7', `${BASE}/Users/7`],
  ['a/b?c#d', `${BASE}/Users/a%2Fb%3Fc%23d`],
])('the address of %s is %s', (id, address) => expect(locationOf(BASE, userType, id)).toBe(address))
