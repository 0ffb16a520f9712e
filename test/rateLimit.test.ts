import { unstable_readConfig as readConfig } from 'wrangler'
import { resolve } from 'node:path'
import * as v from 'valibot'
import { expect, test } from 'vitest'

const config = v.object({
  ratelimits: v.array(
    v.object({ name: v.string(), simple: v.object({ limit: v.number(), period: v.number() }) }),
  ),
})

test('no identity provider is held below the 25 requests a second that IPSIE asks for', () => {
  const { ratelimits } = v.parse(
    config,
    readConfig({ config: resolve(import.meta.dirname, '../wrangler.toml') }),
  )
  expect(ratelimits.map(({ name }) => name)).toEqual(['RATE_LIMIT'])
  for (const { simple } of ratelimits) expect(simple.limit / simple.period).toBeGreaterThanOrEqual(25)
})
