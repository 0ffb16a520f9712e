import { describe, expect, test } from 'vitest'
import { userType } from '../../worker/scim/resourceTypes.ts'
import { ENTERPRISE, USER } from './attributeOf.ts'
import { patchOf } from './patched.ts'
import { refusal } from './refusal.ts'

describe('an operation on a person is refused', () => {
  test.each([
    ['remove of nothing', { op: 'remove' }, 'noTarget', 'Operations[0]: expected a path'],
    ['remove of nothing but a value', { op: 'remove', value: { title: 'x' } }, 'noTarget', 'expected a path'],
    [
      'add without a value',
      { op: 'add', path: 'title' },
      'invalidValue',
      'Operations[0].value: expected a value',
    ],
    [
      'replace without a value',
      { op: 'replace', path: 'emails[type eq "x"]' },
      'invalidValue',
      'which replace needs',
    ],
    [
      'add of no object to the resource',
      { op: 'add', value: 'x' },
      'invalidValue',
      'Operations[0].value: expected an object',
    ],
    ['replace of nothing', { op: 'replace' }, 'invalidValue', 'Operations[0].value: expected an object'],
    [
      'a list for the resource',
      { op: 'replace', value: [{ title: 'x' }] },
      'invalidValue',
      'expected an object',
    ],
    ['what no schema knows', { op: 'replace', path: 'shoeSize', value: 9 }, 'invalidPath', 'path shoeSize'],
    ['an empty path', { op: 'replace', path: '', value: 9 }, 'invalidPath', 'expected an attribute path'],
    [
      'a filter outside the grammar',
      { op: 'remove', path: 'emails[type xx "a"]' },
      'invalidFilter',
      'at column 5',
    ],
    ['id', { op: 'replace', path: 'id', value: 'x' }, 'mutability', 'id is readOnly'],
    ['groups', { op: 'add', path: 'groups', value: [{ value: '7' }] }, 'mutability', 'groups is readOnly'],
    ['a group', { op: 'remove', path: 'groups[value eq "7"]' }, 'mutability', 'groups is readOnly'],
    ['meta', { op: 'remove', path: 'META' }, 'mutability', 'meta is readOnly'],
    [
      'a part of meta',
      { op: 'replace', path: 'meta.created', value: 'x' },
      'mutability',
      'created is readOnly',
    ],
    [
      'the name of the manager',
      { op: 'replace', path: `${ENTERPRISE}:manager.displayName`, value: 'Bo' },
      'mutability',
      'displayName is readOnly',
    ],
    ['remove of schemas', { op: 'remove', path: 'schemas' }, 'mutability', 'schemas is required'],
    ['remove of some schemas', { op: 'remove', path: 'Schemas', value: [USER] }, 'mutability', 'is required'],
    [
      'schemas that are a number',
      { op: 'replace', path: 'schemas', value: 5 },
      'invalidValue',
      'array of URNs',
    ],
    [
      'schemas that are one text',
      { op: 'add', path: 'schemas', value: USER },
      'invalidValue',
      'array of URNs',
    ],
    [
      'a number in schemas',
      { op: 'add', path: 'schemas', value: [USER, 5] },
      'invalidValue',
      'array of URNs',
    ],
    ['no schemas', { op: 'replace', path: 'schemas', value: [] }, 'invalidValue', 'schemas is required'],
    ['null for schemas', { op: 'add', path: 'schemas', value: null }, 'invalidValue', 'schemas is required'],
    [
      'schemas that are an object in the value',
      { op: 'add', value: { schemas: {} } },
      'invalidValue',
      'schemas: expected an array of URNs',
    ],
    ['remove of userName', { op: 'remove', path: 'userName' }, 'mutability', 'userName is required'],
    [
      'remove of USERNAME by its URN',
      { op: 'remove', path: `${USER}:USERNAME` },
      'mutability',
      'userName is required',
    ],
    [
      'userName without a value',
      { op: 'replace', path: 'userName', value: '' },
      'invalidValue',
      'userName is required',
    ],
    [
      'userName null among others',
      { op: 'add', value: { title: 'x', userName: null } },
      'invalidValue',
      'userName is required',
    ],
    [
      'userName of blanks',
      { op: 'replace', path: 'userName', value: ' \t\n ' },
      'invalidValue',
      'userName: expected a value: userName is required',
    ],
    [
      'userName of blanks without a path',
      { op: 'add', value: { USERNAME: '\u00A0' } },
      'invalidValue',
      'userName: expected a value: userName is required',
    ],
    [
      'userName null among those of the core schema',
      { op: 'replace', value: { [USER]: { userName: null } } },
      'invalidValue',
      'userName is required',
    ],
    [
      'a text for the attributes of the core schema',
      { op: 'replace', value: { [USER]: 'x' } },
      'invalidValue',
      `${USER}: expected an object`,
    ],
    [
      'active maybe',
      { op: 'replace', path: 'active', value: 'maybe' },
      'invalidValue',
      'active: expected true or false',
    ],
    [
      'active maybe, without path',
      { op: 'replace', value: { active: 'maybe' } },
      'invalidValue',
      'active: expected true',
    ],
    [
      'a number for name',
      { op: 'replace', path: 'name', value: 5 },
      'invalidValue',
      'name: expected an object',
    ],
    [
      'an object inside name',
      { op: 'add', path: 'name', value: { givenName: {} } },
      'invalidValue',
      'name.givenName: expected a string',
    ],
    [
      'a text for emails',
      { op: 'replace', path: 'emails', value: 'a@x.org' },
      'invalidValue',
      'emails: expected an array',
    ],
    [
      'a text among emails',
      { op: 'add', path: 'emails', value: [{ value: 'a' }, 'b'] },
      'invalidValue',
      'emails[1]: expected an object',
    ],
    [
      'a list for one email',
      { op: 'replace', path: 'emails[type eq "work"]', value: ['a'] },
      'invalidValue',
      'expected an object, not an array',
    ],
    [
      'an object for its address',
      { op: 'add', path: 'emails[type eq "work"].value', value: {} },
      'invalidValue',
      'emails[type eq "work"].value: expected a string',
    ],
    [
      'a text for the extension',
      { op: 'add', path: ENTERPRISE, value: 'x' },
      'invalidValue',
      `${ENTERPRISE}: expected an object`,
    ],
    [
      'a flag for the department',
      { op: 'add', value: { [ENTERPRISE]: { Department: true } } },
      'invalidValue',
      `${ENTERPRISE}:department: expected a string, not a boolean`,
    ],
    [
      'a lone surrogate',
      { op: 'replace', path: 'title', value: '\uD800' },
      'invalidValue',
      'title: expected Unicode text',
    ],
    [
      'NUL in a filter',
      { op: 'remove', path: 'emails[value eq "\\u0000"]' },
      'invalidFilter',
      'filter: expected Unicode text',
    ],
    [
      'a lone surrogate in a filter',
      { op: 'replace', path: 'emails[value eq "\uDC00"].type', value: 'work' },
      'invalidFilter',
      'filter: expected Unicode text',
    ],
    [
      'NUL in the filter of a name',
      { op: 'add', value: { 'emails[value eq "\\u0000"].type': 'work' } },
      'invalidFilter',
      'filter: expected Unicode text',
    ],
    [
      'NUL beside a filter',
      { op: 'replace', path: 'emails[type eq "work"].value', value: '\0' },
      'invalidValue',
      'expected Unicode text',
    ],
  ])('%s', (_, operation, scimType, expected) => {
    const { detail, ...kind } = refusal(() => patchOf(userType, [operation]))
    expect(kind).toEqual({ status: 400, scimType })
    expect(detail).toContain(expected)
  })

  test.each([
    [{ op: 'replace', path: ' TITLE ', value: {} }, 'TITLE'],
    [{ op: 'add', path: `${USER}:name.givenName`, value: {} }, `${USER}:name.givenName`],
    [{ op: 'add', path: 'NAME', value: { GIVENNAME: {} } }, 'NAME.givenName'],
    [{ op: 'replace', path: 'EMAILS', value: { VALUE: {} } }, 'EMAILS[0].value'],
    [{ op: 'replace', path: 'emails.primary', value: 'no' }, 'emails.primary'],
    [
      { op: 'replace', path: 'emails[type eq "work"]', value: { primary: 'no' } },
      'emails[type eq "work"].primary',
    ],
    [{ op: 'replace', path: ENTERPRISE.toUpperCase(), value: { DIVISION: {} } }, `${ENTERPRISE}:division`],
    [{ op: 'replace', path: `${ENTERPRISE}:manager.value`, value: {} }, `${ENTERPRISE}:manager.value`],
    [{ op: 'replace', value: { TITLE: {} } }, 'TITLE'],
    [{ op: 'replace', value: { 'Name.GivenName': {} } }, 'Name.GivenName'],
    [{ op: 'add', value: { emails: { value: {} } } }, 'emails[0].value'],
    [{ op: 'add', value: { 'emails[type eq "x"].value': {} } }, 'emails[type eq "x"].value'],
    [{ op: 'add', value: { [USER]: { Title: {} } } }, 'Title'],
    [{ op: 'add', value: { [ENTERPRISE]: { manager: { value: {} } } } }, `${ENTERPRISE}:manager.value`],
  ])('and told where: %j', (operation, where) => {
    const { scimType, detail } = refusal(() => patchOf(userType, [operation]))
    expect(scimType).toBe('invalidValue')
    expect(detail.startsWith(`${where}: expected `), detail).toBe(true)
  })

  test('more than 50 that look into a list', () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_, n) => ({ op: 'remove', path: `emails[value eq "${n}"]` }))
    expect(patchOf(userType, many(50)).steps).toHaveLength(50)
    const { status, detail } = refusal(() => patchOf(userType, many(51)))
    expect(status).toBe(413)
    expect(detail).toContain('at most 50 ')
  })

  test('even as the last of many', () => {
    const fine = { op: 'replace', path: 'title', value: 'x' }
    const wrong = { op: 'replace', value: 'x' }
    expect(refusal(() => patchOf(userType, [fine, fine, wrong])).detail).toContain('Operations[2].value')
  })
})
