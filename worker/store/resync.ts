import * as v from 'valibot'
import { sql, type Database } from './database.ts'
import { signedTexts } from './due.ts'

/** Which connection's resources are made due at which target, under which request, and when. */
export type Resync = {
  readonly connection: string
  readonly target: string
  readonly request: string
  readonly sign: (texts: readonly string[]) => Promise<string>
  readonly at: Date
}

/** How many resources are made due in one trip. */
const AT_ONCE = 500

const found = v.object({ seq: v.number(), id: v.string() })

/**
 * Takes a connection and its target; makes every person and group of the connection due there, with every membership, but for
 * those that were only read from a target. Gives how many. It may be repeated: what is due already stays as it is. Two trips for each 500 resources.
 */
export async function makeAllDue(
  database: Database,
  { connection, target, request, sign, at }: Resync,
): Promise<number> {
  const now = at.toISOString()
  let after = 0
  for (let count = 0; ;) {
    const [rows] = await database.read([
      sql`SELECT seq, id FROM resources WHERE connection = ${connection} AND type IN ('User', 'Group') AND imported = 0 AND seq > ${after}
        ORDER BY seq LIMIT ${AT_ONCE}`,
    ])
    const page = (rows ?? []).map((row) => v.parse(found, row))
    const last = page.at(-1)
    if (last === undefined) return count
    const signed = await Promise.all(
      page.map(async ({ id }) => {
        const mac = await sign(signedTexts({ connection, asked: id, kind: 'resync', target, request }))
        return [id, mac] as const
      }),
    )
    const list = JSON.stringify(signed)
    await database.write([
      sql`INSERT INTO deliveries (connection, resource, type, asked, kind, request, target, mac, rank, seq, since, state, due,
          tries, lease, leased, uncertain)
        SELECT r.connection, r.id, r.type, r.id, 'resync', ${request}, ${target}, j.value ->> 1,
          iif(r.type = 'User' AND r.folded ->> '$.active' IS 0, 0, 1), 0, ${now}, 'due', ${now}, 0, 1, NULL, 0
        FROM json_each(${list}) j JOIN resources r ON r.connection = ${connection} AND r.id = j.value ->> 0 WHERE TRUE
        ON CONFLICT (connection, resource) DO UPDATE SET asked = excluded.asked, kind = excluded.kind,
          request = excluded.request, target = excluded.target, mac = excluded.mac, state = 'due', due = excluded.due`,
      sql`INSERT INTO member_steps (connection, group_id, member_id)
        SELECT m.connection, m.group_id, m.member_id FROM json_each(${list}) j JOIN members m
          ON m.connection = ${connection} AND m.group_id = j.value ->> 0 WHERE TRUE ON CONFLICT DO NOTHING`,
    ])
    count += page.length
    after = last.seq
  }
}
