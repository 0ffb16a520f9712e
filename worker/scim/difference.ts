import { isJsonObject, isList, type Json, type JsonObject } from './json.ts'
import { findExtension } from './resourceTypes.ts'
import type { ResourceType } from './schema.ts'

/** An attribute with what it was and what it is, undefined for no value. The path names it as RFC 7644 §3.10 does. */
export type Difference = {
  readonly path: string
  readonly before: Json | undefined
  readonly after: Json | undefined
}

/**
 * Takes a kind of resource and two documents of it; gives the attributes that differ. Of a complex attribute with one
 * value these are its sub-attributes, one with several values is a whole. The order of names means nothing.
 */
export function differences(
  type: ResourceType,
  before: JsonObject,
  after: JsonObject,
): readonly Difference[] {
  return within(before, after, '', (name) => (findExtension(type, name) === undefined ? '.' : ':'))
}

function within(
  before: JsonObject,
  after: JsonObject,
  prefix: string,
  joint: (name: string) => string,
): readonly Difference[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names].flatMap((name) => {
    const [one, other] = [before[name], after[name]]
    const path = `${prefix}${name}`
    const inner = [one ?? {}, other ?? {}] as const
    if (isJsonObject(inner[0]) && isJsonObject(inner[1])) {
      return within(inner[0], inner[1], `${path}${joint(name)}`, () => '.')
    }
    return isSame(one, other) ? [] : [{ path, before: one, after: other }]
  })
}

function isSame(one: Json | undefined, other: Json | undefined): boolean {
  if (isList(one) && isList(other)) {
    return one.length === other.length && one.every((element, index) => isSame(element, other[index]))
  }
  if (!isJsonObject(one) || !isJsonObject(other)) return one === other
  const names = Object.keys(one)
  return names.length === Object.keys(other).length && names.every((name) => isSame(one[name], other[name]))
}
