import { describe, expect, test } from 'vitest'
import { patchOf, patched } from './patched.ts'
import { userType } from '../../worker/scim/resourceTypes.ts'
import { ENTERPRISE, USER } from './attributeOf.ts'

const anna = {
  userName: 'anna',
  title: 'Trainee',
  active: true,
  name: { givenName: 'Anna', familyName: 'Ek' },
  emails: [{ value: 'a@x.org', type: 'work' }],
  [ENTERPRISE]: { department: 'Law', manager: { value: '7', $ref: 'https://x.org/Users/7' } },
}

describe('a single value', () => {
  test.each([
    ['is added', { op: 'add', path: 'nickName', value: 'An' }, { ...anna, nickName: 'An' }],
    ['is replaced by an add', { op: 'add', path: 'title', value: 'Boss' }, { ...anna, title: 'Boss' }],
    ['is replaced', { op: 'replace', path: 'TITLE', value: 'Boss' }, { ...anna, title: 'Boss' }],
    [
      'is replaced where there is none',
      { op: 'replace', path: 'locale', value: 'sv-SE' },
      { ...anna, locale: 'sv-SE' },
    ],
    [
      'is named by its URN',
      { op: 'replace', path: `${USER.toUpperCase()}:title`, value: 'Boss' },
      { ...anna, title: 'Boss' },
    ],
    [
      'is switched off by a text',
      { op: 'Replace', path: 'active', value: 'False' },
      { ...anna, active: false },
    ],
    [
      'is switched off in a list',
      { op: 'replace', path: 'active', value: [false] },
      { ...anna, active: false },
    ],
    ['is made a text', { op: 'replace', path: 'title', value: 3 }, { ...anna, title: '3' }],
  ])('%s', (_, operation, after) => expect(patched(anna, operation)).toEqual(after))

  test.each([
    ['a remove', { op: 'remove', path: 'title' }],
    ['null', { op: 'replace', path: 'title', value: null }],
    ['the empty text', { op: 'replace', path: 'title', value: '' }],
    ['the empty list', { op: 'add', path: 'title', value: [] }],
    ['null without a path', { op: 'replace', value: { title: null } }],
    ['the empty text without a path', { op: 'add', value: { TITLE: '' } }],
  ])('is cleared by %s', (_, operation) => {
    const { title: _title, ...rest } = anna
    expect(patched(anna, operation)).toEqual(rest)
  })
})

describe('without a path', () => {
  test('the attributes in the value are changed, and only those', () => {
    expect(patched(anna, { op: 'replace', value: { active: false } })).toEqual({ ...anna, active: false })
  })

  test('names may have dots and URNs', () => {
    const value = {
      displayName: 'A',
      'name.givenName': 'Ann',
      [`${USER}:title`]: 'Boss',
      [`${ENTERPRISE}:employeeNumber`]: 701,
      [`${ENTERPRISE}:manager.value`]: '8',
    }
    expect(patched(anna, { op: 'replace', value })).toEqual({
      ...anna,
      displayName: 'A',
      title: 'Boss',
      name: { givenName: 'Ann', familyName: 'Ek' },
      [ENTERPRISE]: {
        department: 'Law',
        employeeNumber: '701',
        manager: { value: '8', $ref: 'https://x.org/Users/7' },
      },
    })
  })

  test('an add appends to a list, a replace replaces it', () => {
    const emails = [{ value: 'b@x.org', type: 'home' }]
    expect(patched(anna, { op: 'add', value: { emails } })['emails']).toEqual([...anna.emails, ...emails])
    expect(patched(anna, { op: 'replace', value: { emails } })['emails']).toEqual(emails)
  })
})

describe('a complex attribute', () => {
  test.each([
    ['add', { op: 'add', path: 'name', value: { middleName: 'B', GIVENNAME: 'Ann' } }],
    ['replace', { op: 'replace', path: 'name', value: { middleName: 'B', givenName: 'Ann' } }],
    ['replace without a path', { op: 'replace', value: { NAME: { middleName: 'B', givenName: 'Ann' } } }],
  ])('keeps what %s does not name', (_, operation) => {
    const name = { givenName: 'Ann', middleName: 'B', familyName: 'Ek' }
    expect(patched(anna, operation)).toEqual({ ...anna, name })
  })

  test.each([
    [
      'one part is set',
      { op: 'add', path: 'name.middleName', value: 'B' },
      { ...anna.name, middleName: 'B' },
    ],
    ['one part is removed', { op: 'remove', path: 'name.familyName' }, { givenName: 'Anna' }],
    [
      'one part is cleared',
      { op: 'replace', path: 'name', value: { familyName: null } },
      { givenName: 'Anna' },
    ],
    ['all is removed', { op: 'remove', path: 'name' }, undefined],
    ['all is cleared', { op: 'replace', path: 'name', value: null }, undefined],
    ['an empty object changes nothing', { op: 'replace', path: 'name', value: {} }, anna.name],
  ])('%s', (_, operation, name) => expect(patched(anna, operation)['name']).toEqual(name))

  test('is gone with its last part', () => {
    const operations = [
      { op: 'remove', path: 'name.givenName' },
      { op: 'remove', path: 'name.familyName' },
    ]
    expect(patched(anna, ...operations)).not.toHaveProperty('name')
  })
})

describe('an extension', () => {
  const { [ENTERPRISE]: _, ...plain } = anna
  const manager = { value: '7', $ref: 'https://x.org/Users/7' }

  test.each([
    [
      'is made by its first attribute',
      plain,
      { op: 'add', path: `${ENTERPRISE}:division`, value: 'B' },
      { division: 'B' },
    ],
    [
      'is merged with what is added',
      anna,
      { op: 'add', path: ENTERPRISE, value: { DIVISION: 'B' } },
      { department: 'Law', manager, division: 'B' },
    ],
    [
      'is merged without a path',
      anna,
      { op: 'replace', value: { [ENTERPRISE.toLowerCase()]: { department: 'Art' } } },
      { department: 'Art', manager },
    ],
    ['loses one attribute', anna, { op: 'remove', path: `${ENTERPRISE}:manager` }, { department: 'Law' }],
    [
      'takes a bare id as manager',
      anna,
      { op: 'replace', path: `${ENTERPRISE}:manager`, value: '8' },
      { department: 'Law', manager: { value: '8' } },
    ],
    [
      'keeps the other half of manager',
      anna,
      { op: 'add', path: `${ENTERPRISE}:manager`, value: { value: '8' } },
      { department: 'Law', manager: { ...manager, value: '8' } },
    ],
    ['is gone with a remove', anna, { op: 'remove', path: ENTERPRISE }, undefined],
    ['is gone with null', anna, { op: 'replace', value: { [ENTERPRISE]: null } }, undefined],
  ])('%s', (_name, document, operation, after) => {
    expect(patched(document, operation)[ENTERPRISE]).toEqual(after)
  })

  test('is gone with its last attribute', () => {
    const operations = ['department', 'manager'].map((name) => ({
      op: 'remove',
      path: `${ENTERPRISE}:${name}`,
    }))
    expect(patched(anna, ...operations)).toEqual(plain)
  })
})

describe('operations', () => {
  test('are carried out in order, each on the result of the one before', () => {
    const operations = [
      { op: 'remove', path: 'title' },
      { op: 'add', path: 'title', value: 'a' },
      { op: 'add', path: 'emails', value: [{ value: 'b@x.org', type: 'home' }] },
      { op: 'replace', path: 'emails[type eq "home"].value', value: 'c@x.org' },
      { op: 'remove', path: 'emails[type eq "work"]' },
      { op: 'replace', path: 'title', value: 'b' },
    ]
    expect(patched(anna, ...operations)).toEqual({
      ...anna,
      title: 'b',
      emails: [{ value: 'c@x.org', type: 'home' }],
    })
  })

  test('leave the document they began with as it was', () => {
    const before = structuredClone(anna)
    patched(
      before,
      { op: 'add', path: 'emails[type eq "work"].display', value: 'A' },
      { op: 'remove', path: 'name' },
    )
    expect(before).toEqual(anna)
  })

  test('that say by themselves what comes out do not ask for the document', () => {
    const kinds = (operation: unknown) => patchOf(userType, [operation]).steps.map(({ kind }) => kind)
    expect(kinds({ op: 'replace', value: { active: false, name: { givenName: 'A' } } })).toEqual([
      'edit',
      'edit',
    ])
    expect(kinds({ op: 'replace', path: 'emails', value: [{ value: 'a' }] })).toEqual(['edit'])
    expect(kinds({ op: 'remove', path: 'emails' })).toEqual(['edit'])
    expect(kinds({ op: 'add', path: 'emails', value: [{ value: 'a' }] })).toEqual(['elements'])
    expect(kinds({ op: 'remove', path: 'emails[type eq "work"]' })).toEqual(['elements'])
  })
})
