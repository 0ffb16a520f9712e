import { describe, expect, test } from 'vitest'
import { membersChange, type MembersChange, type MembersOperation } from '../../worker/scim/members.ts'
import { everySeed } from './random.ts'

/** The members after a change, as the rows of a table would be: emptied or kept, then some in and some out. */
function moved(before: readonly string[], change: MembersChange | undefined): ReadonlySet<string> {
  if (change === undefined) return new Set(before)
  const start = change.base === 'empty' ? [] : before
  return new Set([...start, ...change.add].filter((id) => !change.remove.includes(id)))
}

type ByIds = Extract<MembersOperation, { readonly ids: unknown }>

/** The members after operations, one after the other, as RFC 7644 §3.5.2 tells it. */
function movedInOrder(before: readonly string[], operations: readonly ByIds[]): ReadonlySet<string> {
  let members = new Set(before)
  for (const { op, ids } of operations) {
    if (op === 'replace') members = new Set(ids)
    for (const id of ids) {
      if (op === 'add') members.add(id)
      if (op === 'remove') members.delete(id)
    }
  }
  return members
}

describe('operations on members become one change', () => {
  const add = (...ids: string[]): ByIds => ({ op: 'add', ids })
  const remove = (...ids: string[]): ByIds => ({ op: 'remove', ids })
  const replace = (...ids: string[]): ByIds => ({ op: 'replace', ids })

  test.each([
    ['an add', [add('a', 'b')], ['keep', ['a', 'b'], []]],
    ['a remove', [remove('a')], ['keep', [], ['a']]],
    ['an add of one who was removed', [remove('a'), add('a')], ['keep', ['a'], []]],
    ['a remove of one who was added', [add('a', 'b'), remove('a')], ['keep', ['b'], ['a']]],
    ['the same add twice', [add('a'), add('a', 'a')], ['keep', ['a'], []]],
    ['a replace', [replace('a')], ['empty', ['a'], []]],
    ['a replace by nobody', [replace()], ['empty', [], []]],
    ['an add after a replace', [replace('a'), add('b')], ['empty', ['a', 'b'], []]],
    ['a replace after an add and a remove', [add('a'), remove('b'), replace('c')], ['empty', ['c'], []]],
  ])('%s', (_, operations, [base, added, removed]) => {
    expect(membersChange(operations)).toMatchObject({ base, add: added, remove: removed })
  })

  test('no operations are no change', () => expect(membersChange([])).toBeUndefined())

  test('the ids that each add and replace named are known, whatever came later', () => {
    const change = membersChange([add('a', 'b'), remove('a'), replace(), add(), replace('c'), add('c')])
    expect(change?.named).toEqual([['a', 'b'], ['c'], ['c']])
  })

  test('the one change has the end of all operations in order', () => {
    const everyone = ['a', 'b', 'c', 'd', 'e']
    everySeed(3_000, ({ upTo, pick }) => {
      const people = () => upTo(4, () => pick(everyone))
      const operations = upTo(6, () => ({
        op: pick(['add', 'add', 'remove', 'remove', 'replace'] as const),
        ids: people(),
      }))
      const before = people()
      const change = membersChange(operations)
      expect(moved(before, change)).toEqual(movedInOrder(before, operations))
      expect(change?.add.filter((id) => change.remove.includes(id)) ?? []).toEqual([])
    })
  })
})
