import * as v from 'valibot'
import { raiseAlarm } from './alarms.ts'
import { sql, type Database, type SQL } from './database.ts'
import { readStanding, type Standing } from './settings.ts'

const importRow = v.object({
  run: v.string(),
  state: v.picklist(['running', 'held', 'done', 'failed']),
  type: v.picklist(['User', 'Group']),
  page: v.nullable(v.string()),
  people: v.number(),
  groups: v.number(),
  taken: v.number(),
  waiting: v.number(),
  former: v.nullable(v.number()),
  started: v.string(),
  at: v.string(),
  words: v.nullable(v.string()),
})

/** A reading of a target: where it stands, and what it has seen so far. */
export type ImportRun = v.InferOutput<typeof importRow>

/** Takes a connection's id; gives its last import, undefined where there was none. One trip. */
export async function loadImport(database: Database, connection: string): Promise<ImportRun | undefined> {
  const [rows] = await database.read([sql`SELECT * FROM imports WHERE connection = ${connection}`])
  return rows?.[0] === undefined ? undefined : v.parse(importRow, rows[0])
}

/** After how many minutes an import is begun again that the target broke off. */
const AFTER_FAILURE = 60

/**
 * Takes the time; gives the connection whose import is to go on or to begin, undefined where none is: the one that has waited longest
 * since it was last taken up, so that one that never comes to its end holds up no other. A target that takes nothing now is left
 * alone. One trip.
 */
export async function dueImport(
  database: Database,
  now: Date,
): Promise<{ readonly connection: string; readonly standing: Standing } | undefined> {
  const at = now.toISOString()
  const every = sql`coalesce(c.settings ->> '$.importEvery', 24)`
  const pause = sql`iif(i.state = 'failed', min(${every} * 60, ${AFTER_FAILURE}), ${every} * 60)`
  const next = (columns: SQL) =>
    sql`SELECT ${columns} FROM connections c LEFT JOIN imports i ON i.connection = c.id WHERE c.settings ->> '$.target.capabilities.list' = 1
        AND NOT EXISTS (SELECT 1 FROM stops s WHERE s.connection = c.id AND s.until > ${at})
        AND (i.state = 'running' OR (${every} > 0 AND (i.connection IS NULL
          OR strftime('%Y-%m-%dT%H:%M:%fZ', i.at, '+' || ${pause} || ' minutes') <= ${at})))
      ORDER BY i.at, c.id LIMIT 1`
  const written = await database.write([
    next(sql`c.id, c.settings, c.revision`),
    // One that begins says so itself.
    sql`UPDATE imports SET at = ${at} WHERE state = 'running' AND connection = (${next(sql`c.id`)})`,
  ])
  const row = written.kind === 'written' ? written.rows[0]?.[0] : undefined
  return row === undefined
    ? undefined
    : { connection: v.parse(v.string(), row['id']), standing: readStanding(row) }
}

/** Takes a connection's id, a fresh run and the time; begins an import. Gives how it stands. One trip. */
export async function beginImport(
  database: Database,
  connection: string,
  run: string,
  now: Date,
): Promise<ImportRun> {
  const at = now.toISOString()
  const written = await database.write([
    sql`INSERT INTO imports (connection, run, state, type, page, people, groups, taken, waiting, former, started, at)
      VALUES (${connection}, ${run}, 'running', 'User', NULL, 0, 0, 0, 0, NULL, ${at}, ${at})
      ON CONFLICT (connection) DO UPDATE SET run = excluded.run, state = 'running', type = 'User', page = NULL, people = 0,
        groups = 0, taken = 0, waiting = 0, started = excluded.started, at = excluded.at, words = NULL
      RETURNING *`,
  ])
  return v.parse(importRow, written.kind === 'written' ? written.rows[0]?.[0] : undefined)
}

/** Takes a connection's id; forgets how many people there were, so that the next import is let through whatever it finds. One trip. */
export async function acceptImport(database: Database, connection: string): Promise<void> {
  await database.write([
    sql`UPDATE imports SET former = NULL WHERE connection = ${connection}`,
    sql`DELETE FROM imports WHERE connection = ${connection} AND state = 'held'`,
  ])
}

/** Takes a connection's id, its run, why it ends, in words, and the time; ends it without changing anything else. Held, it raises an alarm. One trip. */
export async function stopImport(
  database: Database,
  connection: string,
  run: string,
  { state, words }: { readonly state: 'held' | 'failed'; readonly words: string },
  now: Date,
): Promise<void> {
  const at = now.toISOString()
  await database.write([
    sql`UPDATE imports SET state = ${state}, words = ${words}, at = ${at} WHERE connection = ${connection} AND run = ${run}`,
    ...(state === 'held' ? [raiseAlarm(connection, 'import', 'held', words, at)] : []),
  ])
}

/**
 * Takes a connection's id and the account of its target; gives how many of its people came to the target since the last import
 * saw it: they are no sign that the target has become another. One trip.
 */
export async function countNew(database: Database, connection: string, account: string): Promise<number> {
  const [rows] = await database.read([
    sql`SELECT count(*) AS n FROM links WHERE connection = ${connection} AND account = ${account} AND type = 'User'
      AND state <> 'provisional' AND run IS NULL`,
  ])
  return v.parse(v.number(), rows?.[0]?.['n'])
}

/** What a link says whose account an import did not find. */
export const GONE = 'gone at the target'

/** Takes a connection's id, its account, its run and how many pages came; gives the condition that the run is still ours, at that page. */
export function isAt(connection: string, { run, type, page }: ImportRun): SQL {
  return sql`EXISTS (SELECT 1 FROM imports i WHERE i.connection = ${connection} AND i.run = ${run}
    AND i.state = 'running' AND i.type = ${type} AND i.page IS ${page})`
}

/**
 * Takes a connection's id, the account of its target, its run at its last page and the time; ends it: whose account was
 * not seen is marked, and nobody is deactivated or deleted for it; foreign groups that are not there any more are forgotten.
 * Gives how many are marked. One trip.
 */
export async function endImport(
  database: Database,
  connection: string,
  account: string,
  at: ImportRun,
  now: Date,
): Promise<number> {
  const time = now.toISOString()
  const { run, started, people, taken, waiting } = at
  const words = [
    taken === 0 ? '' : `${taken} accounts are linked by another connection and were left out`,
    waiting === 0
      ? ''
      : `${waiting} accounts were not taken in: they may be somebody who is here already, or have no name`,
  ]
    .filter((part) => part !== '')
    .join('; ')
  const unseen = sql`connection = ${connection} AND account = ${account} AND state = 'linked' AND run IS NOT ${run}
    AND at < ${started}`
  const missing = sql`(SELECT count(*) FROM links WHERE connection = ${connection} AND differs = ${GONE})`
  const say =
    'The last import did not find accounts that are linked here. Nobody was changed: look at each, and reconcile.'
  const written = await database.write([
    sql`UPDATE links SET differs = ${GONE} WHERE ${unseen} AND ${isAt(connection, at)}`,
    sql`DELETE FROM foreign_groups WHERE connection = ${connection} AND run <> ${run} AND ${isAt(connection, at)}`,
    sql`INSERT INTO alarms (connection, kind, subject, words, count, first, last)
      SELECT ${connection}, 'import', 'gone', ${say}, 1, ${time}, ${time} WHERE ${missing} > 0 AND ${isAt(connection, at)}
      ON CONFLICT (connection, kind, subject) DO UPDATE SET words = excluded.words, count = count + 1, last = excluded.last,
        cleared = NULL`,
    sql`UPDATE alarms SET cleared = ${time} WHERE connection = ${connection} AND kind = 'import' AND cleared IS NULL
      AND (subject = 'held' OR ${missing} = 0) AND ${isAt(connection, at)}`,
    sql`UPDATE imports SET state = 'done', page = NULL, former = ${people}, at = ${time}, words = ${words === '' ? null : words}
      WHERE connection = ${connection} AND ${isAt(connection, at)}`,
    sql`SELECT ${missing} AS n`,
  ])
  return written.kind === 'written' ? v.parse(v.number(), written.rows.at(-1)?.[0]?.['n']) : 0
}
