import type { ResourceType } from '../scim/schema.ts'
import type { Operation } from './changes.ts'
import { sql, type SQL } from './database.ts'
import type { AskedKind } from './due.ts'

/** What a request asked for: of which resource (the fresh id of a create), what, and the top-level attributes it spoke of. */
export type Asked = {
  readonly id: string
  readonly kind: AskedKind
  readonly named: ReadonlySet<string>
  /** The values as they were read, as JSON: no password, as none is kept. */
  readonly values: unknown
}

/** The proof of an operation's change rows, as it is written; all of it null where nothing proves. */
export type Proof = {
  readonly salt: string | null
  readonly asked: string | null
  readonly digest: string | null
  readonly mac: string | null
}

/**
 * Takes an operation, its kind of resource and what was asked; gives the proof that every row of it carries. The MAC is worked out before the
 * write, in the same trip, and so it is over what is known by then: connection, request, token, the time, the id asked for, what was asked of it,
 * the attribute names and the digest of the values. It proves that the bridge was asked this, by whom and when. Of the change row itself it proves
 * all that follows from it: the resource, but for who came back by a create; the kind; the attributes. The rows of groups that a deleted person was
 * in carry the MAC of that DELETE, and so does that of an undoing the MAC of what is undone: it proves the request they are of, not which group or
 * when. That, and the version, the seal of the row holds fast (sync/sealing.ts), at the next run of cron.
 */
export async function proofOf(
  { request }: Operation,
  type: ResourceType,
  { id, kind, named, values }: Asked,
): Promise<Proof> {
  const { prove, caller, at } = request
  if (prove === undefined) return { salt: null, asked: null, digest: null, mac: null }
  const attributes = attributesOf(named)
  const asked = JSON.stringify({ id, kind, type: type.name, attributes, at: at.toISOString() })
  const { connection, token } = caller
  return { asked, ...(await prove(provenTexts({ connection, request: request.id, token, asked }), values)) }
}

/** Takes names; gives them as they stand in a change row. */
export function attributesOf(named: ReadonlySet<string>): readonly string[] {
  return [...named].toSorted()
}

/** Takes what stands in a change row; gives the texts in the order of its MAC, which is over them and the digest behind. */
export function provenTexts(row: {
  readonly connection: string
  readonly request: string
  readonly token: string
  readonly asked: string
}): readonly string[] {
  return [row.connection, row.request, row.token, row.asked]
}

/** A salt that SQL makes, for values that are worked out there. */
export const saltSql: SQL = sql`lower(hex(randomblob(16)))`
