import * as v from 'valibot'
import { sql, type Database } from './database.ts'
import type { Scope } from './reconcile.ts'

/** A member that the bridge wants in a group: as which account, none where there is none yet, and what the target said to it. */
export type WantedMember = {
  readonly member: string
  readonly type: string
  readonly name: string
  readonly remote: string | undefined
  readonly refused: string | undefined
}

const AT_ONCE = 5_000

const text = v.nullable(v.string())
const row = v.object({ member_id: v.string(), type: v.string(), name: text, remote: text, refused: text })

/** Takes a scope and a group's id; gives the members that are wanted in it, page by page. */
export async function* wantedMembers(
  open: () => Database,
  { connection, account }: Scope,
  group: string,
): AsyncGenerator<readonly WantedMember[]> {
  for (let after = ''; ;) {
    const [rows] = await open().read([
      sql`SELECT m.member_id, r.type, coalesce(r.document ->> '$.userName', r.document ->> '$.displayName') AS name,
          l.remote, s.refused
        FROM members m JOIN resources r ON r.connection = m.connection AND r.id = m.member_id
          LEFT JOIN links l ON l.connection = m.connection AND l.resource = m.member_id AND l.account = ${account}
            AND l.state = 'linked'
          LEFT JOIN member_steps s ON s.connection = m.connection AND s.group_id = m.group_id
            AND s.member_id = m.member_id
        WHERE m.connection = ${connection} AND m.group_id = ${group} AND m.member_id > ${after}
        ORDER BY m.member_id LIMIT ${AT_ONCE}`,
    ])
    const page = (rows ?? []).map((each) => v.parse(row, each))
    yield page.map(({ member_id: member, type, name, remote, refused }) => ({
      member,
      type,
      name: name ?? '',
      remote: remote ?? undefined,
      refused: refused ?? undefined,
    }))
    const last = page.at(-1)
    if (last === undefined || page.length < AT_ONCE) break
    after = last.member_id
  }
}

/** Takes a scope; gives the ids of groups with members that the target has refused. One trip. */
export async function refusedGroups(database: Database, { connection }: Scope): Promise<readonly string[]> {
  const [rows] = await database.read([
    sql`SELECT DISTINCT group_id FROM member_steps WHERE connection = ${connection} AND refused IS NOT NULL`,
  ])
  return (rows ?? []).map((each) => v.parse(v.string(), each['group_id']))
}
