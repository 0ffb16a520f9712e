import { foldValue } from './fold.ts'
import { commonAttributes, type Attribute, type ResourceType, type Schema } from './schema.ts'
import { isJsonObject, type Json, type JsonObject } from './json.ts'

/**
 * One step of a change to a document: what stands at the path becomes the value, or is unassigned. Paths are names of
 * attributes: [attribute], [attribute, sub-attribute], and the same behind the URN of an extension.
 */
export type Edit = {
  readonly path: readonly string[]
  readonly attribute: Attribute
  readonly value: Json | undefined
}

/** Takes an extension or none, an attribute, a sub-attribute or none, and a value; gives the step that sets it. */
export function edit(
  extension: Schema | undefined,
  attribute: Attribute,
  sub: Attribute | undefined,
  value: Json | undefined,
): Edit {
  const path = [extension?.id, attribute.name, sub?.name].filter((name) => name !== undefined)
  return { path, attribute: sub ?? attribute, value }
}

/**
 * Takes steps in order; gives the fewest with the same end: a later step at the same path, or above it, is all that
 * counts. So a thousand operations cannot make an expression deeper than the schema is wide.
 */
export function condense(edits: readonly Edit[]): readonly Edit[] {
  const later = new Set<string>()
  const kept = edits.toReversed().filter(({ path }) => {
    const paths = path.map((_, depth) => JSON.stringify(path.slice(0, depth + 1)))
    if (paths.some((prefix) => later.has(prefix))) return false
    later.add(JSON.stringify(path))
    return true
  })
  return kept.toReversed()
}

/** Takes a document and steps; gives the document after them, without objects that have become empty. */
export function applyEdits(document: JsonObject, edits: readonly Edit[]): JsonObject {
  return edits.reduce((current, step) => setAt(current, step.path, step.value), document)
}

function setAt(object: JsonObject, path: readonly string[], value: Json | undefined): JsonObject {
  const [name, ...rest] = path
  if (name === undefined) return object
  const { [name]: before, ...others } = object
  const inner: JsonObject = isJsonObject(before) ? before : {}
  const after = rest.length === 0 ? value : setAt(inner, rest, value)
  const gone = after === undefined || (isJsonObject(after) && Object.keys(after).length === 0)
  return gone ? others : { ...others, [name]: after }
}

/** Takes a step; gives the same step on the folded document. */
export function foldEdit(step: Edit): Edit {
  return step.value === undefined ? step : { ...step, value: foldValue(step.attribute, step.value) }
}

/**
 * Takes a kind of resource and a document as it is kept; gives it without objects that are empty, and without what no
 * schema knows any more: a declaration may change under the documents that are there.
 */
export function prune(type: ResourceType, document: JsonObject): JsonObject {
  const empty = (value: Json) => isJsonObject(value) && Object.keys(value).length === 0
  const known = namesOf(type)
  const kept = (object: JsonObject, names: Names | undefined) =>
    Object.entries(object).filter(([name, value]) => names?.has(name) === true && !empty(value))
  return Object.fromEntries(
    kept(document, known)
      .map(([name, value]): [string, Json] => {
        const inner = known.get(name)
        return [
          name,
          inner !== undefined && isJsonObject(value) ? Object.fromEntries(kept(value, inner)) : value,
        ]
      })
      .filter(([, value]) => !empty(value)),
  )
}

/** The names a document may have; a URN leads to those of its extension. */
type Names = ReadonlyMap<string, Names | undefined>

function namesOf(type: ResourceType): Names {
  const known = names.get(type)
  if (known !== undefined) return known
  const leaves = (attributes: readonly Attribute[]) =>
    attributes.map(({ name }): [string, undefined] => [name, undefined])
  const made: Names = new Map<string, Names | undefined>([
    ...leaves([...type.schema.attributes, ...commonAttributes]),
    ...type.extensions.map(({ schema }): [string, Names] => [schema.id, new Map(leaves(schema.attributes))]),
  ])
  names.set(type, made)
  return made
}

/** Asked for each resource of a page. */
const names = new WeakMap<ResourceType, Names>()
