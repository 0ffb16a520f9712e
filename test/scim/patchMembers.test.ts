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
    ['one by a number', { op: 'add', path: 'members', value: 5 }, 'add', ['5']],
    [
      'one whose id is a number',
      { op: 'add', path: 'members', value: ['a', { value: 5 }] },
      'add',
      ['a', '5'],
    ],
    [
      'one by an address with escapes and a slash',
      { op: 'remove', path: 'members', value: [{ $ref: 'https://x.org/Users/a%20b/' }] },
      'remove',
      ['a b'],
    ],
    ['nobody in an object', { op: 'add', path: 'members', value: [{}] }, 'add', []],
    ['nobody among others', { op: 'add', value: { members: [null, a, '', { display: 'B' }] } }, 'add', ['a']],
    ['all replaced by null for one', { op: 'replace', value: { members: [null] } }, 'replace', []],
    [
      'nobody removed by an entry that names nobody',
      { op: 'remove', path: 'members', value: [{ value: null, $ref: null }] },
      'remove',
      [],
    ],
    ['one named twice', { op: 'add', path: 'members', value: [a, { VALUE: 'a' }] }, 'add', ['a']],
    ['all replaced', { op: 'replace', path: 'members', value: [a, b] }, 'replace', ['a', 'b']],
    ['all replaced without a path', { op: 'replace', value: { members: [a] } }, 'replace', ['a']],
    ['all replaced by nobody', { op: 'replace', path: 'members', value: [] }, 'replace', []],
    ['all replaced by null', { op: 'replace', value: { members: null } }, 'replace', []],
    ['all removed', { op: 'remove', path: 'members' }, 'replace', []],
    ['all removed by null', { op: 'remove', path: 'members', value: null }, 'replace', []],
    ['one removed by a filter', { op: 'remove', path: 'members[value eq "a"]' }, 'remove', ['a']],
    ['one removed by a loud filter', { op: 'Remove', path: 'MEMBERS[VALUE EQ "a"]' }, 'remove', ['a']],
    ['one removed in capital letters', { op: 'remove', path: 'members[value eq "A"]' }, 'remove', ['A', 'a']],
    [
      'one listed in capital letters',
      { op: 'remove', path: 'members', value: ['A', 'a'] },
      'remove',
      ['A', 'a'],
    ],
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

test('as many removals as steps that look at a list can be by other filters', () => {
  const remove = { op: 'remove', path: 'members[not (value eq "a")]' }
  const some = (count: number) => Array.from({ length: count }, () => remove)
  expect(membersPatched(...some(50))).toHaveLength(50)
  expect(refusal(() => membersPatched(...some(51))).status).toBe(413)
})

describe('members are refused', () => {
  test.each([
    [
      'a flag',
      { op: 'add', path: 'members', value: true },
      'invalidValue',
      'members[0].value: expected a string, not a boolean',
    ],
    [
      'an id that is a flag',
      { op: 'remove', path: ' MEMBERS ', value: ['a', { value: false }] },
      'invalidValue',
      'MEMBERS[1].value: expected a string, not a boolean',
    ],
    [
      'an id that is an object',
      { op: 'replace', path: `${GROUP}:members`, value: [{ value: {} }] },
      'invalidValue',
      `${GROUP}:members[0].value: expected a string, not an object`,
    ],
    [
      'a list for one',
      { op: 'replace', value: { Members: [['a']] } },
      'invalidValue',
      'Members[0].value: expected a string, not an array',
    ],
    [
      'an address that is a flag',
      { op: 'add', value: { [GROUP]: { members: [{ $ref: true }] } } },
      'invalidValue',
      'members[0].$ref: expected a string, not a boolean',
    ],
    [
      'an address with a broken escape',
      { op: 'add', path: 'members', value: [{ $ref: 'Users/%zz' }] },
      'invalidValue',
      'members[0].$ref: expected an address',
    ],
    [
      'a lone surrogate',
      { op: 'add', path: 'members', value: ['\uD800'] },
      'invalidValue',
      'members[0].value: expected Unicode',
    ],
    [
      'a change of one',
      { op: 'replace', path: 'members[value eq "a"].value', value: 'b' },
      'mutability',
      'members[value eq "a"].value: a member is added or removed, not changed',
    ],
    [
      'a new value for one',
      { op: 'replace', path: 'members[value eq "a"]', value: { value: 'b' } },
      'mutability',
      'members[value eq "a"]: a member is added or removed, not changed',
    ],
    [
      'an add to one',
      { op: 'add', path: 'members[value eq "a"].type', value: 'User' },
      'mutability',
      'members[value eq "a"].type: a member is added or removed, not changed',
    ],
    [
      'the name of one',
      { op: 'replace', path: 'members[value eq "a"].display', value: 'b' },
      'mutability',
      'members[value eq "a"].display: display is readOnly',
    ],
    [
      'a group without a name',
      { op: 'remove', path: 'displayName' },
      'mutability',
      'displayName: displayName is required',
    ],
    [
      'a group with a name of blanks',
      { op: 'replace', path: 'displayName', value: ' \t' },
      'invalidValue',
      'displayName: expected a value',
    ],
  ])('%s', (_, operation, scimType, expected) => {
    const { detail, ...kind } = refusal(() => patchOf(groupType, [operation]))
    expect(kind).toEqual({ status: 400, scimType })
    expect(detail.startsWith(expected), detail).toBe(true)
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
