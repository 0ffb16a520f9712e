import * as v from 'valibot'
import type { JsonObject } from '../scim/json.ts'
import { sql, type Database, type Rows } from './database.ts'
import { managerThere, managerThereSql, type ManagerThere } from './managerThere.ts'
import { override, type Override } from './overrides.ts'
import { readDocument } from './resources.ts'

/** Of which connection, and which account at the target its links lead to. */
export type Scope = { readonly connection: string; readonly account: string }

export type Kind = 'User' | 'Group'

/** A resource as the bridge has it: what is wanted, what it is linked to, and what is on its way. */
export type Side = {
  readonly resource: string
  readonly type: Kind
  /** Undefined where it is deleted; `last` is then what it was. */
  readonly document: JsonObject | undefined
  readonly last: JsonObject | undefined
  /** Whom the document names as manager, where that is somebody of the bridge. */
  readonly manager: ManagerThere | undefined
  readonly link:
    | {
        readonly remote: string
        readonly confirmed: JsonObject
        readonly state: 'linked' | 'former'
        readonly at: string
      }
    | undefined
  readonly delivery: Pending | undefined
  /** The lock of an admin over the person; none where there is none. */
  readonly locks: readonly Override[]
}

/** What is not at the target yet: how its delivery stands, since when, and why. */
export type Pending = {
  readonly state: 'due' | 'waiting' | 'held' | 'skipped' | 'dead' | 'done'
  readonly since: string
  readonly words: string | undefined
}

/** How many rows a page has: documents are large, ids are not. */
const DOCUMENTS = 100
const IDS = 5_000

/** How many resources are asked for at once by those who page themselves. */
export const AT_ONCE = DOCUMENTS

const text = v.nullable(v.string())
const kind = v.picklist(['User', 'Group'])

const sideRow = v.object({
  resource: v.string(),
  type: kind,
  document: text,
  last: text,
  manager: managerThere,
  remote: text,
  confirmed: text,
  link_state: v.nullable(v.picklist(['linked', 'former'])),
  at: text,
  state: v.nullable(v.picklist(['due', 'waiting', 'held', 'skipped', 'dead', 'done'])),
  since: text,
  words: text,
  locks: v.pipe(v.string(), v.parseJson(), v.array(override)),
})

/** Takes a scope and at most AT_ONCE ids; gives how the bridge has them, in their order; who is not known is left out. One trip. */
export async function sidesOf(
  database: Database,
  { connection, account }: Scope,
  ids: readonly string[],
): Promise<readonly Side[]> {
  if (ids.length === 0) return []
  const [rows] = await database.read([
    sql`SELECT j.value AS resource, coalesce(r.type, l.type, t.type) AS type, r.document, t.document AS last,
        ${managerThereSql(sql`${connection}`, sql`r.document`, sql`m.account = ${account} AND m.state = 'linked'`)} AS manager,
        l.remote, l.confirmed, l.state AS link_state, l.at, d.state, d.since, d.words,
        (SELECT json_group_array(json_object('kind', o.kind, 'attribute', o.attribute, 'value', json(o.value), 'why', o.why))
          FROM overrides o WHERE o.connection = ${connection} AND o.resource = j.value AND o.kind = 'lock') AS locks
      FROM json_each(${JSON.stringify(ids)}) j
        LEFT JOIN resources r ON r.connection = ${connection} AND r.id = j.value
        LEFT JOIN tombstones t ON t.connection = ${connection} AND t.id = j.value
        LEFT JOIN links l ON l.connection = ${connection} AND l.resource = j.value AND l.account = ${account}
          AND l.state <> 'provisional'
        LEFT JOIN deliveries d ON d.connection = ${connection} AND d.resource = j.value
      WHERE coalesce(r.type, l.type, t.type) IN ('User', 'Group') ORDER BY j.key`,
  ])
  return (rows ?? []).map(readSide)
}

function readSide(row: unknown): Side {
  const side = v.parse(sideRow, row)
  const { resource, type, document, last, manager, remote, confirmed, link_state, at } = side
  const { state, since, words, locks } = side
  const read = (json: string | null) => (json === null ? undefined : readDocument(json))
  return {
    resource,
    type,
    document: read(document),
    last: read(last),
    manager: manager ?? undefined,
    link:
      remote === null || link_state === null
        ? undefined
        : { remote, confirmed: read(confirmed) ?? {}, state: link_state, at: at ?? '' },
    delivery: state === null ? undefined : { state, since: since ?? '', words: words ?? undefined },
    locks,
  }
}

/** A resource and what it is linked to, by ids alone. */
export type LinkId = { readonly resource: string; readonly type: Kind; readonly remote: string }

const linkRow = v.object({ resource: v.string(), type: kind, remote: v.string() })

/** Takes a scope; gives its links page by page, those of the deleted before the others: the later one counts. */
export async function* linkIds(open: () => Database, { connection, account }: Scope) {
  for (const state of ['former', 'linked'] as const) {
    for (let after = ''; ;) {
      const [rows] = await open().read([
        sql`SELECT resource, type, remote FROM links WHERE connection = ${connection} AND account = ${account}
          AND state = ${state} AND resource > ${after} ORDER BY resource LIMIT ${IDS}`,
      ])
      const page = (rows ?? []).map((row): LinkId => v.parse(linkRow, row))
      yield page
      const last = page.at(-1)
      if (last === undefined || page.length < IDS) break
      after = last.resource
    }
  }
}

/** Takes a scope and a kind; gives the ids of resources that are linked to nothing at the target, page by page. */
export async function* unlinkedIds(open: () => Database, { connection, account }: Scope, type: Kind) {
  const row = v.object({ seq: v.number(), id: v.string() })
  for (let after = 0; ;) {
    const [rows] = await open().read([
      sql`SELECT r.seq, r.id FROM resources r WHERE r.connection = ${connection} AND r.type = ${type} AND r.seq > ${after}
        AND NOT EXISTS (SELECT 1 FROM links l WHERE l.connection = r.connection AND l.resource = r.id
          AND l.account = ${account} AND l.state <> 'provisional') ORDER BY r.seq LIMIT ${IDS}`,
    ])
    const page = (rows ?? []).map((each) => v.parse(row, each))
    yield page.map(({ id }) => id)
    const last = page.at(-1)
    if (last === undefined || page.length < IDS) break
    after = last.seq
  }
}

/**
 * Takes a scope; gives the ids of resources with something on its way, page by page. A group that waits for nobody but people who are
 * to have no access is as it is wanted: they get no account.
 */
export async function* pendingIds(open: () => Database, { connection }: Scope) {
  for (let after = ''; ;) {
    const [rows] = await open().read([
      sql`SELECT d.resource FROM deliveries d WHERE d.connection = ${connection} AND d.state <> 'done' AND d.resource > ${after}
        AND (d.state <> 'waiting' OR EXISTS (SELECT 1 FROM member_steps s JOIN resources m ON m.connection = s.connection
          AND m.id = s.member_id WHERE s.connection = d.connection AND s.group_id = d.resource AND s.refused IS NULL
          AND m.folded ->> '$.active' IS NOT 0)) ORDER BY d.resource LIMIT ${IDS}`,
    ])
    const page = idsOf(rows)
    yield page
    const last = page.at(-1)
    if (last === undefined || page.length < IDS) break
    after = last
  }
}

const idsOf = (rows: Rows | undefined) => (rows ?? []).map((row) => v.parse(v.string(), row['resource']))

/** Takes a scope, a kind and ids at the target; gives those that are linked, and whether by this connection. One trip. */
export async function linksThere(
  database: Database,
  { connection, account }: Scope,
  type: Kind | undefined,
  remotes: readonly string[],
): Promise<readonly { readonly remote: string; readonly resource: string; readonly isOurs: boolean }[]> {
  if (remotes.length === 0) return []
  const types = type === undefined ? ['User', 'Group'] : [type]
  const [rows] = await database.read([
    // Links of other connections are only said to be there: nothing of them is read.
    sql`SELECT l.remote, iif(l.connection = ${connection}, l.resource, '') AS resource, l.connection = ${connection} AS ours
      FROM links l WHERE l.account = ${account} AND l.state = 'linked'
        AND l.type IN (SELECT value FROM json_each(${JSON.stringify(types)}))
        AND l.remote IN (SELECT value FROM json_each(${JSON.stringify(remotes)}))`,
  ])
  const row = v.object({ remote: v.string(), resource: v.string(), ours: v.number() })
  return (rows ?? []).map((each) => {
    const { ours, ...rest } = v.parse(row, each)
    return { ...rest, isOurs: ours === 1 }
  })
}
