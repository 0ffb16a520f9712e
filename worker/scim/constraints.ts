import { ScimError, invalidValue } from './error.ts'
import { foldValue } from './fold.ts'
import { isJsonObject, isUnassigned, type Json, type JsonObject } from './json.ts'
import type { Attribute, ResourceType } from './schema.ts'

/** An attribute and where it stands in a document: [attribute], or [URN, attribute] in an extension. */
type Place = { readonly path: readonly string[]; readonly attribute: Attribute }

/** Takes a kind of resource; gives the paths of its immutable attributes. */
export function immutablePaths(type: ResourceType): readonly (readonly string[])[] {
  return immutablePlaces(type).map(({ path }) => path)
}

/** Takes a kind of resource and a path in its document; says whether an immutable attribute is at it, above it or below it. */
export function touchesImmutable(type: ResourceType, path: readonly string[]): boolean {
  return immutablePlaces(type).some((place) => place.path.every((name, at) => (path[at] ?? name) === name))
}

/**
 * Takes a kind of resource and an edit of a PATCH by its path and value; says whether only the document as it is can tell
 * if the edit may be made: it touches what may be set only once, or what an extension must have.
 */
export function dependsOnDocument(
  type: ResourceType,
  path: readonly string[],
  value: Json | undefined,
): boolean {
  const extension = type.extensions.find(({ schema }) => schema.id === path[0])
  const empties = extension?.required === true && value === undefined
  return (
    empties ||
    extension?.schema.attributes.some((attribute) => attribute.required) === true ||
    touchesImmutable(type, path)
  )
}

/**
 * Takes a kind of resource, its document, and the one that a PUT puts in its place; gives the new one with the immutable
 * attributes that it leaves out. Throws 400 mutability where one that has a value would get another (RFC 7644 §3.5.1).
 */
export function replaceKeeping(type: ResourceType, before: JsonObject, sent: JsonObject): JsonObject {
  const left = immutablePlaces(type).reduce((document, { path }) => {
    const had = valueAt(before, path)
    return had === undefined || valueAt(sent, path) !== undefined ? document : withValue(document, path, had)
  }, sent)
  return keepImmutable(type, before, left)
}

/** The new document with the immutable attributes as they are: what is equal but for its case stays as it was. */
function keepImmutable(type: ResourceType, before: JsonObject, after: JsonObject): JsonObject {
  return immutablePlaces(type).reduce((document, { path, attribute }) => {
    const had = valueAt(before, path)
    if (had === undefined) return document
    if (comparable(attribute, had) !== comparable(attribute, valueAt(after, path))) {
      throw new ScimError(400, 'mutability', `${path.join(':')}: has a value already, and is immutable`)
    }
    return withValue(document, path, had)
  }, after)
}

function immutablePlaces(type: ResourceType): readonly Place[] {
  const known = immutable.get(type)
  if (known !== undefined) return known
  const within = (attributes: readonly Attribute[], ...before: readonly string[]): readonly Place[] =>
    attributes
      .filter(({ mutability }) => mutability === 'immutable')
      .map((attribute) => ({ path: [...before, attribute.name], attribute }))
  const places = [
    ...within(type.schema.attributes),
    ...type.extensions.flatMap(({ schema }) => within(schema.attributes, schema.id)),
  ]
  immutable.set(type, places)
  return places
}

/** Asked with every write. */
const immutable = new WeakMap<ResourceType, readonly Place[]>()

/** Takes a document and a path of names in it; gives the value there, undefined where there is none. */
export function valueAt(document: JsonObject, path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((at, name) => (isJsonObject(at) ? at[name] : undefined), document)
}

function withValue(document: JsonObject, path: readonly string[], value: Json): JsonObject {
  const [name, ...rest] = path
  if (name === undefined) return document
  const inner = document[name]
  return {
    ...document,
    [name]: rest.length === 0 ? value : withValue(isJsonObject(inner) ? inner : {}, rest, value),
  }
}

/** The value as text, the same whatever its case, where case does not count, and the order of its names. */
function comparable(attribute: Attribute, value: Json | undefined): string {
  if (value === undefined) return ''
  return JSON.stringify(foldValue(attribute, value), (_, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([one], [other]) => (one < other ? -1 : 1)))
      : inner,
  )
}

/**
 * Takes a kind of resource and its new document. Throws 400 invalidValue where a required attribute or extension is
 * missing. What an extension requires is only looked for where the extension is there (RFC 7643 §3.3).
 */
export function checkRequired(type: ResourceType, document: JsonObject): void {
  const missing = findMissing(type, document, () => true)
  if (missing !== undefined) throw required(missing)
}

/**
 * Takes a kind of resource, its document before a PATCH and after it, and what the PATCH spoke of; gives the document
 * to keep. Throws 400 mutability where a value that may be set only once changes or one that is required goes (RFC 7644
 * §3.5.2.2), 400 invalidValue where a required one was never there.
 */
export function settle(
  type: ResourceType,
  before: JsonObject,
  after: JsonObject,
  named: ReadonlySet<string>,
): JsonObject {
  const next = keepImmutable(type, before, after)
  const missing = findMissing(type, next, (name) => named.has(name))
  if (missing === undefined) return next
  if (valueAt(before, missing) === undefined) throw required(missing)
  throw new ScimError(400, 'mutability', `${missing.join(':')}: is required and cannot be removed`)
}

function findMissing(
  type: ResourceType,
  document: JsonObject,
  isMeant: (name: string) => boolean,
): readonly string[] | undefined {
  const own = type.schema.attributes.find(
    (attribute) => isMeant(attribute.name) && lacks(document, attribute),
  )
  if (own !== undefined) return [own.name]
  for (const { schema, required: mustBeThere } of type.extensions.filter((each) => isMeant(each.schema.id))) {
    const extension = document[schema.id]
    const isThere = isJsonObject(extension) && Object.keys(extension).length > 0
    const inner = isThere ? schema.attributes.find((attribute) => lacks(extension, attribute)) : undefined
    if (inner !== undefined) return [schema.id, inner.name]
    if (mustBeThere && !isThere) return [schema.id]
  }
  return undefined
}

const lacks = (object: JsonObject, { required: mustBeThere, name }: Attribute) =>
  mustBeThere && isBlank(object[name])

/** Takes the value of a required attribute; says whether it is none: blanks are no name (RFC 7643 §4.1.1). */
export function isBlank(value: unknown): boolean {
  return isUnassigned(typeof value === 'string' ? value.trim() : value)
}

/** Takes the path of a required attribute or extension; gives 400 invalidValue: it must have a value. */
export function required(path: readonly string[]): ScimError {
  return invalidValue(path.join(':'), `a value: ${path.at(-1)} is required`)
}
