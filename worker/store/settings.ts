import * as v from 'valibot'
import { isObject, type JsonObject } from '../scim/json.ts'
import { POWERFUL } from '../scim/powerful.ts'
import { sql, type Database, type SQL } from './database.ts'

/**
 * What a provider can do harm with: suspend or delete people, create them, change their userName or e-mail addresses, take
 * members out of groups, delete groups.
 */
export const HARMS = ['suspend', 'create', 'rename', 'unmember', 'dissolve'] as const

export type Harm = (typeof HARMS)[number]

/** What a switch of Okta's page does here: on; off, and the provider is told so (403); or taken, and not carried out. */
const position = v.optional(v.picklist(['on', 'off', 'skip']), 'on')

const iso = v.pipe(v.string(), v.isoTimestamp())

/** What a target can do, as kept beside its sealed settings. The targets' own type says what each means. */
const capabilities = v.object({
  create: v.boolean(),
  update: v.boolean(),
  suspend: v.boolean(),
  reactivate: v.boolean(),
  delete: v.boolean(),
  groups: v.boolean(),
  membersAtOnce: v.pipe(v.number(), v.integer(), v.minValue(1)),
  wholeGroups: v.boolean(),
  list: v.boolean(),
  everyChange: v.boolean(),
})

/** How many days after its DELETE a person is erased where nobody says otherwise. */
export const ERASE_AFTER = 30

/** A number of days, up to a hundred years. */
const days = v.pipe(
  v.number(),
  v.integer('expected a whole number of days'),
  v.minValue(1, 'expected at least 1 day'),
  v.maxValue(36_500, 'expected at most 36500 days'),
)

/** The longest window of the guard, in minutes: a day. */
export const MOST_MINUTES = 1_440

/**
 * How much of a harm is let through in a window of minutes: so many, or that share of the people or groups there are, whichever is
 * more. A small connection is guarded by the number alone.
 */
const limit = (number: number) =>
  v.optional(
    v.object({
      number: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), number),
      share: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1)), 0.1),
      window: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MOST_MINUTES)), 60),
    }),
    {},
  )

const settings = v.object({
  /** Where changes go. Without it the bridge itself is the account (`directory`). */
  target: v.optional(
    v.object({
      /** Stays the same while the account behind it does, whatever else of it changes. */
      id: v.string(),
      kind: v.string(),
      /** Names the account at the target as a whole. */
      account: v.string(),
      /** Connection, kind, address and secret, sealed together (JWE). */
      sealed: v.string(),
      learned: v.custom<JsonObject>(isObject),
      capabilities,
    }),
  ),
  switches: v.optional(
    v.object({
      create: position,
      update: position,
      deactivate: position,
      groups: position,
      /** Off: lists and look-ups show only what the provider itself made or linked. */
      import: v.optional(v.picklist(['on', 'off']), 'on'),
    }),
    {},
  ),
  /** After how many hours the target's people and groups are read again; 0: only when an admin asks for it. */
  importEvery: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 24),
  /**
   * Groups that give power over the account are never managed, and their members are proposed for protection: scim/powerful.ts
   * says how the words are understood.
   */
  powerful: v.optional(v.array(v.pipe(v.string(), v.minLength(1))), [...POWERFUL]),
  /**
   * `paused`: requests are taken and stored, and nothing is delivered but deactivations; those wait too until the time
   * `deactivationsToo` names. `closed`: writes are answered 429, and the provider queues them. `active` since it last was not: until then
   * nothing was tried, so that no delivery is given up for that time.
   */
  state: v.optional(
    v.variant('is', [
      v.object({ is: v.literal('active'), since: v.optional(iso) }),
      v.object({ is: v.literal('paused'), since: iso, deactivationsToo: v.optional(iso) }),
      v.object({ is: v.literal('closed'), since: iso }),
    ]),
    { is: 'active' },
  ),
  /** What a DELETE of a person at the bridge is at the target. */
  deletes: v.optional(v.picklist(['suspend', 'delete']), 'suspend'),
  /** After how many hours a delivery is given up and kept as a dead letter; of a deactivation, after ten times as many. */
  deadAfter: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 72),
  /** Accounts that are at the target already: whether a create may take one over, and whose, by the domain of the address. */
  adoption: v.optional(
    v.object({
      open: v.optional(v.boolean(), false),
      domains: v.optional(v.array(v.pipe(v.string(), v.toLowerCase())), []),
    }),
    {},
  ),
  /** How many days after its DELETE a person is erased: document, values and salts; what is left is that somebody of that id was there. */
  eraseAfter: v.optional(days, ERASE_AFTER),
  /** For how many days changes and their values are kept, but for the last change of each resource; null: for ever. */
  keepChanges: v.optional(v.nullable(days), null),
  /** Reads of the target are made, and what would be sent is recorded and taken for done. sync/leaveDryRun.ts ends it. */
  dryRun: v.optional(v.boolean(), false),
  /** What of each harm is let through; where the bridge itself is the account, nothing is held. */
  guard: v.optional(
    v.object({
      suspend: limit(20),
      create: limit(100),
      rename: limit(20),
      unmember: limit(50),
      dissolve: limit(5),
      /** After so many minutes a held suspension goes through, unless it is rejected. The other harms wait for release. */
      holdSuspensions: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(30)), 3),
      /** An admin has said beforehand that harm of these kinds is meant: until then nothing of them is held or counted. */
      announced: v.optional(v.object({ kinds: v.array(v.picklist(HARMS)), until: iso })),
    }),
    {},
  ),
  /** When an alarm last came to its destination: only where somebody hears of it may a token be made that ends. */
  alarms: v.optional(v.object({ tested: v.optional(iso) })),
  /** The attribute mapping towards the target, as scim/mapping.ts reads it. */
  mapping: v.optional(v.array(v.unknown()), []),
})

/** How a connection is set up, beside its name and mode: one JSON object. */
export type Settings = v.InferOutput<typeof settings>

export type Switch = Exclude<keyof Settings['switches'], 'import'>

/** Settings as they stand: the revision grows with every change, so that a write can tell whether it knew the last. */
export type Standing = { readonly revision: number; readonly settings: Settings }

/** How a connection stands that nobody has set up: the bridge is the account, and everything is let through. */
export const UNSET: Standing = { revision: 0, settings: v.parse(settings, {}) }

/** Takes a connection's id; gives how it stands. A connection that is not there is one that nobody has set up. One trip. */
export async function loadStanding(database: Database, connection: string): Promise<Standing> {
  const [rows] = await database.read([
    sql`SELECT settings, revision FROM connections WHERE id = ${connection}`,
  ])
  return rows?.[0] === undefined ? UNSET : readStanding(rows[0])
}

const standingRow = v.pipe(
  v.object({ settings: v.pipe(v.string(), v.parseJson(), settings), revision: v.number() }),
  v.transform((row): Standing => row),
)

/** Takes a row with `settings` and `revision`; gives how the connection stands. */
export function readStanding(row: unknown): Standing {
  return v.parse(standingRow, row)
}

/**
 * Takes a connection's id, how it stood when the change was made up, and the settings it is to have; keeps them. Gives how
 * it stands then, undefined where somebody else changed them in between.
 */
export async function saveSettings(
  database: Database,
  connection: string,
  standing: Standing,
  next: v.InferInput<typeof settings>,
): Promise<Standing | undefined> {
  const written = await database.write([saveSql(connection, standing, next)])
  const row = written.kind === 'written' ? written.rows[0]?.[0] : undefined
  return row === undefined ? undefined : readStanding(row)
}

/** Takes the same; gives the statement, which gives a row where the settings were kept. Throws for settings that are none. */
export function saveSql(
  connection: string,
  { revision }: Standing,
  next: v.InferInput<typeof settings>,
): SQL {
  return sql`UPDATE connections SET settings = ${JSON.stringify(v.parse(settings, next))}, revision = revision + 1
    WHERE id = ${connection} AND revision = ${revision} RETURNING settings, revision`
}

/** How often settings are changed anew because somebody else changed them in between. */
const MOST_TRIES = 5

/**
 * Takes a connection's id and what is to be different; changes its settings, worked out anew where somebody else changes them in
 * between. Gives how the connection stands then. Throws where somebody always does.
 */
export async function changeSettings(
  database: Database,
  connection: string,
  change: (settings: Settings) => Settings,
): Promise<Standing> {
  for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
    const standing = await loadStanding(database, connection)
    const saved = await saveSettings(database, connection, standing, change(standing.settings))
    if (saved !== undefined) return saved
  }
  throw new Error('Others keep changing the settings of this connection. Try again in a moment.')
}
