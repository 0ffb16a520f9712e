import { unstable_readConfig as readConfig } from 'wrangler'
import { resolve } from 'node:path'
import * as v from 'valibot'
import { expect, test } from 'vitest'

const config = v.object({
  ratelimits: v.array(
    v.object({ name: v.string(), simple: v.object({ limit: v.number(), period: v.number() }) }),
  ),
})

const { ratelimits } = v.parse(
  config,
  readConfig({ config: resolve(import.meta.dirname, '../wrangler.toml') }),
)
const limits = new Map(ratelimits.map(({ name, simple }) => [name, simple]))

test('no identity provider is held below the 25 requests a second that IPSIE asks for', () => {
  const { limit = 0, period = 1 } = limits.get('RATE_LIMIT') ?? {}
  expect(limit / period).toBeGreaterThanOrEqual(25)
})

test('whoever guesses tokens has few tries, in the minute that a 429 names', () => {
  const { limit = Infinity, period } = limits.get('GUESS_LIMIT') ?? {}
  expect(period).toBe(60)
  expect(limit).toBeLessThan(50)
  expect(limits.size).toBe(2)
})
