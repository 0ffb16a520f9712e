import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'

// Nothing in a test run leaves this machine: wrangler and miniflare are told not to call home.
process.env['WRANGLER_SEND_METRICS'] = 'false'
process.env['CLOUDFLARE_CF_FETCH_ENABLED'] = 'false'

const globalSetup = ['./test/database.ts']

/** How long the generated tests run, and from which seed: `FUZZ_RUNS=200000 FUZZ_SEED=7 npm run fuzz`. */
const generated = [
  'FILTER_RUNS',
  'FILTER_SEED',
  'PATCH_RUNS',
  'PATCH_SEED',
  'FUZZ_RUNS',
  'FUZZ_SEED',
  'SYNC_RUNS',
  'SYNC_SEED',
]
const env = Object.fromEntries(
  generated.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
)

export default defineConfig({
  test: {
    reporters: ['default', './test/closingLine.ts'],
    // The Worker's own log, a line a request, would drown what the tests say.
    onConsoleLog: (text) => !text.startsWith('{"level":'),
    projects: [
      {
        test: {
          name: 'node',
          include: ['test/{scim,store,auth,dev,targets,sync}/**/*.test.ts', 'test/*.test.ts'],
          globalSetup,
          testTimeout: 60_000,
        },
      },
      {
        plugins: [
          cloudflareTest(({ inject }) => ({
            wrangler: { configPath: './wrangler.toml' },
            miniflare: { bindings: { LIBSQL_URL: inject('libsqlUrl'), TOKEN_KEYS: inject('tokenKeys') } },
          })),
        ],
        test: {
          name: 'workerd',
          env,
          include: ['test/{admin,routes,idp,conformance,filters,patches,fuzz}/**/*.test.ts'],
          globalSetup,
          testTimeout: 60_000,
        },
      },
    ],
  },
})
