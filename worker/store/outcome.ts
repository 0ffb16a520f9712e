import type { JsonObject } from '../scim/json.ts'
import { raiseAlarm, type AlarmKind } from './alarms.ts'
import { sql, type Database, type SQL } from './database.ts'
import { drySql, isDryStill, type DryStep } from './dryRun.ts'
import { hasHeldSteps, isHeld } from './holdSql.ts'
import { isOfTarget } from './targetSql.ts'
import { isLongAsked, overSql, stopSql, unaskedSql } from './stopSql.ts'
import { keptOf, makingValue } from './making.ts'
import { isManagedBy } from './managerThere.ts'
import { heardSql, unheardSql, wellSql } from './outage.ts'
import type { Work } from './work.ts'

/** Whether the target has answered in a try: anything at all, nothing though it was asked, or it was not asked. */
export type Heard = 'answer' | 'lost' | 'nothing'

/** What became of a delivery. `at`: when. */
export type Settled =
  | {
      readonly kind: 'done'
      /** What the resource is at the target now; none where it is not there. */
      readonly link:
        { readonly remote: string; readonly confirmed: JsonObject; readonly account: string } | undefined
      /** Why something else that was wanted was left out: it is shown as skipped. */
      readonly held?: string
      /** It is a dry run, and this would have been sent: the link is provisional. */
      readonly dry?: readonly DryStep[]
      /** Memberships that are as wanted then, by member. */
      readonly members: readonly { readonly member: string; readonly isThere: boolean }[]
      readonly refused: readonly { readonly member: string; readonly words: string }[]
      /** The target has shown that the person has no access any more. */
      readonly isSuspended: boolean
      /** The account is somebody else's now: there is nothing left to confirm. */
      readonly isSuperseded?: true
      /** Up to which change it is there, where that is not the last. */
      readonly upTo?: number
      /** The id of the manager a person was brought there without: that person has no account there yet. */
      readonly awaits?: string
      /** What the target shows otherwise than wanted, for people. */
      readonly differs?: string
      readonly heard?: Heard
    }
  | {
      readonly kind: 'later'
      readonly heard?: Heard
      readonly due: Date
      readonly uncertain: boolean
      /** Whether the request that makes it at the target went out; where that is not said, it may have. */
      readonly making?: 'sent' | 'unsent'
      readonly words: string
      /** Given up: kept as a dead letter. */
      readonly isDead: boolean
      /** The whole target takes nothing until then; a person is told, at once or, where it asked for the time itself, when it has done so for long. */
      readonly stopUntil?: Date
      readonly isAsked?: boolean
      /** A person is told. */
      readonly alarm?: AlarmKind
    }
  | { readonly kind: 'never'; readonly words: string }
  | { readonly kind: 'skipped'; readonly words: string }
  /** An admin or the guard holds all of it. */
  | { readonly kind: 'held'; readonly words: string }
  /** Nothing was tried; somebody else may. */
  | { readonly kind: 'released' }

/** Takes a delivery, what became of it and when; gives the statements that write it down, none of which does anything where the lease is an old one. */
export function settleSql(work: Work, settled: Settled, at: Date): readonly SQL[] {
  const now = at.toISOString()
  switch (settled.kind) {
    case 'done':
      return doneSql(work, settled, now)
    case 'later':
      return laterSql(work, settled, now)
    case 'never':
      return [
        sql`UPDATE links SET differs = ${settled.words} WHERE ${ofResource(work, sql`resource`)} AND ${isMine(work)}`,
        unaskedSql(work.connection, now, isMine(work)),
        endSql(work, 'dead', settled.words),
      ]
    case 'skipped':
      return [endSql(work, 'skipped', settled.words)]
    case 'held':
      // Released in between, it is due. What came in between has said itself whether it is held: a lock is not.
      return [
        sql`UPDATE deliveries SET (state, since) = (SELECT CASE WHEN ${isNewer(work)} THEN ${CHANGED} WHEN h.is_held THEN 'held' ELSE 'due' END,
              iif(h.is_held OR ${isNewer(work)}, since, ${now}) FROM (SELECT ${isHeldNow(work)} AS is_held) h),
            leased = NULL, words = ${settled.words} WHERE ${isLeased(work)}`,
      ]
    case 'released':
      return [
        sql`UPDATE deliveries SET leased = NULL, making = ${makingValue(keptOf(work, 'unsent'))} WHERE ${isLeased(work)}`,
      ]
  }
}

/** Takes deliveries and what became of each; writes all of it down. One trip. Throws WriteRefused for a remote id that another resource has. */
export async function settle(
  database: Database,
  outcomes: readonly { readonly work: Work; readonly settled: Settled }[],
  at: Date,
): Promise<void> {
  if (outcomes.length === 0) return
  await database.write(outcomes.flatMap(({ work, settled }) => settleSql(work, settled, at)))
}

const ofResource = ({ connection, resource }: Work, column: SQL): SQL =>
  sql`connection = ${connection} AND ${column} = ${resource}`

const isLeased = (work: Work): SQL =>
  sql`${ofResource(work, sql`resource`)} AND lease = ${work.lease} AND leased IS NOT NULL`

/** The condition that the lease is still ours: an outcome with an old number counts for nothing. */
const isMine = ({ connection, resource, lease }: Work): SQL =>
  sql`EXISTS (SELECT 1 FROM deliveries d WHERE d.connection = ${connection} AND d.resource = ${resource}
    AND d.lease = ${lease} AND d.leased IS NOT NULL)`

/** The condition that more is wanted by now than what was brought: a change, or everything anew under another request. */
const isNewer = ({ seq, request }: Work): SQL => sql`(seq > ${seq} OR request <> ${request})`

/** The condition that something of it is held. */
const isHeldNow = ({ connection, resource, type }: Work): SQL => {
  const of = [sql`${connection}`, sql`${resource}`] as const
  return type === 'Group'
    ? sql`(${isHeld(...of)} OR ${hasHeldSteps(...of)})`
    : isHeld(...of, ['active', '*', 'userName', 'emails'])
}

/** More was tried than is kept. */
const FORGOTTEN =
  'It was tried with so many names, of which nobody heard again, that the first ones are not looked for any more. Look at the target for accounts of this person.'

/** How a delivery stands that came to an end after it had changed again: it is due, unless the change was held. */
const CHANGED = sql`iif(state = 'held', 'held', 'due')`

function endSql(work: Work, state: 'dead' | 'skipped', words: string): SQL {
  // What an earlier try may have made is still to be looked for, should access be taken away.
  const kept = keptOf(work, 'unsent')
  return sql`UPDATE deliveries SET state = iif(${isNewer(work)}, ${CHANGED}, ${state}), leased = NULL,
    uncertain = ${kept.list.length > 0 ? 1 : 0}, making = ${makingValue(kept)}, tries = tries + 1, words = ${words} WHERE ${isLeased(work)}`
}

function doneSql(work: Work, settled: Extract<Settled, { kind: 'done' }>, now: string): readonly SQL[] {
  const { connection, resource, type } = work
  const { link, members, refused, upTo = work.seq, dry } = settled
  const gone = work.document === undefined
  const list = (isThere: boolean) =>
    JSON.stringify(members.filter((one) => one.isThere === isThere).map(({ member }) => member))
  const isOpen = sql`connection = ${connection} AND resource = ${resource} AND confirmed IS NULL AND ended IS NULL`
  const state = dry !== undefined ? 'provisional' : gone ? 'former' : 'linked'
  // Left meanwhile, a dry run keeps nothing any more.
  const mayKeep = dry === undefined ? isMine(work) : sql`${isMine(work)} AND ${isDryStill(connection)}`
  // What a dry run finds linked is so: the link goes on saying what the target last showed.
  const isMadeUp = dry === undefined ? sql`TRUE` : sql`links.state = 'provisional'`
  return [
    link === undefined
      ? sql`DELETE FROM links WHERE ${ofResource(work, sql`resource`)} AND ${isMadeUp} AND ${isMine(work)}`
      : sql`INSERT INTO links (connection, resource, type, account, remote, confirmed, state, differs, at)
          SELECT ${connection}, ${resource}, ${type}, ${link.account}, ${link.remote}, ${JSON.stringify(link.confirmed)},
            ${state}, ${settled.differs ?? null}, ${now} WHERE ${mayKeep}
          ON CONFLICT (connection, resource) DO UPDATE SET account = excluded.account, remote = excluded.remote,
            confirmed = excluded.confirmed, state = excluded.state, differs = excluded.differs, at = excluded.at,
            origin = iif(links.account = excluded.account AND links.remote = excluded.remote, links.origin, excluded.origin)
          WHERE ${isMadeUp} OR links.account <> excluded.account`,
    ...(type === 'Group'
      ? membersSql(
          work,
          list(true),
          list(false),
          refused,
          gone,
          dry !== undefined && work.link?.state === 'linked',
          // Of a target that was replaced meanwhile nothing is known of the new one.
          sql`${mayKeep} AND ${isTargetStill(work)}`,
        )
      : []),
    ...(work.link !== undefined && work.link.remote !== link?.remote && dry === undefined
      ? movedSql(work, now)
      : []),
    // Groups that waited for this person, and those whose manager it is.
    ...(type === 'User' && link !== undefined
      ? [
          sql`UPDATE deliveries INDEXED BY deliveries_due SET state = 'due', due = ${now}, since = ${now} WHERE connection = ${connection} AND state = 'waiting' AND ${isMine(work)}
            AND (resource IN (SELECT group_id FROM member_steps WHERE connection = ${connection} AND member_id = ${resource})
              OR (${work.link === undefined ? sql`TRUE` : sql`FALSE`} AND ${isManagedBy(sql`${resource}`)}))`,
        ]
      : []),
    ...(settled.isSuperseded === true
      ? [sql`UPDATE receipts SET ended = ${now} WHERE ${isOpen} AND ${isMine(work)}`]
      : []),
    ...(settled.isSuspended
      ? [
          sql`UPDATE receipts SET confirmed = ${now}, remote = ${link?.remote ?? work.link?.remote ?? ''}
            WHERE ${isOpen} AND ${isMine(work)}`,
        ]
      : []),
    sql`UPDATE alarms SET cleared = ${now} WHERE connection = ${connection} AND subject = ${resource}
      AND cleared IS NULL AND ${isMine(work)} AND ${dry === undefined ? (settled.isSuperseded === true ? sql`kind NOT IN ('protected', 'decide')` : sql`kind <> 'protected'`) : sql`kind = 'decide'`}`,
    ...(dry === undefined ? [] : drySql(work, dry, isMine(work), now)),
    // What needed no answer says nothing of the target.
    ...(settled.heard === 'nothing'
      ? []
      : [
          sql`DELETE FROM stops WHERE ${overSql(connection, now)} AND ${isMine(work)}`,
          wellSql(connection, now, isMine(work)),
        ]),
    sql`UPDATE alarms SET cleared = ${now} WHERE connection = ${connection} AND cleared IS NULL AND ${isMine(work)}
      AND kind = 'mapping' AND ${settled.differs ?? null} IS NULL`,
    sql`UPDATE deliveries SET leased = NULL, tries = 0, uncertain = 0, making = NULL, words = ${settled.held ?? (settled.awaits === undefined ? null : 'the manager has no account at the target yet')},
      first = ${upTo} + 1, due = ${now}, since = ${now},
      state = CASE WHEN ${isNewer({ ...work, seq: upTo })} THEN ${CHANGED} WHEN ${hasSteps(work, 'ready')} THEN 'due'
        WHEN ${isHeldNow(work)} THEN 'held' WHEN ${hasSteps(work, 'any')} THEN 'waiting'
        ${settled.awaits === undefined ? sql`` : sql`WHEN TRUE THEN iif(${isStillAwaited(work, settled.awaits)}, 'waiting', 'due')`}
        ELSE ${settled.held === undefined ? 'done' : 'skipped'} END
      WHERE ${isLeased(work)}`,
    sql`DELETE FROM deliveries WHERE ${ofResource(work, sql`resource`)} AND lease = ${work.lease} AND state = 'done'`,
  ]
}

const isTargetStill = ({ connection, target }: Work): SQL =>
  sql`EXISTS (SELECT 1 FROM connections c WHERE c.id = ${connection} AND c.settings ->> '$.target.id' = ${target})`

/** The condition that somebody has neither come to the target meanwhile nor been deleted. */
const isStillAwaited = ({ connection }: Work, person: string): SQL =>
  sql`EXISTS (SELECT 1 FROM resources r WHERE r.connection = ${connection} AND r.id = ${person})
    AND NOT EXISTS (SELECT 1 FROM links k WHERE k.connection = ${connection} AND k.resource = ${person} AND k.state <> 'former' AND ${isOfTarget(sql`k`)})`

/**
 * The account is not the one it was: it had vanished at the target, and its memberships with it. They are brought there
 * anew; what makes the groups due is the same change, so it has the same MAC.
 */
function movedSql(work: Work, now: string): readonly SQL[] {
  const { connection, resource, type, asked, kind, request, target, mac } = work
  const column = type === 'User' ? sql`member_id` : sql`group_id`
  return [
    sql`DELETE FROM member_links WHERE connection = ${connection} AND ${column} = ${resource} AND ${isMine(work)}`,
    sql`INSERT INTO member_steps (connection, group_id, member_id) SELECT connection, group_id, member_id FROM members
      WHERE connection = ${connection} AND ${column} = ${resource} AND ${isMine(work)} ON CONFLICT DO NOTHING`,
    ...(type === 'Group'
      ? []
      : [
          sql`INSERT INTO deliveries (connection, resource, type, asked, kind, request, target, mac, rank, seq, first, since, state,
              due, tries, lease, leased, uncertain)
            SELECT ${connection}, group_id, 'Group', ${asked}, ${kind}, ${request}, ${target}, ${mac}, 1, 0, 0, ${now}, 'due',
              ${now}, 0, 1, NULL, 0
            FROM members WHERE connection = ${connection} AND member_id = ${resource} AND ${isMine(work)}
            ON CONFLICT (connection, resource) DO UPDATE SET state = 'due', due = excluded.due, since = excluded.since`,
        ]),
  ]
}

/** What the members of a group are at the target then; a step is over when that is what is wanted now. */
function membersSql(
  { connection, resource }: Work,
  there: string,
  away: string,
  refused: readonly { readonly member: string; readonly words: string }[],
  gone: boolean,
  /** In a dry run, of a group that is at the target: what is known of it there stays. */
  isKept: boolean,
  /** The condition under which anything is written. */
  mine: SQL,
): readonly SQL[] {
  const of = sql`connection = ${connection} AND group_id = ${resource}`
  const kept = isKept ? sql`FALSE` : mine
  if (gone) {
    return [
      sql`DELETE FROM member_links WHERE ${of} AND ${kept}`,
      sql`DELETE FROM member_steps WHERE ${of} AND ${mine}`,
    ]
  }
  if (there === '[]' && away === '[]' && refused.length === 0) return []
  const isWanted = sql`EXISTS (SELECT 1 FROM members o WHERE o.connection = member_steps.connection
      AND o.group_id = member_steps.group_id AND o.member_id = member_steps.member_id)`
  return [
    sql`INSERT INTO member_links (connection, group_id, member_id)
      SELECT ${connection}, ${resource}, value FROM json_each(${there}) WHERE ${kept}
      ON CONFLICT DO NOTHING`,
    sql`DELETE FROM member_links WHERE ${of} AND member_id IN (SELECT value FROM json_each(${away})) AND ${kept}`,
    sql`DELETE FROM member_steps WHERE ${of} AND ${mine}
      AND member_id IN (SELECT value FROM json_each(iif(${isWanted}, ${there}, ${away})))`,
    ...refused.map(
      ({ member, words }) =>
        sql`UPDATE member_steps SET refused = ${words} WHERE ${of} AND member_id = ${member} AND ${mine}`,
    ),
  ]
}

/** The condition that memberships of the group are left to bring: any, or such as can go now. */
function hasSteps({ connection, resource }: Work, which: 'any' | 'ready'): SQL {
  const ready = sql`AND (NOT EXISTS (SELECT 1 FROM members m
      WHERE m.connection = s.connection AND m.group_id = s.group_id AND m.member_id = s.member_id)
    OR EXISTS (SELECT 1 FROM links l WHERE l.connection = s.connection AND l.resource = s.member_id AND l.state <> 'former'
      AND ${isOfTarget(sql`l`)}))`
  return sql`EXISTS (SELECT 1 FROM member_steps s WHERE s.connection = ${connection} AND s.group_id = ${resource}
    AND s.refused IS NULL ${which === 'ready' ? ready : sql``})`
}

function laterSql(work: Work, settled: Extract<Settled, { kind: 'later' }>, now: string): readonly SQL[] {
  const { due, uncertain, words, isDead, stopUntil, isAsked = false, alarm, heard } = settled
  const kept = keptOf(work, settled.making)
  // Of what is not linked, it is known with which documents it may be there.
  const isOpen = work.link === undefined ? uncertain && kept.list.length > 0 : uncertain
  return [
    ...(heard === 'lost' ? [unheardSql(work.connection, words, now, isMine(work))] : []),
    ...(heard === 'answer' ? [heardSql(work.connection, now, isMine(work))] : []),
    ...(alarm === undefined
      ? []
      : [
          raiseAlarm(
            work.connection,
            alarm,
            alarm === 'mapping' ? '' : work.resource,
            words,
            now,
            isMine(work),
          ),
        ]),
    ...(isOpen && kept.isCut
      ? [raiseAlarm(work.connection, 'decide', work.resource, FORGOTTEN, now, isMine(work))]
      : []),
    ...(stopUntil === undefined
      ? heard === 'answer'
        ? [unaskedSql(work.connection, now, isMine(work))]
        : []
      : [
          stopSql(work.connection, { until: stopUntil, isAsked, words }, now, isMine(work)),
          raiseAlarm(
            work.connection,
            'target',
            '',
            isAsked ? `The target has asked for time again and again, for hours: ${words}` : words,
            now,
            isAsked ? sql`${isMine(work)} AND ${isLongAsked(work.connection, now)}` : isMine(work),
          ),
        ]),
    // What has changed since is due at once, whatever became of the try before it.
    sql`UPDATE deliveries SET leased = NULL, words = ${words}, uncertain = ${isOpen ? 1 : 0},
      tries = iif(${isNewer(work)}, 0, tries + 1), due = iif(${isNewer(work)}, ${now}, ${due.toISOString()}),
      making = ${isOpen ? makingValue(kept) : sql`NULL`},
      state = iif(${isNewer(work)}, ${CHANGED}, ${isDead ? sql`'dead'` : CHANGED}) WHERE ${isLeased(work)}`,
  ]
}
