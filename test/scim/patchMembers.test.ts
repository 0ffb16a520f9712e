import { describe, expect, test } from 'vitest'
import { groupType } from '../../worker/scim/resourceTypes.ts'
import { GROUP } from './attributeOf.ts'
import { membersPatched, patchOf } from './patched.ts'
import { refusal } from './refusal.ts'

describe('members are added, removed and replaced', () => {
  const a = { value: 'a', display: 'Anna' }
  const b = { $ref: 'https://x.org/scim/v2/Users/b' }

  test.each([
    ['one added in a list', { op: 'add', path: 'members', value: [a] }, 'add', ['a']],
    ['one added without a list', { op: 'add', path: 'MEMBERS', value: a }, 'add', ['a']],
    ['one added as a bare id', { op: 'add', path: `${GROUP}:members`, value: ['a'] }, 'add', ['a']],
    ['one added by its address', { op: 'add', path: 'members', value: [b, a] }, 'add', ['b', 'a']],
    ['one added without a path', { op: 'Add', value: { Members: [a] } }, 'add', ['a']],
    ['nobody added', { op: 'add', path: 'members', value: [] }, 'add', []],
    ['one named twice', { op: 'add', path: 'members', value: [a, { VALUE: 'a' }] }, 'add', ['a']],
    ['all replaced', { op: 'replace', path: 'members', value: [a, b] }, 'replace', ['a', 'b']],
    ['all replaced without a path', { op: 'replace', value: { members: [a] } }, 'replace', ['a']],
    ['all replaced by nobody', { op: 'replace', path: 'members', value: [] }, 'replace', []],
    ['all replaced by null', { op: 'replace', value: { members: null } }, 'replace', []],
    ['all removed', { op: 'remove', path: 'members' }, 'replace', []],
    ['one removed by a filter', { op: 'remove', path: 'members[value eq "a"]' }, 'remove', ['a']],
    ['one removed by a loud filter', { op: 'Remove', path: 'MEMBERS[VALUE EQ "a"]' }, 'remove', ['a']],
    ['those removed that are listed', { op: 'remove', path: 'members', value: [a, b] }, 'remove', ['a', 'b']],
    ['one removed that is named alone', { op: 'remove', path: 'members', value: a }, 'remove', ['a']],
    ['nobody removed by an empty list', { op: 'remove', path: 'members', value: [] }, 'remove', []],
    [
      'one with a $ref of null',
      { op: 'remove', path: 'members', value: [{ $ref: null, value: 'a' }] },
      'remove',
      ['a'],
    ],
  ])('%s', (_, operation, op, ids) => expect(membersPatched(operation)).toEqual([{ op, ids }]))

  test('in the order they came in', () => {
    const operations = [
      { op: 'remove', path: 'members[value eq "a"]' },
      { op: 'replace', value: { displayName: 'Sales' } },
      { op: 'add', path: 'members', value: [b] },
    ]
    expect(membersPatched(...operations)).toEqual([
      { op: 'remove', ids: ['a'] },
      { op: 'add', ids: ['b'] },
    ])
  })

  test('not at all by a rename that holds the id', () => {
    const operation = { op: 'replace', value: { id: '7', displayName: 'Sales' } }
    expect(membersPatched(operation)).toEqual([])
  })
})

describe('members are refused', () => {
  test.each([
    [
      'a number',
      { op: 'add', path: 'members', value: 5 },
      'invalidValue',
      'Operations[0].value[0].value: expected the id',
    ],
    [
      'an id that is a number',
      { op: 'add', path: 'members', value: ['a', { value: 5 }] },
      'invalidValue',
      'Operations[0].value[1].value: expected the id',
    ],
    ['nobody', { op: 'add', path: 'members', value: [{}] }, 'invalidValue', 'expected the id of a member'],
    [
      'null for one',
      { op: 'replace', value: { members: [null] } },
      'invalidValue',
      'members[0].value: expected the id',
    ],
    [
      'a lone surrogate',
      { op: 'add', path: 'members', value: ['\uD800'] },
      'invalidValue',
      'Operations[0].value[0].value: expected Unicode',
    ],
    [
      'a change of one',
      { op: 'replace', path: 'members[value eq "a"].value', value: 'b' },
      'mutability',
      'added or removed, not changed',
    ],
    [
      'a new value for one',
      { op: 'replace', path: 'members[value eq "a"]', value: { value: 'b' } },
      'mutability',
      'Operations[0].path',
    ],
    [
      'an add to one',
      { op: 'add', path: 'members[value eq "a"].type', value: 'User' },
      'mutability',
      'Operations[0].path',
    ],
    [
      'the name of one',
      { op: 'replace', path: 'members[value eq "a"].display', value: 'b' },
      'mutability',
      'display is readOnly',
    ],
    [
      'a filter by name',
      { op: 'remove', path: 'members[display eq "Anna"]' },
      'invalidFilter',
      'expected members[value eq "id"]',
    ],
    [
      'a filter by two things',
      { op: 'remove', path: 'members[value eq "a" and type eq "User"]' },
      'invalidFilter',
      'expected members',
    ],
    [
      'a group without a name',
      { op: 'remove', path: 'displayName' },
      'mutability',
      'displayName is required',
    ],
  ])('%s', (_, operation, scimType, expected) => {
    const { detail, ...kind } = refusal(() => patchOf(groupType, [operation]))
    expect(kind).toEqual({ status: 400, scimType })
    expect(detail).toContain(expected)
  })

  test.each([
    { op: 'remove', path: 'members.type' },
    { op: 'remove', path: 'members[value eq "a"].type' },
    { op: 'remove', path: 'members[value eq "a"].value' },
    { op: 'replace', path: 'members.value', value: 'b' },
    { op: 'replace', value: { 'members.value': 'b' } },
  ])('in part, as a member is there or not: %j', (operation) => {
    const { detail, ...kind } = refusal(() => patchOf(groupType, [operation]))
    expect(kind).toEqual({ status: 400, scimType: 'mutability' })
    expect(detail).toContain('a member is added or removed, not changed')
  })
})
