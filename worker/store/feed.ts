import * as v from 'valibot'
import { ScimError } from '../scim/error.ts'
import type { JsonObject } from '../scim/json.ts'
import { admission, admit, isAdmitted, type Request } from './admission.ts'
import { sql, type Database } from './database.ts'
import { readDocument } from './resources.ts'
import { readStanding, UNSET, type Settings } from './settings.ts'
import { MOST_STEPS } from './work.ts'

/**
 * A resource that changed after a place in the feed, as it is now: the number and the time of its last change, its document
 * (none where it was deleted: then the last it had), and of a group who came and who went since, and all who are in it, where they are few.
 */
export type FeedRow = {
  readonly seq: number
  readonly at: string
  readonly operation: string
  readonly resource: string
  readonly type: 'User' | 'Group'
  readonly document: JsonObject | undefined
  readonly last: JsonObject | undefined
  readonly add: readonly string[]
  readonly remove: readonly string[]
  readonly all: readonly string[] | undefined
}

const list = v.nullable(v.pipe(v.string(), v.parseJson(), v.array(v.string())))

const feedRow = v.pipe(
  v.object({
    seq: v.number(),
    at: v.string(),
    operation: v.string(),
    resource: v.string(),
    type: v.picklist(['User', 'Group']),
    document: v.nullable(v.string()),
    last: v.nullable(v.string()),
    add: list,
    remove: list,
    all: list,
  }),
  v.transform(({ document, last, add, remove, all, ...row }): FeedRow => ({
    ...row,
    document: document === null ? undefined : readDocument(document),
    last: last === null ? undefined : readDocument(last),
    add: add ?? [],
    remove: remove ?? [],
    all: all ?? undefined,
  })),
)

/** What changed after a place in the feed, and how the connection is set up: what of it is told, and how, is worked out from it. */
export type FeedPage = { readonly rows: readonly FeedRow[]; readonly settings: Settings }

/**
 * Takes a request, a place in the feed and how many at the most; gives what changed after it, each resource once, by its last
 * change. From 0 on that is everything there is. Needs a token that reads everything. Throws 401, 403, and 410 for a
 * place that the feed never came to. One trip; its cost grows with the changes passed over.
 */
export async function readFeed(
  database: Database,
  request: Request,
  after: number,
  count: number,
): Promise<FeedPage> {
  const { connection } = request.caller
  const need = { resources: 'everything', access: 'read' } as const
  const end = sql`(SELECT max(seq) FROM changes WHERE connection = ${connection})`
  const touched = sql`SELECT DISTINCT j.value AS id FROM changes k JOIN change_values v USING (operation),
      json_each(json_array(json(coalesce(v.added, '[]')), json(coalesce(v.removed, '[]')))) two, json_each(two.value) j
    WHERE k.connection = c.connection AND k.resource = c.resource AND k.seq > ${after} AND k.seq <= c.seq`
  const isIn = sql`EXISTS (SELECT 1 FROM members m
    WHERE m.connection = c.connection AND m.group_id = c.resource AND m.member_id = id)`
  const [admitted, rows, standings] = await database.read([
    admission(request, need, end),
    sql`SELECT c.seq, c.at, c.operation, c.resource, c.type, r.document, iif(r.id IS NULL, t.document, NULL) AS last,
        iif(c.type = 'Group', (SELECT json_group_array(id) FROM (${touched}) WHERE ${isIn}), NULL) AS "add",
        iif(c.type = 'Group', (SELECT json_group_array(id) FROM (${touched}) WHERE NOT ${isIn}), NULL) AS remove,
        iif(c.type = 'Group', (SELECT iif(count(*) > ${MOST_STEPS}, NULL, json_group_array(member_id)) FROM (SELECT m.member_id
          FROM members m WHERE m.connection = c.connection AND m.group_id = c.resource LIMIT ${MOST_STEPS + 1})), NULL) AS "all"
      FROM changes c LEFT JOIN resources r ON r.connection = c.connection AND r.id = c.resource
        LEFT JOIN tombstones t ON t.connection = c.connection AND t.id = c.resource AND t.document <> '{}'
      WHERE c.connection = ${connection} AND c.seq > ${after} AND c.type IN ('User', 'Group') AND ${isAdmitted(request, need)}
        AND NOT EXISTS (SELECT 1 FROM changes n
          WHERE n.connection = c.connection AND n.resource = c.resource AND n.seq > c.seq)
      ORDER BY c.seq LIMIT ${count}`,
    sql`SELECT settings, revision FROM connections WHERE id = ${connection}`,
  ])
  admit(admitted, request, need)
  const last = admitted?.[0]?.['also']
  if (after > (typeof last === 'number' ? last : 0)) throw gone()
  const { settings } = standings?.[0] === undefined ? UNSET : readStanding(standings[0])
  return { rows: (rows ?? []).map((row) => v.parse(feedRow, row)), settings }
}

const gone = () =>
  new ScimError(
    410,
    undefined,
    'after: the feed never came to this number. Begin again with after=0.',
    {},
    'feed',
  )
