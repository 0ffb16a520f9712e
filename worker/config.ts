import * as v from 'valibot'
import { secretKeys, signingKeys } from './auth/keys.ts'
import { readCatalog } from './catalog.ts'
import type { Catalog } from './scim/catalog.ts'
import shipped from './schemas.json' with { type: 'json' }

/** What the Worker is given, read. `catalog` is what it serves. */
export type Config = v.InferOutput<typeof config> & { readonly catalog: Catalog }

const subrequests = v.pipe(
  v.string(),
  v.regex(/^[1-9]\d{1,4}$/, 'expected a whole number from 10 to 99999'),
  v.transform(Number),
)

const config = v.pipe(
  v.object({
    REGION: v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,16}$/, 'expected 1 to 16 of a-z, 0-9 and "-"')),
    DEPLOYMENT: v.pipe(v.string(), v.minLength(1), v.maxLength(16, 'expected at most 16 characters')),
    LIBSQL_URL: v.pipe(
      v.string(),
      v.regex(/^(https?|libsql):\/\/.+/, 'expected a URL: https://, http:// or libsql://'),
    ),
    LIBSQL_AUTH_TOKEN: v.optional(v.string()),
    TOKEN_KEYS: signingKeys,
    SEAL_KEYS: v.optional(secretKeys),
    MAC_KEYS: v.optional(secretKeys),
    SUBREQUESTS: v.optional(subrequests, '45'),
    TARGETS_ON_LOOPBACK: v.optional(v.picklist(['yes', 'no'], 'expected yes or no'), 'no'),
  }),
  v.transform(({ REGION, DEPLOYMENT, LIBSQL_URL, LIBSQL_AUTH_TOKEN, TOKEN_KEYS, ...targets }) => ({
    region: REGION,
    deployment: DEPLOYMENT,
    keys: TOKEN_KEYS,
    /** What seals the settings of targets, and what makes the MACs of changes: needed where there is a target. */
    sealKeys: targets.SEAL_KEYS,
    macKeys: targets.MAC_KEYS,
    /** How many requests an invocation may send, to the database and to targets together. */
    subrequests: targets.SUBREQUESTS,
    /** Targets on this machine, by http: on a developer's machine only. */
    loopback: targets.TARGETS_ON_LOOPBACK === 'yes',
    database: {
      url: LIBSQL_URL,
      ...(LIBSQL_AUTH_TOKEN === undefined || LIBSQL_AUTH_TOKEN === ''
        ? {}
        : { authToken: LIBSQL_AUTH_TOKEN }),
    },
  })),
)

/** A setting is missing or wrong. The message names it and what was expected, and holds no value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/**
 * Takes the Worker's environment, and the content of schemas.json or of what stands in for it; gives the config. Throws
 * ConfigError that names every setting, or every place in schemas.json, to mend.
 */
export function readConfig(env: unknown, declared: unknown = shipped): Config {
  const result = v.safeParse(config, env)
  if (result.success) return { ...result.output, catalog: catalogOf(declared) }
  const faults = result.issues.map((issue) => {
    const name = v.getDotPath(issue)?.split('.')[0] ?? 'environment'
    return `${name} (${issue.input === undefined ? 'missing' : issue.message.replace(/ but received .*/, '')})`
  })
  throw new ConfigError(`The bridge is not set up: ${faults.join(', ')}. README, "Settings", says how.`)
}

/** How many faults of schemas.json are told at once. */
const MOST_FAULTS = 10

/** Takes the content of schemas.json, what is shipped where none is given; gives what it declares. Throws ConfigError. */
export function catalogOf(declared: unknown = shipped): Catalog {
  const read = readCatalog(declared)
  if (read.kind === 'read') return read.catalog
  const more = read.faults.length - MOST_FAULTS
  const told = [...read.faults.slice(0, MOST_FAULTS), ...(more > 0 ? [`${more} more`] : [])]
  throw new ConfigError(`The bridge is not set up: worker/schemas.json: ${told.join('; ')}.`)
}
