import * as v from 'valibot'
import type { Resource } from '../scim/representation.ts'
import type { ResourceType } from '../scim/schema.ts'
import type { Selection } from '../scim/selection.ts'
import { admission, admit, isAdmitted, type Need, type Request } from './admission.ts'
import { sql, type Database } from './database.ts'
import { firstResource, resourceSql } from './resources.ts'

/** What a token needs to read the person it names itself. */
const OWN: Need = { resources: 'users', access: 'read', own: true }

/**
 * Takes a request, the kind of resource that people are, and a selection; gives the person the request's token names, undefined where it names nobody. Throws
 * 401, 403, 404 where the person has been deleted. One trip.
 */
export async function getSelf(
  database: Database,
  request: Request,
  type: ResourceType,
  selection: Selection,
): Promise<Resource | undefined> {
  const { token, connection } = request.caller
  const person = sql`(SELECT t.user FROM tokens t WHERE t.jti = ${token} AND t.connection = ${connection})`
  const [admitted, found] = await database.read([
    admission(request, OWN, sql`t.user`),
    resourceSql(request, type, sql`r.id = ${person} AND ${isAdmitted(request, OWN)}`, selection),
  ])
  admit(admitted, request, OWN)
  const { also } = v.parse(v.object({ also: v.nullable(v.string()) }), admitted?.[0])
  return also === null ? undefined : firstResource(found)
}

/** Takes a request and what it would do to the person its token names. Throws 401, 403. One trip. */
export async function checkSelf(database: Database, request: Request, access: Need['access']): Promise<void> {
  const need = { ...OWN, access }
  const [admitted] = await database.read([admission(request, need)])
  admit(admitted, request, need)
}
