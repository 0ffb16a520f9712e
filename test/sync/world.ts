import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as v from 'valibot'
import { afterAll, inject } from 'vitest'
import { makeToken } from '../../dev/connection.ts'
import { shortId } from '../../worker/store/ids.ts'
import { migrateDatabase } from '../../dev/migrate.ts'
import { setUpTools } from '../../dev/setUpTools.ts'
import { startSqld } from '../../dev/sqld.ts'
import { createApp, createSweep } from '../../worker/app.ts'
import { macOf } from '../../worker/auth/mac.ts'
import { newSecretKey, secretKeys, type SecretKeys } from '../../worker/auth/keys.ts'
import { readConfig } from '../../worker/config.ts'
import type { LogEntry, Parts } from '../../worker/context.ts'
import { ensureConnection } from '../../worker/store/connections.ts'
import { openDatabase, type Database, type SQL } from '../../worker/store/database.ts'
import { loadStanding, saveSettings, type Settings } from '../../worker/store/settings.ts'
import {
  previewGroup,
  selectGroup,
  type Preview,
  type Refused,
  type Selected,
} from '../../worker/sync/manage.ts'
import { previewAdoption, type AdoptionLine } from '../../worker/sync/adoptionPreview.ts'
import { DELIVERY_MAC, targetOpenerOf } from '../../worker/sync/open.ts'
import { setTarget, type SetUpResult } from '../../worker/sync/setUp.ts'
import type { Swept } from '../../worker/sync/sweep.ts'
import { at } from '../json.ts'

/** An answer of the bridge. */
export type Answer = { readonly status: number; readonly headers: Headers; readonly body: unknown }

export type WorldOptions = {
  /** What stands between the bridge and its targets, and between the bridge and libSQL. */
  readonly fetchTarget?: (request: Request) => Promise<Response>
  readonly fetchDatabase?: (request: Request) => Promise<Response>
  readonly now?: () => Date
  readonly subrequests?: number
  /** Another database than that of the whole run. */
  readonly libsqlUrl?: string
}

/** The app with cron on the real database, a connection of its own, and what a test can see and set of it. */
export type World = {
  readonly connection: string
  readonly token: string
  readonly database: Database
  readonly logs: LogEntry[]
  readonly send: (
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => Promise<Answer>
  /** Runs cron, with as many subrequests as are given or those of the world. */
  readonly sweep: (subrequests?: number) => Promise<Swept>
  readonly fetch: (request: Request) => Promise<Response>
  readonly trips: () => number
  /** Makes the MAC of a delivery. */
  readonly sign: (texts: readonly string[]) => Promise<string>
  readonly target: (entered: unknown, mayReplace?: boolean) => Promise<SetUpResult>
  readonly preview: (group: string) => Promise<Preview | Refused>
  readonly select: (group: string) => Promise<Selected | Refused>
  readonly adoptable: () => Promise<readonly AdoptionLine[]>
  readonly settings: (change: Partial<Settings>) => Promise<void>
  readonly rows: (statement: SQL) => Promise<readonly Record<string, unknown>[]>
}

const keys = {
  SEAL_KEYS: JSON.stringify({ keys: [await newSecretKey()] }),
  MAC_KEYS: JSON.stringify({ keys: [await newSecretKey()] }),
}

// A database for each file of tests: cron takes up what is due of all connections, and the keys are this file's own.
const dataDir = await mkdtemp(join(tmpdir(), 'drawbridge-sync-'))
const sqld = await startSqld({ dataDir, open: true })
await migrateDatabase(sqld)

/** Where this file's database is. */
export const databaseUrl = sqld.url

afterAll(async () => {
  await sqld.stop()
  await rm(dataDir, { recursive: true, force: true })
})
/** Gives the keys that every world of a test has. */
export function readKeysOf(): { readonly sealKeys: SecretKeys; readonly macKeys: SecretKeys } {
  return { sealKeys: v.parse(secretKeys, keys.SEAL_KEYS), macKeys: v.parse(secretKeys, keys.MAC_KEYS) }
}

/** Starts the app for a test. */
export async function world(options: WorldOptions = {}): Promise<World> {
  const libsqlUrl = options.libsqlUrl ?? sqld.url
  const config = readConfig({
    REGION: 'local',
    DEPLOYMENT: 'drawbridge',
    LIBSQL_URL: libsqlUrl,
    TOKEN_KEYS: inject('tokenKeys'),
    TARGETS_ON_LOOPBACK: 'yes',
    SUBREQUESTS: String(options.subrequests ?? 45),
    ...keys,
  })
  let trips = 0
  const fetchDatabase = options.fetchDatabase ?? ((request: Request) => fetch(request))
  const plain = (): Database => openDatabase({ url: libsqlUrl })
  const logs: LogEntry[] = []
  const now = options.now ?? (() => new Date())
  const parts: Parts = {
    config,
    now,
    newId: () => crypto.randomUUID(),
    log: (entry) => logs.push(entry),
    openDatabase: (use) =>
      openDatabase({
        url: libsqlUrl,
        fetch: (request) => {
          if (use !== 'afterwards') trips += 1
          return fetchDatabase(request)
        },
      }),
    ...(options.fetchTarget === undefined ? {} : { fetchTarget: options.fetchTarget }),
  }
  const name = shortId()
  const { id: connection } = await ensureConnection(plain(), name, name, new Date())
  const { token } = await makeToken(plain(), config, connection, {})
  const app = createApp(parts)
  const { sealKeys, macKeys } = config
  if (sealKeys === undefined || macKeys === undefined) throw new Error('no keys')
  const tools = () => ({
    database: plain(),
    openTarget: targetOpenerOf({ sealKeys, macKeys, loopback: true }),
    budget: { left: 40 },
    until: Date.now() + 30_000,
    now,
  })
  const change = async (wanted: Partial<Settings>): Promise<void> => {
    const standing = await loadStanding(plain(), connection)
    const saved = await saveSettings(plain(), connection, standing, { ...standing.settings, ...wanted })
    if (saved === undefined) throw new Error('not saved')
  }
  return {
    connection,
    token,
    // A handle gives up some time after it was opened: each use has its own.
    get database() {
      return plain()
    },
    logs,
    fetch: async (request) => app.fetch(request),
    sign: macOf(macKeys, DELIVERY_MAC).sign,
    sweep: (subrequests = config.subrequests) =>
      createSweep({ ...parts, config: { ...config, subrequests } })(),
    trips: () => {
      const counted = trips
      trips = 0
      return counted
    },
    target: async (entered, mayReplace = false) => {
      const set = await setTarget(
        { ...setUpTools(plain(), { sealKeys, macKeys }), now },
        connection,
        entered,
        mayReplace,
      )
      // Cron reads the target too; only tests of imports want that.
      if (options.libsqlUrl === undefined && set.kind === 'set') await change({ importEvery: 0 })
      return set
    },
    preview: async (group) =>
      previewGroup(tools(), connection, await loadStanding(plain(), connection), group),
    select: async (group) => selectGroup(tools(), connection, await loadStanding(plain(), connection), group),
    adoptable: async () => {
      const seen = await previewAdoption(tools(), connection, await loadStanding(plain(), connection))
      if (seen.kind === 'refused') throw new Error(seen.words)
      return seen.lines
    },
    settings: change,
    rows: async (statement) => ((await plain().read([statement]))[0] ?? []).map((row) => ({ ...row })),
    send: async (method, path, body, headers = {}) => {
      const response = await app.request(`https://bridge.test/scim/v2${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json', ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await response.text()
      return {
        status: response.status,
        headers: response.headers,
        body: text === '' ? undefined : (JSON.parse(text) as unknown),
      }
    },
  }
}

/** Takes an answer; gives the id in its body. Throws where there is none. */
export function idOf({ status, body }: Answer): string {
  const id = at(body, 'id')
  if (typeof id !== 'string') throw new Error(`no id in ${status} ${JSON.stringify(body)}`)
  return id
}

/** Takes an answer to a list; gives the id of the first, undefined where there is none. */
export function firstId({ body }: Answer): string | undefined {
  const id = at(body, 'Resources', 0, 'id')
  return typeof id === 'string' ? id : undefined
}
