import { foldValue } from './fold.ts'
import type { Attribute, ResourceType, Schema } from './schema.ts'
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

/** Takes a kind of resource and a document as it is kept; gives it without objects that are empty. */
export function prune(type: ResourceType, document: JsonObject): JsonObject {
  const empty = (value: Json) => isJsonObject(value) && Object.keys(value).length === 0
  const extensions = new Set(type.extensions.map(({ schema }) => schema.id))
  return Object.fromEntries(
    Object.entries(document)
      .map(([name, value]): [string, Json] =>
        extensions.has(name) && isJsonObject(value)
          ? [name, Object.fromEntries(Object.entries(value).filter(([, inner]) => !empty(inner)))]
          : [name, value],
      )
      .filter(([, value]) => !empty(value)),
  )
}
