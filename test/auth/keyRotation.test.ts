import { expect, test } from 'vitest'
import { nextKeyStep, statesOf } from '../../worker/auth/keyRotation.ts'
import { newKey, publicKeys, type SigningKeys } from '../../worker/auth/keys.ts'

const [old, fresh, later] = [await newKey(), await newKey(), await newKey()]
const at = 1_793_000_000
const none = new Set<string>()
const states = (keys: SigningKeys) => statesOf(keys).map(({ state }) => state)

test('a key is published, signs, and is retired once no live token names it, a step at a time', () => {
  const published = nextKeyStep([old], new Set([old.kid]), { ...fresh, iat: at })
  if (published.kind !== 'publish') throw new Error(published.kind)
  expect([published.kid, published.keys.map(({ kid }) => kid), states(published.keys)]).toEqual([
    fresh.kid,
    [old.kid, fresh.kid],
    ['signs', 'next'],
  ])

  const signing = nextKeyStep(published.keys, new Set([old.kid]), { ...later, iat: at + 60 })
  if (signing.kind !== 'sign') throw new Error(signing.kind)
  expect([signing.kid, signing.keys.map(({ kid }) => kid), states(signing.keys)]).toEqual([
    fresh.kid,
    [fresh.kid, old.kid],
    ['signs', 'former'],
  ])

  const waiting = nextKeyStep(signing.keys, new Set([old.kid, fresh.kid]), { ...later, iat: at + 90 })
  expect(waiting).toEqual({ kind: 'wait', kid: old.kid })

  const retired = nextKeyStep(signing.keys, new Set([fresh.kid]), { ...later, iat: at + 90 })
  if (retired.kind !== 'retire') throw new Error(retired.kind)
  expect([retired.kid, retired.keys.map(({ kid }) => kid)]).toEqual([old.kid, [fresh.kid]])

  const again = nextKeyStep(retired.keys, none, { ...later, iat: at + 90 })
  expect(again).toMatchObject({ kind: 'publish', kid: later.kid })
})

test('of several former keys the free one is retired first', () => {
  const keys: SigningKeys = [{ ...fresh, iat: at }, old, later]
  expect(nextKeyStep(keys, new Set([old.kid]), { ...old, iat: at })).toMatchObject({
    kind: 'retire',
    kid: later.kid,
  })
})

test('a clock that goes back makes no new key look like a former one', () => {
  const step = nextKeyStep([{ ...old, iat: at }], none, { ...fresh, iat: at - 1_000 })
  expect(step.kind === 'publish' && states(step.keys)).toEqual(['signs', 'next'])
})

test('what is shown of keys verifies and signs nothing', () => {
  const shown = publicKeys([{ ...old, iat: at }, fresh])
  expect(JSON.stringify(shown)).not.toContain(old.d)
  expect(shown.keys.map((key) => Object.keys(key))).toEqual([
    ['kty', 'crv', 'x', 'kid', 'alg', 'use'],
    ['kty', 'crv', 'x', 'kid', 'alg', 'use'],
  ])
})
