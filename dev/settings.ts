/** What the start scripts are told by the environment, and the keys they keep in DATA_DIR. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import * as v from 'valibot'
import {
  newKey,
  newSecretKey,
  secretKeys,
  signingKeys,
  type SecretKeys,
  type SigningKeys,
} from '../worker/auth/keys.ts'

/** What the environment says. `database` is there when LIBSQL_URL names a server to use instead of our own. */
export type Settings = { port: number; dataDir: string; database?: { url: string; authToken?: string } }

const text = v.optional(v.pipe(v.string(), v.trim()), '')

const Environment = v.object({
  PORT: v.pipe(
    text,
    v.regex(/^\d*$/u, 'PORT must be a number from 1 to 65535.'),
    v.transform((port) => (port === '' ? 8787 : Number(port))),
    v.check((port) => port >= 1 && port <= 65_535, 'PORT must be a number from 1 to 65535.'),
  ),
  DATA_DIR: text,
  LIBSQL_URL: v.pipe(
    text,
    v.regex(/^$|^(?:libsql|https?):\/\/\S+$/u, 'LIBSQL_URL must begin with libsql://, https:// or http://.'),
  ),
  LIBSQL_AUTH_TOKEN: text,
})

/**
 * Reads PORT, DATA_DIR, LIBSQL_URL and LIBSQL_AUTH_TOKEN; an empty one counts as not set. DATA_DIR comes back as an
 * absolute path. Throws an Error that says which is wrong and what it must be; the value itself is not shown.
 */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const read = v.safeParse(Environment, env)
  if (!read.success) throw new Error(read.issues.map((issue) => issue.message).join(' '))
  const { PORT: port, DATA_DIR, LIBSQL_URL: url, LIBSQL_AUTH_TOKEN: authToken } = read.output
  const dataDir = resolve(DATA_DIR === '' ? '.drawbridge' : DATA_DIR)
  if (url === '') return { port, dataDir }
  return { port, dataDir, database: authToken === '' ? { url } : { url, authToken } }
}

/** Makes DATA_DIR if it is missing, for this user alone: it holds keys and people. One that is there stays as it is. */
export async function makeDataDir(dataDir: string): Promise<void> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
}

/** The keys of a bridge: what signs tokens, what seals the settings of targets, and what makes MACs; newest first. */
export type Keys = { readonly keys: SigningKeys; readonly sealKeys: SecretKeys; readonly macKeys: SecretKeys }

/**
 * Gives the keys from keys.json in DATA_DIR; at the first start it makes them, and what is missing in an older file later.
 * Throws an Error when the file is there and holds no signing keys: new ones would end every token given out.
 */
export async function readKeys(dataDir: string): Promise<Keys> {
  const file = join(dataDir, 'keys.json')
  const kept = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (kept === undefined) {
    const made: Keys = {
      keys: [await newKey()],
      sealKeys: [await newSecretKey()],
      macKeys: [await newSecretKey()],
    }
    await writeFile(file, JSON.stringify(made), { mode: 0o600, flag: 'wx' })
    return made
  }
  const read = v.safeParse(signingKeys, kept)
  if (!read.success)
    throw new Error(`${file} holds no signing keys. Without them every token given out ends.`)
  const others = v.parse(v.looseObject({}), JSON.parse(kept))
  const part = (name: string) => v.safeParse(secretKeys, JSON.stringify({ keys: others[name] }))
  const [seal, mac] = [part('sealKeys'), part('macKeys')]
  if (seal.success && mac.success) return { keys: read.output, sealKeys: seal.output, macKeys: mac.output }
  const whole: Keys = {
    keys: read.output,
    sealKeys: seal.success ? seal.output : [await newSecretKey()],
    macKeys: mac.success ? mac.output : [await newSecretKey()],
  }
  await writeFile(`${file}.new`, JSON.stringify(whole), { mode: 0o600 })
  await rename(`${file}.new`, file)
  return whole
}

/**
 * Takes DATA_DIR and signing keys; puts these into keys.json in place of those there, at once or not at all. What else the file holds
 * stays.
 */
export async function writeSigningKeys(dataDir: string, keys: SigningKeys): Promise<void> {
  const file = join(dataDir, 'keys.json')
  const kept = v.parse(v.looseObject({}), JSON.parse(await readFile(file, 'utf8')))
  await writeFile(`${file}.new`, JSON.stringify({ ...kept, keys }), { mode: 0o600 })
  await rename(`${file}.new`, file)
}

/** Takes the keys; gives them as the Worker is given them, each a secret. */
export function keySecrets({ keys, sealKeys, macKeys }: Keys): Record<string, string> {
  const jwks = (list: readonly object[]) => JSON.stringify({ keys: list })
  return { TOKEN_KEYS: jwks(keys), SEAL_KEYS: jwks(sealKeys), MAC_KEYS: jwks(macKeys) }
}
