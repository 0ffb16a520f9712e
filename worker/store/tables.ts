import { sql } from 'drizzle-orm'
import { check, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'

/**
 * What the bridge keeps. The tables are STRICT, and what drizzle cannot say (WITHOUT ROWID, the guard) stands in
 * migrations/. Times are ISO 8601 in UTC, but for those of tokens, which are seconds since 1970 as in a JWT.
 */

/** One identity provider's app pointed at one target. */
export const connections = sqliteTable('connections', {
  id: text().primaryKey(),
  name: text().notNull().unique(),
  created: text().notNull(),
  /** 1: the provider is held to the letter of the interoperability profile; 0: what providers really send is taken. */
  strict: integer().notNull().default(0),
})

/** What a provider sent in its own dialect: how often, by the name of the quirk. */
export const quirks = sqliteTable(
  'quirks',
  {
    connection: text().notNull(),
    name: text().notNull(),
    count: integer().notNull(),
    first: text().notNull(),
    last: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.connection, table.name] })],
)

/** A token the bridge gave out: what is needed to refuse it, never the token itself. */
export const tokens = sqliteTable(
  'tokens',
  {
    jti: text().primaryKey(),
    connection: text()
      .notNull()
      .references(() => connections.id),
    kid: text().notNull(),
    /** Words with a space between: users, groups (only those resources), read (no change). Empty: everything. */
    scope: text().notNull(),
    /** The id of the one person this token may read; null for a connection's own token. */
    user: text(),
    issued: integer().notNull(),
    expires: integer(),
    revoked: integer(),
  },
  (table) => [index('tokens_connection').on(table.connection)],
)

/**
 * A User, a Group, or a resource of a declared kind: its document as the provider last said it, and `folded`, the same in the form in which it is
 * compared. The generated columns are what has an index, so a change to the document cannot forget them.
 */
export const resources = sqliteTable(
  'resources',
  {
    seq: integer().primaryKey({ autoIncrement: true }),
    connection: text()
      .notNull()
      .references(() => connections.id),
    id: text().notNull(),
    type: text().notNull(),
    version: integer().notNull(),
    created: text().notNull(),
    modified: text().notNull(),
    document: text().notNull(),
    folded: text().notNull(),
    userName: text('user_name').generatedAlwaysAs(sql`folded ->> '$.userName'`),
    externalId: text('external_id').generatedAlwaysAs(sql`folded ->> '$.externalId'`),
    displayName: text('display_name').generatedAlwaysAs(sql`folded ->> '$.displayName'`),
  },
  (table) => [
    uniqueIndex('resources_id').on(table.connection, table.id),
    uniqueIndex('resources_user_name')
      .on(table.connection, table.userName)
      .where(sql`user_name IS NOT NULL`),
    // Of people unique, of groups only looked up: RFC 7643 §3.1 leaves it to the client.
    uniqueIndex('resources_external_id_of_users')
      .on(table.connection, table.externalId)
      .where(sql`type = 'User' AND external_id IS NOT NULL`),
    index('resources_external_id').on(table.connection, table.type, table.externalId),
    index('resources_display_name').on(table.connection, table.type, table.displayName),
    index('resources_list').on(table.connection, table.type, table.seq),
    check('document_size', sql`length(document) <= 262144`),
  ],
)

/** An index of e-mail addresses, folded: which resources have one. Kept by triggers on `resources`. */
export const emails = sqliteTable(
  'emails',
  {
    connection: text().notNull(),
    value: text().notNull(),
    seq: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.connection, table.value, table.seq] })],
)

/**
 * How many resources of a type a connection has, in all (level 2) and in buckets of 4,096 (level 1) and 64 (level 0)
 * running numbers, so that a page deep in the list is found without counting to it. Kept by triggers on `resources`.
 */
export const counts = sqliteTable(
  'counts',
  {
    connection: text().notNull(),
    type: text().notNull(),
    level: integer().notNull(),
    bucket: integer().notNull(),
    n: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.connection, table.type, table.level, table.bucket] })],
)

/** A row: this resource is in that group. */
export const members = sqliteTable(
  'members',
  {
    connection: text().notNull(),
    groupId: text('group_id').notNull(),
    memberId: text('member_id').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.connection, table.groupId, table.memberId] }),
    index('members_member').on(table.connection, table.memberId, table.groupId),
  ],
)

/** What happened to a resource, by whom, in which request. `operation` is unique: a repeated write finds itself here. */
export const changes = sqliteTable('changes', {
  seq: integer().primaryKey({ autoIncrement: true }),
  connection: text().notNull(),
  operation: text().notNull().unique(),
  resource: text().notNull(),
  type: text().notNull(),
  kind: text({ enum: ['create', 'revive', 'replace', 'patch', 'delete'] }).notNull(),
  /** The version of the resource after the change. */
  version: integer().notNull(),
  /** A JSON array: the top-level attributes the request spoke of. */
  attributes: text().notNull(),
  token: text().notNull(),
  request: text().notNull(),
  at: text().notNull(),
})

/**
 * The values of a change, apart from it, so that they can be erased. `before` and `after` are documents, null where
 * the document did not change; `added` and `removed` are JSON arrays of member ids, never the whole list.
 */
export const changeValues = sqliteTable('change_values', {
  operation: text().primaryKey(),
  connection: text().notNull(),
  resource: text().notNull(),
  before: text(),
  after: text(),
  added: text(),
  removed: text(),
})
