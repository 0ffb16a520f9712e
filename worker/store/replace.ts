import { immutablePaths, replaceKeeping, touchesImmutable } from '../scim/constraints.ts'
import { foldDocument } from '../scim/fold.ts'
import type { JsonObject } from '../scim/json.ts'
import { membersChange } from '../scim/members.ts'
import { isStrictAbout } from '../scim/reading.ts'
import type { SentResource } from '../scim/resource.ts'
import type { ResourceType } from '../scim/schema.ts'
import { pathsOf, type Selection } from '../scim/selection.ts'
import type { Request } from './admission.ts'
import { changeResource, type Change } from './change.ts'
import type { Database } from './database.ts'
import { replacementSql } from './documentSql.ts'
import { workOut } from './workOut.ts'
import type { Changed } from './writing.ts'

/** What a PUT that does not speak of it leaves as it is: Okta leaves out what its profile does not map. */
const KEPT = ['externalId', 'active']

/**
 * Takes a request, a kind of resource, an id, the resource as sent and what to show; gives the resource after it
 * (RFC 7644 §3.5.1). What the body leaves out is cleared, but for externalId, active, members and what may be set only
 * once. Null for active clears it where the reading is strict. One trip, and two where the body speaks of what may be set only once. Throws as workOut.
 */
export function replaceResource(
  database: Database,
  request: Request,
  type: ResourceType,
  id: string,
  sent: SentResource,
  selection: Selection,
): Promise<Changed> {
  // RFC 7643 §2.5: null clears. Only a provider that keeps to the letter means it of active.
  const { reading } = request
  const clearsActive = sent.clearsActive && reading !== undefined && isStrictAbout(reading, 'active_kept')
  const named = clearsActive ? new Set([...sent.named, 'active']) : sent.named
  const kept = KEPT.filter((name) => !named.has(name)).map((name) => [name])
  const members = sent.members && membersChange([{ op: 'replace', ids: sent.members }])
  const becomes = (document: JsonObject, left: readonly (readonly string[])[]): Change => ({
    kind: 'replace',
    named,
    values: { document: sent.document, members: sent.members },
    displayName: document['displayName'],
    userName: document['userName'],
    active: document['active'],
    document: replacementSql(document, foldDocument(type, document), [...kept, ...left]),
    ...(members === undefined ? {} : { members }),
  })
  const paths = pathsOf(type, sent.document)
  if (!paths.some((path) => touchesImmutable(type, path))) {
    const change = becomes(sent.document, immutablePaths(type))
    return changeResource(database, request, type, id, change, selection)
  }
  const work = (before: JsonObject) => becomes(replaceKeeping(type, before, sent.document), [])
  return workOut(database, request, type, id, work, selection)
}
