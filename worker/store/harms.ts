import * as v from 'valibot'
import type { Operation } from './changes.ts'
import { sql, type Rows, type SQL } from './database.ts'
import { HARMS, UNSET, type Harm, type Settings } from './settings.ts'

/** What a request's harm is judged by: its operation, the guard of its connection, and the kinds that are watched now. */
export type Watch = {
  readonly operation: Operation
  readonly connection: string
  readonly at: string
  readonly settings: Settings
  readonly kinds: readonly Harm[]
}

/** Takes an operation; gives its watch. What an admin has announced is neither held nor counted. */
export function watchOf(operation: Operation): Watch {
  const { request } = operation
  const { settings } = request.standing ?? UNSET
  const { announced } = settings.guard
  const at = request.at.toISOString()
  const isAnnounced = (kind: Harm) =>
    announced !== undefined && announced.until > at && announced.kinds.includes(kind)
  const kinds = HARMS.filter((kind) => !isAnnounced(kind))
  return { operation, connection: request.caller.connection, at, settings, kinds }
}

/** What is done to how many, in words. */
const WORDS: Readonly<Record<Harm, string>> = {
  suspend: 'people suspended or deleted',
  create: 'people created',
  rename: 'people given another userName or e-mail address',
  unmember: 'members taken out of groups',
  dissolve: 'groups deleted',
}

/** Takes a watch and a harm; gives in words what was too much. */
export function whyHeld({ settings }: Watch, harm: Harm): string {
  const { number, share, window } = settings.guard[harm]
  return `more than ${number} and ${Math.round(share * 100)} % in ${window} minutes: ${WORDS[harm]}`
}

/** Why something that was asked of a protected person waits. */
export const WHY_PROTECTED = 'the person is protected, and an identity provider may not change this'

/** Takes a watch and a harm that is counted already; gives the condition that there is now more of it than is let through. */
export function isTooMuch({ operation, connection, settings, kinds }: Watch, harm: Harm): SQL {
  if (!kinds.includes(harm)) return sql`FALSE`
  const { number, share, window } = settings.guard[harm]
  const since = new Date(operation.request.at.getTime() - window * 60_000).toISOString()
  const type = harm === 'dissolve' ? 'Group' : 'User'
  return sql`((SELECT count(*) FROM harms h WHERE h.connection = ${connection} AND h.kind = ${harm} AND h.at > ${since})
    > max(${number}, ${share} * (SELECT coalesce(sum(n), 0) FROM counts
      WHERE connection = ${connection} AND type = ${type} AND level = 2)))`
}

/** Takes a watch and a harm that each row of `from` is, whose `resource` is what it happens to; gives the statement that counts it. */
export function countHarms(
  { operation, connection, at, kinds }: Watch,
  harm: Harm,
  from: SQL,
): readonly SQL[] {
  if (!kinds.includes(harm)) return []
  return [
    sql`INSERT INTO harms (connection, kind, resource, request, at)
      SELECT ${connection}, ${harm}, resource, ${operation.id}, ${at} FROM (${from})`,
  ]
}

/**
 * Takes a watch and the ids, as a query, of what may have been held in it; gives the statement that tells a person: one alarm a kind of
 * harm, and one for each protected person. readHeld reads what it gives.
 */
export function alarmSql({ connection, at }: Watch, resources: SQL): SQL {
  return sql`INSERT INTO alarms (connection, kind, subject, words, count, first, last)
    SELECT o.connection, iif(o.harm = 'protect', 'protected', 'held'), iif(o.harm = 'protect', o.resource, o.harm),
      o.why || iif(o.until IS NULL, '; what came after waits for an admin (npm run guard)',
        '; what came after goes through at ' || o.until || ' unless an admin rejects it (npm run guard)'), 1, ${at}, ${at}
    FROM overrides o WHERE o.connection = ${connection} AND o.resource IN (${resources}) AND o.kind = 'hold' AND o.since = ${at}
    GROUP BY o.connection, o.resource, o.harm
    ON CONFLICT (connection, kind, subject) DO UPDATE SET words = excluded.words, count = count + 1,
      last = excluded.last, cleared = NULL, first = iif(cleared IS NULL, first, excluded.first)
    RETURNING kind AS held_as, subject`
}

/** What was held of a request: of which resource, and for which harm, or `protect`. */
export type Held = { readonly resource: string; readonly harm: string }

const raised = v.object({ held_as: v.picklist(['held', 'protected']), subject: v.string() })

/** Takes the rows of the statements of a change, and the resource that was asked for; gives what the guard has just held. */
export function readHeld(rows: readonly Rows[], resource: string): readonly Held[] {
  return rows.flat().flatMap((row): Held[] => {
    const read = v.safeParse(raised, row)
    if (!read.success) return []
    const { held_as: as, subject } = read.output
    return [as === 'held' ? { resource, harm: subject } : { resource: subject, harm: 'protect' }]
  })
}
