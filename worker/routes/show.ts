import type { AppContext } from '../context.ts'
import { isMet, isSeen, preconditionFailed, type Precondition } from '../scim/precondition.ts'
import { entityTag, locationOf, represent, type Resource } from '../scim/representation.ts'
import type { ResourceType } from '../scim/schema.ts'
import { readSelection, type Selection } from '../scim/selection.ts'
import { answer } from './answer.ts'

/** Takes a context and a kind of resource; gives what the URL asks to be shown of it. */
export function readShown(c: AppContext, type: ResourceType): Selection {
  const joined = (name: string) => c.req.queries(name)?.join(',')
  return readSelection(type, joined('attributes'), joined('excludedAttributes'))
}

/** Takes a resource and what is shown of it; gives the answer: 201 names its address in Location (RFC 7644 §3.3). */
export function show(
  c: AppContext,
  basePath: string,
  status: 200 | 201,
  type: ResourceType,
  resource: Resource,
  shown: Selection,
): Response {
  const base = `${c.get('origin')}${basePath}`
  const headers = headersOf(base, type, resource)
  const named = status === 201 ? { location: headers['content-location'], etag: headers.etag } : headers
  return answer(status, represent(type, resource, base, shown), named)
}

/**
 * Takes a resource that was read, and what had to hold; gives the answer, 304 where the client has it already (RFC 9110
 * §15.4.5). Throws 412.
 */
export function showRead(
  c: AppContext,
  basePath: string,
  type: ResourceType,
  resource: Resource,
  precondition: Precondition | undefined,
  shown: Selection,
): Response {
  const { match } = precondition ?? {}
  if (match !== undefined && !isMet({ match }, resource.version)) throw preconditionFailed()
  if (precondition === undefined || !isSeen(precondition, entityTag(type, resource))) {
    return show(c, basePath, 200, type, resource, shown)
  }
  const headers = headersOf(`${c.get('origin')}${basePath}`, type, resource)
  return new Response(null, { status: 304, headers })
}

const headersOf = (base: string, type: ResourceType, resource: Resource) => ({
  etag: entityTag(type, resource),
  'content-location': locationOf(base, type, resource.id),
})
