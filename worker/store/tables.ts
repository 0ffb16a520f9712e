import { sql } from 'drizzle-orm'
import { check, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'

/**
 * What the bridge keeps. The tables are STRICT, and what drizzle cannot say (WITHOUT ROWID, the guard) stands in
 * migrations/. All of them stand in one file, longer than others, as drizzle compares it whole with the migrations. Times are ISO 8601 in UTC, but for those of tokens, which are seconds since 1970 as in a JWT.
 */

/** One identity provider's app pointed at one target. */
export const connections = sqliteTable('connections', {
  id: text().primaryKey(),
  name: text().notNull().unique(),
  created: text().notNull(),
  /** 1: the provider is held to the letter of the interoperability profile; 0: what providers really send is taken. */
  strict: integer().notNull().default(0),
  /** Where changes go, what is let through and how: see settings.ts. A JSON object; the revision grows with every change. */
  settings: text().notNull().default('{}'),
  revision: integer().notNull().default(0),
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
    /** Words with a space between: users, groups (only those resources), read (no change), admin. Empty: all of SCIM. */
    scope: text().notNull(),
    /** The id of the one person this token may read; null for a connection's own token. */
    user: text(),
    issued: integer().notNull(),
    expires: integer(),
    revoked: integer(),
    /** What its admin calls it. */
    name: text(),
    /** Who made it: the address of an admin, or the command line. */
    madeBy: text('made_by'),
    /**
     * From where it may be shown: a JSON object, to each CIDR the bits that its addresses begin with. And the e-mail domains whose
     * people it may write, folded: a JSON array. Null: any.
     */
    networks: text(),
    domains: text(),
    /** How many seconds without use it may be; null: use does not matter. Each use moves renew_by and expires. */
    sliding: integer(),
    /** From then on to `expires` it only reads and deactivates. */
    renewBy: integer('renew_by'),
    /** Last use, written down at most hourly, and the network it came from. */
    used: integer(),
    usedFrom: text('used_from'),
    /** The token that takes its place; it ends by `expires` then. */
    replacedBy: text('replaced_by'),
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
    /** 1: read from the target, and the provider has neither made nor changed it yet. */
    imported: integer().notNull().default(0),
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
export const changes = sqliteTable(
  'changes',
  {
    seq: integer().primaryKey({ autoIncrement: true }),
    connection: text().notNull(),
    operation: text().notNull().unique(),
    resource: text().notNull(),
    type: text().notNull(),
    kind: text({ enum: ['create', 'revive', 'replace', 'patch', 'delete', 'undo'] }).notNull(),
    /** The version of the resource after the change. */
    version: integer().notNull(),
    /** A JSON array: the top-level attributes the request spoke of. */
    attributes: text().notNull(),
    token: text().notNull(),
    request: text().notNull(),
    at: text().notNull(),
    /** What the request asked for, a salted digest of its values, and the MAC over these: see proof.ts. */
    asked: text(),
    digest: text(),
    mac: text(),
  },
  (table) => [
    index('changes_resource').on(table.connection, table.resource, table.seq),
    index('changes_connection').on(table.connection, table.seq),
  ],
)

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
  /** With it the digests of these values, and of those of the request, can be worked out; without it they say nothing. */
  salt: text(),
})

/**
 * A resource and the account or group at the target that it is. `confirmed` is what the target last showed; `differs` says
 * why it is not what was wanted. A `former` link is of a deleted person whose account was left there, suspended.
 */
export const links = sqliteTable(
  'links',
  {
    connection: text().notNull(),
    resource: text().notNull(),
    type: text().notNull(),
    /** Names the account at the target as a whole, as the test of the target found it; connections may share one. */
    account: text().notNull(),
    remote: text().notNull(),
    confirmed: text().notNull(),
    state: text({ enum: ['linked', 'provisional', 'former'] }).notNull(),
    /** `adopted`: it was at the target before the bridge, and is given back untouched in the end. */
    origin: text({ enum: ['made', 'adopted'] })
      .notNull()
      .default('made'),
    /** The run of an import that last saw it there. */
    run: text(),
    differs: text(),
    at: text().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.connection, table.resource] }),
    // A remote id belongs to one resource, whichever connection it is of.
    uniqueIndex('links_remote')
      .on(table.account, table.type, table.remote)
      .where(sql`state = 'linked'`),
    index('links_account').on(table.account, table.type, table.remote),
  ],
)

/**
 * What is not at the target yet, a row a resource: whatever happened to it, what is delivered is the state wanted now. The
 * MAC is over connection, asked, kind, target and request: of the last change. `asked` is the id that request named, and
 * differs from `resource` where the change is a consequence.
 */
export const deliveries = sqliteTable(
  'deliveries',
  {
    connection: text().notNull(),
    resource: text().notNull(),
    type: text().notNull(),
    asked: text().notNull(),
    kind: text().notNull(),
    request: text().notNull(),
    target: text().notNull(),
    mac: text().notNull(),
    /** 0: it takes access away, and goes before everything else. 1: the rest. */
    rank: integer().notNull(),
    /** The numbers of the last change, and of the first that is not at the target. */
    seq: integer().notNull(),
    first: integer().notNull(),
    /** Since when it is not at the target. */
    since: text().notNull(),
    state: text({ enum: ['due', 'waiting', 'held', 'skipped', 'dead', 'done'] }).notNull(),
    due: text().notNull(),
    tries: integer().notNull(),
    /** Grows with every lease; an outcome that carries an older number counts for nothing. */
    lease: integer().notNull(),
    /** Until when somebody is at it. Passed, and no outcome: it may have happened. */
    leased: text(),
    /** 1: it may have happened. */
    uncertain: integer().notNull(),
    /** With which documents the resource may have been made at the target, while that is not known: a JSON array, see making.ts. */
    making: text(),
    words: text(),
  },
  (table) => [
    primaryKey({ columns: [table.connection, table.resource] }),
    index('deliveries_due').on(table.state, table.rank, table.due),
  ],
)

/** A membership that is not at the target as it is here. `refused`: what the target said to it, or why it stays so (holdSql.ts). */
export const memberSteps = sqliteTable(
  'member_steps',
  {
    connection: text().notNull(),
    groupId: text('group_id').notNull(),
    memberId: text('member_id').notNull(),
    refused: text(),
  },
  (table) => [
    primaryKey({ columns: [table.connection, table.groupId, table.memberId] }),
    index('member_steps_member').on(table.connection, table.memberId, table.groupId),
  ],
)

/** A membership at the target, as far as the bridge brought it there or read it. */
export const memberLinks = sqliteTable(
  'member_links',
  {
    connection: text().notNull(),
    groupId: text('group_id').notNull(),
    memberId: text('member_id').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.connection, table.groupId, table.memberId] }),
    index('member_links_member').on(table.connection, table.memberId, table.groupId),
  ],
)

/** A deleted resource as it last was: for its delivery, and to be restored from. Of a person who was erased nothing is left but this row. */
export const tombstones = sqliteTable(
  'tombstones',
  {
    connection: text().notNull(),
    id: text().notNull(),
    type: text().notNull(),
    document: text().notNull(),
    at: text().notNull(),
    erased: text(),
  },
  (table) => [
    primaryKey({ columns: [table.connection, table.id] }),
    index('tombstones_whole')
      .on(table.connection, table.at)
      .where(sql`type = 'User' AND erased IS NULL`),
  ],
)

/** A deactivation, from the request to the target's word for it. */
export const receipts = sqliteTable(
  'receipts',
  {
    connection: text().notNull(),
    operation: text().notNull(),
    resource: text().notNull(),
    asked: text().notNull(),
    stored: text().notNull(),
    confirmed: text(),
    /** Whom the target confirmed it of: its id there; empty where the target has no such account. */
    remote: text(),
    /** Why it will not be confirmed any more: the person was activated again first. */
    ended: text(),
    /** Until when the guard held it, or an admin; null where nobody did. */
    held: text(),
  },
  (table) => [
    primaryKey({ columns: [table.connection, table.operation] }),
    index('receipts_open')
      .on(table.connection, table.resource)
      .where(sql`confirmed IS NULL AND ended IS NULL`),
  ],
)

/** What a person has to look at. One row for each kind and subject, however often it happens. */
export const alarms = sqliteTable(
  'alarms',
  {
    connection: text().notNull(),
    kind: text().notNull(),
    subject: text().notNull(),
    words: text().notNull(),
    count: integer().notNull(),
    first: text().notNull(),
    last: text().notNull(),
    cleared: text(),
  },
  (table) => [primaryKey({ columns: [table.connection, table.kind, table.subject] })],
)

/** A target that takes nothing now: since when, until when it is left alone, and why. `tries`: how many in a row; 0 where it asked for the time itself. */
export const stops = sqliteTable('stops', {
  connection: text().primaryKey(),
  since: text().notNull(),
  until: text().notNull(),
  tries: integer().notNull(),
  words: text().notNull(),
})

/** A reading of the target's people and groups: where it stands, what it has seen, and why it stopped, if it did. */
export const imports = sqliteTable('imports', {
  connection: text().primaryKey(),
  run: text().notNull(),
  state: text({ enum: ['running', 'held', 'done', 'failed'] }).notNull(),
  /** `User`, then `Group`, and what the target asks for the next page with. */
  type: text().notNull(),
  page: text(),
  people: integer().notNull(),
  groups: integer().notNull(),
  /** Accounts that were left out: another connection has them; or they may be somebody here, and an admin has to say. */
  taken: integer().notNull().default(0),
  waiting: integer().notNull().default(0),
  /** How many people there were after the last run that was done. */
  former: integer(),
  started: text().notNull(),
  at: text().notNull(),
  words: text(),
})

/** A group that is at the target and that nobody has put under management: it is only looked at. */
export const foreignGroups = sqliteTable(
  'foreign_groups',
  {
    connection: text().notNull(),
    remote: text().notNull(),
    displayName: text('display_name').notNull(),
    /** The name in the form in which it is compared. */
    folded: text().notNull(),
    document: text().notNull(),
    run: text().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.connection, table.remote] }),
    index('foreign_groups_name').on(table.connection, table.folded),
  ],
)

/**
 * What an admin or the guard has put over the provider's wish: of a resource, for an attribute (or `*`), who and why, and until
 * when. `hold`: not yet; `reject`: not at all, until the provider next changes it; `protect`: never by a provider; `lock`:
 * inactive, until an admin ends it. A hold of `members` is of a group's, or of a protected person's; which ones, `member_steps`
 * says. `value`: the attribute before the change, as JSON.
 */
export const overrides = sqliteTable(
  'overrides',
  {
    connection: text().notNull(),
    resource: text().notNull(),
    kind: text({ enum: ['hold', 'reject', 'protect', 'lock'] }).notNull(),
    attribute: text().notNull(),
    /** The harm that was held, for a hold. */
    harm: text(),
    value: text(),
    who: text().notNull(),
    why: text().notNull(),
    since: text().notNull(),
    until: text(),
  },
  (table) => [
    primaryKey({ columns: [table.connection, table.resource, table.kind, table.attribute] }),
    index('overrides_until').on(table.kind, table.until),
  ],
)

/** Harm that requests have asked for, counted in windows by the guard. */
export const harms = sqliteTable(
  'harms',
  {
    seq: integer().primaryKey({ autoIncrement: true }),
    connection: text().notNull(),
    kind: text().notNull(),
    resource: text().notNull(),
    request: text().notNull(),
    at: text().notNull(),
  },
  (table) => [index('harms_window').on(table.connection, table.kind, table.at)],
)

/** What would have been sent to the target, in a dry run. */
export const drySteps = sqliteTable(
  'dry_steps',
  {
    seq: integer().primaryKey({ autoIncrement: true }),
    connection: text().notNull(),
    resource: text().notNull(),
    type: text().notNull(),
    /** What it would have come to: a JSON object. */
    step: text().notNull(),
    at: text().notNull(),
  },
  (table) => [index('dry_steps_connection').on(table.connection, table.seq)],
)

/** Everything is being told to a target that is told every change: up to which change, under which request, since when. */
export const snapshots = sqliteTable('snapshots', {
  connection: text().primaryKey(),
  request: text().notNull(),
  seq: integer().notNull(),
  at: text().notNull(),
})
