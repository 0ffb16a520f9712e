import { replaceKeeping } from '../scim/constraints.ts'
import { foldDocument } from '../scim/fold.ts'
import type { JsonObject } from '../scim/json.ts'
import type { Resource } from '../scim/representation.ts'
import type { ResourceType } from '../scim/schema.ts'
import { admission, admit, type Request } from './admission.ts'
import { sql, type Database, type SQL } from './database.ts'
import type { DocumentChange } from './documentSql.ts'
import { firstResource, needFor, resourceSql, within } from './resources.ts'
import { UNSET } from './settings.ts'

/** A person whom a POST may bring back: the condition that finds one, and what is to become of that document. */
export type Revival = { readonly former: SQL; readonly becomes: DocumentChange }

/**
 * Takes a request, a kind of resource and a new document in its folded form; gives the condition over `resources r` that
 * finds whom it brings back: the inactive person with its externalId. Undefined where it can bring back nobody. A strict
 * connection brings back nobody: the externalId is taken, which is 409 uniqueness (profile, P-15). Where imports are
 * hidden the provider cannot find whom they brought: a create then takes over that person, as adoption allows it.
 */
export function formerSql(request: Request, type: ResourceType, folded: JsonObject): SQL | undefined {
  const { active, externalId } = folded
  if (!type.isPerson || active !== true) return undefined
  const hidden = hiddenSql(request, folded)
  if (typeof externalId !== 'string') return hidden
  const former = sql`r.external_id = ${externalId} AND r.folded ->> '$.active' IS 0
    AND NOT EXISTS (SELECT 1 FROM connections c WHERE c.id = r.connection AND c.strict = 1)`
  return hidden === undefined ? former : sql`(${former} OR ${hidden})`
}

function hiddenSql({ standing }: Request, { userName }: JsonObject): SQL | undefined {
  const { switches, adoption } = (standing ?? UNSET).settings
  if (switches.import === 'on' || !adoption.open || typeof userName !== 'string') return undefined
  const domain = userName.split('@').at(1)
  return domain !== undefined && adoption.domains.includes(domain)
    ? sql`(r.imported = 1 AND r.user_name = ${userName})`
    : undefined
}

/** Takes an operation, a request, a kind of resource, a revival and the salt of its values; gives the statement that records it, where it is one. */
export function recordRevival(
  operation: string,
  request: Request,
  type: ResourceType,
  { former, becomes }: Revival,
  salt: string | null,
): SQL {
  return sql`INSERT INTO change_values (operation, connection, resource, before, after, salt)
    SELECT ${operation}, r.connection, r.id, r.document, ${becomes.document}, ${salt} FROM resources r
    WHERE ${within(request, type)} AND ${former} ORDER BY r.imported LIMIT 1`
}

/**
 * Takes a request, a kind of resource, the condition of a revival, and whom it was worked out for, undefined for nobody;
 * gives the condition that this is not so any more.
 */
export function isOutdated(
  request: Request,
  type: ResourceType,
  former: SQL,
  found: Resource | undefined,
): SQL {
  const any = sql`EXISTS (SELECT 1 FROM resources r WHERE ${within(request, type)} AND ${former}`
  return found === undefined
    ? sql`${any})`
    : sql`NOT ${any} AND r.id = ${found.id} AND r.version = ${found.version})`
}

/** Takes a request, a kind of resource and the condition of a revival; gives whom it finds. Throws 401, 403. One trip. */
export async function findFormer(
  database: Database,
  request: Request,
  type: ResourceType,
  former: SQL,
): Promise<Resource | undefined> {
  const need = needFor(type, 'write')
  const [admitted, rows] = await database.read([
    admission(request, need),
    resourceSql(request, type, former, { kind: 'only', paths: [] }),
  ])
  admit(admitted, request, need)
  return rows?.[0] === undefined ? undefined : firstResource(rows)
}

/**
 * Takes a kind of resource, whom a POST brings back and its document; gives what becomes of that person: the new document
 * with what may be set only once. Throws 400 mutability where that would change (RFC 7643 §7).
 */
export function revivedSql(
  type: ResourceType,
  { document: before }: Resource,
  sent: JsonObject,
): DocumentChange {
  const document = replaceKeeping(type, before, sent)
  return {
    document: sql`${JSON.stringify(document)}`,
    folded: sql`${JSON.stringify(foldDocument(type, document))}`,
  }
}
