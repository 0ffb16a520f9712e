import type { Precondition, Versions } from '../scim/precondition.ts'
import type { Quirk, Reading } from '../scim/reading.ts'
import { modeOf, type Mode } from './connections.ts'
import { conflict, refused } from './refusalWords.ts'
import { UNSET, type Standing } from './settings.ts'
import { sql, WriteRefused, type Database, type Rows, type SQL } from './database.ts'
import { tokenOf, tokenRefusals } from './tokenSql.ts'
import { noticeSql, type Use } from './tokenUse.ts'

/** Who is asking: the connection and the token's id, out of a token whose signature is good. */
export type Caller = { readonly connection: string; readonly token: string }

/** A request as the log of requests has it: its method, the pattern of its route, and the status of its answer. */
export type Entry = { readonly method: string; readonly route: string; readonly status: number }

/** One request: who asks, under which id it is logged, when it came, and what must hold for it to count. */
export type Request = {
  readonly caller: Caller
  readonly id: string
  readonly at: Date
  readonly precondition?: Precondition
  /** How its body was read: what was taken beside the letter is held against a strict connection, and counted. */
  readonly reading?: Reading
  /** How its connection stands, as far as is known: a write that finds it otherwise is refused, and done anew. */
  readonly standing?: Standing
  /** Makes the MAC of a delivery over texts; there where the connection has a target. */
  readonly sign?: (texts: readonly string[]) => Promise<string>
  /** Makes the proof of a change over texts and values: see proof.ts. */
  readonly prove?: (
    texts: readonly string[],
    values: unknown,
  ) => Promise<{ readonly salt: string; readonly digest: string; readonly mac: string | null }>
  /** Until when the request itself brings its change to the target; without it, that is left to cron. */
  readonly leaseUntil?: Date
  /** How it stands in the log of requests once it is done; none of a write that no request asked for. */
  readonly entry?: Entry
  /** An admin's own write, from a command and never from HTTP: nobody's token is asked for. */
  readonly isAdmin?: true
  /** How its token is used: from where, and what of it is still to be written down. */
  readonly use?: Use
  /** The address of the page that helps whoever has no token any more. */
  readonly help?: string
}

/** Who an admin is, where the token stands of other changes. */
export const ADMIN = 'admin'

/**
 * What a request needs its token for: the resources it touches, by the word of a scope (none: any live token will do;
 * everything: no scope that names some is enough), whether it changes them, and the one person it reads, if it reads
 * only one.
 */
export type Need = {
  readonly resources: string | undefined
  readonly access: 'read' | 'write'
  readonly person?: string
  /** It reads the very person the token names. */
  readonly own?: true
  /** It takes access away from a person: that passes also after the time a token was to be renewed by. */
  readonly takesAccess?: boolean
  /** The person it writes: the condition over `resources r` that finds them, and the userName they are to have, folded. */
  readonly writes?: { readonly found?: SQL | undefined; readonly userName?: string | undefined }
}

/** A reason to refuse, and the condition under which it holds. */
export type Refusal = { readonly word: string; readonly when: SQL }

/**
 * Takes a request and its need; gives a statement whose one row says `refusal`, the word of the first refusal or NULL, and `notice`,
 * what else the token's row calls for. For reads. A value that is to be read along stands in the same row as `also`: a statement less.
 */
export function admission(request: Request, need: Need, also: SQL = sql`NULL`): SQL {
  const refusals = [...tokenRefusals(request, need), ...strictRefusals(request)]
  return sql`SELECT ${firstOf(refusals)} AS refusal, ${noticeSql(request)} AS notice, ${also} AS also ${tokenOf(request)}`
}

/** Takes a request; gives how its connection is held. Any live token will do. Throws 401. One trip. */
export async function modeOfConnection(database: Database, request: Request): Promise<Mode> {
  const strict = sql`(SELECT c.strict FROM connections c WHERE c.id = ${request.caller.connection})`
  const need = { resources: undefined, access: 'read' } as const
  const [rows] = await database.read([admission(request, need, strict)])
  admit(rows, request, need)
  return modeOf(rows?.[0]?.['also'])
}

/** Takes a request and its need; gives the condition that nothing refuses it: whoever is refused reads no row. */
export function isAdmitted(request: Request, need: Need): SQL {
  return sql`(SELECT ${firstOf(tokenRefusals(request, need))} ${tokenOf(request)}) IS NULL`
}

/**
 * Takes a request, its need, and further refusals in order; gives a statement that aborts the batch with the word of
 * the first that holds. For writes: it stands first.
 */
export function guard(request: Request, need: Need, refusals: readonly Refusal[] = []): SQL {
  const tokens = request.isAdmin === true ? [] : tokenRefusals(request, need)
  const all = [...tokens, settingsRefusal(request), ...refusals]
  return sql`INSERT INTO guard SELECT ${firstOf(all)} ${tokenOf(request)}`
}

/** Whoever writes must know how the connection stands: what is let through and delivered is worked out from it. */
function settingsRefusal({ caller, standing }: Request): Refusal {
  const { revision } = standing ?? UNSET
  const when = sql`(SELECT c.revision FROM connections c WHERE c.id = ${caller.connection}) IS NOT ${revision}`
  return { word: 'settings', when }
}

/** Takes refusals in order and where from their conditions read; gives a statement that aborts the batch with the first that holds. */
export function guardAfter(refusals: readonly Refusal[], from: SQL): SQL {
  return sql`INSERT INTO guard SELECT ${firstOf(refusals)} FROM ${from}`
}

/**
 * Takes a request; gives the refusal of a strict connection to what only a tolerant reading takes. The body is then read
 * anew, strictly.
 */
export function strictRefusals({ caller, reading }: Request): readonly Refusal[] {
  if (reading === undefined || reading.strict || reading.quirks.size === 0) return []
  const when = sql`EXISTS (SELECT 1 FROM connections c WHERE c.id = ${caller.connection} AND c.strict = 1)`
  return [{ word: 'strict', when }]
}

/** Takes a request; gives the statement that counts the quirks it used, if it used any, in the same write. */
export function countQuirks(request: Request): readonly SQL[] {
  const { reading } = request
  if (reading === undefined || reading.quirks.size === 0) return []
  return [countSql(request, [...reading.quirks].toSorted(), sql`TRUE`)]
}

/** Takes a request, a quirk that only its write can tell, and the condition that it was one; gives the statement that counts it. */
export function countQuirk(request: Request, quirk: Quirk, when: SQL): SQL {
  return countSql(request, [quirk], when)
}

function countSql({ caller, at }: Request, quirks: readonly Quirk[], when: SQL): SQL {
  const now = at.toISOString()
  return sql`INSERT INTO quirks (connection, name, count, first, last)
    SELECT ${caller.connection}, value, 1, ${now}, ${now} FROM json_each(${JSON.stringify(quirks)}) WHERE ${when}
    ON CONFLICT (connection, name) DO UPDATE SET count = count + 1, last = excluded.last`
}

/**
 * Takes a request and the condition that finds its resource in `resources r`; gives the refusals of a write to it, in
 * order: there is none, or it is not in the version the client wants (RFC 7644 §3.14). Decided in the write itself.
 */
export function resourceRefusals({ precondition }: Request, here: SQL): readonly Refusal[] {
  const missing = { word: 'missing', when: sql`NOT EXISTS (SELECT 1 FROM resources r WHERE ${here})` }
  if (precondition === undefined) return [missing]
  const { match, noneMatch } = precondition
  const unmet = [
    ...(match === undefined ? [] : [sql`NOT ${namedSql(match)}`]),
    ...(noneMatch === undefined ? [] : [namedSql(noneMatch)]),
  ]
  const when = sql`EXISTS (SELECT 1 FROM resources r WHERE ${here} AND (${sql.join(unmet, sql` OR `)}))`
  return [missing, { word: 'precondition', when }]
}

const namedSql = (versions: Versions): SQL =>
  versions === 'any'
    ? sql`TRUE`
    : sql`r.version IN (SELECT value FROM json_each(${JSON.stringify(versions)}))`

const firstOf = (refusals: readonly Refusal[]): SQL =>
  sql`CASE ${sql.join(
    refusals.map(({ word, when }) => sql`WHEN ${when} THEN ${sql.raw(`'${word}'`)}`),
    sql` `,
  )} END`

/**
 * Takes the rows of an admission statement, its request and its need; notes what the token's row calls for. Throws what its word
 * means.
 */
export function admit(rows: Rows | undefined, request: Request, need: Need): void {
  const [refusal, notice] = [rows?.[0]?.['refusal'], rows?.[0]?.['notice']]
  noteLeft(request, refusal, notice)
  if (refusal === 'strict') throw new WriteRefused({ guard: refusal })
  if (typeof refusal === 'string')
    throw refused(refusal, request, need, typeof notice === 'number' ? notice : undefined)
}

function noteLeft({ use }: Request, refusal: unknown, notice: unknown): void {
  if (use === undefined) return
  // Whoever shows a token from where it may not be has not used it.
  const counts = refusal !== 'network' && refusal !== 'token'
  use.left = counts && (notice === 'late' || notice === 'use') ? notice : 'nothing'
}

/**
 * Takes the error of a write, the database, its request and its need; throws the ScimError that its guard or index stands for
 * (RFC 7644 §3.12), or the error itself where it is none of ours or the write is to be worked out anew (`stale`). When a token ended
 * its row tells: for that one, and no other refusal, it is read in a second trip.
 */
export async function rethrow(
  error: unknown,
  database: Database,
  request: Request,
  need: Need,
): Promise<never> {
  if (!(error instanceof WriteRefused) || isStale(error) || isStrict(error) || isUnsettled(error)) throw error
  if (!('guard' in error.by)) throw conflict(error.by.index, error)
  const { guard: word } = error.by
  if (word === 'revoked' || word === 'expired') {
    const [rows] = await database.read([admission(request, need)])
    admit(rows, request, need)
  }
  if (request.use !== undefined && word === 'network') request.use.left = 'nothing'
  if (request.use !== undefined && word === 'renew') request.use.left = 'late'
  throw refused(word, request, need)
}

/** Takes an error; says whether a write was refused because its resource has a newer version. */
export function isStale(error: unknown): boolean {
  return isRefusedBy(error, 'stale')
}

/** Takes an error; says whether a request was refused because its connection is strict and what it sent was not. */
export function isStrict(error: unknown): boolean {
  return isRefusedBy(error, 'strict')
}

/** Takes an error; says whether a write was refused because its connection stands otherwise than was known. */
export function isUnsettled(error: unknown): boolean {
  return isRefusedBy(error, 'settings')
}

const isRefusedBy = (error: unknown, word: string): boolean =>
  error instanceof WriteRefused && 'guard' in error.by && error.by.guard === word
