import { ScimError } from '../scim/error.ts'
import type { JsonObject } from '../scim/json.ts'
import { isMet, preconditionFailed } from '../scim/precondition.ts'
import type { ResourceType } from '../scim/schema.ts'
import type { Selection } from '../scim/selection.ts'
import { admission, admit, isStale, type Request } from './admission.ts'
import { changeResource, type Change } from './change.ts'
import { pause, sql, type Database } from './database.ts'
import { firstResource, needFor, resourceSql } from './resources.ts'
import type { Changed } from './writing.ts'

/** How often a change is worked out anew because somebody else wrote in between. */
export const MOST_TRIES = 20

/**
 * Takes a request, a kind of resource, an id, what works a change out of the document as it is, and what to show; gives
 * the resource after the change. Two trips: the second is refused when there is a newer version, and the change worked
 * out anew. Throws as changeResource and as `work`, and 503 where there always is a newer one.
 */
export async function workOut(
  database: Database,
  request: Request,
  type: ResourceType,
  id: string,
  work: (document: JsonObject) => Change,
  selection: Selection,
): Promise<Changed> {
  for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
    // Whether it takes access away is known when it is worked out: the write then says.
    const need = { ...needFor(type, 'write'), takesAccess: true }
    const [admitted, found] = await database.read([
      admission(request, need),
      resourceSql(request, type, sql`r.id = ${id}`, { kind: 'only', paths: [] }),
    ])
    admit(admitted, request, need)
    const { document, version } = firstResource(found)
    if (request.precondition !== undefined && !isMet(request.precondition, version))
      throw preconditionFailed()
    try {
      return await changeResource(database, request, type, id, { ...work(document), version }, selection)
    } catch (error) {
      if (!isStale(error)) throw error
      await pause(tries)
    }
  }
  throw alwaysNewer()
}

/** A change that could not be worked out from the newest version in so many tries: 503. */
export function alwaysNewer(): ScimError {
  return new ScimError(
    503,
    undefined,
    'Others keep changing this resource. Send the request again in a moment.',
    {
      'retry-after': '1',
    },
    'contended',
  )
}
