import { isBlank, required } from './constraints.ts'
import { edit, type Edit } from './edit.ts'
import type { ElementsOperation } from './elements.ts'
import { ScimError, invalidValue } from './error.ts'
import { findAttributeRef, splitUrn, type AttributeRef } from './attributeRef.ts'
import { isObject, isUnassigned, type Json } from './json.ts'
import { withoutOwnAddress } from './manager.ts'
import { inAnyCase, type MembersOperation } from './members.ts'
import { parsePath, type Target } from './path.ts'
import { hasUnknownSchema, isNeverCleared, isSchemas, readMembers } from './resource.ts'
import { isStrictAbout, tolerate, type Reading } from './reading.ts'
import { findExtension } from './resourceTypes.ts'
import { findAttribute, type Attribute, type ResourceType, type Schema } from './schema.ts'
import { isWritten, readSingle, readValue, unknownAttribute } from './value.ts'

/** An operation of a PATCH body as sent: the envelope is right, path and value are still to be read. */
export type SentOperation = {
  readonly op: 'add' | 'remove' | 'replace'
  readonly path: unknown
  readonly value: unknown
  readonly where: string
}

/**
 * A step of a PATCH, read and resolved. An `edit` says by itself what comes out, so it can become SQL; `members` are
 * changes to a set; `elements` depend on the document as it is.
 */
export type Step =
  | { readonly kind: 'edit'; readonly edit: Edit }
  | { readonly kind: 'members'; readonly operation: MembersOperation }
  | { readonly kind: 'elements'; readonly operation: ElementsOperation }

/** What the steps are made from: the operation, where it stood (for errors), and the attributes spoken of so far. */
type Making = {
  readonly op: SentOperation['op']
  readonly where: string
  readonly named: Set<string>
  readonly reading: Reading
}

/**
 * Takes a kind of resource, an operation and a set; gives the operation's steps, and puts the top-level attributes it
 * speaks of into the set. Throws 400 with invalidPath, noTarget, mutability, invalidFilter or invalidValue.
 */
export function stepsOf(
  type: ResourceType,
  sent: SentOperation,
  named: Set<string>,
  reading: Reading,
): readonly Step[] {
  const { op, path, value, where } = sent
  if (path === undefined || path === null) {
    if (op === 'remove')
      throw new ScimError(400, 'noTarget', `${where}: expected a path, which a remove needs`)
    tolerate(reading, 'pathless', () => new ScimError(400, 'invalidSyntax', `${where}: expected a path`))
    const making = { op, where: `${where}.value`, named, reading }
    return objectOf(value, making).flatMap(([name, inner]) => {
      const isOwn = name.toLowerCase() === type.schema.id.toLowerCase()
      const bag = isOwn ? objectOf(inner, { ...making, where: name }) : [[name, inner] as const]
      return bag.flatMap(([key, one]) => bagSteps(type, key, one, { ...making, where: key }))
    })
  }
  const target = parsePath(type, path, reading)
  if (op !== 'remove' && value === undefined) {
    throw invalidValue(`${where}.value`, `a value, which ${op} needs`)
  }
  return targetSteps(type, target, value, { op, where: target.text, named, reading })
}

/** RFC 7644 §3.5.2: without a path the value holds the attributes, here those of the core schema under its URN too. */
function objectOf(value: unknown, { where, reading }: Making): readonly (readonly [string, unknown])[] {
  const object = parsed(value, where, reading)
  if (isObject(object)) return Object.entries(object)
  throw invalidValue(where, 'an object with attributes, as there is no path')
}

/**
 * One attribute of a pathless value. Its name may be qualified, dotted, or a path with a filter; what is unknown or
 * readOnly is passed over (Okta sends the id).
 */
function bagSteps(type: ResourceType, name: string, value: unknown, making: Making): readonly Step[] {
  if (/[.:[]/.test(name) && findExtension(type, name) === undefined) making.reading.quirks.add('dotted_key')
  if (name.includes('[')) return targetSteps(type, parsePath(type, name, making.reading), value, making)
  const { extension, rest } = splitUrn(type, name)
  if (extension !== undefined && rest === '') return extensionSteps(extension, value, making)
  const ref = findAttributeRef(type, name)
  if (ref === undefined) making.reading.quirks.add('unknown_attribute')
  if (ref !== undefined && isSchemas(ref.attribute.name)) return schemasSteps(type, value, making)
  return ref === undefined || !isWritten(ref.sub ?? ref.attribute) || !isWritten(ref.attribute)
    ? []
    : attributeSteps(ref, value, making)
}

/**
 * RFC 7643 §3: `schemas` says which schemas a resource uses, and follows its data. So what a PATCH gives for it is only
 * checked, and changes nothing.
 */
function schemasSteps(type: ResourceType, value: unknown, { op, where, reading }: Making): readonly Step[] {
  if (op === 'remove') {
    throw new ScimError(400, 'mutability', `${where}: schemas is required and cannot be removed`)
  }
  if (isUnassigned(value)) throw required(['schemas'])
  if (!Array.isArray(value) || !value.every((urn: unknown) => typeof urn === 'string')) {
    throw invalidValue(where, 'an array of URNs')
  }
  hasUnknownSchema(type, value, reading)
  return []
}

function targetSteps(type: ResourceType, target: Target, value: unknown, making: Making): readonly Step[] {
  const { op, where, named } = making
  if (target.kind === 'extension') return extensionSteps(target.extension, value, making)
  const { ref, filter } = target
  const attribute = ref.sub ?? ref.attribute
  if (isSchemas(ref.attribute.name)) return schemasSteps(type, value, making)
  if (attribute.mutability === 'writeOnly') return []
  if (attribute.mutability === 'readOnly' || ref.attribute.mutability === 'readOnly') {
    throw new ScimError(400, 'mutability', `${where}: ${attribute.name} is readOnly`)
  }
  if (ref.attribute.name === 'members') {
    named.add('members')
    return [{ kind: 'members', operation: membersOperation(target, value, making) }]
  }
  if (filter === undefined) {
    if (op === 'remove' && attribute.required) {
      throw new ScimError(400, 'mutability', `${where}: ${attribute.name} is required and cannot be removed`)
    }
    return attributeSteps(ref, op === 'remove' ? undefined : value, making)
  }
  named.add(ref.extension?.id ?? ref.attribute.name)
  if (op !== 'remove' && ref.sub === undefined) {
    const wrong = () =>
      new ScimError(400, 'invalidPath', `path ${where}: expected a sub-attribute behind "]"`)
    tolerate(making.reading, 'filter_without_sub', wrong)
  }
  const read =
    op === 'remove' || isUnassigned(value) ? undefined : readSingle(attribute, value, where, making.reading)
  return [elements(op, ref, read, filter)]
}

function membersOperation(
  { ref, filter }: Target & { readonly kind: 'attribute' },
  value: unknown,
  { op, where, reading }: Making,
): MembersOperation {
  if (ref.sub !== undefined) throw memberIsWhole(where)
  if (filter === undefined) {
    // With a list a remove means those members (Entra), with none of them nobody; without a list all (RFC 7644 §3.5.2.2).
    if (op === 'remove' && (value === undefined || value === null)) return { op: 'replace', ids: [] }
    if (op === 'remove') {
      const expected = 'none beside the path: name each member as members[value eq "id"]'
      tolerate(reading, 'members_remove_list', () => invalidValue(`${where}.value`, expected))
    }
    const ids = readMembers(value, where, reading)
    return { op, ids: op === 'remove' ? inAnyCase(ids) : ids }
  }
  if (op !== 'remove') throw memberIsWhole(where)
  const isOne = filter.kind === 'compare' && filter.operator === 'eq' && filter.attr.name === 'value'
  return isOne && typeof filter.value === 'string' ? { op, ids: inAnyCase([filter.value]) } : { op, filter }
}

/** RFC 7643 §4.2: the sub-attributes of a member are immutable. */
const memberIsWhole = (where: string) =>
  new ScimError(400, 'mutability', `${where}: a member is added or removed, not changed`)

function extensionSteps(extension: Schema, value: unknown, making: Making): readonly Step[] {
  making.named.add(extension.id)
  if (making.op === 'remove' || isUnassigned(value)) {
    const whole = extension.attributes.map((attribute) => edit(extension, attribute, undefined, undefined))
    return whole.map((step) => ({ kind: 'edit', edit: step }))
  }
  const object = parsed(value, extension.id, making.reading)
  if (!isObject(object)) throw invalidValue(extension.id, 'an object with the attributes of the extension')
  return Object.entries(object).flatMap(([name, inner]) => {
    const attribute = findAttribute(extension.attributes, name)
    const where = `${extension.id}:${attribute?.name ?? name}`
    if (attribute === undefined && !isSchemas(name))
      tolerate(making.reading, 'unknown_attribute', () => unknownAttribute(where))
    return attribute === undefined || !isWritten(attribute)
      ? []
      : attributeSteps({ extension, attribute }, inner, { ...making, where })
  })
}

/** The steps that give an attribute a value, or take it away where the value is unassigned. */
function attributeSteps(
  ref: AttributeRef,
  value: unknown,
  { op, where, named, reading }: Making,
): readonly Step[] {
  const { extension, attribute, sub } = ref
  // Nothing sent for active leaves it as it is; a provider that keeps to the letter may take it away (RFC 7643 §2.5).
  if (isUnassigned(value) && isNeverCleared(attribute) && !isStrictAbout(reading, 'active_kept')) return []
  named.add(extension?.id ?? attribute.name)
  if (attribute.name === 'members') {
    if (sub !== undefined) throw memberIsWhole(where)
    return [{ kind: 'members', operation: { op, ids: readMembers(value, where, reading) } }]
  }
  const single = (to: Json | undefined): Step => ({ kind: 'edit', edit: edit(extension, attribute, sub, to) })
  if (attribute.multiValued && sub !== undefined) {
    return [elements(op, ref, isUnassigned(value) ? undefined : readSingle(sub, value, where, reading))]
  }
  if (isBlank(value) && attribute.required)
    throw required([...(extension === undefined ? [] : [extension.id]), attribute.name])
  const reference = sub?.name === 'value' ? withoutReference(ref) : []
  // To add nothing to a list changes nothing.
  if (isUnassigned(value))
    return attribute.multiValued && op === 'add' ? [] : [single(undefined), ...reference]
  if (attribute.multiValued) {
    // A list without sub-attributes takes one value too, as one with them takes one object.
    const isOne = isObject(value) || (attribute.type !== 'complex' && !Array.isArray(value))
    if (isOne) tolerate(reading, 'lone_value', () => invalidValue(where, 'an array'))
    const list = readValue(attribute, isOne ? [value] : value, where, reading)
    return [op === 'add' ? elements(op, ref, list) : single(list)]
  }
  const part = sub ?? attribute
  const whole = part.type === 'complex' ? parsed(value, where, reading) : value
  if (part.type !== 'complex' || !isObject(whole))
    return [single(readValue(part, whole, where, reading)), ...reference]
  if (op === 'replace' && isPartOf(part, whole) && isStrictAbout(reading, 'merge_complex')) {
    return [single(readValue(part, whole, where, reading))]
  }
  // RFC 7644 §3.5.2.3: of a complex attribute only the sub-attributes named are changed.
  const told = Object.entries(withoutOwnAddress(attribute, whole, reading.addressOf))
  return told.flatMap(([name, inner]) => {
    const found = findAttribute(attribute.subAttributes ?? [], name)
    if (found === undefined) {
      tolerate(reading, 'unknown_attribute', () => unknownAttribute(`${where}.${name}`))
    }
    if (found === undefined || !isWritten(found)) return []
    const to = readValue(found, inner, `${where}.${found.name}`, reading)
    const step: Step = { kind: 'edit', edit: edit(extension, attribute, found, to) }
    const addressed = told.some(([key]) => key.toLowerCase() === '$ref')
    return found.name === 'value' && !addressed ? [step, ...withoutReference(ref)] : [step]
  })
}

/** RFC 7643 §4.3: `$ref` is the address of the very resource that `value` names, so it goes when another one is named. */
function withoutReference({ extension, attribute }: AttributeRef): readonly Step[] {
  const reference = findAttribute(attribute.subAttributes ?? [], '$ref')
  return reference === undefined
    ? []
    : [{ kind: 'edit', edit: edit(extension, attribute, reference, undefined) }]
}

/** Some providers send an object as a text that holds its JSON. */
function parsed(value: unknown, where: string, reading: Reading): unknown {
  if (typeof value !== 'string' || !/^\s*\{/.test(value)) return value
  try {
    const object: unknown = JSON.parse(value)
    tolerate(reading, 'json_text', () => invalidValue(where, 'an object, not a string'))
    return object
  } catch (error) {
    if (error instanceof ScimError) throw error
    return value
  }
}

/** Whether an object leaves out some of what a client may write of a complex attribute. */
function isPartOf({ subAttributes = [] }: Attribute, whole: { readonly [name: string]: unknown }): boolean {
  const named = new Set(Object.keys(whole).map((name) => name.toLowerCase()))
  return subAttributes.some((sub) => isWritten(sub) && !named.has(sub.name.toLowerCase()))
}

function elements(
  op: SentOperation['op'],
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
