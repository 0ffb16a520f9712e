import * as v from 'valibot'
import type { JsonObject } from '../scim/json.ts'
import { sql, type Rows, type SQL } from './database.ts'
import { isKept } from './holdSql.ts'
import { making, type Making } from './making.ts'
import { managerThere, managerThereSql, type ManagerThere } from './managerThere.ts'
import { override, type Override } from './overrides.ts'
import { readDocument } from './resources.ts'
import { stops } from './stopSql.ts'

/** A membership on its way: who, as which account (none where the target has no such yet), and whether it is to be. */
export type MemberStep = {
  readonly member: string
  readonly remote: string | undefined
  readonly isWanted: boolean
  readonly isThere: boolean
}

/** A change that is to be told: its number, its time, the resource after it (none where only members changed), who came and who went. */
export type WorkEvent = {
  readonly seq: number
  readonly at: string
  readonly isDelete: boolean
  readonly document: JsonObject | undefined
  readonly added: readonly string[]
  readonly removed: readonly string[]
}

/** A resource that is to be brought to its target, leased by whoever reads it. */
export type Work = {
  readonly connection: string
  readonly resource: string
  readonly type: 'User' | 'Group'
  readonly asked: string
  readonly kind: string
  readonly request: string
  readonly target: string
  readonly mac: string
  readonly seq: number
  readonly lease: number
  readonly tries: number
  /** ISO 8601: since when it is not at the target. */
  readonly since: string
  readonly takesAccess: boolean
  /** Until when the target is left alone with it; none where it is not. */
  readonly stopped: string | undefined
  readonly uncertain: boolean
  /** With which documents it may have been made at the target, that of this try last; none where it is linked or was never tried. */
  readonly making: readonly Making[]
  /** ISO 8601: since when the resource has been here, where it may have been made at the target. */
  readonly born: string | undefined
  /** The resource as the provider wants it, with its version; undefined where it is deleted. */
  readonly document: JsonObject | undefined
  readonly version: number
  /** The last there was of a deleted one. */
  readonly last: JsonObject | undefined
  /** Whom the document names as manager, where that is somebody of the bridge. */
  readonly manager: ManagerThere | undefined
  /** What it was before the change of this very request. */
  readonly before: JsonObject | undefined
  readonly link:
    | {
        readonly remote: string
        readonly confirmed: JsonObject
        readonly state: 'linked' | 'provisional' | 'former'
        readonly origin: 'made' | 'adopted'
      }
    | undefined
  readonly members: readonly MemberStep[]
  /** Where the target is told every change: those of the resource that it has not been told, in their order. */
  readonly events: readonly WorkEvent[]
  /** The accounts of all members, where the target takes a group only whole; their ids here, where it is told every change. */
  readonly all: readonly string[] | undefined
  /** What an admin or the guard has put over the wish. */
  readonly overrides: readonly Override[]
}

/** How many changes of a resource one delivery tells. */
const MOST_EVENTS = 20

/** How many memberships of a group one delivery takes up. */
export const MOST_STEPS = 1_000

/** The members of a group as the target is to have them: a membership that is held or rejected stays as it is there. */
const membersThere = sql`SELECT m.member_id FROM members m WHERE m.connection = d.connection AND m.group_id = d.resource
    AND NOT EXISTS (SELECT 1 FROM member_steps s WHERE s.connection = m.connection AND s.group_id = m.group_id
      AND s.member_id = m.member_id AND ${isKept(sql`s`)})
  UNION ALL SELECT s.member_id FROM member_steps s JOIN member_links k
    ON k.connection = s.connection AND k.group_id = s.group_id AND k.member_id = s.member_id
    WHERE s.connection = d.connection AND s.group_id = d.resource AND ${isKept(sql`s`)}`

/**
 * Takes the condition over `deliveries d` that finds what is leased; gives the statements that read it: the rows, then the
 * memberships of all of them, then the changes that are told one by one.
 */
export function workSql(where: SQL): readonly SQL[] {
  return [
    sql`SELECT d.connection, d.resource, d.type, d.asked, d.kind, d.request, d.target, d.mac, d.seq, d.lease, d.tries,
        d.since, d.rank, d.uncertain, d.making, r.document, coalesce(r.version, 0) AS version, t.document AS last,
        (SELECT v.before FROM change_values v WHERE v.operation = d.request AND v.resource = d.resource) AS before,
        (SELECT s.until FROM stops s WHERE s.connection = d.connection AND ${stops(sql`d`, sql`s`)}) AS stopped,
        iif(d.uncertain > 0 AND l.remote IS NULL, (SELECT h.at FROM changes h WHERE h.connection = d.connection
          AND h.resource = d.resource ORDER BY h.seq LIMIT 1), NULL) AS born,
        iif(d.type = 'User', ${managerThereSql(sql`d.connection`, sql`r.document`, sql`m.state <> 'former' AND m.account = c.settings ->> '$.target.account' AND ${counts(sql`m`, sql`c`)}`)}, NULL) AS manager,
        l.remote, l.confirmed, l.state AS link_state, l.origin AS link_origin,
        iif(d.type = 'Group' AND c.settings ->> '$.target.capabilities.wholeGroups' = 1,
          (SELECT json_group_array(o.remote) FROM (${membersThere}) m JOIN links o
            ON o.connection = d.connection AND o.resource = m.member_id AND o.account = c.settings ->> '$.target.account'
              AND o.state <> 'former' AND ${counts(sql`o`, sql`c`)}),
          iif(d.type = 'Group' AND c.settings ->> '$.target.capabilities.everyChange' = 1,
            (SELECT iif(count(*) > ${MOST_STEPS}, NULL, json_group_array(member_id)) FROM (${membersThere} LIMIT ${MOST_STEPS + 1})),
            NULL)) AS everyone,
        (SELECT json_group_array(json_object('kind', o.kind, 'attribute', o.attribute, 'value', json(o.value), 'why', o.why))
          FROM overrides o WHERE o.connection = d.connection AND o.resource = d.resource) AS overrides
      FROM deliveries d JOIN connections c ON c.id = d.connection
        LEFT JOIN resources r ON r.connection = d.connection AND r.id = d.resource
        LEFT JOIN tombstones t ON t.connection = d.connection AND t.id = d.resource
        LEFT JOIN links l ON l.connection = d.connection AND l.resource = d.resource
          AND ${counts(sql`l`, sql`c`)}
      WHERE ${where} ORDER BY d.rank, d.due, d.seq`,
    // Those that can go now come first: a membership waits for its member without holding up the rest.
    sql`SELECT * FROM (SELECT s.connection, s.group_id, s.member_id, l.remote, m.member_id IS NOT NULL AS wanted,
        k.member_id IS NOT NULL AS there, row_number() OVER (PARTITION BY s.connection, s.group_id
          ORDER BY l.remote IS NULL AND m.member_id IS NOT NULL, s.member_id) AS place
      FROM deliveries d JOIN connections c ON c.id = d.connection JOIN member_steps s ON s.connection = d.connection AND s.group_id = d.resource AND s.refused IS NULL
        LEFT JOIN members m ON m.connection = s.connection AND m.group_id = s.group_id AND m.member_id = s.member_id
        LEFT JOIN member_links k ON k.connection = s.connection AND k.group_id = s.group_id AND k.member_id = s.member_id
        LEFT JOIN links l ON l.connection = s.connection AND l.resource = s.member_id AND l.account = c.settings ->> '$.target.account'
          AND ${counts(sql`l`, sql`c`)}
      WHERE d.type = 'Group' AND ${where}) WHERE place <= ${MOST_STEPS}`,
    sql`SELECT * FROM (SELECT c.connection, c.resource, c.seq, c.at, c.kind, v.after, v.added, v.removed,
        row_number() OVER (PARTITION BY c.connection, c.resource ORDER BY c.seq) AS place
      FROM deliveries d JOIN connections o ON o.id = d.connection
        JOIN changes c ON c.connection = d.connection AND c.resource = d.resource AND c.seq BETWEEN d.first AND d.seq
        LEFT JOIN change_values v ON v.operation = c.operation
      WHERE o.settings ->> '$.target.capabilities.everyChange' = 1 AND ${where}) WHERE place <= ${MOST_EVENTS}
      ORDER BY seq`,
  ]
}

/** The condition that a link counts: it is of the account that is the target now, and what a dry run made up is nothing once it is over. */
const counts = (link: SQL, connection: SQL): SQL =>
  sql`${link}.account = ${connection}.settings ->> '$.target.account' AND (${link}.state <> 'provisional' OR ${connection}.settings ->> '$.dryRun' = 1)`

const text = v.nullable(v.string())

const workRow = v.object({
  connection: v.string(),
  resource: v.string(),
  type: v.picklist(['User', 'Group']),
  asked: v.string(),
  kind: v.string(),
  request: v.string(),
  target: v.string(),
  mac: v.string(),
  seq: v.number(),
  lease: v.number(),
  tries: v.number(),
  since: v.string(),
  rank: v.number(),
  uncertain: v.number(),
  making,
  document: text,
  version: v.number(),
  last: text,
  before: text,
  stopped: text,
  born: text,
  manager: managerThere,
  remote: text,
  confirmed: text,
  link_state: v.nullable(v.picklist(['linked', 'provisional', 'former'])),
  overrides: v.pipe(v.string(), v.parseJson(), v.array(override)),
  link_origin: v.nullable(v.picklist(['made', 'adopted'])),
  everyone: v.nullable(v.pipe(v.string(), v.parseJson(), v.array(v.string()))),
})

const stepRow = v.object({
  connection: v.string(),
  group_id: v.string(),
  member_id: v.string(),
  remote: text,
  wanted: v.number(),
  there: v.number(),
})

const ids = v.nullable(v.pipe(v.string(), v.parseJson(), v.array(v.string())))

const eventRow = v.object({
  connection: v.string(),
  resource: v.string(),
  seq: v.number(),
  at: v.string(),
  kind: v.string(),
  after: text,
  added: ids,
  removed: ids,
})

/** Takes the rows of workSql; gives the work. */
export function readWork([rows, steps, changes]: readonly (Rows | undefined)[]): readonly Work[] {
  const events = (changes ?? []).map((row) => v.parse(eventRow, row))
  const members = (steps ?? []).map((row) => v.parse(stepRow, row))
  const document = (json: string | null) => (json === null ? undefined : readDocument(json))
  return (rows ?? []).map((row) => {
    const { rank, uncertain, remote, confirmed, everyone, ...columns } = v.parse(workRow, row)
    const { link_state: state, link_origin: origin, ...rest } = columns
    return {
      ...rest,
      takesAccess: rank === 0 || rest.overrides.some(({ kind }) => kind === 'lock'),
      stopped: rest.stopped ?? undefined,
      born: rest.born ?? undefined,
      manager: rest.manager ?? undefined,
      uncertain: uncertain > 0,
      making: uncertain > 0 ? (rest.making ?? []) : [],
      document: document(rest.document),
      last: document(rest.last),
      before: document(rest.before),
      link:
        remote === null || state === null || origin === null
          ? undefined
          : { remote, confirmed: document(confirmed) ?? {}, state, origin },
      members: members
        .filter((step) => step.connection === rest.connection && step.group_id === rest.resource)
        .map((step) => ({
          member: step.member_id,
          remote: step.remote ?? undefined,
          isWanted: step.wanted === 1,
          isThere: step.there === 1,
        })),
      events: events
        .filter((event) => event.connection === rest.connection && event.resource === rest.resource)
        .map((event) => ({
          seq: event.seq,
          at: event.at,
          isDelete: event.kind === 'delete',
          document: document(event.after),
          added: event.added ?? [],
          removed: event.removed ?? [],
        })),
      all: everyone ?? undefined,
    }
  })
}
