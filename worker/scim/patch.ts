import { applyEdits } from './edit.ts'
import { applyToElements } from './elements.ts'
import { ScimError } from './error.ts'
import { isJsonObject, isList, isObject, type Json, type JsonObject } from './json.ts'
import { note, readingOf, tolerate, type Reading } from './reading.ts'
import type { ResourceType } from './schema.ts'
import { checkSize } from './resource.ts'
import { stepsOf, type SentOperation, type Step } from './steps.ts'

/** A PATCH, read and resolved: its steps in order, and the top-level attributes it spoke of. */
export type Patch = { readonly steps: readonly Step[]; readonly named: ReadonlySet<string> }

/** How many steps may look at every element, or member, that there is. */
const MAX_ELEMENTS_STEPS = 50

const looksAtAll = (step: Step): boolean =>
  step.kind === 'elements' || (step.kind === 'members' && 'filter' in step.operation)

/**
 * Takes the body of a PATCH; gives its operations (RFC 7644 §3.5.2). `op` is taken in any case: Entra sends "Replace".
 * Throws 400 invalidSyntax where the envelope is not that of a PatchOp.
 */
export function readOperations(
  body: unknown,
  reading: Reading = readingOf('tolerant'),
): readonly SentOperation[] {
  const list = isObject(body) ? entry(body, 'operations') : undefined
  if (!Array.isArray(list) || list.length === 0) {
    throw new ScimError(400, 'invalidSyntax', 'body: expected a PatchOp with a non-empty array "Operations"')
  }
  if (!isPatchOp(body)) {
    const wrong = () => new ScimError(400, 'invalidSyntax', `schemas: expected ["${PATCH_OP}"]`)
    tolerate(reading, 'patch_without_schema', wrong)
  }
  return list.map((operation: unknown, index) => {
    const where = `Operations[${index}]`
    const word = isObject(operation) ? entry(operation, 'op') : undefined
    const op = typeof word === 'string' ? word.toLowerCase() : undefined
    if (!isObject(operation) || (op !== 'add' && op !== 'remove' && op !== 'replace')) {
      throw new ScimError(400, 'invalidSyntax', `${where}.op: expected "add", "remove" or "replace"`)
    }
    if (op !== word) note(reading, 'op_case')
    return { op, path: entry(operation, 'path'), value: entry(operation, 'value'), where }
  })
}

const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp'

function isPatchOp(body: unknown): boolean {
  const schemas = isObject(body) ? entry(body, 'schemas') : undefined
  return (
    Array.isArray(schemas) &&
    schemas.some((urn: unknown) => typeof urn === 'string' && urn.toLowerCase() === PATCH_OP.toLowerCase())
  )
}

/** RFC 7643 §2.1: names are matched in any case, those of the envelope too. */
function entry(object: { readonly [name: string]: unknown }, name: string): unknown {
  return Object.entries(object).find(([key]) => key.toLowerCase() === name)?.[1]
}

/**
 * Takes a kind of resource and the operations of a PATCH; gives them read and resolved. Throws 400 with invalidPath,
 * noTarget, mutability, invalidFilter or invalidValue (RFC 7644 §3.5.2, §3.12), 413 for too many.
 */
export function readPatch(
  type: ResourceType,
  operations: readonly SentOperation[],
  reading: Reading = readingOf('tolerant'),
): Patch {
  const named = new Set<string>()
  const steps = operations.flatMap((operation) => stepsOf(type, operation, named, reading))
  if (steps.filter(looksAtAll).length > MAX_ELEMENTS_STEPS) {
    throw new ScimError(
      413,
      undefined,
      `Operations: expected at most ${MAX_ELEMENTS_STEPS} that add to or filter a list. Send fewer at a time.`,
    )
  }
  checkSize(
    steps.map(
      (step) =>
        (step.kind === 'edit' ? step.edit.value : step.kind === 'elements' ? step.operation.value : null) ??
        null,
    ),
  )
  return { steps, named }
}

/** Takes a PATCH; gives the paths it changes in the document. */
export function pathsOfSteps({ steps }: Patch): readonly (readonly string[])[] {
  return steps.flatMap((step) =>
    step.kind === 'members' ? [] : [step.kind === 'edit' ? step.edit.path : step.operation.path],
  )
}

/** Takes a PATCH; gives its values as JSON, as they were read: what is not kept, as a password, is not among them. */
export function valuesOf({ steps }: Patch): Json {
  return steps.map((step): Json =>
    plain(step.kind === 'edit' ? { path: step.edit.path, value: step.edit.value } : step.operation),
  )
}

/** An attribute stands for itself by its name. */
function plain(value: unknown): Json {
  if (Array.isArray(value)) return value.map(plain)
  if (!isObject(value))
    return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null
  const { name, mutability } = value
  if (typeof name === 'string' && mutability !== undefined) return name
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]))
}

/** Takes a document and a PATCH's steps; gives the document after them. Members are not in the document. */
export function applySteps(
  document: JsonObject,
  steps: readonly Step[],
  reading: Reading = readingOf('tolerant'),
): JsonObject {
  return steps.reduce((current, step) => {
    if (step.kind === 'members') return current
    if (step.kind === 'edit') return applyEdits(current, [step.edit])
    const { path, attribute } = step.operation
    const before = path.reduce<Json | undefined>(
      (at, name) => (isJsonObject(at) ? at[name] : undefined),
      current,
    )
    const after = applyToElements(isList(before) ? before : [], step.operation, reading)
    return applyEdits(current, [{ path, attribute, value: after.length === 0 ? undefined : after }])
  }, document)
}
