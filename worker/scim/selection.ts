import { findAttributeRef, splitUrn } from './attributeRef.ts'
import { invalidValue } from './error.ts'
import { findExtension, findTopAttribute } from './resourceTypes.ts'
import type { Attribute, ResourceType, Schema } from './schema.ts'
import { isWritten } from './value.ts'
import { isJsonObject, isList, type Json, type JsonObject } from './json.ts'

/**
 * Which attributes of a resource an answer shows (RFC 7644 §3.9): the default ones, only those named, or the default
 * ones without those named. `spoken` are what a write spoke of. A path is a name, or two or three where a sub-attribute or an extension is meant.
 */
export type Selection =
  | { readonly kind: 'default'; readonly spoken?: Paths }
  | { readonly kind: 'only'; readonly paths: Paths }
  | { readonly kind: 'except'; readonly paths: Paths; readonly spoken?: Paths }

/** Names from the outside in. */
export type Paths = readonly (readonly string[])[]

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

/** How long a list of names may be, in characters: more than all names of a schema have. */
const MAX_NAMES = 20_000

function readPaths(type: ResourceType, names: string): Paths {
  if (names.length > MAX_NAMES) {
    throw invalidValue('attributes, excludedAttributes', `at most ${MAX_NAMES} characters`)
  }
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

/**
 * Takes a selection and the paths a write spoke of; gives the selection that shows these too, where they are returned
 * on request (RFC 7643 §2.2). Who names what to show is shown that.
 */
export function withSpoken(selection: Selection, spoken: Paths): Selection {
  return selection.kind === 'only' ? selection : { ...selection, spoken }
}

/** Takes a kind of resource and a document; gives the paths of its attributes. */
export function pathsOf(type: ResourceType, document: JsonObject): Paths {
  return Object.entries(document).flatMap(([name, value]) =>
    findExtension(type, name) !== undefined && isJsonObject(value)
      ? Object.keys(value).map((inner) => [name, inner])
      : [[name]],
  )
}

/** What is asked of a part of a resource, in paths from there on; `byDefault`: what nobody names is shown. */
type Ask = { readonly asked: Paths; readonly except: Paths; readonly byDefault: boolean }

/**
 * Takes a whole representation and a selection; gives what of it is shown. Attributes returned "always" stay, those
 * returned on "request" are there only where they are named, those returned "never" not at all (RFC 7643 §2.2).
 */
export function select(type: ResourceType, whole: JsonObject, selection: Selection): JsonObject {
  if (selection.kind === 'default' && !hasHidden(type)) return whole
  const ask: Ask =
    selection.kind === 'only'
      ? { asked: selection.paths, except: [], byDefault: false }
      : {
          asked: selection.spoken ?? [],
          except: selection.kind === 'except' ? selection.paths : [],
          byDefault: true,
        }
  const shown = within(whole, (name, value) => {
    const extension = findExtension(type, name)
    const inner = behind(ask, name)
    if (extension !== undefined) return showExtension(extension, value, inner)
    const attribute = findTopAttribute(type, name)
    return attribute && show(attribute, value, inner)
  })
  return isJsonObject(shown) ? shown : {}
}

const isHere = (path: readonly string[]) => path.length === 0

const behind = ({ asked, except, byDefault }: Ask, name: string): Ask => {
  const from = (paths: Paths) => paths.filter((path) => path[0] === name).map((path) => path.slice(1))
  return { asked: from(asked), except: from(except), byDefault }
}

/** An extension is no attribute: one of its own that is returned "always" is shown even where nobody names it. */
function showExtension({ attributes }: Schema, value: Json, ask: Ask): Json | undefined {
  const excluded = ask.except.some(isHere)
  const inner: Ask = {
    asked: excluded ? [] : ask.asked,
    except: ask.except,
    byDefault: !excluded && (ask.byDefault || ask.asked.some(isHere)),
  }
  return showParts(attributes, value, inner)
}

function show(attribute: Attribute, value: Json, ask: Ask): Json | undefined {
  const { returned, subAttributes = [] } = attribute
  const always = returned === 'always'
  if (returned === 'never' || (!always && ask.except.some(isHere))) return undefined
  const whole = always || ask.asked.some(isHere) || (ask.byDefault && returned !== 'request')
  if (!whole && ask.asked.length === 0) return undefined
  const except = ask.except.filter((path) => !isHere(path))
  if (whole && except.length === 0 && !subAttributes.some(isHidden)) return value
  if (!isList(value) && !isJsonObject(value)) return whole ? value : undefined
  return showParts(subAttributes, value, { ...ask, except, byDefault: whole })
}

const showParts = (attributes: readonly Attribute[], value: Json, ask: Ask): Json | undefined =>
  within(value, (name, inner) => {
    const attribute = attributes.find((candidate) => candidate.name === name)
    return attribute && show(attribute, inner, behind(ask, name))
  })

const isHidden = ({ returned }: Attribute) => returned === 'request' || returned === 'never'

/** Whether a kind of resource keeps anything that is not shown by default. Asked for each resource of a page. */
function hasHidden(type: ResourceType): boolean {
  const known = hidden.get(type)
  if (known !== undefined) return known
  const kept = [type.schema, ...type.extensions.map(({ schema }) => schema)]
    .flatMap(({ attributes }) => attributes)
    .filter(isWritten)
  const has = kept.some(
    (attribute) => isHidden(attribute) || attribute.subAttributes?.some(isHidden) === true,
  )
  hidden.set(type, has)
  return has
}

const hidden = new WeakMap<ResourceType, boolean>()

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
