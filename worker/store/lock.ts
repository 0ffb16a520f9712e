import * as v from 'valibot'
import { foldCase } from '../scim/fold.ts'
import { sql, type Database } from './database.ts'
import { againSql, type Resync } from './resync.ts'

/**
 * Takes the connection with its target, a person's id, who says so and why; locks the person: from then on the account is
 * suspended, whatever a provider wants, until an admin unlocks it. It is due at once and before everything else, held or not, with
 * a receipt to be filled. Somebody deleted, whose account may still be there, can be locked too.
 * Says whether anybody was locked by it: not where there is nobody, or they were locked before. One trip.
 */
export async function lockPerson(
  database: Database,
  resync: Resync,
  person: string,
  { who, why }: { readonly who: string; readonly why: string },
): Promise<boolean> {
  const { connection, request, at } = resync
  const now = at.toISOString()
  const isNew = sql`EXISTS (SELECT 1 FROM overrides WHERE connection = ${connection} AND resource = ${person}
    AND kind = 'lock' AND since = ${now})`
  const written = await database.write([
    sql`INSERT INTO overrides (connection, resource, kind, attribute, who, why, since)
      SELECT ${connection}, ${person}, 'lock', 'active', ${who}, ${why}, ${now}
      WHERE EXISTS (SELECT 1 FROM resources WHERE connection = ${connection} AND id = ${person} AND type = 'User'
        UNION ALL SELECT 1 FROM tombstones WHERE connection = ${connection} AND id = ${person} AND type = 'User')
      ON CONFLICT DO NOTHING RETURNING resource`,
    sql`INSERT INTO receipts (connection, operation, resource, asked, stored)
      SELECT ${connection}, ${request}, ${person}, ${now}, strftime('%Y-%m-%dT%H:%M:%fZ', 'now') WHERE ${isNew}`,
    await againSql(resync, person),
  ])
  return written.kind === 'written' && (written.rows[0]?.length ?? 0) > 0
}

/**
 * Takes the connection with its target, and a person's id; ends the lock: the account comes to what the provider wants by now. A receipt that is still open
 * then of somebody who is to be active has nothing to wait for. Says whether there was a lock. One trip.
 */
export async function unlockPerson(database: Database, resync: Resync, person: string): Promise<boolean> {
  const { connection, at } = resync
  const of = sql`connection = ${connection} AND resource = ${person}`
  const written = await database.write([
    sql`DELETE FROM overrides WHERE ${of} AND kind = 'lock' RETURNING resource`,
    sql`UPDATE receipts SET ended = ${at.toISOString()} WHERE ${of} AND confirmed IS NULL AND ended IS NULL
      AND EXISTS (SELECT 1 FROM resources r WHERE r.connection = ${connection} AND r.id = ${person}
        AND r.folded ->> '$.active' IS NOT 0)`,
    await againSql(resync, person),
  ])
  return written.kind === 'written' && (written.rows[0]?.length ?? 0) > 0
}

const row = v.object({ id: v.string(), name: v.nullable(v.string()), since: v.string(), why: v.string() })

/** Somebody locked: the id, the userName where there is one, since when and why. */
export type LockedPerson = v.InferOutput<typeof row>

/** Takes a connection's id; gives its locked people, by name. One trip. */
export async function listLocked(database: Database, connection: string): Promise<readonly LockedPerson[]> {
  const [rows] = await database.read([
    sql`SELECT o.resource AS id, coalesce(r.document, t.document) ->> '$.userName' AS name, o.since, o.why FROM overrides o
      LEFT JOIN resources r ON r.connection = o.connection AND r.id = o.resource
      LEFT JOIN tombstones t ON t.connection = o.connection AND t.id = o.resource
      WHERE o.kind = 'lock' AND +o.connection = ${connection} ORDER BY name`,
  ])
  return (rows ?? []).map((one) => v.parse(row, one))
}

const foundRow = v.object({
  connection: v.string(),
  connectionName: v.string(),
  id: v.string(),
  name: v.nullable(v.string()),
  hasTarget: v.number(),
  isLocked: v.number(),
})

/** Somebody as one connection has them: who, and whether there is a target to suspend them at, and a lock already. */
export type FoundPerson = v.InferOutput<typeof foundRow>

/**
 * Takes a userName or an e-mail address, in any case, or an id; gives whom every connection has by that. The one read over all
 * connections, for an emergency: whoever asks leaves out what is not theirs. One trip.
 */
export async function findEverywhere(database: Database, named: string): Promise<readonly FoundPerson[]> {
  const folded = foldCase(named.trim())
  const [rows] = await database.read([
    // CROSS JOIN: the connections first, and of each what its indexes find.
    sql`WITH w AS (
        SELECT u.seq FROM connections c CROSS JOIN resources u ON u.connection = c.id AND u.user_name = ${folded}
        UNION SELECT e.seq FROM connections c CROSS JOIN emails e ON e.connection = c.id AND e.value = ${folded}
        UNION SELECT i.seq FROM connections c CROSS JOIN resources i ON i.connection = c.id AND i.id = ${named.trim()})
      SELECT c.id AS connection, c.name AS connectionName, r.id, r.document ->> '$.userName' AS name,
        c.settings ->> '$.target.id' IS NOT NULL AS hasTarget,
        EXISTS (SELECT 1 FROM overrides o WHERE o.connection = c.id AND o.resource = r.id AND o.kind = 'lock') AS isLocked
      FROM w CROSS JOIN resources r ON r.seq = w.seq CROSS JOIN connections c ON c.id = r.connection
      WHERE r.type = 'User' ORDER BY c.name, r.seq`,
  ])
  return (rows ?? []).map((one) => v.parse(foundRow, one))
}
