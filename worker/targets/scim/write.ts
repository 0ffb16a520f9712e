import type { JsonObject } from '../../scim/json.ts'
import type { Later } from '../target.ts'
import { readResource } from './answers.ts'
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
  const { document, schemas } = read.shown
  const { groups: _, ...whole } = changed(document, changes)
  return send(service, 'PUT', kind, remote, { ...bodyOf(kind.type, whole, schemas), id: remote })
}

/** Takes a service, a method, a resource and a body; sends it. */
export async function send(
  service: Service,
  method: 'PATCH' | 'PUT',
  kind: Kind,
  remote: string,
  body: JsonObject,
): Promise<Written> {
  const heard = await service.ask(method, pathOf(kind, remote), body)
  if (heard.kind !== 'ok') return heard
  const shown = readResource(heard.body)
  if (shown?.id !== undefined && shown.id !== remote) return later(OTHER, true)
  return { kind: 'written', shown: shown === undefined ? {} : sendable(shown.document) }
}
