import { describe, expect, test } from 'vitest'
import { groupType, userType } from '../../worker/scim/resourceTypes.ts'
import { notAnObject, readMembers, readResource, withDefaults } from '../../worker/scim/resource.ts'
import { ENTERPRISE, GROUP, USER } from './attributeOf.ts'
import { refusal } from './refusal.ts'

const readPerson = (body: unknown) => readResource(userType, body)
const readGroup = (body: unknown) => readResource(groupType, body)

describe('a person is read', () => {
  test('with names in any case, in the spelling of the schemas', () => {
    const body = {
      SCHEMAS: [USER],
      USERNAME: 'Anna',
      ExternalID: 'AbC',
      Name: { GIVENNAME: 'Anna' },
      EMAILS: [{ Value: 'a@x.org', PRIMARY: 'True' }],
      [ENTERPRISE.toUpperCase()]: { DEPARTMENT: 'Law', Manager: { VALUE: '7' } },
    }
    expect(readPerson(body).document).toEqual({
      userName: 'Anna',
      externalId: 'AbC',
      name: { givenName: 'Anna' },
      emails: [{ value: 'a@x.org', primary: true }],
      [ENTERPRISE]: { department: 'Law', manager: { value: '7' } },
    })
  })

  test.each([
    ['an id', { id: '7' }],
    ['meta', { META: { created: '2000-01-01T00:00:00Z', version: 'W/"9"' } }],
    ['schemas', { schemas: ['urn:x:unknown', USER, USER] }],
    ['groups', { groups: [{ value: '7', display: 'Sales' }] }],
    ['a wrong value of what is readOnly', { groups: 'Sales', meta: 5, id: {} }],
    ['what no schema knows', { shoeSize: 9, 'urn:x:y': { a: 1 }, 'name.givenName': 'A', department: 'Law' }],
    ['members, which a person has not', { members: [{ value: '7' }] }],
    ['a password', { password: 'secret' }],
    ['an extension with nothing known in it', { [ENTERPRISE]: { shoeSize: 9, department: '' } }],
    ['an extension that is null', { [ENTERPRISE]: null }],
    ['an extension that is empty', { [ENTERPRISE]: {} }],
    [
      'null, the empty text and the empty list',
      { title: null, nickName: '', emails: [], name: null, roles: '' },
    ],
  ])('without %s', (_, more) => {
    expect(readPerson({ userName: 'anna', ...more })).toMatchObject({
      document: { userName: 'anna' },
      members: undefined,
    })
    expect(Object.keys(readPerson({ userName: 'anna', ...more }).document)).toEqual(['userName'])
  })

  test('with false and zero as values', () => {
    const { document } = readPerson({ userName: 0, active: false })
    expect(document).toEqual({ userName: '0', active: false })
  })

  test.each([null, '', []])('as if it did not speak of active, where that is %j', (active) => {
    const { document, named } = readPerson({ userName: 'a', active })
    expect(document).toEqual({ userName: 'a' })
    expect(named).toEqual(new Set(['userName']))
    expect(readPerson({ active: false, userName: 'a', ACTIVE: active }).document).toEqual({
      userName: 'a',
      active: false,
    })
  })

  test.each([true, 'False', { value: false }])('as one that speaks of active, where that is %j', (active) => {
    expect(readPerson({ userName: 'a', active }).named).toEqual(new Set(['userName', 'active']))
  })

  test.each([
    ['none', {}],
    ['none but null', { schemas: null }],
    ['an empty list of them', { schemas: [] }],
    ['its own', { schemas: [USER] }],
    ['its own in any case', { SCHEMAS: [USER.toUpperCase()] }],
    ['its own beside that of a group', { schemas: [GROUP, USER] }],
    ['that of the extension', { schemas: [ENTERPRISE] }],
    ['one that nobody knows', { schemas: ['urn:x:unknown', `${GROUP}:x`] }],
  ])('from a body whose schemas are %s', (_, schemas) => {
    expect(readPerson({ ...schemas, userName: 'a' }).document).toEqual({ userName: 'a' })
  })

  test('the last of two spellings counts, a cleared one too', () => {
    expect(readPerson({ userName: 'a', title: 'x', TITLE: 'y' }).document).toEqual({
      userName: 'a',
      title: 'y',
    })
    expect(readPerson({ userName: 'a', title: 'x', TITLE: null }).document).toEqual({ userName: 'a' })
  })

  test('and the attributes it spoke of are named, the cleared ones too', () => {
    const body = {
      id: '7',
      USERNAME: 'a',
      title: null,
      password: 'x',
      shoeSize: 9,
      [ENTERPRISE.toLowerCase()]: null,
    }
    expect(readPerson(body).named).toEqual(new Set(['userName', 'title', ENTERPRISE]))
  })
})

describe('a body is refused', () => {
  test.each([null, undefined, 'x', 5, true, [], [{ userName: 'a' }]])('that is %j', (body) => {
    expect(refusal(() => readPerson(body))).toEqual({
      status: 400,
      scimType: 'invalidSyntax',
      detail: 'body: expected a JSON object with the attributes of a User',
    })
  })

  test('in words for its kind of resource', () => {
    expect(notAnObject(groupType).message).toBe('body: expected a JSON object with the attributes of a Group')
  })

  test.each([
    {},
    { userName: '' },
    { userName: null },
    { userName: [] },
    { userName: 'a', USERNAME: '' },
    { userName: ' ' },
    { userName: '\t\n\u00A0' },
    { userName: 'a', USERNAME: ' ' },
    { schemas: [USER] },
  ])('without a userName: %j', (body) => {
    expect(refusal(() => readPerson(body))).toEqual({
      status: 400,
      scimType: 'invalidValue',
      detail: 'userName: expected a value: userName is required',
    })
  })

  test.each([{}, { displayName: '  ' }])('without the displayName of a group: %j', (name) => {
    const { status, scimType, detail } = refusal(() => readGroup({ schemas: [GROUP], members: [], ...name }))
    expect({ status, scimType }).toEqual({ status: 400, scimType: 'invalidValue' })
    expect(detail).toContain('displayName is required')
  })

  test('but not for blanks around a name, nor for blanks in what is not required', () => {
    expect(readPerson({ userName: ' a ', title: ' ' }).document).toEqual({ userName: ' a ', title: ' ' })
  })

  test.each([[[GROUP]], [[ENTERPRISE, GROUP.toUpperCase()]], [['urn:x:unknown', GROUP]]])(
    'that is one of a group by its schemas: %j',
    (schemas) => {
      expect(refusal(() => readPerson({ userName: 'a', schemas }))).toEqual({
        status: 400,
        scimType: 'invalidValue',
        detail: `schemas: expected ${USER}, not ${GROUP}, at /Users`,
      })
    },
  )

  test('that is one of a person by its schemas, where a group is expected', () => {
    expect(refusal(() => readGroup({ displayName: 'a', Schemas: [USER, ENTERPRISE] }))).toEqual({
      status: 400,
      scimType: 'invalidValue',
      detail: `schemas: expected ${GROUP}, not ${USER}, at /Groups`,
    })
    expect(readGroup({ displayName: 'a', schemas: [ENTERPRISE] }).document).toEqual({ displayName: 'a' })
  })

  test.each([
    [{ userName: {} }, 'userName: expected a string, not an object'],
    [{ userName: 'a', active: 'maybe' }, 'active: expected true or false, not a string'],
    [{ userName: 'a', EMAILS: 'a@x.org' }, 'emails: expected an array, not a string'],
    [{ userName: 'a', emails: [{ value: 'a' }, 5] }, 'emails[1]: expected an object, not a number'],
    [
      { userName: 'a', [ENTERPRISE]: 'Law' },
      `${ENTERPRISE}: expected an object with the attributes of the extension`,
    ],
    [
      { userName: 'a', [ENTERPRISE]: [{}] },
      `${ENTERPRISE}: expected an object with the attributes of the extension`,
    ],
    [
      { userName: 'a', [ENTERPRISE]: { Department: {} } },
      `${ENTERPRISE}:department: expected a string, not an object`,
    ],
    [
      { userName: 'a', [ENTERPRISE]: { manager: { value: {} } } },
      `${ENTERPRISE}:manager.value: expected a string, not an object`,
    ],
    [{ userName: 'a\uD800' }, 'userName: expected Unicode text without NUL and lone surrogates'],
    [
      { userName: 'a', name: { givenName: '\0' } },
      'name.givenName: expected Unicode text without NUL and lone surrogates',
    ],
  ])('with a wrong value: %j', (body, detail) => {
    expect(refusal(() => readPerson(body))).toEqual({ status: 400, scimType: 'invalidValue', detail })
  })
})

describe('the members of a group', () => {
  test('are apart from its document', () => {
    const body = { displayName: 'Sales', externalId: 7, MEMBERS: [{ value: 'a', display: 'Anna' }] }
    const { document, members, named } = readGroup(body)
    expect(document).toEqual({ displayName: 'Sales', externalId: '7' })
    expect(members).toEqual(['a'])
    expect(named.has('members')).toBe(true)
  })

  test.each([null, '', []])('are nobody for %j', (members) => {
    expect(readGroup({ displayName: 'Sales', members }).members).toEqual([])
  })

  test('are left alone by a body that does not speak of them', () => {
    expect(readGroup({ displayName: 'Sales' }).members).toBeUndefined()
  })

  test.each([
    ['values', [{ value: 'a' }, { VALUE: 'b', type: 'User' }], ['a', 'b']],
    ['bare ids', ['a', 'b'], ['a', 'b']],
    [
      'addresses',
      [{ $ref: 'https://x.org/scim/v2/Users/a' }, { $REF: 'Users/b' }, { $ref: '../Groups/c' }],
      ['a', 'b', 'c'],
    ],
    [
      'one address with and without a version',
      [{ $ref: 'https://x.org/v2/Users/a' }, { $ref: 'https://x.org/Users/a' }],
      ['a'],
    ],
    [
      'an address where the value is empty',
      [
        { value: '', $ref: 'Users/a' },
        { value: null, $ref: 'Users/b' },
      ],
      ['a', 'b'],
    ],
    ['the value before the address', [{ $ref: 'https://x.org/Users/b', value: 'a' }], ['a']],
    ['the same twice', ['a', { value: 'a' }, { $ref: 'Users/a' }], ['a']],
    ['one that is not in a list', { value: 'a' }, ['a']],
    ['numbers', [5, { value: 7 }, { value: 0 }], ['5', '7', '0']],
    [
      'addresses that end in slashes',
      [{ $ref: 'https://x.org/Users/a/' }, { $ref: 'Users/b//' }, { $ref: 'c/' }],
      ['a', 'b', 'c'],
    ],
    [
      'addresses with escapes',
      [{ $ref: 'Users/a%40x.org' }, { $ref: 'Users/%C3%A9' }, { $ref: 'Users/b%2Fc' }],
      ['a@x.org', 'é', 'b/c'],
    ],
    [
      'values with percent signs, as they are',
      ['a%40x.org', { value: '%zz' }, 'b/'],
      ['a%40x.org', '%zz', 'b/'],
    ],
  ])('are named by %s', (_, sent, ids) => expect(readMembers(sent, 'members')).toEqual(ids))

  test.each([
    null,
    '',
    {},
    { display: 'Anna' },
    { value: null, $ref: null },
    { value: '', $ref: '' },
    { VALUE: [] },
    { $ref: '/' },
  ])('are passed over where an entry names nobody: %j', (nobody) => {
    expect(readMembers(nobody, 'members')).toEqual([])
    expect(readMembers([nobody, 'a', nobody, 'b'], 'members')).toEqual(['a', 'b'])
  })

  test.each([
    [[{ value: 'a' }, { value: {} }], 'members[1].value: expected a string, not an object'],
    [[null, { value: true, $ref: 'Users/a' }], 'members[1].value: expected a string, not a boolean'],
    [[{ value: 2 ** 53 }], 'members[0].value: expected a string, not a number'],
    [[['a']], 'members[0].value: expected a string, not an array'],
    [true, 'members[0].value: expected a string, not a boolean'],
    [{ value: { value: 'a' } }, 'members[0].value: expected a string, not an object'],
    [[{ $ref: {} }], 'members[0].$ref: expected a string, not an object'],
    [[{ $ref: 'Users/100%' }], 'members[0].$ref: expected an address, percent-encoded'],
    [[{ $ref: 'Users/%FF' }], 'members[0].$ref: expected an address, percent-encoded'],
    [[{ $ref: 'Users/%00' }], 'members[0].$ref: expected Unicode text without NUL and lone surrogates'],
    [['a\0'], 'members[0].value: expected Unicode text without NUL and lone surrogates'],
    [[{ $ref: 'Users/\uDC00' }], 'members[0].$ref: expected Unicode text without NUL and lone surrogates'],
  ])('are refused: %j', (sent, detail) => {
    expect(refusal(() => readMembers(sent, 'members'))).toEqual({
      status: 400,
      scimType: 'invalidValue',
      detail,
    })
  })
})

test('a new person is active if nothing else is said, and a group has no such thing', () => {
  expect(withDefaults(userType, { userName: 'a' })).toEqual({ userName: 'a', active: true })
  expect(withDefaults(userType, { userName: 'a', active: false })).toEqual({ userName: 'a', active: false })
  expect(withDefaults(groupType, { displayName: 'a' })).toEqual({ displayName: 'a' })
})
