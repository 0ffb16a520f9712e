import { describe, expect, test } from 'vitest'
import { readOperations } from '../../worker/scim/patch.ts'
import { groupType, userType } from '../../worker/scim/resourceTypes.ts'
import { ENTERPRISE, USER } from './attributeOf.ts'
import { patched, patchOf } from './patched.ts'
import { refusal } from './refusal.ts'

describe('the envelope of a PATCH', () => {
  test('is read, with names and op in any case', () => {
    const body = {
      OPERATIONS: [
        { op: 'Replace', path: 'title', value: 'x' },
        { OP: 'ADD', Value: { title: 'y' } },
        { op: 'remove', path: null },
      ],
    }
    expect(readOperations(body)).toEqual([
      { op: 'replace', path: 'title', value: 'x', where: 'Operations[0]' },
      { op: 'add', path: undefined, value: { title: 'y' }, where: 'Operations[1]' },
      { op: 'remove', path: null, value: undefined, where: 'Operations[2]' },
    ])
  })

  test.each([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'Operations'],
    ['a list', [{ op: 'add', path: 'title', value: 'x' }]],
    ['no operations', {}],
    ['operations that are an object', { Operations: { op: 'remove', path: 'title' } }],
    ['an empty list of operations', { Operations: [] }],
  ])('is refused for %s', (_, body) => {
    expect(refusal(() => readOperations(body))).toEqual({
      status: 400,
      scimType: 'invalidSyntax',
      detail: 'body: expected a PatchOp with a non-empty array "Operations"',
    })
  })

  test.each([
    ['no op', { path: 'title', value: 'x' }],
    ['another op', { op: 'move', path: 'title' }],
    ['an op that is a number', { op: 5, path: 'title' }],
    ['a list for op', { op: ['add'], path: 'title', value: 'x' }],
    ['null', null],
    ['a text', 'remove'],
  ])('is refused for an operation with %s', (_, operation) => {
    const operations = [{ op: 'remove', path: 'title' }, operation]
    expect(refusal(() => readOperations({ Operations: operations }))).toEqual({
      status: 400,
      scimType: 'invalidSyntax',
      detail: 'Operations[1].op: expected "add", "remove" or "replace"',
    })
  })
})

describe('what is readOnly, written only or unknown is passed over', () => {
  test.each([
    [
      'the id beside a new name',
      { op: 'replace', value: { id: '7', displayName: 'A' } },
      { displayName: 'A' },
    ],
    [
      'readOnly attributes',
      { op: 'add', value: { ID: '7', meta: { version: 'x' }, groups: [{ value: '7' }] } },
      {},
    ],
    ['a readOnly part of one', { op: 'add', value: { 'meta.version': 'x', 'groups.value': '7' } }, {}],
    ['the schemas', { op: 'replace', value: { schemas: [ENTERPRISE], title: 'x' } }, { title: 'x' }],
    ['what no schema knows', { op: 'replace', value: { shoeSize: 9, 'name.size': 9, 'urn:x:y': 9 } }, {}],
    [
      'what no schema knows in name',
      { op: 'replace', path: 'name', value: { size: 9, givenName: 'A' } },
      { name: { givenName: 'A' } },
    ],
    ['what the extension does not know', { op: 'add', path: ENTERPRISE, value: { size: 9 } }, {}],
    ['the name of the manager', { op: 'add', value: { [`${ENTERPRISE}:manager.displayName`]: 'Bo' } }, {}],
    ['a password', { op: 'replace', value: { password: 'secret' } }, {}],
    ['a password by its path', { op: 'replace', path: 'password', value: 'secret' }, {}],
    ['the schemas by their path', { op: 'replace', path: 'schemas', value: [ENTERPRISE] }, {}],
  ])('%s', (_, operation, document) => expect(patched({}, operation)).toEqual(document))
})

describe('a PATCH names the attributes it speaks of', () => {
  test.each([
    [{ op: 'replace', path: 'NAME.givenname', value: 'A' }, ['name']],
    [{ op: 'remove', path: 'emails[type eq "work"].display' }, ['emails']],
    [
      { op: 'replace', value: { title: null, 'name.givenName': 'A', ACTIVE: 'False' } },
      ['title', 'name', 'active'],
    ],
    [{ op: 'add', value: { [`${ENTERPRISE}:department`]: 'Law' } }, [ENTERPRISE]],
    [{ op: 'remove', path: ENTERPRISE }, [ENTERPRISE]],
    [{ op: 'replace', value: {} }, []],
    [{ op: 'replace', value: { 'emails[type eq "work"].value': 'a@x.org' } }, ['emails']],
    [{ op: 'replace', value: { [USER]: { title: 'x', [ENTERPRISE]: null } } }, ['title', ENTERPRISE]],
    [{ op: 'replace', value: { active: null, title: 'x' } }, ['title']],
    [{ op: 'add', path: 'active', value: '' }, []],
    [{ op: 'replace', path: 'active', value: [] }, []],
    [{ op: 'remove', path: 'active' }, []],
    [{ op: 'remove', path: 'title' }, ['title']],
    [
      { op: 'replace', value: { id: '7', password: 'secret', shoeSize: 9, displayName: 'A' } },
      ['displayName'],
    ],
  ])('%j', (operation, named) => expect([...patchOf(userType, [operation]).named]).toEqual(named))

  test('and members among them', () => {
    const operations = [
      { op: 'replace', value: { displayName: 'Sales' } },
      { op: 'remove', path: 'members[value eq "7"]' },
    ]
    expect([...patchOf(groupType, operations).named]).toEqual(['displayName', 'members'])
  })
})
