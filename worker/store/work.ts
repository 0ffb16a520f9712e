import * as v from 'valibot'
import { isObject, type JsonObject } from '../scim/json.ts'
import { sql, type Rows, type SQL } from './database.ts'
import { readDocument } from './resources.ts'

/** A membership on its way: who, as which account (none where the target has no such yet), and whether it is to be. */
export type MemberStep = {
  readonly member: string
  readonly remote: string | undefined
  readonly isWanted: boolean
  readonly isThere: boolean
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
  readonly uncertain: boolean
  /** It is known that something was sent, and not what came of it. */
  readonly wasSent: boolean
  /** The documents with which it may have been made at the target; none where it is linked or was never tried. */
  readonly making: readonly JsonObject[]
  /** The resource as the provider wants it, with its version; undefined where it is deleted. */
  readonly document: JsonObject | undefined
  readonly version: number
  /** The last there was of a deleted one. */
  readonly last: JsonObject | undefined
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
  /** The accounts of all members, where the target takes a group only whole; their ids here, where it is told every change. */
  readonly all: readonly string[] | undefined
}

/** How many memberships of a group one delivery takes up. */
export const MOST_STEPS = 1_000

/**
 * Takes the condition over `deliveries d` that finds what is leased; gives the statements that read it: the rows, then the
 * memberships of all of them.
 */
export function workSql(where: SQL): readonly SQL[] {
  return [
    sql`SELECT d.connection, d.resource, d.type, d.asked, d.kind, d.request, d.target, d.mac, d.seq, d.lease, d.tries,
        d.since, d.rank, d.uncertain, d.making, r.document, coalesce(r.version, 0) AS version, t.document AS last,
        (SELECT v.before FROM change_values v WHERE v.operation = d.request AND v.resource = d.resource) AS before,
        l.remote, l.confirmed, l.state AS link_state, l.origin AS link_origin,
        iif(d.type = 'Group' AND c.settings ->> '$.target.capabilities.wholeGroups' = 1,
          (SELECT json_group_array(o.remote) FROM members m JOIN links o
            ON o.connection = m.connection AND o.resource = m.member_id AND o.state = 'linked'
            WHERE m.connection = d.connection AND m.group_id = d.resource),
          iif(d.type = 'Group' AND c.settings ->> '$.target.capabilities.everyChange' = 1,
            (SELECT iif(count(*) > ${MOST_STEPS}, NULL, json_group_array(member_id)) FROM (SELECT m.member_id FROM members m
              WHERE m.connection = d.connection AND m.group_id = d.resource LIMIT ${MOST_STEPS + 1})), NULL)) AS everyone
      FROM deliveries d JOIN connections c ON c.id = d.connection
        LEFT JOIN resources r ON r.connection = d.connection AND r.id = d.resource
        LEFT JOIN tombstones t ON t.connection = d.connection AND t.id = d.resource
        LEFT JOIN links l ON l.connection = d.connection AND l.resource = d.resource
          AND l.account = c.settings ->> '$.target.account'
      WHERE ${where}`,
    // Those that can go now come first: a membership waits for its member without holding up the rest.
    sql`SELECT * FROM (SELECT s.connection, s.group_id, s.member_id, l.remote, m.member_id IS NOT NULL AS wanted,
        k.member_id IS NOT NULL AS there, row_number() OVER (PARTITION BY s.connection, s.group_id
          ORDER BY l.remote IS NULL AND m.member_id IS NOT NULL, s.member_id) AS place
      FROM deliveries d JOIN member_steps s ON s.connection = d.connection AND s.group_id = d.resource AND s.refused IS NULL
        LEFT JOIN members m ON m.connection = s.connection AND m.group_id = s.group_id AND m.member_id = s.member_id
        LEFT JOIN member_links k ON k.connection = s.connection AND k.group_id = s.group_id AND k.member_id = s.member_id
        LEFT JOIN links l ON l.connection = s.connection AND l.resource = s.member_id
      WHERE d.type = 'Group' AND ${where}) WHERE place <= ${MOST_STEPS}`,
  ]
}

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
  making: v.nullable(v.pipe(v.string(), v.parseJson(), v.array(v.custom<JsonObject>(isObject)))),
  document: text,
  version: v.number(),
  last: text,
  before: text,
  remote: text,
  confirmed: text,
  link_state: v.nullable(v.picklist(['linked', 'provisional', 'former'])),
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

/** Takes the rows of workSql; gives the work. */
export function readWork(rows: Rows | undefined, steps: Rows | undefined): readonly Work[] {
  const members = (steps ?? []).map((row) => v.parse(stepRow, row))
  const document = (json: string | null) => (json === null ? undefined : readDocument(json))
  return (rows ?? []).map((row) => {
    const { rank, uncertain, remote, confirmed, everyone, ...columns } = v.parse(workRow, row)
    const { link_state: state, link_origin: origin, ...rest } = columns
    return {
      ...rest,
      takesAccess: rank === 0,
      uncertain: uncertain > 0,
      wasSent: uncertain === 2,
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
      all: everyone ?? undefined,
    }
  })
}
