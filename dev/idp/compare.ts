import { elements, isObject } from './answer.ts'
import type { Json } from './answer.ts'

export type Difference = { readonly path: string; readonly want: unknown; readonly got: unknown }

/** RFC 7643 section 2.5: null, an empty array and no value at all say the same. */
const isUnassigned = (value: unknown): boolean =>
  value === undefined || value === null || (Array.isArray(value) && value.length === 0)

const names = (want: Json, got: Json, extra: boolean): readonly string[] => [
  ...new Set([...Object.keys(want), ...(extra ? Object.keys(got) : [])]),
]

/** RFC 7643 section 2.4: the values of a multi-valued attribute have no order. */
const differenceOfArrays = (
  want: readonly unknown[],
  got: readonly unknown[],
  extra: boolean,
  path: string,
): Difference | undefined => {
  const left = [...got]
  for (const value of want) {
    const found = left.findIndex((other) => compare(value, other, extra, path) === undefined)
    if (found === -1) return { path, want: value, got }
    left.splice(found, 1)
  }
  return extra && left.length > 0 ? { path, want, got } : undefined
}

const compare = (want: unknown, got: unknown, extra: boolean, path: string): Difference | undefined => {
  if (isUnassigned(want) && isUnassigned(got)) return undefined
  if (!extra && isUnassigned(got)) return undefined
  if (Array.isArray(want) && Array.isArray(got)) {
    return differenceOfArrays(elements(want), elements(got), extra, path)
  }
  if (isObject(want) && isObject(got)) {
    for (const name of names(want, got, extra)) {
      const inside = compare(want[name], got[name], extra, path === '' ? name : `${path}.${name}`)
      if (inside !== undefined) return inside
    }
    return undefined
  }
  return want === got ? undefined : { path, want, got }
}

/**
 * Finds the first place where two resources say different things. The order of names and of the values of
 * a multi-valued attribute, and whether an empty attribute is written, are no difference.
 */
export const difference = (want: Json, got: Json): Difference | undefined => compare(want, got, true, '')

/**
 * Finds the first attribute that was sent and came back with another value. What was not kept at all and
 * what the server added are no difference: RFC 7644 section 3.3 lets a server do both.
 */
export const changedFrom = (sent: Json, got: Json): Difference | undefined => compare(sent, got, false, '')

/** The attributes that were sent and that the resource does not have, by name. */
export const notKept = (sent: Json, got: Json): readonly string[] =>
  Object.keys(sent).filter((name) => !isUnassigned(sent[name]) && isUnassigned(got[name]))

/** The resource without these attributes. */
export const without = (resource: Json, ...left: readonly string[]): Json =>
  Object.fromEntries(Object.entries(resource).filter(([name]) => !left.includes(name)))
