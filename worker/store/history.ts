import * as v from 'valibot'
import { foldCase } from '../scim/fold.ts'
import type { JsonObject } from '../scim/json.ts'
import { ADMIN } from './admission.ts'
import { sql, type Database, type SQL } from './database.ts'
import { override } from './overrides.ts'
import { readDocument } from './resources.ts'

/** How many people and groups a search gives, versions a page has, and members or groups are shown. */
const MOST_FOUND = 50
const MOST_VERSIONS = 100
const MOST_SHOWN = 100

const text = v.nullable(v.string())
const document = v.nullable(v.pipe(v.string(), v.transform(readDocument)))
const ids = v.nullable(v.pipe(v.string(), v.parseJson(), v.array(v.string())))

const foundRow = v.object({
  id: v.string(),
  type: v.string(),
  name: text,
  state: v.picklist(['active', 'inactive', 'deleted', 'group']),
  at: v.string(),
})

/** Somebody, or a group, that a search has found, and since when it is as it is. */
export type FoundResource = v.InferOutput<typeof foundRow>

/**
 * Takes a connection's id, what is looked for and whether names may be known; gives the people and groups whose id here, at the provider or at the
 * target it is, or whose name or address begins so; those who were deleted too. Of nothing, the newest. One trip.
 */
export async function searchResources(
  database: Database,
  connection: string,
  looked: string,
  byName: boolean,
): Promise<readonly FoundResource[]> {
  const folded = foldCase(looked)
  const begins = (column: SQL) => sql`(${column} >= ${folded} AND ${column} < ${`${folded}\u{10FFFF}`})`
  const named: readonly SQL[] = byName
    ? [
        // What a provider gives as its id may be a name.
        sql`SELECT seq FROM resources WHERE connection = ${connection} AND type IN ('User', 'Group') AND external_id = ${looked}`,
        sql`SELECT seq FROM resources WHERE connection = ${connection} AND user_name IS NOT NULL AND ${begins(sql`user_name`)}`,
        sql`SELECT seq FROM resources WHERE connection = ${connection} AND type IN ('User', 'Group') AND ${begins(sql`display_name`)}`,
        sql`SELECT seq FROM emails WHERE connection = ${connection} AND ${begins(sql`value`)}`,
      ]
    : []
  const which =
    looked === ''
      ? sql`SELECT seq FROM resources WHERE connection = ${connection} AND type IN ('User', 'Group') ORDER BY seq DESC LIMIT ${MOST_FOUND}`
      : sql.join(
          [
            sql`SELECT seq FROM resources WHERE connection = ${connection} AND id = ${looked}`,
            sql`SELECT r.seq FROM links l JOIN resources r ON r.connection = l.connection AND r.id = l.resource
              WHERE l.connection = ${connection} AND l.remote = ${looked}`,
            ...named,
          ],
          sql` UNION `,
        )
  const name = sql`coalesce(x.document ->> '$.userName', x.document ->> '$.displayName')`
  const isGone =
    looked === ''
      ? sql`FALSE`
      : sql`(x.id = ${looked} OR (${byName ? sql`TRUE` : sql`FALSE`} AND instr(lower(${name}), lower(${looked})) = 1))`
  const [rows] = await database.read([
    sql`SELECT * FROM (SELECT x.id, x.type, ${name} AS name,
        CASE WHEN x.type <> 'User' THEN 'group' WHEN x.folded ->> '$.active' IS 0 THEN 'inactive' ELSE 'active' END AS state,
        x.modified AS at FROM resources x WHERE x.seq IN (SELECT seq FROM (${which})) AND x.connection = ${connection} AND x.type IN ('User', 'Group')
        ORDER BY x.seq DESC LIMIT ${MOST_FOUND})
      UNION ALL SELECT * FROM (SELECT x.id, x.type, ${name} AS name, 'deleted' AS state, x.at FROM tombstones x
        WHERE x.connection = ${connection} AND x.type IN ('User', 'Group') AND ${isGone} LIMIT ${MOST_FOUND})`,
  ])
  return (rows ?? []).map((row) => v.parse(foundRow, row))
}

const version = v.object({
  seq: v.number(),
  operation: v.string(),
  kind: v.picklist(['create', 'revive', 'replace', 'patch', 'delete', 'undo']),
  version: v.number(),
  token: v.string(),
  token_name: text,
  admin: text,
  at: v.string(),
  kept: v.number(),
  before: document,
  after: document,
  added: ids,
  removed: ids,
})

/**
 * A version: what happened, by which token or admin, and what it was before and after. `kept` is 0 where the values were
 * erased, or have expired.
 */
export type Version = v.InferOutput<typeof version>

const state = v.object({
  id: v.string(),
  type: v.picklist(['User', 'Group']),
  version: v.number(),
  document: v.pipe(v.string(), v.transform(readDocument)),
  deleted: v.number(),
  at: v.string(),
  imported: v.number(),
  remote: text,
  confirmed: document,
  link_state: text,
  origin: text,
  differs: text,
  linked: text,
  delivery: text,
  words: text,
  due: text,
  overrides: v.pipe(v.string(), v.parseJson(), v.array(v.object({ ...override.entries, who: v.string() }))),
})

/** A person or a group with its link, its delivery, what stands over it, its last versions, and who is in it or what it is in. */
export type Known = Omit<v.InferOutput<typeof state>, 'document'> & {
  readonly document: JsonObject
  readonly versions: readonly Version[]
  readonly others: readonly string[]
}

/** Takes a connection's id and a resource's; gives all that is known of it, also where it was deleted; undefined for none. One trip. */
export async function readKnown(
  database: Database,
  connection: string,
  id: string,
): Promise<Known | undefined> {
  const of = sql`connection = ${connection} AND resource = ${id}`
  const [rows, versions, others] = await database.read([
    sql`SELECT e.*, l.remote, l.confirmed, l.state AS link_state, l.origin, l.differs, l.at AS linked, d.state AS delivery, d.words, d.due,
        (SELECT json_group_array(json_object('kind', o.kind, 'attribute', o.attribute, 'value', json(o.value), 'why', o.why, 'who', o.who))
          FROM overrides o WHERE ${of}) AS overrides
      FROM (SELECT id, type, version, document, 0 AS deleted, modified AS at, imported FROM resources
            WHERE connection = ${connection} AND id = ${id} AND type IN ('User', 'Group')
          UNION ALL SELECT id, type, 0, document, 1, at, 0 FROM tombstones WHERE connection = ${connection} AND id = ${id}
            AND type IN ('User', 'Group') LIMIT 1) e
        LEFT JOIN links l ON l.connection = ${connection} AND l.resource = e.id
        LEFT JOIN deliveries d ON d.connection = ${connection} AND d.resource = e.id`,
    versionsSql(connection, sql`c.resource = ${id}`, MOST_VERSIONS),
    sql`SELECT group_id AS id FROM members WHERE connection = ${connection} AND member_id = ${id}
      UNION SELECT member_id FROM members WHERE connection = ${connection} AND group_id = ${id} LIMIT ${MOST_SHOWN}`,
  ])
  if (rows?.[0] === undefined) return undefined
  return {
    ...v.parse(state, rows[0]),
    versions: (versions ?? []).map((row) => v.parse(version, row)),
    others: (others ?? []).map((row) => v.parse(v.object({ id: v.string() }), row).id),
  }
}

/** The versions of `changes c` that a condition finds, the newest first. */
function versionsSql(connection: string, which: SQL, most: number): SQL {
  return sql`SELECT c.seq, c.operation, c.kind, c.version, c.token, t.name AS token_name, c.at,
      iif(c.token = ${ADMIN}, (SELECT a.who FROM acts a WHERE a.connection = c.connection AND a.request = c.request LIMIT 1), NULL) AS admin,
      v.operation IS NOT NULL AS kept, v.before, v.after, v.added, v.removed
    FROM changes c LEFT JOIN change_values v ON v.operation = c.operation LEFT JOIN tokens t ON t.jti = c.token
    WHERE c.connection = ${connection} AND ${which} ORDER BY c.seq DESC LIMIT ${most}`
}

/** Takes a connection's id, a resource's and the number of a change; gives that version and all that came after it, the newest first. One trip. */
export async function versionsSince(
  database: Database,
  connection: string,
  id: string,
  seq: number,
): Promise<readonly Version[]> {
  const [rows] = await database.read([
    versionsSql(connection, sql`c.resource = ${id} AND c.seq >= ${seq}`, 1_000),
  ])
  return (rows ?? []).map((row) => v.parse(version, row))
}

/** Takes a connection's id and the operation that deleted a resource; gives the groups that it left with that. One trip. */
export async function groupsLeft(
  database: Database,
  connection: string,
  operation: string,
): Promise<readonly string[]> {
  const [rows] = await database.read([
    sql`SELECT v.resource AS id FROM change_values v JOIN resources g ON g.connection = v.connection AND g.id = v.resource
      WHERE v.connection = ${connection} AND v.operation >= ${`${operation}/`} AND v.operation < ${`${operation}0`}`,
  ])
  return (rows ?? []).map((row) => v.parse(v.object({ id: v.string() }), row).id)
}
