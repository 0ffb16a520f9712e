import { edit, applyEdits, type Edit } from './edit.ts'
import { applyToElements, type ElementsOperation } from './elements.ts'
import { ScimError, invalidValue } from './error.ts'
import { findAttributeRef, splitUrn, type AttributeRef } from './filter.ts'
import type { MembersOperation } from './members.ts'
import { parsePath, type Target } from './path.ts'
import { readMembers, required } from './resource.ts'
import { findAttribute, type ResourceType, type Schema } from './schema.ts'
import {
  isJsonObject,
  isList,
  isObject,
  isUnassigned,
  isWritten,
  readSingle,
  readValue,
  type Json,
  type JsonObject,
} from './value.ts'

type Op = 'add' | 'remove' | 'replace'

/**
 * A step of a PATCH, read and resolved. An `edit` says by itself what comes out, so it can become SQL; `members` are
 * changes to a set; `elements` depend on the document as it is.
 */
export type Step =
  | { readonly kind: 'edit'; readonly edit: Edit }
  | { readonly kind: 'members'; readonly operation: MembersOperation }
  | { readonly kind: 'elements'; readonly operation: ElementsOperation }

/** A PATCH, read and resolved: its steps in order, and the top-level attributes it spoke of. */
export type Patch = { readonly steps: readonly Step[]; readonly named: ReadonlySet<string> }

/** The operations of a PATCH body as sent: the envelope is right, paths and values are still to be read. */
export type SentOperation = {
  readonly op: Op
  readonly path: unknown
  readonly value: unknown
  readonly where: string
}

/**
 * Takes the body of a PATCH; gives its operations (RFC 7644 §3.5.2). `op` is taken in any case: Entra sends "Replace".
 * Throws 400 invalidSyntax where the envelope is not that of a PatchOp.
 */
export function readOperations(body: unknown): readonly SentOperation[] {
  const list = isObject(body) ? entry(body, 'operations') : undefined
  if (!Array.isArray(list) || list.length === 0) {
    throw new ScimError(400, 'invalidSyntax', 'body: expected a PatchOp with a non-empty array "Operations"')
  }
  return list.map((operation: unknown, index) => {
    const where = `Operations[${index}]`
    const word = isObject(operation) ? entry(operation, 'op') : undefined
    const op = typeof word === 'string' ? word.toLowerCase() : undefined
    if (!isObject(operation) || (op !== 'add' && op !== 'remove' && op !== 'replace')) {
      throw new ScimError(400, 'invalidSyntax', `${where}.op: expected "add", "remove" or "replace"`)
    }
    return { op, path: entry(operation, 'path'), value: entry(operation, 'value'), where }
  })
}

/**
 * Takes a kind of resource and the operations of a PATCH; gives them read and resolved. Throws 400 with invalidPath,
 * noTarget, mutability, invalidFilter or invalidValue (RFC 7644 §3.5.2, §3.12).
 */
export function readPatch(type: ResourceType, operations: readonly SentOperation[]): Patch {
  const named = new Set<string>()
  const steps = operations.flatMap((operation) =>
    operation.path === undefined || operation.path === null
      ? withoutPath(type, operation, named)
      : withPath(operation, parsePath(type, operation.path), named),
  )
  if (steps.filter(({ kind }) => kind === 'elements').length > MAX_ELEMENTS_STEPS) {
    throw new ScimError(
      413,
      undefined,
      `Operations: expected at most ${MAX_ELEMENTS_STEPS} that add to or filter a list. Send fewer at a time.`,
    )
  }
  return { steps, named }
}

/** How many steps may depend on the document as it is: each looks at every element. */
const MAX_ELEMENTS_STEPS = 500

/** Takes a document and a PATCH's steps; gives the document after them. Members are not in the document. */
export function applySteps(document: JsonObject, steps: readonly Step[]): JsonObject {
  return steps.reduce((current, step) => {
    if (step.kind === 'members') return current
    if (step.kind === 'edit') return applyEdits(current, [step.edit])
    const { path, attribute } = step.operation
    const before = path.reduce<Json | undefined>(
      (at, name) => (isJsonObject(at) ? at[name] : undefined),
      current,
    )
    const after = applyToElements(isList(before) ? before : [], step.operation)
    return applyEdits(current, [{ path, attribute, value: after.length === 0 ? undefined : after }])
  }, document)
}

/** RFC 7644 §3.5.2: without a path the value holds the attributes. What is unknown or readOnly there is ignored (Okta sends id). */
function withoutPath(
  type: ResourceType,
  { op, value, where }: SentOperation,
  named: Set<string>,
): readonly Step[] {
  if (op === 'remove') throw new ScimError(400, 'noTarget', `${where}: expected a path, which a remove needs`)
  if (!isObject(value)) throw invalidValue(`${where}.value`, 'an object with attributes, as there is no path')
  return Object.entries(value).flatMap(([name, inner]) => {
    const { extension, rest } = splitUrn(type, name)
    if (extension !== undefined && rest === '') return extensionSteps(op, extension, inner, named)
    const ref = findAttributeRef(type, name)
    return ref === undefined || !isWritten(ref.sub ?? ref.attribute) || !isWritten(ref.attribute)
      ? []
      : attributeSteps(op, ref, inner, name, named)
  })
}

function withPath(
  { op, path, value, where }: SentOperation,
  target: Target,
  named: Set<string>,
): readonly Step[] {
  if (op !== 'remove' && value === undefined)
    throw invalidValue(`${where}.value`, `a value, which ${op} needs`)
  if (target.kind === 'extension') return extensionSteps(op, target.extension, value, named)
  const { ref, filter } = target
  const attribute = ref.sub ?? ref.attribute
  if (ref.attribute.name === 'schemas' || attribute.mutability === 'writeOnly') return []
  if (attribute.mutability === 'readOnly' || ref.attribute.mutability === 'readOnly') {
    throw new ScimError(400, 'mutability', `path ${String(path)}: ${attribute.name} is readOnly`)
  }
  if (ref.attribute.name === 'members') {
    named.add('members')
    return [{ kind: 'members', operation: membersOperation(op, target, value, where) }]
  }
  if (filter === undefined) {
    if (op === 'remove' && attribute.required) {
      throw new ScimError(
        400,
        'mutability',
        `path ${String(path)}: ${attribute.name} is required and cannot be removed`,
      )
    }
    return attributeSteps(op, ref, op === 'remove' ? undefined : value, String(path), named)
  }
  named.add(ref.extension?.id ?? ref.attribute.name)
  const read = op === 'remove' || isUnassigned(value) ? undefined : readSingle(attribute, value, String(path))
  return [elements(op, ref, read, filter)]
}

function membersOperation(op: Op, target: Target, value: unknown, where: string): MembersOperation {
  const filter = target.kind === 'attribute' ? target.filter : undefined
  if (target.kind === 'attribute' && target.ref.sub !== undefined) throw memberIsWhole(where)
  if (filter === undefined) {
    // A remove that lists members removes those (Entra); one that lists none empties the group (RFC 7644 §3.5.2.2).
    if (op === 'remove' && value === undefined) return { op: 'replace', ids: [] }
    return { op, ids: readMembers(value, `${where}.value`) }
  }
  if (op !== 'remove') throw memberIsWhole(where)
  if (filter.kind !== 'compare' || filter.attr.name !== 'value' || typeof filter.value !== 'string') {
    throw new ScimError(400, 'invalidFilter', `${where}.path: expected members[value eq "id"]`)
  }
  return { op: 'remove', ids: [filter.value] }
}

/** RFC 7643 §4.2: the sub-attributes of a member are immutable. */
const memberIsWhole = (where: string) =>
  new ScimError(400, 'mutability', `${where}.path: a member is added or removed, not changed`)

function extensionSteps(op: Op, extension: Schema, value: unknown, named: Set<string>): readonly Step[] {
  named.add(extension.id)
  if (op === 'remove' || isUnassigned(value)) {
    const whole = extension.attributes.map((attribute) => edit(extension, attribute, undefined, undefined))
    return whole.map((step) => ({ kind: 'edit', edit: step }))
  }
  if (!isObject(value)) throw invalidValue(extension.id, 'an object with the attributes of the extension')
  return Object.entries(value).flatMap(([name, inner]) => {
    const attribute = findAttribute(extension.attributes, name)
    return attribute === undefined || !isWritten(attribute)
      ? []
      : attributeSteps(op, { extension, attribute }, inner, `${extension.id}:${attribute.name}`, named)
  })
}

/** The steps that give an attribute a value, or take it away where the value is unassigned. */
function attributeSteps(
  op: Op,
  ref: AttributeRef,
  value: unknown,
  where: string,
  named: Set<string>,
): readonly Step[] {
  const { extension, attribute, sub } = ref
  named.add(extension?.id ?? attribute.name)
  if (attribute.name === 'members') {
    if (sub !== undefined) throw memberIsWhole(where)
    return [{ kind: 'members', operation: { op, ids: readMembers(value, where) } }]
  }
  const single = (to: Json | undefined): Step => ({ kind: 'edit', edit: edit(extension, attribute, sub, to) })
  if (attribute.multiValued && sub !== undefined) {
    return [elements(op, ref, isUnassigned(value) ? undefined : readSingle(sub, value, where))]
  }
  if (attribute.multiValued && op === 'add') {
    return [elements(op, ref, readValue(attribute, Array.isArray(value) ? value : [value], where))]
  }
  if (isUnassigned(value)) {
    if (attribute.required) throw required(attribute)
    return [single(undefined)]
  }
  if (sub !== undefined) return [single(readValue(sub, value, where))]
  if (attribute.type !== 'complex' || attribute.multiValued)
    return [single(readValue(attribute, value, where))]
  // RFC 7644 §3.5.2.3: of a complex attribute only the sub-attributes named are changed.
  if (!isObject(value)) return [single(readValue(attribute, value, where))]
  return Object.entries(value).flatMap(([name, inner]) => {
    const part = findAttribute(attribute.subAttributes ?? [], name)
    if (part === undefined || !isWritten(part)) return []
    return [
      {
        kind: 'edit',
        edit: edit(extension, attribute, part, readValue(part, inner, `${where}.${part.name}`)),
      },
    ]
  })
}

function elements(
  op: Op,
  ref: AttributeRef,
  value: Json | undefined,
  filter?: ElementsOperation['filter'],
): Step {
  const { extension, attribute, sub } = ref
  const { path } = edit(extension, attribute, undefined, undefined)
  return {
    kind: 'elements',
    operation: {
      op,
      path,
      attribute,
      value,
      ...(filter === undefined ? {} : { filter }),
      ...(sub === undefined ? {} : { sub }),
    },
  }
}

/** RFC 7643 §2.1: names are matched in any case, those of the envelope too. */
function entry(object: { readonly [name: string]: unknown }, name: string): unknown {
  return Object.entries(object).find(([key]) => key.toLowerCase() === name)?.[1]
}
