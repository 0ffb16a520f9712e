import { describe, expect, test } from 'vitest'
import { findAttributeRef } from '../../worker/scim/attributeRef.ts'
import { foldDocument } from '../../worker/scim/fold.ts'
import { readOperations } from '../../worker/scim/patch.ts'
import { readResource } from '../../worker/scim/resource.ts'
import { groupType, userType } from '../../worker/scim/resourceTypes.ts'
import { readSelection } from '../../worker/scim/selection.ts'
import { ENTERPRISE, USER } from './attributeOf.ts'
import { patched, patchOf } from './patched.ts'
import { refusal } from './refusal.ts'

/** JSON as it comes from outside: an object literal could not hold __proto__ as a name. */
const parsed = (text: string): unknown => JSON.parse(text)

const inherited =
  '"__proto__":{"title":"x","polluted":1},"constructor":{"prototype":{"polluted":1}},"toString":1,"hasOwnProperty":1'

describe('names that every object has are names like any other', () => {
  test('in a body', () => {
    const body = parsed(`{${inherited},"userName":"a","name":{${inherited},"givenName":"A"},
      "emails":[{${inherited},"value":"a"},{${inherited}}],"${ENTERPRISE}":{${inherited},"department":"Law"}}`)
    const { document, named } = readResource(userType, body)
    const kept = {
      userName: 'a',
      name: { givenName: 'A' },
      emails: [{ value: 'a' }],
      [ENTERPRISE]: { department: 'Law' },
    }
    expect(document).toStrictEqual(kept)
    expect(foldDocument(userType, document)).toStrictEqual({
      ...kept,
      name: { givenName: 'a' },
      [ENTERPRISE]: { department: 'law' },
    })
    expect(named).toEqual(new Set(['userName', 'name', 'emails', ENTERPRISE]))
    expect({}).not.toHaveProperty('polluted')
  })

  test('among members', () => {
    const body = parsed(`{"displayName":"a","members":[{"__proto__":{"value":"x"},"value":"a"}]}`)
    expect(readResource(groupType, body).members).toEqual(['a'])
    const nobody = parsed(`{"displayName":"a","members":[{"__proto__":{"value":"x"}}]}`)
    expect(readResource(groupType, nobody).members).toEqual([])
    const noText = parsed(`{"displayName":"a","members":[{"value":{"toString":1,"valueOf":1}}]}`)
    expect(refusal(() => readResource(groupType, noText)).detail).toContain('members[0].value')
  })

  test('among the schemas', () => {
    const body = parsed(`{"userName":"a","schemas":[{"toString":1,"valueOf":1},{${inherited}},null,5]}`)
    expect(readResource(userType, body).document).toEqual({ userName: 'a' })
  })

  test('in a PATCH without a path', () => {
    const value = parsed(
      `{${inherited},"name":{${inherited}},"${ENTERPRISE}":{${inherited}},"name.__proto__":"x","__proto__.polluted":1}`,
    )
    expect(patched({ userName: 'a' }, { op: 'add', value })).toStrictEqual({ userName: 'a' })
    const text = JSON.stringify(value)
    expect(patched({ userName: 'a' }, { op: 'add', value: text })).toStrictEqual({ userName: 'a' })
    expect({}).not.toHaveProperty('polluted')
  })

  test.each([
    '__proto__',
    'constructor',
    'constructor.prototype',
    'name.__proto__',
    'name.constructor',
    'emails.__proto__',
    'emails[type eq "x"].__proto__',
    'emails[__proto__ eq "x"]',
    'emails[constructor eq "x"].value',
    `${ENTERPRISE}:__proto__`,
  ])('in the path %s, which names nothing', (path) => {
    const { status, scimType } = refusal(() =>
      patchOf(userType, [{ op: 'add', path, value: { polluted: 1 } }]),
    )
    expect(status).toBe(400)
    expect(['invalidPath', 'invalidFilter']).toContain(scimType)
  })

  test('as an op', () => {
    expect(refusal(() => readOperations({ Operations: [{ op: 'constructor' }] })).scimType).toBe(
      'invalidSyntax',
    )
    expect(
      refusal(() => readOperations(parsed('{"__proto__":{"Operations":[{"op":"remove"}]}}'))).scimType,
    ).toBe('invalidSyntax')
  })

  test('as the name of an attribute', () => {
    const names = ['__proto__', 'constructor', 'name.__proto__', 'name.constructor', 'toString']
    expect(names.map((name) => findAttributeRef(userType, name))).toEqual(names.map(() => undefined))
    expect(readSelection(userType, names.join(), undefined)).toEqual({ kind: 'only', paths: [] })
  })
})

describe('a hundred thousand brackets', () => {
  const lists = parsed('['.repeat(100_000) + ']'.repeat(100_000))
  const objects = parsed('{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000))

  test.each([
    ['lists', lists],
    ['objects', objects],
  ])('of %s are passed over where no schema looks', (_, deep) => {
    const body = {
      userName: 'a',
      shoeSize: deep,
      id: deep,
      name: { shoeSize: deep },
      [ENTERPRISE]: { shoeSize: deep },
    }
    expect(readResource(userType, body).document).toEqual({ userName: 'a' })
    expect(
      patched({}, { op: 'add', value: { shoeSize: deep, meta: deep, name: { shoeSize: deep } } }),
    ).toEqual({})
  })

  test.each([
    ['lists for title', 'title', lists, 'title: expected a string, not an array'],
    ['lists for active', 'active', lists, 'active: expected true or false, not an array'],
    ['lists for name', 'name', lists, 'name: expected an object, not an array'],
    ['lists for emails', 'emails', lists, 'emails[0]: expected an object, not an array'],
    ['objects for title', 'title', objects, 'title: expected a string, not an object'],
    [
      'objects for a part of name',
      'name',
      { givenName: objects },
      'name.givenName: expected a string, not an object',
    ],
    [
      'objects for an address',
      'emails',
      [{ value: objects }],
      'emails[0].value: expected a string, not an object',
    ],
  ])('of %s are refused', (_, name, value, detail) => {
    expect(refusal(() => readResource(userType, { userName: 'a', [name]: value }))).toMatchObject({
      status: 400,
      detail,
    })
    expect(refusal(() => patchOf(userType, [{ op: 'replace', path: name, value }]))).toMatchObject({
      status: 400,
      detail,
    })
  })

  test('of objects for emails are refused in a body, and one unknown address in a PATCH', () => {
    const { detail } = refusal(() => readResource(userType, { userName: 'a', emails: objects }))
    expect(detail).toBe('emails: expected an array, not an object')
    const document = { emails: [{ value: 'a' }] }
    expect(patched(document, { op: 'add', path: 'emails', value: objects })).toEqual(document)
  })

  test('in a text that holds JSON are passed over where no schema looks', () => {
    const text = '{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000)
    for (const operation of [
      { op: 'replace', path: 'name', value: text },
      { op: 'add', path: ENTERPRISE, value: text },
      { op: 'add', value: text },
    ]) {
      expect(patched({}, operation)).toEqual({})
    }
  })

  test('among the schemas are passed over', () => {
    for (const schemas of [lists, objects, [objects], [lists, USER]]) {
      expect(readResource(userType, { userName: 'a', schemas }).document).toEqual({ userName: 'a' })
    }
  })

  test('for a path are refused', () => {
    for (const path of [lists, objects]) {
      const operation = { op: 'replace', path, value: 'x' }
      expect(refusal(() => patchOf(userType, [operation])).scimType).toBe('invalidPath')
    }
  })

  test('among members, among operations and for op are refused', () => {
    expect(refusal(() => readResource(groupType, { displayName: 'a', members: lists })).detail).toContain(
      'members[0].value',
    )
    expect(refusal(() => readOperations({ Operations: lists })).scimType).toBe('invalidSyntax')
    expect(refusal(() => readOperations({ Operations: [{ op: objects }] })).scimType).toBe('invalidSyntax')
  })
})

test('sixty thousand slashes in the address of a member take no time', { timeout: 1_000 }, () => {
  const slashes = '/'.repeat(60_000)
  const members = [{ $ref: `${slashes}a` }, { $ref: `Users/b${slashes}` }]
  expect(readResource(groupType, { displayName: 'a', members }).members).toEqual(['a', 'b'])
})
