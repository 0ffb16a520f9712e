import * as v from 'valibot'
import { sql, type Database } from './database.ts'

/** How the bridge has a person: active, or since when not. */
export type Known = { readonly known: 'active' | 'inactive' | 'deleted'; readonly since: string | undefined }

const knownRow = v.object({
  id: v.string(),
  known: v.picklist(['active', 'inactive', 'deleted']),
  since: v.nullable(v.string()),
})

/**
 * Takes a connection's id and ids of people; gives how the bridge has them: inactive since the last deactivation that was asked for,
 * and where there was none, since the last change. Who was never there is left out. One trip.
 */
export async function knownOf(
  database: Database,
  connection: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Known>> {
  if (ids.length === 0) return new Map()
  const [rows] = await database.read([
    // A receipt without a change is of a repair: the person was to be inactive before.
    sql`SELECT j.value AS id, CASE WHEN r.id IS NULL THEN 'deleted' WHEN r.folded ->> '$.active' IS 0 THEN 'inactive'
          ELSE 'active' END AS known,
        CASE WHEN r.id IS NULL THEN t.at WHEN r.folded ->> '$.active' IS 0 THEN coalesce((SELECT max(o.asked)
          FROM receipts o JOIN changes c ON c.operation = o.operation WHERE o.connection = ${connection}
            AND o.resource = r.id), r.modified) END AS since
      FROM json_each(${JSON.stringify(ids)}) j
        LEFT JOIN resources r ON r.connection = ${connection} AND r.id = j.value
        LEFT JOIN tombstones t ON t.connection = ${connection} AND t.id = j.value
      WHERE r.id IS NOT NULL OR t.id IS NOT NULL`,
  ])
  return new Map(
    (rows ?? []).map((row) => {
      const { id, known, since } = v.parse(knownRow, row)
      return [id, { known, since: since ?? undefined }]
    }),
  )
}

/** An active person of whom the provider has said nothing for long: since when; `imported`: it never has. */
export type StalePerson = {
  readonly id: string
  readonly name: string
  readonly since: string
  readonly imported: boolean
}

const AT_ONCE = 1_000

const staleRow = v.object({
  seq: v.number(),
  id: v.string(),
  name: v.nullable(v.string()),
  since: v.string(),
  imported: v.number(),
})

/**
 * Takes a connection's id and a time; gives the active people whom the provider has not changed since, page by page. Of whoever
 * was read from the target and never sent by the provider, it counts from when they were read.
 */
export async function* stalePeople(
  open: () => Database,
  connection: string,
  before: Date,
): AsyncGenerator<readonly StalePerson[]> {
  for (let after = 0; ;) {
    const [rows] = await open().read([
      sql`SELECT r.seq, r.id, coalesce(r.document ->> '$.userName', r.document ->> '$.displayName') AS name,
          iif(r.imported = 1, r.created, r.modified) AS since, r.imported
        FROM resources r WHERE r.connection = ${connection} AND r.type = 'User' AND r.seq > ${after}
          AND r.folded ->> '$.active' IS NOT 0 AND iif(r.imported = 1, r.created, r.modified) < ${before.toISOString()}
        ORDER BY r.seq LIMIT ${AT_ONCE}`,
    ])
    const page = (rows ?? []).map((row) => v.parse(staleRow, row))
    yield page.map(({ id, name, since, imported }) => ({
      id,
      name: name ?? '',
      since,
      imported: imported === 1,
    }))
    const last = page.at(-1)
    if (last === undefined || page.length < AT_ONCE) break
    after = last.seq
  }
}
