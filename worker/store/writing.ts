import * as v from 'valibot'
import type { Resource } from '../scim/representation.ts'
import { rethrow, type Need } from './admission.ts'
import { leaseOf, type Operation } from './changes.ts'
import { sql, type Database, type Rows, type SQL } from './database.ts'
import { readHeld, type Held } from './harms.ts'
import { readUnknownMembers } from './memberSql.ts'
import { firstResource, notFound, readDocument } from './resources.ts'
import { UNSET } from './settings.ts'
import { noteWritten } from './tokenUse.ts'
import { readWork, workSql, type Work } from './work.ts'

/**
 * A write's answer: the resource after it, the ids of members nobody has, and what is to be brought to the target by
 * whoever asked, who holds the lease.
 */
export type Changed = {
  readonly resource: Resource
  readonly unknownMembers: readonly string[]
  readonly work?: Work
  /** What the guard has held of it. Not known where the answer of the database was lost. */
  readonly held?: readonly Held[]
}

/**
 * Takes an operation, what it needs of its token, its statements, the statement that shows the resource, and the one that reads unknown members if
 * there can be any; writes and gives what is shown. Where the answer was lost, and the write found done, the resource is
 * read; where it has been deleted since, it is shown as it was written. Throws as Database.write, guards as ScimError.
 */
export async function writeAndShow(
  database: Database,
  operation: Operation,
  need: Need,
  statements: readonly SQL[],
  show: SQL,
  unknownMembers: SQL | undefined,
): Promise<Changed> {
  const leased = leasedWork(operation)
  const read = [...(unknownMembers === undefined ? [] : [unknownMembers]), show, ...leased]
  const written = await database
    .write([...statements, ...read], operation.id)
    .catch((error: unknown) => rethrow(error, database, operation.request, need))
  noteWritten(operation.request)
  if (written.kind === 'written') {
    const rows = written.rows.slice(statements.length)
    const unknown = unknownMembers === undefined ? [] : readUnknownMembers(rows.shift())
    const resource = firstResource(rows.shift())
    const held = readHeld(written.rows.slice(0, statements.length), resource.id)
    return { resource, unknownMembers: unknown, held, ...firstWork(rows) }
  }
  const [found, recorded, ...rows] = await database.read([show, asWritten(operation), ...leased])
  const resource = found?.[0] === undefined ? readRecorded(recorded?.[0]) : firstResource(found)
  return { resource, unknownMembers: [], ...firstWork(rows) }
}

/** Takes an operation; gives the statements that read what it has leased, none where it takes no lease. */
export function leasedWork({ request }: Operation): readonly SQL[] {
  const lease = leaseOf(request)
  if (lease === undefined || (request.standing ?? UNSET).settings.target === undefined) return []
  return workSql(sql`d.connection = ${request.caller.connection} AND d.leased = ${lease}`)
}

/** Takes the rows of leasedWork; gives the work, if there is some. */
export function firstWork(rows: readonly Rows[]): { readonly work?: Work } {
  const [work] = readWork(rows)
  return work === undefined ? {} : { work }
}

const asWritten = ({ id, request }: Operation): SQL =>
  sql`SELECT c.resource AS id, c.version, c.at, v.after FROM changes c JOIN change_values v USING (operation)
    WHERE c.operation = ${id} AND c.connection = ${request.caller.connection} AND v.after IS NOT NULL`

const recordedRow = v.object({ id: v.string(), version: v.number(), at: v.string(), after: v.string() })

function readRecorded(row: unknown): Resource {
  if (row === undefined) throw notFound()
  const { id, version, at, after } = v.parse(recordedRow, row)
  return { id, version, created: at, modified: at, document: readDocument(after), memberships: [] }
}
