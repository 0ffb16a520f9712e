import { isObject } from '../../scim/json.ts'
import { schemas } from '../../scim/resourceTypes.ts'
import { commonAttributes, type Attribute } from '../../scim/schema.ts'

/** Names as they are to be spelled, by their lower case, each with those inside it. */
export type Names = ReadonlyMap<string, { readonly name: string; readonly inner: Names | undefined }>

/**
 * Takes names, each alone or with those inside it; gives them for `spelled`. The last of two that differ by case alone
 * counts.
 */
export function namesOf(all: readonly (string | readonly [name: string, inner: Names])[]): Names {
  const pairs = all.map((each) => (typeof each === 'string' ? ([each, undefined] as const) : each))
  return new Map(pairs.map(([name, inner]) => [name.toLowerCase(), { name, inner }]))
}

/**
 * Takes names and what a service shows; gives it with these names spelled as they are here, as RFC 7643 §2.1 has it that
 * names are matched without regard to case: whom it calls `username` is somebody all the same. Other names stay as they are.
 */
export function spelled(names: Names, shown: unknown): unknown {
  if (Array.isArray(shown)) return shown.map((each: unknown) => spelled(names, each))
  if (!isObject(shown)) return shown
  return Object.fromEntries(
    Object.entries(shown).flatMap(([name, value]): [string, unknown][] => {
      const known = names.get(name.toLowerCase())
      if (known === undefined) return [[name, value]]
      // Where both are there, the one that is spelled right is meant.
      if (name !== known.name && Object.hasOwn(shown, known.name)) return []
      return [[known.name, known.inner === undefined ? value : spelled(known.inner, value)]]
    }),
  )
}

const attributeNames = (attributes: readonly Attribute[]): Names =>
  namesOf(
    attributes.map(({ name, subAttributes }) =>
      subAttributes === undefined ? name : ([name, attributeNames(subAttributes)] as const),
    ),
  )

/** The names in people and groups: of both their schemas, and of the extensions under their URNs. */
export const resourceNames: Names = new Map([
  ...schemas.flatMap(({ id, attributes }) => [
    ...attributeNames(attributes),
    ...namesOf([[id, attributeNames(attributes)]]),
  ]),
  ...attributeNames(commonAttributes),
])
