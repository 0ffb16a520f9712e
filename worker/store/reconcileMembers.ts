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

const expectedRow = v.object({ group_id: v.string(), count: v.number() })

/** Takes a scope; gives by group how many of its members have an account at the target. A trip for each 5,000 groups. */
export async function expectedMembers(
  open: () => Database,
  { connection, account }: Scope,
): Promise<ReadonlyMap<string, number>> {
  const expected = new Map<string, number>()
  for (let after = ''; ;) {
    const [rows] = await open().read([
      sql`SELECT m.group_id, count(*) AS count FROM members m JOIN links l ON l.connection = m.connection
          AND l.resource = m.member_id AND l.account = ${account} AND l.state = 'linked'
        WHERE m.connection = ${connection} AND m.group_id > ${after}
        GROUP BY m.group_id ORDER BY m.group_id LIMIT ${AT_ONCE}`,
    ])
    const page = (rows ?? []).map((each) => v.parse(expectedRow, each))
    for (const { group_id, count } of page) expected.set(group_id, count)
    const last = page.at(-1)
    if (last === undefined || page.length < AT_ONCE) return expected
    after = last.group_id
  }
}
