import { findAttributeRef, splitUrn } from './attributeRef.ts'
import { commonAttributes, findAttribute, type ResourceType } from './schema.ts'
import { isJsonObject, isList, type Json, type JsonObject } from './json.ts'

/**
 * Which attributes of a resource an answer shows (RFC 7644 §3.9): the default ones, only those named, or the default
 * ones without those named. A path is a name, or two or three where a sub-attribute or an extension is meant.
 */
export type Selection =
  | { readonly kind: 'default' }
  | { readonly kind: 'only' | 'except'; readonly paths: readonly (readonly string[])[] }

/**
 * Takes a kind of resource and the parameters `attributes` and `excludedAttributes`; gives the selection. Names that no
 * schema has are ignored. Where both are given, `attributes` counts.
 */
export function readSelection(
  type: ResourceType,
  attributes: string | undefined,
  excludedAttributes: string | undefined,
): Selection {
  if (attributes !== undefined && attributes.trim() !== '')
    return { kind: 'only', paths: readPaths(type, attributes) }
  if (excludedAttributes === undefined || excludedAttributes.trim() === '') return { kind: 'default' }
  return { kind: 'except', paths: readPaths(type, excludedAttributes) }
}

function readPaths(type: ResourceType, names: string): readonly (readonly string[])[] {
  const paths = names.split(',').flatMap((text) => {
    const name = text.trim()
    const { extension, rest } = splitUrn(type, name)
    if (extension !== undefined && rest === '') return [[extension.id]]
    const ref = findAttributeRef(type, name)
    if (ref === undefined) return []
    const path = [ref.extension?.id, ref.attribute.name, ref.sub?.name]
    return [path.filter((part) => part !== undefined)]
  })
  // Each once: what a client writes a thousand times is not looked up a thousand times in each resource.
  return [...new Map(paths.map((path) => [path.join(' '), path])).values()]
}

/** Takes a selection and a top-level attribute that is returned by default; says whether any of it is shown. */
export function isSelected(selection: Selection, name: string): boolean {
  if (selection.kind === 'default') return true
  const mentions = selection.paths.filter((path) => path[0] === name)
  return selection.kind === 'only' ? mentions.length > 0 : !mentions.some((path) => path.length === 1)
}

/** Takes a whole representation and a selection; gives what of it is shown. Attributes returned "always" stay. */
export function select(type: ResourceType, whole: JsonObject, selection: Selection): JsonObject {
  if (selection.kind === 'default') return whole
  const always = (name: string) => {
    const attribute = findAttribute([...type.schema.attributes, ...commonAttributes], name)
    return attribute?.returned === 'always'
  }
  const entries = Object.entries(whole).map(([name, value]): [string, Json | undefined] => {
    if (always(name)) return [name, value]
    const inner = selection.paths.filter((path) => path[0] === name).map((path) => path.slice(1))
    return [name, selection.kind === 'only' ? pick(value, inner) : omit(value, inner)]
  })
  return Object.fromEntries(entries.filter((pair): pair is [string, Json] => pair[1] !== undefined))
}

/** What of a value the paths name; a path that ends here names all of it. */
function pick(value: Json, paths: readonly (readonly string[])[]): Json | undefined {
  if (paths.length === 0) return undefined
  if (paths.some((path) => path.length === 0)) return value
  return within(value, (name, inner) => pick(inner, behind(paths, name)))
}

/** What of a value the paths do not name. */
function omit(value: Json, paths: readonly (readonly string[])[]): Json | undefined {
  if (paths.length === 0) return value
  if (paths.some((path) => path.length === 0)) return undefined
  return within(value, (name, inner) => omit(inner, behind(paths, name)))
}

const behind = (paths: readonly (readonly string[])[], name: string) =>
  paths.filter((path) => path[0] === name).map((path) => path.slice(1))

function within(value: Json, each: (name: string, inner: Json) => Json | undefined): Json | undefined {
  if (isList(value)) {
    const elements = value.map((element) => within(element, each))
    const kept = elements.filter((element) => element !== undefined)
    return kept.length === 0 ? undefined : kept
  }
  if (!isJsonObject(value)) return undefined
  const entries = Object.entries(value).map(([name, inner]): [string, Json | undefined] => [
    name,
    each(name, inner),
  ])
  const kept = entries.filter((pair): pair is [string, Json] => pair[1] !== undefined)
  return kept.length === 0 ? undefined : Object.fromEntries(kept)
}
