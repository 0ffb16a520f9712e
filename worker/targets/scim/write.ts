import type { JsonObject } from '../../scim/json.ts'
import type { Later } from '../target.ts'
import { readResource, type Shown } from './answers.ts'
import { bodyOf, changed, patchOf, sendable, type Change } from './changes.ts'
import { later, type Refusal } from './hear.ts'
import { pathOf, type Kind } from './kinds.ts'
import { OTHER, readOne, type Service } from './service.ts'

/** What a change came to. `shown` is the resource after it, empty where the service did not show it. */
export type Written =
  { readonly kind: 'written'; readonly shown: JsonObject } | { readonly kind: 'missing' } | Refusal | Later

/** Takes what came of a PATCH; says whether the service knows none, whatever it says of itself (RFC 7644 §3.5.2: 501). */
export function knowsNoPatch(heard: { readonly kind: string; readonly status?: number }): boolean {
  return heard.kind === 'refused' && (heard.status === 501 || heard.status === 405)
}

/**
 * Takes a service, a resource and changes; makes them: with a PATCH, or where the service knows none by reading the
 * resource, changing it and putting back the whole (RFC 7644 §3.5.1), what the bridge knows nothing of included. A group
 * is not put back: not every service shows its members, and they would be lost.
 */
export async function write(
  service: Service,
  kind: Kind,
  remote: string,
  changes: readonly Change[],
): Promise<Written> {
  if (service.learned.patch) {
    const patched = await send(service, 'PATCH', kind, remote, patchOf(changes))
    if (!kind.type.isPerson || !knowsNoPatch(patched)) return patched
  }
  const read = await readOne(service, kind, remote)
  if (read.kind !== 'shown') return read
  const { groups: _, ...whole } = changed(read.shown.document, changes)
  return putBack(service, kind, remote, read.shown, whole)
}

/**
 * Takes a service, a resource as it was read, and the document it is to have; puts it. Where the service has entity tags, only
 * if nobody has changed it since: what they changed would be as before (RFC 7644 §3.14).
 */
export async function putBack(
  service: Service,
  kind: Kind,
  remote: string,
  { schemas, version }: Shown,
  whole: JsonObject,
): Promise<Written> {
  const match = service.learned.etag ? version : undefined
  const written = await send(
    service,
    'PUT',
    kind,
    remote,
    { ...bodyOf(kind.type, whole, schemas), id: remote },
    match,
  )
  return match !== undefined && written.kind === 'refused' && written.status === 412
    ? later('somebody else changed it at the target meanwhile', false)
    : written
}

async function send(
  service: Service,
  method: 'PATCH' | 'PUT',
  kind: Kind,
  remote: string,
  body: JsonObject,
  version?: string,
): Promise<Written> {
  const heard = await service.ask(method, pathOf(kind, remote), body, version)
  // RFC 7644 §3.5: a name that somebody else has, said with a keyword or without.
  if (heard.kind === 'refused' && heard.status === 409)
    return { ...heard, never: { scimType: 'uniqueness', ...heard.never } }
  if (heard.kind !== 'ok') return heard
  const shown = readResource(heard.body)
  if (shown?.id !== undefined && shown.id !== remote) return later(OTHER, true)
  return { kind: 'written', shown: shown === undefined ? {} : sendable(shown.document) }
}
