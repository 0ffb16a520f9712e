import { isJsonObject, isUnassigned, type Json, type JsonObject } from '../scim/json.ts'
import { changesOf, sendable } from './scim/changes.ts'
import { confirm, union } from './scim/confirmed.ts'

/** An attribute that the target shows otherwise than it is wanted, by its path (RFC 7644 §3.10); undefined: no value. */
export type Differing = {
  readonly attribute: string
  readonly wanted: Json | undefined
  readonly shown: Json | undefined
}

/** What is held to be at the target, and the attributes of it that the target did not show. */
export type Held = { readonly document: JsonObject; readonly unshown: readonly string[] }

/**
 * Takes what is wanted, what was confirmed last and what a list shows, all in the terms of RFC 7643; gives what is held to be at
 * the target. What is not shown counts as it was confirmed, as in a delivery: many services do not show all they keep.
 */
export function heldOf(wanted: JsonObject, confirmed: JsonObject, shown: JsonObject): Held {
  const former = sendable(confirmed)
  const held = confirm(union(sendable(wanted), former), shown, former)
  const document = held['active'] === undefined ? held : { ...held, active: isActive(held) }
  const unshown = Object.keys(held).filter((name) => name !== 'active' && isUnassigned(shown[name]))
  return { document, unshown }
}

/** Takes what is held to be at the target and what is wanted; gives what differs, but for whether somebody is active. */
export function differing(held: JsonObject, wanted: JsonObject): readonly Differing[] {
  return changesOf(held, sendable(wanted))
    .filter(({ path }) => path[0] !== 'active')
    .map(({ path: [top = '', sub], value }) => {
      const outer = held[top]
      if (sub === undefined) return { attribute: top, wanted: value, shown: outer }
      const attribute = `${top}${/^urn:/i.test(top) ? ':' : '.'}${sub}`
      return { attribute, wanted: value, shown: isJsonObject(outer) ? outer[sub] : undefined }
    })
}

/** Takes a person as a target shows them; says whether they have access: they do unless it says no (RFC 7643 §4.1.1). */
export function isActive({ active }: JsonObject): boolean {
  return active !== false && !(typeof active === 'string' && active.toLowerCase() === 'false')
}

/** Takes a document and names; gives it without those attributes. */
export function without(document: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(document).filter(([name]) => !names.includes(name)))
}
