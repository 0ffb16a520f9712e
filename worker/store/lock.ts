import * as v from 'valibot'
import { foldCase } from '../scim/fold.ts'
import { sql, type Database } from './database.ts'
import { signedTexts } from './due.ts'
import type { Resync } from './resync.ts'

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
  return (rows ?? []).map((row) => v.parse(foundRow, row))
}

/**
 * Takes the connection with its target, a person's id, who says so and why; locks that person: inactive at the target, whatever the provider
 * pushes, until an admin ends it. It is due before everything else, what was held goes on, and a receipt waits for the target's word. Says
 * whether there is such a person. One trip.
 */
export async function lockPerson(
  database: Database,
  { connection, target, request, sign, at }: Resync,
  person: string,
  by: { readonly who: string; readonly why: string },
): Promise<boolean> {
  const now = at.toISOString()
  const mac = await sign(signedTexts({ connection, asked: person, kind: 'resync', target, request }))
  const here = sql`FROM resources r WHERE r.connection = ${connection} AND r.id = ${person} AND r.type = 'User'`
  const written = await database.write([
    sql`INSERT INTO overrides (connection, resource, kind, attribute, who, why, since)
      SELECT r.connection, r.id, 'lock', 'active', ${by.who}, ${by.why}, ${now} ${here}
      ON CONFLICT (connection, resource, kind, attribute) DO UPDATE SET who = excluded.who, why = excluded.why RETURNING resource`,
    sql`INSERT INTO receipts (connection, operation, resource, asked, stored)
      SELECT r.connection, ${`${request}~lock`} || r.id, r.id, ${now}, strftime('%Y-%m-%dT%H:%M:%fZ', 'now') ${here}
        AND NOT EXISTS (SELECT 1 FROM receipts o WHERE o.connection = r.connection AND o.resource = r.id
          AND o.confirmed IS NULL AND o.ended IS NULL)`,
    sql`INSERT INTO deliveries (connection, resource, type, asked, kind, request, target, mac, rank, seq, first, since, state, due,
        tries, lease, leased, uncertain)
      SELECT r.connection, r.id, 'User', r.id, 'resync', ${request}, ${target}, ${mac}, 0, 0, 0, ${now}, 'due', ${now}, 0, 1, NULL, 0 ${here}
      ON CONFLICT (connection, resource) DO UPDATE SET asked = excluded.asked, kind = excluded.kind, request = excluded.request,
        target = excluded.target, mac = excluded.mac, rank = 0, state = 'due', due = excluded.due, since = excluded.since,
        tries = 0, words = NULL`,
  ])
  return written.kind === 'written' && (written.rows[0]?.length ?? 0) > 0
}

/**
 * Takes a connection's id, a person's and the time; ends the receipts of locks that the target has not confirmed, where the provider wants the person
 * active: nothing is waited for any more. One trip.
 */
export async function endLockReceipts(
  database: Database,
  connection: string,
  person: string,
  now: Date,
): Promise<void> {
  await database.write([
    sql`UPDATE receipts SET ended = ${now.toISOString()} WHERE connection = ${connection} AND resource = ${person} AND confirmed IS NULL
      AND ended IS NULL AND instr(operation, '~lock') > 0 AND EXISTS (SELECT 1 FROM resources r WHERE r.connection = ${connection}
        AND r.id = ${person} AND r.folded ->> '$.active' IS NOT 0)`,
  ])
}
