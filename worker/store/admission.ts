import { namedError, ScimError } from '../scim/error.ts'
import { preconditionFailed, type Precondition, type Versions } from '../scim/precondition.ts'
import type { Quirk, Reading } from '../scim/reading.ts'
import { isRefusal } from '../scim/refusal.ts'
import { modeOf, type Mode } from './connections.ts'
import { refusedBySwitch } from './switchWords.ts'
import { UNSET, type Standing } from './settings.ts'
import { sql, WriteRefused, type Database, type Rows, type SQL } from './database.ts'

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
  /** Makes the MAC of a change over texts; there where the connection has a target. */
  readonly sign?: (texts: readonly string[]) => Promise<string>
  /** Until when the request itself brings its change to the target; without it, that is left to cron. */
  readonly leaseUntil?: Date
  /** How it stands in the log of requests once it is done; none of a write that no request asked for. */
  readonly entry?: Entry
  /** An admin's own write, from a command and never from HTTP: nobody's token is asked for. */
  readonly isAdmin?: true
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
}

/** A reason to refuse, and the condition under which it holds. */
export type Refusal = { readonly word: string; readonly when: SQL }

/**
 * Takes a request and its need; gives a statement whose one row says `refusal`, the word of the first refusal or NULL. For
 * reads. A value that is to be read along stands in the same row as `also`: a statement less.
 */
export function admission(request: Request, need: Need, also: SQL = sql`NULL`): SQL {
  const refusals = [...tokenRefusals(need), ...strictRefusals(request)]
  return sql`SELECT ${firstOf(refusals)} AS refusal, ${also} AS also ${tokenOf(request)}`
}

/** Takes a request; gives how its connection is held. Any live token will do. Throws 401. One trip. */
export async function modeOfConnection(database: Database, request: Request): Promise<Mode> {
  const strict = sql`(SELECT c.strict FROM connections c WHERE c.id = ${request.caller.connection})`
  const [rows] = await database.read([admission(request, { resources: undefined, access: 'read' }, strict)])
  admit(rows)
  return modeOf(rows?.[0]?.['also'])
}

/** Takes a request and its need; gives the condition that nothing refuses it: whoever is refused reads no row. */
export function isAdmitted(request: Request, need: Need): SQL {
  return sql`(SELECT ${firstOf(tokenRefusals(need))} ${tokenOf(request)}) IS NULL`
}

/**
 * Takes a request, its need, and further refusals in order; gives a statement that aborts the batch with the word of
 * the first that holds. For writes: it stands first.
 */
export function guard(request: Request, need: Need, refusals: readonly Refusal[] = []): SQL {
  const tokens = request.isAdmin === true ? [] : tokenRefusals(need)
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

const tokenOf = ({ caller, at }: Request): SQL =>
  sql`FROM (SELECT 1) LEFT JOIN tokens t ON t.jti = ${caller.token} AND t.connection = ${caller.connection}
    AND t.revoked IS NULL AND (t.expires IS NULL OR t.expires > ${Math.floor(at.getTime() / 1000)})`

/** A token that is bound to a person reads that person; the words of a scope narrow what any other may do. */
function tokenRefusals({ resources, access, person, own }: Need): readonly Refusal[] {
  const scoped = (word: string) => sql`instr(' ' || t.scope || ' ', ${` ${word} `}) > 0`
  const namesResources = sql`trim(replace(' ' || t.scope || ' ', ' read ', ' ')) <> ''`
  const outside: readonly SQL[] = [
    ...(resources === undefined || own === true
      ? []
      : [sql`t.user IS NOT NULL AND t.user IS NOT ${person ?? null}`]),
    ...(access === 'write' ? [sql`t.user IS NOT NULL`, scoped('read')] : []),
    ...(resources === undefined ? [] : [sql`${namesResources} AND NOT ${scoped(resources)}`]),
  ]
  return [
    { word: 'token', when: sql`t.jti IS NULL` },
    ...outside.map((when): Refusal => ({ word: 'scope', when })),
  ]
}

/** Takes the rows of an admission statement. Throws what its word means. */
export function admit(rows: Rows | undefined): void {
  const refusal = rows?.[0]?.['refusal']
  if (refusal === 'strict') throw new WriteRefused({ guard: refusal })
  if (typeof refusal === 'string') throw named(refusal)
}

/**
 * Takes the error of a write; throws the ScimError that its guard or index stands for (RFC 7644 §3.12), or the error
 * itself where it is none of ours or the write is to be worked out anew (`stale`).
 */
export function rethrow(error: unknown): never {
  if (!(error instanceof WriteRefused) || isStale(error) || isStrict(error) || isUnsettled(error)) throw error
  if ('guard' in error.by) throw named(error.by.guard)
  throw conflict(error.by.index, error)
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

/** The refusal of a guard's word, under that very name in the log of requests. */
const named = (word: string): ScimError => (isRefusal(word) ? namedError(refused(word), word) : refused(word))

function refused(word: string): ScimError {
  switch (word) {
    case 'token':
      return new ScimError(401, undefined, NOT_VALID)
    case 'scope':
      return new ScimError(
        403,
        undefined,
        'The API token is not allowed to do this. Use one whose scope covers it.',
        { 'www-authenticate': 'Bearer realm="Drawbridge", error="insufficient_scope"' },
      )
    case 'precondition':
      return preconditionFailed()
    case 'missing':
      return new ScimError(404, undefined, 'There is no such resource in this connection.')
    case 'unknown_members':
      return new ScimError(
        400,
        'invalidValue',
        'members: expected the id of at least one User or Group of this connection, and none of those named is one',
      )
    default:
      throw refusedBySwitch(word) ?? new Error(`unknown guard ${word}`)
  }
}

function conflict(index: string, cause: Error): ScimError {
  const attribute = index.includes('user_name')
    ? 'userName'
    : index.includes('external_id')
      ? 'externalId'
      : undefined
  if (attribute === undefined)
    throw new Error('conflict on an index that no attribute stands behind', { cause })
  return new ScimError(
    409,
    'uniqueness',
    `${attribute}: another User of this connection has this value. To create, look that User up and update it instead; to rename, choose another value.`,
    {},
    attribute === 'userName' ? 'user_name_taken' : 'external_id_taken',
  )
}

/** What a 401 says of a token that is wrong in no way the bridge may tell apart: unknown, revoked, expired, foreign. */
export const NOT_VALID =
  'The API token is not valid here: it is mistyped, revoked, expired, or of another deployment. ' +
  'Make a new one on the bridge and paste it whole; the old one cannot be shown again.'
