import type { Target } from './target.ts'
import { deliverGroup } from './scim/group.ts'
import { kinds } from './scim/kinds.ts'
import { readPage } from './scim/pages.ts'
import { capabilitiesOf, probe } from './scim/probe.ts'
import { openService } from './scim/service.ts'
import { deliverUser } from './scim/user.ts'
import { readLearned, type ScimSettings } from './scim/settings.ts'

/** Takes settings; gives the target that they lead to: any service that speaks SCIM 2.0 (RFC 7643, RFC 7644). */
export function scimTarget(settings: ScimSettings): Target {
  return {
    capabilities: capabilitiesOf(readLearned(settings.learned)),
    deliverUser: (step, send) => deliverUser(openService(settings, send), step),
    deliverGroup: (step, send) => deliverGroup(openService(settings, send), step),
    list: (type, page, send) => readPage(openService(settings, send), kinds[type], page),
    test: (send) => probe(settings, send),
  }
}

export type { ScimAuth, ScimSettings } from './scim/settings.ts'
