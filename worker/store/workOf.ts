import * as v from 'valibot'
import type { JsonObject } from '../scim/json.ts'
import { sql, type Database, type SQL } from './database.ts'
import { managerThere, managerThereSql } from './managerThere.ts'
import { override } from './overrides.ts'
import { readDocument } from './resources.ts'
import type { Standing } from './settings.ts'
import type { MemberStep, Work } from './work.ts'

/** A state that a resource might be given: what it would be, and who would come into it or leave it. */
export type Imagined = {
  readonly resource: string
  readonly type: 'User' | 'Group'
  readonly document: JsonObject
  readonly add: readonly string[]
  readonly remove: readonly string[]
}

const linkRow = v.object({
  remote: v.string(),
  confirmed: v.pipe(v.string(), v.transform(readDocument)),
  state: v.picklist(['linked', 'provisional', 'former']),
  origin: v.picklist(['made', 'adopted']),
})

const managerRow = v.object({ manager: managerThere })

const memberRow = v.object({
  id: v.string(),
  remote: v.nullable(v.string()),
  there: v.number(),
  member: v.number(),
})

const overrideRow = v.object({
  ...override.entries,
  value: v.nullable(v.pipe(v.string(), v.parseJson(), override.entries.value)),
})

/**
 * Takes a connection's id, how it stands, a state that a resource might be given, and the time; gives the delivery that would come of
 * it, which nobody has leased. Nothing is written. One trip.
 */
export async function workOf(
  database: Database,
  connection: string,
  { settings }: Standing,
  imagined: Imagined,
  now: Date,
): Promise<Work> {
  const { resource, type, document, add, remove } = imagined
  const account = settings.target?.account ?? ''
  const counts = (of: SQL) =>
    sql`${of}.account = ${account} AND (${of}.state <> 'provisional' OR ${settings.dryRun ? sql`TRUE` : sql`FALSE`})`
  const link = sql`l.connection = ${connection} AND ${counts(sql`l`)}`
  const isManager = sql`m.state <> 'former' AND ${counts(sql`m`)}`
  const named = JSON.stringify([...add, ...remove])
  const [links, overrides, members, managers] = await database.read([
    sql`SELECT l.remote, l.confirmed, l.state, l.origin FROM links l WHERE l.resource = ${resource} AND ${link}`,
    sql`SELECT kind, attribute, value, why FROM overrides WHERE connection = ${connection} AND resource = ${resource}`,
    sql`SELECT x.id, (SELECT l.remote FROM links l WHERE l.resource = x.id AND ${link} AND l.state <> 'former') AS remote,
        EXISTS (SELECT 1 FROM member_links k WHERE k.connection = ${connection} AND k.group_id = ${resource} AND k.member_id = x.id) AS there,
        EXISTS (SELECT 1 FROM members m WHERE m.connection = ${connection} AND m.group_id = ${resource} AND m.member_id = x.id) AS member
      FROM (SELECT value AS id FROM json_each(${named})
        UNION SELECT member_id FROM members WHERE connection = ${connection} AND group_id = ${resource}) x`,
    sql`SELECT ${managerThereSql(sql`${connection}`, sql`${JSON.stringify(document)}`, isManager)} AS manager`,
  ])
  const [linked] = links ?? []
  const over = (overrides ?? []).map((row) => v.parse(overrideRow, row))
  const { manager } = v.parse(managerRow, managers?.[0])
  const all = (members ?? []).map((row) => v.parse(memberRow, row))
  const isIn = ({ id, member }: (typeof all)[number]) =>
    add.includes(id) || (member === 1 && !remove.includes(id))
  const steps = all.filter(({ id }) => add.includes(id) || remove.includes(id))
  const { wholeGroups = false, everyChange = false } = settings.target?.capabilities ?? {}
  const whole = all.filter(isIn).flatMap(({ id, remote }) => (everyChange ? id : (remote ?? [])))
  return {
    connection,
    resource,
    type,
    document,
    asked: resource,
    kind: 'patch',
    request: 'preview',
    target: settings.target?.id ?? '',
    mac: '',
    seq: 0,
    lease: 0,
    tries: 0,
    since: now.toISOString(),
    takesAccess:
      (type === 'User' && document['active'] === false) || over.some(({ kind }) => kind === 'lock'),
    stopped: undefined,
    uncertain: false,
    making: [],
    born: undefined,
    version: 0,
    last: undefined,
    manager: type === 'User' ? (manager ?? undefined) : undefined,
    before: undefined,
    link: linked === undefined ? undefined : v.parse(linkRow, linked),
    members: steps.map((row): MemberStep => ({
      member: row.id,
      remote: row.remote ?? undefined,
      isWanted: isIn(row),
      isThere: row.there === 1,
    })),
    events: [],
    all: type === 'Group' && (wholeGroups || everyChange) ? whole : undefined,
    overrides: over,
  }
}
