import { expect, test } from 'vitest'
import { isJsonObject, type Json, type JsonObject } from '../../worker/scim/json.ts'
import { changed, changesOf } from '../../worker/targets/scim/changes.ts'
import { confirm, union } from '../../worker/targets/scim/confirmed.ts'
import { same } from '../../worker/targets/scim/same.ts'

const urn = 'urn:example:params:scim:schemas:extension:acme:2.0:User'

test.each<[string, Json | undefined, Json | undefined]>([
  ['title', undefined, ''],
  ['title', null, undefined],
  ['emails', [], undefined],
  ['active', true, 'True'],
  ['userName', 'Ada', 'ADA'],
  ['employeeNumber', 12, '12'],
  ['name', { givenName: 'A', middleName: '' }, { givenName: 'A' }],
  ['emails', [{ value: 'A@b.c', primary: false }], [{ value: 'a@B.c' }]],
  ['emails', [{ value: 'a' }, { value: 'b', type: 'Work' }], [{ type: 'work', value: 'b' }, { value: 'a' }]],
])('%s: %j and %j are the same', (name, a, b) => {
  expect(same(name, a, b)).toBe(true)
  expect(same(name, b, a)).toBe(true)
})

test.each<[string, Json | undefined, Json | undefined]>([
  ['active', false, undefined],
  ['displayName', 'ada', 'Ada'],
  ['emails', [{ value: 'a', primary: true }], [{ value: 'a' }]],
  ['emails', [{ value: 'a' }], [{ value: 'a' }, { value: 'b' }]],
  ['roles', [{ value: 'a' }], { value: 'a' }],
])('%s: %j and %j are not the same', (name, a, b) => {
  expect(same(name, a, b)).toBe(false)
  expect(same(name, b, a)).toBe(false)
})

test('what is confirmed is what was asked for, as it is shown, or as it was sent', () => {
  const sent = {
    userName: 'ada',
    title: 'Dr',
    name: { givenName: 'Ada', middleName: 'K' },
    emails: [{ value: 'a@b.c', type: 'work', primary: true }, { value: 'gone@b.c' }],
    [urn]: { desk: '1' },
  }
  const shown = {
    userName: 'ADA',
    nickName: 'A',
    name: { givenName: 'ADA', formatted: 'ADA K' },
    emails: [{ value: 'own@b.c' }, { value: 'A@b.c', primary: false }],
    [urn]: { desk: '2', floor: '3' },
  }
  expect(confirm(sent, shown, sent)).toEqual({
    userName: 'ADA',
    title: 'Dr',
    name: { givenName: 'ADA', middleName: 'K' },
    emails: [{ value: 'A@b.c', type: 'work', primary: false }, { value: 'own@b.c' }],
    [urn]: { desk: '2' },
  })
  expect(union({ a: { b: 1 } }, { a: { b: 2, c: 3 }, d: 4 })).toEqual({ a: { b: 1, c: 3 }, d: 4 })
})

test('addresses are told by their parts', () => {
  const home = { type: 'home', locality: 'Ghent' }
  const sent = { addresses: [home] }
  expect(confirm(sent, { addresses: [{ locality: 'Ghent', formatted: 'Ghent' }] }, sent)).toEqual(sent)
  const other = { addresses: [{ type: 'home', locality: 'Bruges' }] }
  expect(confirm(sent, other, sent)).toEqual(other)
})

/** A document of few attributes and few values, so that any two are often alike in part. */
function random(next: () => number): JsonObject {
  const one = <T>(...some: readonly T[]) => some[Math.floor(next() * some.length)]
  const parts: readonly [string, Json | undefined][] = [
    ['userName', one('a', 'b')],
    ['title', one(undefined, 'x', 'y')],
    ['active', one(true, false)],
    ['name', one(undefined, { givenName: 'g' }, { givenName: 'h', familyName: 'f' })],
    [
      'emails',
      one<Json | undefined>(undefined, [{ value: 'a' }], [{ value: 'a', type: 'work' }, { value: 'b' }]),
    ],
    [urn, one<Json | undefined>(undefined, { desk: '1' }, { desk: '2', chief: { value: 'm' } })],
  ]
  return Object.fromEntries(
    parts.flatMap(([name, value]): [string, Json][] => (value === undefined ? [] : [[name, value]])),
  )
}

test('the changes from one document to another lead from the one to the other, and none to itself', () => {
  let seed = 7
  const next = () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647
  for (let run = 0; run < 2000; run += 1) {
    const [from, to] = [random(next), random(next)]
    const changes = changesOf(from, to)
    const after = changed(from, changes)
    expect(changesOf(after, to)).toEqual([])
    expect(changesOf(to, to)).toEqual([])
    expect(same('', after, to)).toBe(true)
    expect(isJsonObject(after)).toBe(true)
  }
})
