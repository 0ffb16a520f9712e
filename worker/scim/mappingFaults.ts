import type { AttributeRef } from './attributeRef.ts'
import { findAttribute, type Attribute, type AttributeType } from './schema.ts'
import { isWritten } from './value.ts'

/**
 * Attributes that no mapping reads or writes. Without `active` nobody could be off-boarded; the others are the bridge's
 * own or, as the password, kept nowhere (RFC 7643 §3.1, §4.1.1, §4.2).
 */
const UNTOUCHED: ReadonlySet<string> = new Set([
  'active',
  'id',
  'meta',
  'schemas',
  'groups',
  'members',
  'password',
])

/** What a rule does with an attribute: reads it, takes its value away, writes one, or writes the same for all. */
export type Use = 'read' | 'taken' | 'written' | 'constant'

/** Takes an attribute and what a rule does with it; gives what was expected in its place, undefined where it may. */
export function refFault({ extension, attribute, sub }: AttributeRef, use: Use): string | undefined {
  const leaf = sub ?? attribute
  const { name } = leaf
  if (extension === undefined && UNTOUCHED.has(attribute.name)) {
    return `an attribute that a mapping may touch, not ${attribute.name}`
  }
  if (sub !== undefined && attribute.multiValued) {
    return `all of ${attribute.name}, which has several values, and not only their ${name}`
  }
  if (!isWritten(attribute) || !isWritten(leaf))
    return `an attribute that is not ${leaf.mutability}: ${name} is`
  // RFC 7643 §7: such a value is shown to nobody, and a mapping would show it under another name.
  if ([attribute, leaf, ...(leaf.subAttributes ?? [])].some(({ returned }) => returned === 'never')) {
    return `an attribute that is returned, all of it: ${name} is not`
  }
  if (use === 'taken' && leaf.required) return `an attribute that may be missing: ${name} is required`
  if (use !== 'constant') return undefined
  const isName = extension === undefined && (attribute.required || attribute.name === 'externalId')
  return isName || leaf.uniqueness !== 'none'
    ? `an attribute that may be the same for all, not ${name}`
    : undefined
}

/** Types whose values another type takes as they are: each is written as a text, or is a number (RFC 7643 §2.3). */
const takes: Readonly<Record<AttributeType, readonly AttributeType[]>> = {
  string: ['string', 'reference', 'dateTime', 'binary'],
  boolean: ['boolean'],
  decimal: ['decimal', 'integer'],
  integer: ['integer'],
  dateTime: ['dateTime'],
  binary: ['binary'],
  reference: ['reference'],
  complex: ['complex'],
}

/** Takes an attribute and one that its value moves to; gives what was expected in place of the second, if anything. */
export function moveFault(from: Attribute, to: Attribute): string | undefined {
  if (from.multiValued !== to.multiValued) {
    return from.multiValued
      ? `a multi-valued attribute, as ${from.name} is, not ${to.name}`
      : `an attribute with one value, as ${from.name} is, not ${to.name}`
  }
  if (!takes[to.type].includes(from.type)) {
    return `an attribute that takes a ${from.type}, as ${from.name} is, not ${to.name}, a ${to.type}`
  }
  // What the target has no place for would be lost without a word.
  const lost = (from.subAttributes ?? []).filter(isWritten).find((sub) => {
    const place = findAttribute(to.subAttributes ?? [], sub.name)
    return place === undefined || !isWritten(place) || moveFault(sub, place) !== undefined
  })
  return lost === undefined
    ? undefined
    : `an attribute with a place for the ${lost.name} of ${from.name}, not ${to.name}`
}

/** Takes an attribute that a text is made of; gives what was expected in its place, undefined where it is one text. */
export function partFault({ name, type, multiValued }: Attribute): string | undefined {
  return !multiValued && takes.string.includes(type) ? undefined : `an attribute with one text, not ${name}`
}

/** Takes an attribute that a text is made for; gives what was expected in its place, undefined where it takes any text. */
export function joinFault({ name, type, multiValued }: Attribute): string | undefined {
  return !multiValued && type === 'string' ? undefined : `an attribute with one string, not ${name}`
}
