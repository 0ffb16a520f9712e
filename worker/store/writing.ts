import * as v from 'valibot'
import type { Resource } from '../scim/representation.ts'
import { rethrow } from './admission.ts'
import type { Operation } from './changes.ts'
import { sql, type Database, type SQL } from './database.ts'
import { readUnknownMembers } from './memberSql.ts'
import { firstResource, notFound, readDocument } from './resources.ts'

/** A write's answer: the resource after it, and the ids of members nobody has. */
export type Changed = { readonly resource: Resource; readonly unknownMembers: readonly string[] }

/**
 * Takes an operation, its statements, the statement that shows the resource, and the one that reads unknown members if
 * there can be any; writes and gives what is shown. Where the answer was lost, and the write found done, the resource is
 * read; where it has been deleted since, it is shown as it was written. Throws as Database.write, guards as ScimError.
 */
export async function writeAndShow(
  database: Database,
  operation: Operation,
  statements: readonly SQL[],
  show: SQL,
  unknownMembers: SQL | undefined,
): Promise<Changed> {
  const sent = [...statements, ...(unknownMembers === undefined ? [] : [unknownMembers]), show]
  const written = await database.write(sent, operation.id).catch(rethrow)
  if (written.kind === 'written') {
    const unknown = unknownMembers === undefined ? [] : readUnknownMembers(written.rows.at(-2))
    return { resource: firstResource(written.rows.at(-1)), unknownMembers: unknown }
  }
  const [found, recorded] = await database.read([show, asWritten(operation)])
  if (found !== undefined && found.length > 0) return { resource: firstResource(found), unknownMembers: [] }
  return { resource: readRecorded(recorded?.[0]), unknownMembers: [] }
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
