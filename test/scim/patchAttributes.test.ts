import { describe, expect, test } from 'vitest'
import { patchOf, patched } from './patched.ts'
import { userType } from '../../worker/scim/resourceTypes.ts'
import { ENTERPRISE, GROUP, USER } from './attributeOf.ts'

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

  test.each([
    ['a remove', { op: 'remove', path: 'active' }],
    ['null', { op: 'replace', path: 'active', value: null }],
    ['the empty text', { op: 'add', path: 'ACTIVE', value: '' }],
    ['the empty list', { op: 'replace', path: `${USER}:active`, value: [] }],
    ['null without a path', { op: 'replace', value: { active: null } }],
    ['the empty list without a path', { op: 'add', value: { active: [] } }],
  ])('is kept in spite of %s where it says whether the person is active', (_, operation) => {
    expect(patched(anna, operation)).toEqual(anna)
    expect(patched({ ...anna, active: false }, operation)).toEqual({ ...anna, active: false })
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
        manager: { value: '8' },
      },
    })
  })

  test('names may be paths with a filter', () => {
    const value = {
      'emails[type eq "work"].value': 'w@x.org',
      [`${USER}:phoneNumbers[type eq "mobile"].value`]: '1',
      'emails[type eq "home"]': { value: 'h@x.org' },
      title: 'Boss',
    }
    expect(patched(anna, { op: 'add', value })).toEqual({
      ...anna,
      title: 'Boss',
      emails: [
        { value: 'w@x.org', type: 'work' },
        { value: 'h@x.org', type: 'home' },
      ],
      phoneNumbers: [{ value: '1', type: 'mobile' }],
    })
  })

  test.each([USER, USER.toUpperCase()])('attributes may stand under %s', (urn) => {
    const inner = {
      TITLE: 'Boss',
      'name.givenName': 'Ann',
      'emails[type eq "work"].value': 'w@x.org',
      [ENTERPRISE]: { department: 'Art' },
      id: '9',
      shoeSize: 9,
    }
    expect(patched(anna, { op: 'replace', value: { nickName: 'An', [urn]: inner } })).toEqual({
      ...anna,
      nickName: 'An',
      title: 'Boss',
      name: { givenName: 'Ann', familyName: 'Ek' },
      emails: [{ value: 'w@x.org', type: 'work' }],
      [ENTERPRISE]: { ...anna[ENTERPRISE], department: 'Art' },
    })
  })

  test('but not under it twice, nor under that of another kind of resource', () => {
    const nested = { [USER]: { [USER]: { title: 'Boss' } } }
    expect(patched(anna, { op: 'replace', value: nested })).toEqual(anna)
    expect(patched(anna, { op: 'replace', value: { [GROUP]: { displayName: 'Boss' } } })).toEqual(anna)
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

describe('the manager', () => {
  const manager = { value: '7', $ref: 'https://x.org/Users/7' }
  const path = `${ENTERPRISE}:manager`

  test.each([
    ['an id', { op: 'replace', path: `${path}.value`, value: '8' }, { value: '8' }],
    ['an id without a path', { op: 'add', value: { [`${path}.value`]: '8' } }, { value: '8' }],
    ['an object', { op: 'add', path, value: { value: '8' } }, { value: '8' }],
    ['an object without a path', { op: 'replace', value: { [path]: { VALUE: '8' } } }, { value: '8' }],
    [
      'an object in the extension',
      { op: 'add', path: ENTERPRISE, value: { manager: { value: '8' } } },
      { value: '8' },
    ],
    ['nothing', { op: 'replace', path: `${path}.value`, value: '' }, undefined],
    ['nobody by path', { op: 'remove', path: `${path}.value` }, undefined],
    ['nobody in an object', { op: 'replace', path, value: { value: null } }, undefined],
  ])('loses the address of the one before with %s', (_, operation, after) => {
    expect(patched(anna, operation)).toEqual({
      ...anna,
      [ENTERPRISE]: { department: 'Law', ...(after === undefined ? {} : { manager: after }) },
    })
  })

  test.each([
    ['beside the id', { op: 'replace', path, value: { value: '8', $ref: 'r' } }, { value: '8', $ref: 'r' }],
    ['before the id', { op: 'add', path, value: { $REF: 'r', value: '8' } }, { value: '8', $ref: 'r' }],
    [
      'beside the id without a path',
      { op: 'replace', value: { [`${path}.value`]: '8', [`${path}.$ref`]: 'r' } },
      { value: '8', $ref: 'r' },
    ],
    ['alone', { op: 'replace', path, value: { $ref: 'r' } }, { value: '7', $ref: 'r' }],
    ['alone by its path', { op: 'replace', path: `${path}.$ref`, value: 'r' }, { value: '7', $ref: 'r' }],
    ['of an empty object', { op: 'replace', path, value: {} }, manager],
    ['of a new name', { op: 'replace', path, value: { displayName: 'Bo' } }, manager],
  ])('has the address %s', (_, operation, after) => {
    expect(patched(anna, operation)).toEqual({
      ...anna,
      [ENTERPRISE]: { department: 'Law', manager: after },
    })
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
