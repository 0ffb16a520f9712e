import * as v from 'valibot'
import { foldCase } from '../scim/fold.ts'
import type { Json, JsonObject } from '../scim/json.ts'
import { isPowerful } from '../scim/powerful.ts'
import type { ResourceType } from '../scim/schema.ts'
import type { Refusal, Request } from './admission.ts'
import { sql, type Database, type SQL } from './database.ts'
import { readDocument } from './resources.ts'
import { UNSET } from './settings.ts'

/**
 * Takes a request, a kind of resource and a new document in its folded form; gives the refusals of a group whose name belongs to
 * one at the target that is not managed: nobody knows yet whether it is meant.
 */
export function foreignRefusals(
  { caller, standing }: Request,
  type: ResourceType,
  { displayName }: JsonObject,
): readonly Refusal[] {
  const { target, powerful } = (standing ?? UNSET).settings
  if (target === undefined || type.shows !== 'members' || typeof displayName !== 'string') return []
  const when = sql`EXISTS (SELECT 1 FROM foreign_groups f WHERE f.connection = ${caller.connection}
    AND f.folded = ${foldCase(displayName.trim())} AND ${isForeign(target.account)})`
  return [{ word: isPowerful(powerful, displayName) ? 'powerful' : 'unmanaged', when }]
}

/**
 * Takes a request, a kind of resource, the condition that finds the resource in `resources r`, and the displayName that a
 * change gives it, undefined where it gives none; gives the refusals of a rename to such a name. That a group keeps its
 * name is refused by nobody.
 */
export function renameRefusals(
  request: Request,
  type: ResourceType,
  here: SQL,
  displayName: Json | undefined,
): readonly Refusal[] {
  if (typeof displayName !== 'string') return []
  const isAnother = sql`EXISTS (SELECT 1 FROM resources r WHERE ${here}
    AND r.folded ->> '$.displayName' IS NOT ${foldCase(displayName)})`
  return foreignRefusals(request, type, { displayName }).map(({ word, when }) => ({
    word,
    when: sql`${isAnother} AND ${when}`,
  }))
}

/** The condition over `foreign_groups f` that nothing has been linked to it since the import that saw it. */
const isForeign = (account: string): SQL => sql`NOT EXISTS (SELECT 1 FROM links k WHERE k.account = ${account}
  AND k.type = 'Group' AND k.remote = f.remote AND k.state = 'linked')`

const foreignRow = v.object({ remote: v.string(), display_name: v.string(), document: v.string() })

/** A group that is at the target and not managed, as the last import saw it. */
export type ForeignGroup = {
  readonly remote: string
  readonly displayName: string
  readonly document: JsonObject
}

/** Takes the database, a connection's id and the account of its target; gives its foreign groups, by name. One trip. */
export async function listForeign(
  database: Database,
  connection: string,
  account: string,
): Promise<readonly ForeignGroup[]> {
  const [rows] = await database.read([
    sql`SELECT f.remote, f.display_name, f.document FROM foreign_groups f
      WHERE f.connection = ${connection} AND ${isForeign(account)} ORDER BY f.folded, f.remote`,
  ])
  return (rows ?? []).map((row) => {
    const { remote, display_name: displayName, document } = v.parse(foreignRow, row)
    return { remote, displayName, document: readDocument(document) }
  })
}

const managedRow = v.object({
  id: v.string(),
  remote: v.string(),
  displayName: v.string(),
  origin: v.picklist(['made', 'adopted']),
  members: v.number(),
})

/** A group of the connection that is linked at the target: whether the bridge made it there, and how many members it has here. */
export type ManagedGroup = v.InferOutput<typeof managedRow>

/** Takes the database and a connection's id; gives its managed groups, by name. One trip. */
export async function listManaged(database: Database, connection: string): Promise<readonly ManagedGroup[]> {
  const [rows] = await database.read([
    sql`SELECT r.id, l.remote, coalesce(r.document ->> '$.displayName', r.id) AS displayName, l.origin,
        (SELECT count(*) FROM members m WHERE m.connection = r.connection AND m.group_id = r.id) AS members
      FROM resources r JOIN links l ON l.connection = r.connection AND l.resource = r.id AND l.state = 'linked'
      WHERE r.connection = ${connection} AND r.type = 'Group' ORDER BY r.display_name`,
  ])
  return (rows ?? []).map((row) => v.parse(managedRow, row))
}
