import { expect, test } from 'vitest'
import { nextOperations } from '../../worker/scim/bulkOrder.ts'

/** Takes operations in the order sent, each with those it names, and those that come first; gives the order of all. */
function orderOf(named: Readonly<Record<string, string>>, ...first: readonly string[]): string {
  let pending: readonly string[] = Object.keys(named)
  const order: string[] = []
  for (;;) {
    const left = new Set(pending)
    const needs = (one: string) => Array.from(named[one] ?? '').filter((name) => left.has(name))
    const before = first.filter((name) => left.has(name))
    const [next] = nextOperations(pending, before, needs)
    if (next === undefined) return order.join('')
    order.push(next)
    pending = pending.filter((one) => one !== next)
  }
}

test.each([
  ['nothing is named', { a: '', b: '', c: '' }, 'abc'],
  ['the named come before, and what comes between stays between', { a: 'd', b: '', c: '', d: '' }, 'dabc'],
  ['the named of the named', { a: 'c', b: '', c: 'd', d: '' }, 'dcab'],
  ['several that are named keep their order', { a: 'cb', b: 'd', c: '', d: '' }, 'dbca'],
  ['a circle begins with the first sent', { a: 'b', b: 'c', c: 'a' }, 'acb'],
  ['a circle waits for what is outside of it', { a: 'b', b: 'ac', c: '' }, 'cab'],
  ['what names a circle comes after what it names of it', { a: 'b', b: 'c', c: 'b' }, 'bac'],
  ['one that names itself', { a: 'a', b: '' }, 'ab'],
])('%s', (_, named, order) => {
  expect(orderOf(named)).toBe(order)
})

test('those that must come first do, after what they need, whatever else is sent before', () => {
  expect(orderOf({ a: '', b: '', c: 'd', d: '' }, 'c')).toBe('dcab')
  expect(orderOf({ a: 'b', b: 'c', c: 'b' }, 'c')).toBe('bca')
  expect(orderOf({ a: '', b: 'c', c: 'b', d: '' }, 'd', 'c')).toBe('bcda')
})

test('the others of a circle are told with its first', () => {
  const named: Readonly<Record<string, string>> = { a: 'b', b: 'ca', c: 'ad', d: '', e: 'a' }
  const order = (pending: readonly string[]) =>
    nextOperations(pending, [], (one) =>
      Array.from(named[one] ?? '').filter((name) => pending.includes(name)),
    )
  expect(order(['a', 'b', 'c', 'd', 'e'])).toEqual(['d'])
  expect(order(['e', 'c', 'b', 'a'])).toEqual(['c', 'b', 'a'])
  expect(order([])).toEqual([])
})
