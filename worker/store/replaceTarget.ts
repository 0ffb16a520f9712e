import { sql, type Database, type SQL } from './database.ts'
import { saveSql, type Settings, type Standing } from './settings.ts'

type Target = NonNullable<Settings['target']>

/**
 * Takes a connection's id, how it stands, the other account that takes the place of its target, and the time; keeps it. Nothing that
 * was found out about the account before is taken for the new one's: memberships, what may have been made there, its stop, its import
 * and its groups are forgotten. The links stay: they name their account, and say whose accounts are left there. Deactivations that the
 * account before has not confirmed cannot be confirmed any more: their receipts end, with an alarm. Gives how many, undefined where somebody else changed the settings in between. One trip.
 */
export async function replaceTarget(
  database: Database,
  connection: string,
  standing: Standing,
  target: Target,
  now: Date,
): Promise<{ readonly unconfirmed: number } | undefined> {
  const at = now.toISOString()
  const former = standing.settings.target?.account ?? ''
  // The id is a fresh one.
  const isReplaced = sql`EXISTS (SELECT 1 FROM connections c WHERE c.id = ${connection}
    AND c.settings ->> '$.target.id' = ${target.id})`
  const ours = sql`connection = ${connection} AND ${isReplaced}`
  const open = sql`receipts INDEXED BY receipts_open WHERE connection = ${connection} AND confirmed IS NULL AND ended IS NULL`
  const written = await database.write([
    saveSql(connection, standing, { ...standing.settings, target }),
    sql`SELECT resource FROM ${open}`,
    alarmSql(connection, former, sql`(SELECT count(*) FROM ${open})`, at, isReplaced),
    sql`UPDATE receipts INDEXED BY receipts_open SET ended = ${at} WHERE connection = ${connection} AND confirmed IS NULL
      AND ended IS NULL AND ${isReplaced}`,
    ...(['member_links', 'stops', 'imports', 'foreign_groups', 'snapshots'] as const).map(
      (table) => sql`DELETE FROM ${sql.identifier(table)} WHERE ${ours}`,
    ),
    sql`UPDATE deliveries SET uncertain = 0, making = NULL, tries = 0 WHERE ${ours}`,
    sql`UPDATE alarms SET cleared = ${at} WHERE ${ours} AND kind IN ('target', 'import') AND cleared IS NULL`,
  ])
  if (written.kind !== 'written' || written.rows[0]?.[0] === undefined) return undefined
  return { unconfirmed: written.rows[1]?.length ?? 0 }
}

/** What the alarm is about that a replacement raises. */
export const REPLACED = 'replaced'

/** An account may be left open behind us: a person has to look there, as the bridge does not any more. */
function alarmSql(connection: string, former: string, count: SQL, at: string, when: SQL): SQL {
  return sql`INSERT INTO alarms (connection, kind, subject, words, count, first, last)
    SELECT ${connection}, 'unconfirmed', ${REPLACED}, n || ${` deactivations were never confirmed at the target before (${former}). Look there who still has access: it is not tried any more. Then set the target once more: that ends this alarm.`},
      1, ${at}, ${at} FROM (SELECT ${count} AS n) WHERE n > 0 AND ${when}
    ON CONFLICT (connection, kind, subject) DO UPDATE SET words = excluded.words, count = count + 1, last = excluded.last,
      cleared = NULL, first = iif(cleared IS NULL, first, excluded.first)`
}
