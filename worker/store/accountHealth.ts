import * as v from 'valibot'
import { sql, type Database, type SQL } from './database.ts'

/** How many of a kind are counted, and how many shown. */
const MOST_COUNTED = 1_000
const MOST_SHOWN = 50

/** For how long the provider may say nothing of an active person, in days, before somebody should look. */
export const STALE_DAYS = 90

/**
 * What may be wrong with accounts: active people of whom the provider has said nothing for long; those who are inactive; those who
 * have no account at the target; and deactivations that the target has not confirmed.
 */
export const AILMENTS = ['stale', 'suspended', 'unmapped', 'unconfirmed'] as const

export type Ailment = (typeof AILMENTS)[number]

/** One kind: how many there are (at most 1,000 are counted), and some of them, since when. */
export type Ailing = {
  readonly kind: Ailment
  readonly count: number
  readonly people: readonly { readonly id: string; readonly since: string }[]
}

const personRow = v.object({ id: v.string(), since: v.string() })

/** Takes a connection's id and the time; gives what may be wrong with the accounts of it. One trip. */
export async function accountHealth(
  database: Database,
  connection: string,
  now: Date,
): Promise<readonly Ailing[]> {
  const stale = new Date(now.getTime() - STALE_DAYS * 86_400_000).toISOString()
  const people = sql`FROM resources r WHERE r.connection = ${connection} AND r.type = 'User'`
  const isActive = sql`r.folded ->> '$.active' IS NOT 0`
  const since = sql`iif(r.imported = 1, r.created, r.modified)`
  const which: Readonly<Record<Ailment, SQL>> = {
    stale: sql`SELECT r.id, ${since} AS since ${people} AND ${isActive} AND ${since} < ${stale}`,
    suspended: sql`SELECT r.id, r.modified AS since ${people} AND NOT ${isActive}`,
    unmapped: sql`SELECT r.id, r.created AS since ${people} AND ${isActive}
      AND EXISTS (SELECT 1 FROM connections c WHERE c.id = r.connection AND c.settings ->> '$.target.account' IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM links l WHERE l.connection = r.connection AND l.resource = r.id
          AND l.state <> 'former' AND l.account = c.settings ->> '$.target.account'))`,
    unconfirmed: sql`SELECT o.resource AS id, min(o.asked) AS since FROM receipts o WHERE o.connection = ${connection}
      AND o.confirmed IS NULL AND o.ended IS NULL GROUP BY o.resource`,
  }
  const found = await database.read(
    AILMENTS.flatMap((kind) => [
      sql`SELECT count(*) AS n FROM (${which[kind]} LIMIT ${MOST_COUNTED})`,
      sql`${which[kind]} LIMIT ${MOST_SHOWN}`,
    ]),
  )
  return AILMENTS.map((kind, index) => ({
    kind,
    count: v.parse(v.object({ n: v.number() }), found[2 * index]?.[0]).n,
    people: (found[2 * index + 1] ?? []).map((row) => v.parse(personRow, row)),
  }))
}
