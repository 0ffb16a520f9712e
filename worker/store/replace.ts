import { foldDocument } from '../scim/fold.ts'
import { membersChange } from '../scim/members.ts'
import type { SentResource } from '../scim/resource.ts'
import type { ResourceType } from '../scim/schema.ts'
import type { Selection } from '../scim/selection.ts'
import type { Request } from './admission.ts'
import { changeResource } from './change.ts'
import type { Database } from './database.ts'
import { replacementSql } from './documentSql.ts'
import type { Changed } from './writing.ts'

/** What a PUT that does not speak of it leaves as it is: Okta leaves out what its profile does not map. */
const KEPT = ['externalId', 'active']

/**
 * Takes a request, a kind of resource, an id, the resource as sent and what to show; gives the resource after it
 * (RFC 7644 §3.5.1). What the body leaves out is cleared, but for externalId, active and members. Throws as
 * changeResource. One trip.
 */
export function replaceResource(
  database: Database,
  request: Request,
  type: ResourceType,
  id: string,
  sent: SentResource,
  selection: Selection,
): Promise<Changed> {
  const kept = KEPT.filter((name) => !sent.named.has(name))
  const document = replacementSql(sent.document, foldDocument(type, sent.document), kept)
  const members = sent.members && membersChange([{ op: 'replace', ids: sent.members }])
  return changeResource(
    database,
    request,
    type,
    id,
    { kind: 'replace', named: sent.named, document, ...(members === undefined ? {} : { members }) },
    selection,
  )
}
