import * as v from 'valibot'
import type { Imported } from '../scim/imported.ts'
import { foldCase } from '../scim/fold.ts'
import type { JsonObject } from '../scim/json.ts'
import { sql, type Database, type SQL } from './database.ts'
import { GONE, isAt, type ImportRun } from './imports.ts'

/** An account or group of a page: its id at the target, what was shown, and how it is kept here; undefined where it cannot be. */
export type Entry = {
  readonly remote: string
  readonly shown: JsonObject
  readonly imported: Imported | undefined
}

/** Where a page belongs: the connection, the account of its target, the run as it stands, when it was asked for, and what follows. */
export type PageAt = {
  readonly connection: string
  readonly account: string
  readonly at: ImportRun
  readonly asked: Date
  readonly next: { readonly type: 'User' | 'Group'; readonly page: string | null }
}

const underWaySql = (connection: string): SQL =>
  sql`SELECT coalesce(j.value ->> '$.document.userName', j.value ->> '$.userName') AS name FROM deliveries d, json_each(d.making) j
      WHERE d.connection = ${connection} AND d.making IS NOT NULL AND d.type = 'User'
    UNION SELECT t.document ->> '$.userName' FROM deliveries d JOIN tombstones t
      ON t.connection = d.connection AND t.id = d.resource WHERE d.connection = ${connection} AND d.type = 'User'`

/** Takes the database and a connection's id; gives the userNames, folded, of those who may just be made at the target, or deleted. One trip. */
export async function namesUnderWay(database: Database, connection: string): Promise<ReadonlySet<string>> {
  const [rows] = await database.read([underWaySql(connection)])
  return new Set((rows ?? []).flatMap(({ name }) => (typeof name === 'string' ? [foldCase(name)] : [])))
}

/**
 * Takes the database, where a page belongs and its people; keeps it: what is linked is refreshed, unless a delivery is at it or has
 * been since; whoever is not here becomes a resource under the target's id, but for whoever has come on the way since the page was
 * asked for; nobody is made twice. Gives the run as it
 * stands then, undefined where somebody else has carried it on. One trip.
 */
export async function savePeople(
  database: Database,
  page: PageAt,
  entries: readonly Entry[],
): Promise<ImportRun | undefined> {
  const { connection, account, at, asked } = page
  const time = asked.toISOString()
  const list = JSON.stringify(entries.map(({ remote, shown, imported }) => ({ remote, shown, ...imported })))
  const each = sql`json_each(${list}) j`
  const remote = sql`(j.value ->> '$.remote')`
  const mine = isAt(connection, at)
  const linkOf = (
    which: SQL,
  ) => sql`EXISTS (SELECT 1 FROM links k WHERE k.account = ${account} AND k.type = 'User'
    AND k.remote = ${remote} AND k.state <> 'provisional' ${which})`
  const isKept = sql`j.value -> '$.document' IS NOT NULL`
  const owner = sql`r.connection = ${connection} AND r.imported = 1`
  // One that another connection has linked is its business alone.
  const isTaken = sql`${linkOf(sql`AND k.connection <> ${connection} AND k.state = 'linked'`)}
    AND NOT ${linkOf(sql`AND k.connection = ${connection}`)}`
  return finish(database, page, entries.length, [
    ...refreshSql(page, list, 'User'),
    sql`UPDATE OR IGNORE resources AS r SET version = version + 1, modified = ${time},
        document = (SELECT j.value -> '$.document' FROM ${each} WHERE ${remote} = r.id),
        folded = (SELECT j.value -> '$.folded' FROM ${each} WHERE ${remote} = r.id)
      WHERE ${owner} AND ${mine} AND r.type = 'User'
        AND r.id IN (SELECT ${remote} FROM ${each} WHERE ${isKept} AND json(j.value -> '$.document') <> json(r.document))
        AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.connection = r.connection AND d.resource = r.id)
        AND EXISTS (SELECT 1 FROM links k WHERE k.connection = r.connection AND k.resource = r.id AND k.account = ${account}
          AND k.remote = r.id)`,
    sql`INSERT INTO resources (connection, id, type, version, created, modified, document, folded, imported)
      SELECT ${connection}, ${remote}, 'User', 1, ${time}, ${time}, j.value -> '$.document', j.value -> '$.folded', 1
      FROM ${each} WHERE ${isKept} AND ${mine} AND NOT ${linkOf(sql``)}
        AND j.value ->> '$.folded.userName' NOT IN (SELECT lower(name) FROM (${underWaySql(connection)}) WHERE name IS NOT NULL)
      ON CONFLICT DO NOTHING`,
    sql`INSERT INTO links (connection, resource, type, account, remote, confirmed, state, origin, run, at)
      SELECT r.connection, r.id, 'User', ${account}, r.id, j.value -> '$.seeded', 'linked', 'adopted', ${at.run}, ${time}
      FROM ${each} JOIN resources r ON ${owner} AND r.id = ${remote} AND r.type = 'User'
      WHERE ${isKept} AND ${mine} AND NOT ${linkOf(sql``)} ON CONFLICT DO NOTHING`,
    ...waitingSql(page, list),
    sql`UPDATE imports SET taken = taken + (SELECT count(*) FROM ${each} WHERE ${isTaken}),
        waiting = waiting + (SELECT count(*) FROM ${each} WHERE NOT ${linkOf(sql``)})
      WHERE connection = ${connection} AND ${mine}`,
  ])
}

/**
 * Takes the database, where a page belongs and its groups; keeps it: linked ones are refreshed, the others are foreign. One
 * that is just being made, or that waits for its name, is neither. As savePeople. One trip.
 */
export async function saveGroups(
  database: Database,
  page: PageAt,
  entries: readonly Entry[],
): Promise<ImportRun | undefined> {
  const { connection, account, at } = page
  const list = JSON.stringify(
    entries.map(({ remote, shown, imported }) => {
      const { members: _, ...bare } = shown
      const displayName = imported?.document['displayName'] ?? remote
      const folded = foldCase(typeof displayName === 'string' ? displayName.trim() : remote)
      return { remote, shown, seeded: bare, displayName, folded }
    }),
  )
  const each = sql`json_each(${list}) j`
  const remote = sql`(j.value ->> '$.remote')`
  const isLinked = sql`EXISTS (SELECT 1 FROM links k WHERE k.account = ${account} AND k.type = 'Group'
    AND k.remote = ${remote} AND k.state <> 'provisional')`
  return finish(database, page, entries.length, [
    ...refreshSql(page, list, 'Group'),
    sql`INSERT INTO foreign_groups (connection, remote, display_name, folded, document, run)
      SELECT ${connection}, ${remote}, j.value ->> '$.displayName', j.value ->> '$.folded', j.value -> '$.shown', ${at.run}
      FROM ${each} WHERE NOT ${isLinked} AND ${isAt(connection, at)}
      ON CONFLICT (connection, remote) DO UPDATE SET display_name = excluded.display_name, folded = excluded.folded,
        document = excluded.document, run = excluded.run`,
  ])
}

/** What is linked was seen. What it shows is taken over only where nobody is changing it, nor has since the page was asked for. */
function refreshSql(
  { connection, account, at, asked }: PageAt,
  list: string,
  type: 'User' | 'Group',
): readonly SQL[] {
  const time = asked.toISOString()
  const own = sql`connection = ${connection} AND account = ${account} AND type = ${type} AND state <> 'provisional'
    AND remote IN (SELECT j.value ->> '$.remote' FROM json_each(${list}) j) AND ${isAt(connection, at)}`
  const isOurs = sql`EXISTS (SELECT 1 FROM resources r WHERE r.connection = links.connection AND r.id = links.resource
    AND r.imported = 1)`
  const shown = sql`(SELECT iif(${isOurs}, coalesce(j.value -> '$.seeded', j.value -> '$.shown'), ${
    type === 'User' ? sql`j.value -> '$.shown'` : sql`j.value -> '$.seeded'`
  }) FROM json_each(${list}) j WHERE j.value ->> '$.remote' = links.remote)`
  // Some services never show externalId: what was sent is held to be there.
  return [
    sql`UPDATE links SET confirmed = iif(confirmed ->> '$.externalId' IS NULL, ${shown},
          json_patch(json_object('externalId', confirmed ->> '$.externalId'), ${shown})), at = ${time}
      WHERE ${own} AND at < ${time} AND NOT EXISTS (SELECT 1 FROM deliveries d
        WHERE d.connection = links.connection AND d.resource = links.resource)`,
    sql`UPDATE links SET run = ${at.run}, differs = nullif(differs, ${GONE}) WHERE ${own}`,
  ]
}

/**
 * Whoever has the userName of an account, is not linked and is not on the way there: nobody can tell whether it is the same
 * person, and nobody would ever look.
 */
function waitingSql({ connection, account, at, asked }: PageAt, list: string): readonly SQL[] {
  const time = asked.toISOString()
  const words =
    'The target has an account of this userName that is not linked here. Link it by opening adoption, or rename one of them.'
  return [
    sql`INSERT INTO alarms (connection, kind, subject, words, count, first, last)
      SELECT r.connection, 'decide', r.id, ${words}, 1, ${time}, ${time}
      FROM json_each(${list}) j JOIN resources r ON r.connection = ${connection}
        AND r.user_name = (j.value ->> '$.folded.userName')
      WHERE ${isAt(connection, at)}
        AND NOT EXISTS (SELECT 1 FROM links k WHERE k.connection = r.connection AND k.resource = r.id)
        AND NOT EXISTS (SELECT 1 FROM links k WHERE k.account = ${account} AND k.type = 'User'
          AND k.remote = (j.value ->> '$.remote') AND k.state <> 'provisional')
        AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.connection = r.connection AND d.resource = r.id)
      ON CONFLICT (connection, kind, subject) DO UPDATE SET words = excluded.words, count = count + 1,
        last = excluded.last, cleared = NULL`,
  ]
}

const moved = v.object({
  type: v.picklist(['User', 'Group']),
  page: v.nullable(v.string()),
  people: v.number(),
  groups: v.number(),
  taken: v.number(),
  waiting: v.number(),
})

async function finish(
  database: Database,
  { connection, at, asked, next }: PageAt,
  count: number,
  statements: readonly SQL[],
): Promise<ImportRun | undefined> {
  const column = at.type === 'User' ? sql`people` : sql`groups`
  const written = await database.write([
    ...statements,
    sql`UPDATE imports SET type = ${next.type}, page = ${next.page}, at = ${asked.toISOString()},
        ${column} = ${column} + ${count}
      WHERE connection = ${connection} AND ${isAt(connection, at)}
      RETURNING type, page, people, groups, taken, waiting`,
  ])
  const row = written.kind === 'written' ? written.rows.at(-1)?.[0] : undefined
  return row === undefined ? undefined : { ...at, ...v.parse(moved, row) }
}
