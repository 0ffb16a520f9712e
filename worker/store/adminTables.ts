import { sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** What is kept of the people who run the bridge, of what they did, and of the clients that ask it for tokens. */

/** The networks a token was seen from: the first use from another is reported. */
export const tokenNetworks = sqliteTable(
  'token_networks',
  {
    connection: text().notNull(),
    token: text().notNull(),
    network: text().notNull(),
    first: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.connection, table.token, table.network] })],
)

/** Who may do what: an address, folded, and a role, for one connection or for all (`*`). */
export const admins = sqliteTable(
  'admins',
  {
    email: text().notNull(),
    connection: text().notNull(),
    role: text({ enum: ['viewer', 'operator', 'auditor', 'admin'] }).notNull(),
    since: text().notNull(),
    madeBy: text('made_by').notNull(),
  },
  (table) => [primaryKey({ columns: [table.email, table.connection] })],
)

/** A link to sign in with, by its SHA-256: once, and for ten minutes. */
export const signInLinks = sqliteTable('sign_in_links', {
  digest: text().primaryKey(),
  email: text().notNull(),
  expires: text().notNull(),
  spent: text(),
})

/** A session of an admin, by the SHA-256 of its id. */
export const sessions = sqliteTable(
  'sessions',
  {
    digest: text().primaryKey(),
    email: text().notNull(),
    created: text().notNull(),
    /** When it ends, whatever happens, and without use. */
    ends: text().notNull(),
    idle: text().notNull(),
    ended: text(),
  },
  (table) => [index('sessions_email').on(table.email)],
)

/** What somebody who runs the bridge did: who, to what, why. `details` is JSON without values of people and without secrets. */
export const acts = sqliteTable(
  'acts',
  {
    seq: integer().primaryKey({ autoIncrement: true }),
    at: text().notNull(),
    request: text().notNull(),
    who: text().notNull(),
    connection: text(),
    action: text().notNull(),
    subject: text(),
    reason: text(),
    details: text(),
    /** A MAC over all of it but the number. */
    mac: text(),
  },
  (table) => [index('acts_connection').on(table.connection, table.seq)],
)

/**
 * Rows of a log, sealed: of `changes` a chain for each connection, of `acts` one for all (its connection is empty). `rows` is a JSON array of what
 * was sealed, a number, an id and digests for each row, null where the segment has expired; `hash` is its SHA-256. `jws` is the head: all of it but
 * the rows, signed, with the SHA-256 of the head before.
 */
export const segments = sqliteTable(
  'segments',
  {
    log: text({ enum: ['changes', 'acts'] }).notNull(),
    connection: text().notNull(),
    number: integer().notNull(),
    first: integer().notNull(),
    last: integer().notNull(),
    count: integer().notNull(),
    hash: text().notNull(),
    previous: text().notNull(),
    kid: text().notNull(),
    at: text().notNull(),
    jws: text().notNull(),
    rows: text(),
  },
  (table) => [
    primaryKey({ columns: [table.log, table.connection, table.number] }),
    index('segments_last').on(table.log, table.last),
    index('segments_kept')
      .on(table.connection, table.at)
      .where(sql`log = 'changes' AND rows IS NOT NULL`),
  ],
)

/** A client that asks for tokens by OAuth (RFC 6749), of one connection. Its secret by its SHA-256, or its public keys. */
export const oauthClients = sqliteTable(
  'oauth_clients',
  {
    id: text().primaryKey(),
    connection: text().notNull(),
    name: text().notNull(),
    secret: text(),
    jwks: text(),
    redirects: text().notNull(),
    scope: text().notNull(),
    created: text().notNull(),
    revoked: text(),
  },
  (table) => [index('oauth_clients_connection').on(table.connection)],
)

/** An authorization code by its SHA-256, with what it was given out for (RFC 6749 §4.1, RFC 7636). */
export const oauthCodes = sqliteTable('oauth_codes', {
  digest: text().primaryKey(),
  client: text().notNull(),
  redirect: text().notNull(),
  challenge: text().notNull(),
  expires: text().notNull(),
  spent: text(),
})

/** What may be used once, until it has expired anyhow: assertions (RFC 7523 §3) and the like, by issuer and id. */
export const spentIds = sqliteTable(
  'spent_ids',
  {
    issuer: text().notNull(),
    id: text().notNull(),
    expires: text().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.issuer, table.id] }),
    index('spent_ids_expires').on(table.expires),
  ],
)

/** An authorization server whose own tokens a connection takes: RFC 9068 or Entra's. `claims`: JSON, what must stand in them. */
export const issuers = sqliteTable(
  'issuers',
  {
    connection: text().notNull(),
    issuer: text().notNull(),
    audience: text().notNull(),
    jwksUrl: text('jwks_url').notNull(),
    claims: text().notNull(),
    created: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.connection, table.issuer, table.audience] })],
)

/**
 * Every write, and every refused or failed request of a genuine token. Nothing of what was sent. Its key is its place in the
 * list of its connection: the newest is found without another index, as each write pays for these.
 */
export const requests = sqliteTable(
  'requests',
  {
    connection: text().notNull(),
    at: text().notNull(),
    request: text().notNull(),
    token: text().notNull(),
    method: text().notNull(),
    route: text().notNull(),
    status: integer().notNull(),
    /** How long its answer took; null where its own write has recorded it, which could not know. */
    ms: integer(),
    resource: text(),
    /** Which refusal it was: a name of scim/refusal.ts. */
    refusal: text(),
    /** A JSON array of the quirks it used. */
    quirks: text(),
  },
  (table) => [
    primaryKey({ columns: [table.connection, table.at, table.request] }),
    index('requests_resource')
      .on(table.connection, table.resource, table.at)
      .where(sql`resource IS NOT NULL`),
  ],
)

/** How many, by day: good reads, and requests without a genuine token (whose connection is empty). */
export const tallies = sqliteTable(
  'tallies',
  {
    connection: text().notNull(),
    day: text().notNull(),
    what: text().notNull(),
    count: integer().notNull(),
    last: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.connection, table.day, table.what] })],
)

/** Okta's event hook of a connection, by the SHA-256 of its secret, and the events that were taken from it already. */
export const hooks = sqliteTable('hooks', {
  id: text().primaryKey(),
  connection: text().notNull(),
  secret: text().notNull(),
  created: text().notNull(),
  verified: text(),
  revoked: text(),
})
