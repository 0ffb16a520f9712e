import type { One, Target } from './target.ts'
import { deliverGroup } from './scim/group.ts'
import { kinds, type Kind } from './scim/kinds.ts'
import { readPage } from './scim/pages.ts'
import { capabilitiesOf, probe } from './scim/probe.ts'
import { openService, readOne, type Service } from './scim/service.ts'
import { deliverUser } from './scim/user.ts'
import { readLearned, type ScimSettings } from './scim/settings.ts'

/** Takes settings; gives the target that they lead to: any service that speaks SCIM 2.0 (RFC 7643, RFC 7644). */
export function scimTarget(settings: ScimSettings): Target {
  return {
    capabilities: capabilitiesOf(readLearned(settings.learned)),
    deliverUser: (step, send) => deliverUser(openService(settings, send), step),
    deliverGroup: (step, send) => deliverGroup(openService(settings, send), step),
    list: (type, page, send) => readPage(openService(settings, send), kinds[type], page),
    read: (type, remote, send) => readAccount(openService(settings, send), kinds[type], remote),
    test: (send) => probe(settings, send),
  }
}

/** Members that a list leaves out are shown to who asks for them (RFC 7643 §7: returned "request"). */
async function readAccount(service: Service, kind: Kind, remote: string): Promise<One> {
  const query = kind === kinds.Group ? '?attributes=members' : ''
  const one = await readOne(service, kind, remote, query)
  if (one.kind !== 'shown') return one
  return { kind: 'shown', account: { remote, document: one.shown.document } }
}

export type { ScimAuth, ScimSettings } from './scim/settings.ts'
