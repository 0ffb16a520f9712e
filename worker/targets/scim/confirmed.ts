import { isJsonObject, isList, isUnassigned, type Json, type JsonObject } from '../../scim/json.ts'
import { same } from './same.ts'

/**
 * Takes the attributes that matter, what a service shows, and what stands for what it does not show; gives what is held
 * to be there. Attributes that are the service's own and nobody asked for have no part in it: they would be taken away
 * again and again.
 */
export function confirm(
  matters: JsonObject,
  shown: JsonObject,
  otherwise: JsonObject,
  above = '',
): JsonObject {
  return Object.fromEntries(
    Object.entries(matters).flatMap(([name, wanted]): [string, Json][] => {
      const value = confirmValue(`${above}${name}`, wanted, shown[name], otherwise[name])
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

function confirmValue(
  path: string,
  wanted: Json,
  shown: Json | undefined,
  otherwise: Json | undefined,
): Json | undefined {
  if (shown === undefined || isUnassigned(shown)) return otherwise
  if (isJsonObject(wanted) && isJsonObject(shown)) {
    return confirm(wanted, shown, isJsonObject(otherwise) ? otherwise : {}, `${path}.`)
  }
  if (isList(wanted) && isList(shown)) return confirmList(path, wanted, shown)
  // "True" where true was sent.
  return same(path, wanted, shown) && typeof wanted === 'boolean' ? wanted : shown
}

/** Elements that are shown with less than was sent, without their type perhaps, are the ones that were sent. */
function confirmList(path: string, wanted: readonly Json[], shown: readonly Json[]): readonly Json[] {
  const left = [...shown]
  const take = (fits: (each: Json) => boolean): Json | undefined => {
    const at = left.findIndex(fits)
    return at < 0 ? undefined : left.splice(at, 1)[0]
  }
  const kept = wanted.flatMap((element): readonly Json[] => {
    if (take((each) => agrees(path, element, each)) !== undefined) return [element]
    if (!isJsonObject(element)) return []
    const other = take(
      (each) =>
        isJsonObject(each) &&
        each['value'] !== undefined &&
        same(`${path}.value`, element['value'], each['value']),
    )
    return isJsonObject(other) ? [confirm(element, other, element, `${path}.`)] : []
  })
  return [...kept, ...left]
}

/** Says whether nothing that is shown of an element speaks against it. An element has a value or is told by its parts. */
function agrees(path: string, wanted: Json, shown: Json): boolean {
  if (!isJsonObject(wanted) || !isJsonObject(shown)) return same(path, wanted, shown)
  const both = Object.keys(wanted).filter((name) => name !== 'display' && !isUnassigned(shown[name]))
  const telling =
    wanted['value'] === undefined
      ? both.some((name) => name !== 'type' && name !== 'primary')
      : both.includes('value')
  return telling && both.every((name) => same(`${path}.${name}`, wanted[name], shown[name]))
}

/** Takes documents; gives one with the names of all, lists and values of the first that has them. */
export function union(first: JsonObject, second: JsonObject): JsonObject {
  const inner = Object.entries(first).map(([name, value]): [string, Json] => {
    const other = second[name]
    return [name, isJsonObject(value) && isJsonObject(other) ? union(value, other) : value]
  })
  return { ...second, ...Object.fromEntries(inner) }
}
