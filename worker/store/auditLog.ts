import * as v from 'valibot'
import { ADMIN } from './admission.ts'
import { sql, type Database, type Rows } from './database.ts'

/** Where a page of the log goes back from: the number of the last change and of the last act that were shown. */
export type Place = { readonly change: number; readonly act: number }

/** The newest. */
export const NEWEST: Place = { change: Number.MAX_SAFE_INTEGER, act: Number.MAX_SAFE_INTEGER }

const entry = v.object({
  log: v.picklist(['changes', 'acts']),
  seq: v.number(),
  at: v.string(),
  request: v.string(),
  /** An address, a command, cron, or the id of the token that asked. */
  who: v.string(),
  /** What the token is called. */
  tokenName: v.nullable(v.string()),
  /** What was done: the name of an act, or what became of a resource. */
  action: v.string(),
  subject: v.nullable(v.string()),
  type: v.nullable(v.string()),
  /** What the resource is called now; null where it is gone. */
  name: v.nullable(v.string()),
  attributes: v.pipe(v.string(), v.parseJson(), v.array(v.string())),
  reason: v.nullable(v.string()),
  details: v.nullable(v.pipe(v.string(), v.parseJson())),
  sealed: v.pipe(
    v.number(),
    v.transform((sealed) => sealed === 1),
  ),
})

/** A line of the log of a connection: who did what to whom, when and why, and whether it is sealed. No values. */
export type AuditEntry = v.InferOutput<typeof entry>

/**
 * Takes a connection's id, the place to go back from, how many at the most, and the id of a person or group, or nothing for all; gives its changes and acts,
 * the newest first. One trip.
 */
export async function listAudit(
  database: Database,
  connection: string,
  { change, act }: Place,
  most: number,
  subject?: string,
): Promise<readonly AuditEntry[]> {
  const of = (column: 'resource' | 'subject') =>
    subject === undefined ? sql`TRUE` : sql`${sql.identifier(column)} = ${subject}`
  const isSealed = (log: 'changes' | 'acts', chain: string) =>
    sql`e.seq <= coalesce((SELECT s.last FROM segments s WHERE s.log = ${log} AND s.connection = ${chain}
      ORDER BY s.number DESC LIMIT 1), 0)`
  const [changes = [], acts = []] = await database.read([
    sql`SELECT 'changes' AS log, e.seq, e.at, e.request, iif(e.token = ${ADMIN}, 'an admin', e.token) AS who, t.name AS tokenName,
        e.kind AS action, e.resource AS subject, e.type, coalesce(r.document ->> '$.userName', r.document ->> '$.displayName') AS name,
        e.attributes, NULL AS reason, NULL AS details, ${isSealed('changes', connection)} AS sealed
      FROM (SELECT * FROM changes WHERE connection = ${connection} AND seq < ${change} AND ${of('resource')} ORDER BY seq DESC LIMIT ${most}) e
        LEFT JOIN tokens t ON t.jti = e.token AND t.connection = ${connection}
        LEFT JOIN resources r ON r.connection = ${connection} AND r.id = e.resource
      ORDER BY e.seq DESC`,
    sql`SELECT 'acts' AS log, e.seq, e.at, e.request, e.who, NULL AS tokenName, e.action, e.subject, r.type,
        coalesce(r.document ->> '$.userName', r.document ->> '$.displayName') AS name, '[]' AS attributes, e.reason, e.details,
        ${isSealed('acts', '')} AS sealed
      FROM (SELECT * FROM acts WHERE connection = ${connection} AND seq < ${act} AND ${of('subject')} ORDER BY seq DESC LIMIT ${most}) e
        LEFT JOIN resources r ON r.connection = ${connection} AND r.id = e.subject
      ORDER BY e.seq DESC`,
  ])
  const read = (rows: Rows) => rows.map((row) => v.parse(entry, row))
  return merged(read(changes), read(acts)).slice(0, most)
}

/** Both by time, each in its own order, which is that of its numbers: a page ends at one place in either. */
function merged(changes: readonly AuditEntry[], acts: readonly AuditEntry[]): readonly AuditEntry[] {
  const [one, other] = [[...changes], [...acts]]
  const all: AuditEntry[] = []
  for (;;) {
    const [first, second] = [one[0], other[0]]
    if (first === undefined || second === undefined) return [...all, ...one, ...other]
    const next = first.at > second.at ? one.shift() : other.shift()
    if (next !== undefined) all.push(next)
  }
}

/** Takes the place a page went back from and what it showed; gives the place the next goes back from. */
export function placeAfter(place: Place, shown: readonly AuditEntry[]): Place {
  const lowest = (log: AuditEntry['log'], before: number) =>
    Math.min(before, ...shown.filter((one) => one.log === log).map(({ seq }) => seq))
  return { change: lowest('changes', place.change), act: lowest('acts', place.act) }
}
