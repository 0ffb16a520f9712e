import type { JsonObject } from '../scim/json.ts'
import { sql, WriteRefused, type Database, type SQL } from './database.ts'
import { WHY_PROTECTED } from './harms.ts'
import { isLockedSql, KEPT } from './holdSql.ts'
import { holdUnderWay } from './protection.ts'
import { overridesSql, readOverride, type Override } from './overrides.ts'
import type { Work } from './work.ts'

/**
 * Whose an account at the target is. `former`: it was that of a person or group of this connection that has been deleted
 * since. `busy`: the same, and somebody is just bringing that deletion there. `imported`: nobody but an import has claimed it.
 */
export type Owner = 'nobody' | 'former' | 'busy' | 'imported' | 'other'

/** Takes a delivery, the account of its connection, an id there and the time; gives whose it is. One trip. */
export async function ownerOf(
  database: Database,
  work: Work,
  account: string,
  remote: string,
  now: Date,
): Promise<Owner> {
  const [rows] = await database.read([
    sql`SELECT CASE WHEN l.connection = ${work.connection} AND r.imported = 1 THEN 'imported'
        WHEN l.connection <> ${work.connection} OR r.id IS NOT NULL THEN 'other' WHEN d.leased > ${now.toISOString()} THEN 'busy' ELSE 'former' END AS owner
      FROM links l LEFT JOIN resources r ON r.connection = l.connection AND r.id = l.resource
        LEFT JOIN deliveries d ON d.connection = l.connection AND d.resource = l.resource
      WHERE l.account = ${account} AND l.type = ${work.type} AND l.remote = ${remote} AND l.state <> 'provisional'
        AND l.resource <> ${work.resource}`,
  ])
  const owners = (rows ?? []).map((row) => row['owner'])
  return (
    (['other', 'imported', 'busy', 'former'] as const).find((owner) => owners.includes(owner)) ?? 'nobody'
  )
}

/**
 * Takes a delivery, the account that it is to take over, and whether the bridge made it or it was there before; writes the link, before anything is sent there. What was still to
 * be done for a deleted person who had the account is over: what becomes of it is now decided by the new one.
 * Whose protection and lock the account had keeps them, and what of the delivery they do not let through is held. With the lock goes what
 * says whether it has come to the target: the open receipts, and that the delivery takes access away. Gives what
 * stands over the resource then; undefined where the account is linked already, by this connection or another, the lease is an old one, or a group of whoever had it is on its way.
 * Where a deleted person or group had it, it is of the origin that it was of then. One trip.
 */
export async function adoptLink(
  database: Database,
  work: Work,
  account: string,
  found: { readonly remote: string; readonly document: JsonObject },
  at: Date,
  origin: 'made' | 'adopted',
): Promise<readonly Override[] | undefined> {
  const { connection, resource, type, lease } = work
  const now = at.toISOString()
  const deleted = sql`SELECT l.resource FROM links l WHERE l.connection = ${connection} AND l.account = ${account}
    AND l.type = ${type} AND l.remote = ${found.remote} AND l.resource <> ${resource}
    AND NOT EXISTS (SELECT 1 FROM resources r WHERE r.connection = l.connection AND r.id = l.resource)`
  // A group on its way there knows its members as they were when it left: their memberships do not move meanwhile.
  const isAway = sql`EXISTS (SELECT 1 FROM deliveries g WHERE g.connection = ${connection} AND g.leased > ${now}
    AND g.resource IN (SELECT k.group_id FROM member_links k WHERE k.connection = ${connection} AND k.member_id = (${deleted})
      UNION ALL SELECT s.group_id FROM member_steps s WHERE s.connection = ${connection} AND s.member_id = (${deleted})))`
  const isMine = sql`(EXISTS (SELECT 1 FROM deliveries d WHERE d.connection = ${connection} AND d.resource = ${resource}
    AND d.lease = ${lease} AND d.leased IS NOT NULL) AND NOT ${isAway})`
  const former = sql`(${deleted} AND ${isMine})`
  const ofFormer = sql`connection = ${connection} AND member_id = ${former}`
  const theirs = sql`connection = ${connection} AND resource = ${former}`
  const isOver = sql`NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.connection = links.connection AND d.resource = links.resource)`
  const isProtected = sql`EXISTS (SELECT 1 FROM overrides WHERE ${theirs} AND kind = 'protect')`
  // Over the new one, once the overrides have moved.
  const isLocked = sql`(${isMine} AND ${isLockedSql(sql`${connection}`, sql`${resource}`)})`
  const written = await database
    .write([
      sql`INSERT INTO member_steps (connection, group_id, member_id, refused)
        SELECT connection, group_id, ${resource}, iif(${isProtected}, ${KEPT.withPerson}, NULL) FROM (SELECT * FROM member_links WHERE ${ofFormer}
          UNION SELECT connection, group_id, member_id FROM member_steps WHERE ${ofFormer}) WHERE TRUE
        ON CONFLICT DO NOTHING`,
      // What waited with the deleted person is over with it; protected and locked is the account, whoever has it.
      sql`UPDATE deliveries SET state = 'due', due = ${now}, since = ${now} WHERE connection = ${connection} AND state = 'held'
        AND NOT ${isProtected} AND resource IN (SELECT group_id FROM member_steps WHERE ${ofFormer})`,
      sql`INSERT INTO overrides (connection, resource, kind, attribute, harm, who, why, since)
        SELECT ${connection}, ${resource}, 'hold', 'members', 'protect', 'guard', ${WHY_PROTECTED}, ${now}
        WHERE ${isProtected} AND EXISTS (SELECT 1 FROM member_steps WHERE ${ofFormer}) ON CONFLICT DO NOTHING`,
      sql`DELETE FROM overrides WHERE ${theirs} AND kind IN ('hold', 'reject')`,
      sql`UPDATE OR REPLACE overrides SET resource = ${resource} WHERE ${theirs} AND kind IN ('protect', 'lock') RETURNING kind`,
      sql`DELETE FROM member_steps WHERE ${ofFormer}`,
      sql`UPDATE OR REPLACE member_links SET member_id = ${resource} WHERE ${ofFormer}`,
      sql`UPDATE receipts SET resource = ${resource} WHERE ${theirs} AND confirmed IS NULL AND ended IS NULL AND ${isLocked}`,
      sql`UPDATE receipts SET ended = ${now} WHERE ${theirs} AND confirmed IS NULL AND ended IS NULL`,
      // Nobody looks after the former one's any more: what is still so is told of the new one.
      sql`UPDATE alarms SET cleared = ${now} WHERE connection = ${connection} AND subject = ${former} AND kind IN ('unconfirmed', 'refused')
        AND cleared IS NULL`,
      sql`DELETE FROM deliveries WHERE ${theirs} AND (leased IS NULL OR leased < ${now})`,
      // A link that is no more in the way, and still says whether the account is to be given back in the end.
      sql`UPDATE links SET state = 'former' WHERE ${theirs} AND ${isOver}`,
      sql`INSERT INTO links (connection, resource, type, account, remote, confirmed, state, origin, at)
        SELECT ${connection}, ${resource}, ${type}, ${account}, ${found.remote}, ${JSON.stringify(found.document)},
          'linked', coalesce((SELECT origin FROM links WHERE ${theirs}), ${origin}), ${now} WHERE ${isMine}
        ON CONFLICT (connection, resource) DO UPDATE SET account = excluded.account, remote = excluded.remote,
          confirmed = excluded.confirmed, state = excluded.state, origin = excluded.origin, at = excluded.at RETURNING 1`,
      sql`DELETE FROM links WHERE ${theirs} AND ${isOver}`,
      holdUnderWay(connection, resource, { who: 'guard', at: now }, 'changed'),
      // After the holds: what a provider wants is held of somebody protected, and not what the lock wants.
      ...lockedSql(work, found.document, isLocked, now),
      overridesSql(connection, resource),
    ])
    .catch((error: unknown) => {
      if (error instanceof WriteRefused && 'index' in error.by) return undefined
      throw error
    })
  if (written?.kind !== 'written') return undefined
  const [linked, , , , , overrides] = written.rows.slice(-6)
  return linked?.length === 0 ? undefined : (overrides ?? []).map(readOverride)
}

/** Somebody locked takes access away; an account that the target shows active leaves a receipt where none is open. */
const lockedSql = (
  { connection, resource, request }: Work,
  shown: JsonObject,
  isLocked: SQL,
  now: string,
): readonly [SQL, SQL] => [
  sql`UPDATE deliveries SET rank = 0 WHERE connection = ${connection} AND resource = ${resource} AND ${isLocked}`,
  sql`INSERT INTO receipts (connection, operation, resource, asked, stored)
    SELECT ${connection}, ${`${request}/locked`}, ${resource}, ${now}, ${now}
    WHERE ${isLocked} AND ${shown['active'] === false ? sql`FALSE` : sql`TRUE`} AND NOT EXISTS (SELECT 1 FROM receipts o
      WHERE o.connection = ${connection} AND o.resource = ${resource} AND o.confirmed IS NULL AND o.ended IS NULL)
    ON CONFLICT DO NOTHING`,
]
