import { findAttributeRef, type AttributeRef } from './attributeRef.ts'
import {
  invalidFilter,
  type AttrPath,
  type Comparison,
  type ElementFilter,
  type Filter,
  type Literal,
  type Operator,
} from './filter.ts'
import { readingOf, tolerate, type Reading } from './reading.ts'
import { findAttribute, type Attribute, type AttributeType, type ResourceType } from './schema.ts'
import { isDateTime } from './value.ts'

/** A filter over the attributes of a kind of resource; `undefined` is an attribute this kind does not have. */
export type ResolvedFilter = Filter<AttributeRef | undefined, Attribute>

const ORDERED = ['eq', 'ne', 'gt', 'ge', 'lt', 'le'] as const
const TEXTUAL = ['eq', 'ne', 'co', 'sw', 'ew'] as const

/** Which operators an attribute of each type takes (RFC 7644 §3.4.2.2: no order for boolean and binary). */
const operatorsOf: Readonly<Record<Exclude<AttributeType, 'complex'>, readonly Operator[]>> = {
  string: [...ORDERED, 'co', 'sw', 'ew'],
  reference: [...ORDERED, 'co', 'sw', 'ew'],
  binary: TEXTUAL,
  boolean: ['eq', 'ne'],
  integer: ORDERED,
  decimal: ORDERED,
  dateTime: ORDERED,
}

/**
 * Takes the kinds of resource that are searched, a filter as written and how to read; gives it resolved for each. A name that one
 * kind has and another has not counts there as having no value (RFC 7644 §3.4.2.1). Throws 400 invalidFilter for a name
 * that none has: an empty list would make the provider create people twice.
 */
export function resolveFilters(
  types: readonly ResourceType[],
  filter: Filter<AttrPath>,
  reading: Reading = readingOf('tolerant'),
): readonly ResolvedFilter[] {
  const known = (name: string) => {
    if (types.some((type) => findAttributeRef(type, name) !== undefined)) return
    throw invalidFilter(`a ${types.map(({ name: kind }) => kind).join(' or ')} has no attribute ${name}`)
  }
  return types.map((type) =>
    resolve(
      filter,
      (name) => {
        known(name)
        return findAttributeRef(type, name)
      },
      reading,
    ),
  )
}

function resolve(
  filter: Filter<AttrPath>,
  find: (name: string) => AttributeRef | undefined,
  reading: Reading,
): ResolvedFilter {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return {
        kind: filter.kind,
        left: resolve(filter.left, find, reading),
        right: resolve(filter.right, find, reading),
      }
    case 'not':
      return { kind: 'not', inner: resolve(filter.inner, find, reading) }
    case 'present':
      return { kind: 'present', attr: comparable(find(filter.attr.text), filter.attr.text) }
    case 'compare':
      return compare(filter, comparable(find(filter.attr.text), filter.attr.text), reading)
    case 'element': {
      const attr = comparable(find(filter.attr.text), filter.attr.text)
      if (attr === undefined) return { kind: 'present', attr }
      if (attr.attribute.type !== 'complex' || attr.sub !== undefined) {
        throw invalidFilter(`expected an attribute with sub-attributes before "[", not ${filter.attr.text}`)
      }
      return { kind: 'element', attr, filter: inner(attr.attribute, filter.filter, reading) }
    }
  }
}

const inner = (attribute: Attribute, filter: ElementFilter<AttrPath>, reading: Reading) =>
  resolveElementFilter(filter, (name) => subAttribute(attribute, name), reading)

function comparable(ref: AttributeRef | undefined, name: string): AttributeRef | undefined {
  if (ref !== undefined) checkComparable(ref.attribute, name)
  if (ref?.sub !== undefined) checkComparable(ref.sub, name)
  return ref
}

/**
 * Takes an attribute and how the client wrote it; gives it back. A password is compared with nothing: the answers would
 * tell it letter by letter (RFC 7643 §7, "never"). Throws 400 invalidFilter.
 */
export function checkComparable(attribute: Attribute, name: string): Attribute {
  if (attribute.returned === 'never') throw invalidFilter(`${name} cannot be compared`)
  return attribute
}

function compare(
  { operator, value }: Comparison<AttrPath> & { readonly kind: 'compare' },
  attr: AttributeRef | undefined,
  reading: Reading,
): ResolvedFilter {
  if (value === null) return presence(operator, { kind: 'present', attr })
  if (attr === undefined) return { kind: 'compare', attr, operator, value }
  const leaf = attr.sub ?? attr.attribute
  if (leaf.type !== 'complex')
    return { kind: 'compare', attr, operator, value: literalOf(leaf, operator, value, reading) }
  // RFC 7643 §2.4: "value" is what such an attribute is about; RFC 7644 shows `emails co "example.com"`.
  const about = findAttribute(leaf.subAttributes ?? [], 'value')
  if (about === undefined) throw invalidFilter(`expected a sub-attribute of ${leaf.name} to compare`)
  checkComparable(about, `${leaf.name}.${about.name}`)
  return {
    kind: 'compare',
    attr: { ...attr, sub: about },
    operator,
    value: literalOf(about, operator, value, reading),
  }
}

/** Nothing to compare with: eq null says that there is no value, ne null that there is one (RFC 7643 §2.5). */
function presence<Present>(
  operator: Operator,
  present: Present,
): Present | { readonly kind: 'not'; readonly inner: Present } {
  if (operator === 'eq') return { kind: 'not', inner: present }
  if (operator === 'ne') return present
  throw invalidFilter(`expected a value other than null behind ${operator}`)
}

/**
 * Takes a filter over sub-attributes as written, what finds a sub-attribute by its name or throws, and how to read;
 * gives it resolved. A number stands for its text, as it does in a document. Throws 400 invalidFilter where types do not fit, and for
 * what is never returned.
 */
export function resolveElementFilter(
  filter: ElementFilter<AttrPath>,
  find: (name: string) => Attribute,
  reading: Reading = readingOf('tolerant'),
): ElementFilter<Attribute> {
  switch (filter.kind) {
    case 'and':
    case 'or': {
      const { kind, left, right } = filter
      const of = (term: ElementFilter<AttrPath>) => resolveElementFilter(term, find, reading)
      return { kind, left: of(left), right: of(right) }
    }
    case 'not':
      return { kind: 'not', inner: resolveElementFilter(filter.inner, find, reading) }
    case 'present':
      return { kind: 'present', attr: checkComparable(find(filter.attr.text), filter.attr.text) }
    case 'compare': {
      const attr = checkComparable(find(filter.attr.text), filter.attr.text)
      const { operator, value } = filter
      if (value === null) return presence(operator, { kind: 'present', attr })
      const isNumber = typeof value === 'number' && attr.type === 'string'
      if (isNumber) {
        tolerate(reading, 'number_as_string', () =>
          invalidFilter(`${attr.name} is of type string: expected a value in double quotes, not ${value}`),
        )
      }
      return {
        kind: 'compare',
        attr,
        operator,
        value: literalOf(attr, operator, isNumber ? String(value) : value, reading),
      }
    }
  }
}

function subAttribute(attribute: Attribute, name: string): Attribute {
  const sub = findAttribute(attribute.subAttributes ?? [], name)
  if (sub !== undefined) return sub
  throw invalidFilter(`${attribute.name} has no sub-attribute ${name}`)
}

/** The value as its attribute's type has it. Throws 400 invalidFilter where type, operator and value do not go together. */
function literalOf(attribute: Attribute, operator: Operator, value: Literal, reading: Reading): Literal {
  const { name, type } = attribute
  const known: readonly Operator[] = type === 'complex' ? [] : operatorsOf[type]
  if (!known.includes(operator)) {
    throw invalidFilter(
      `${name} is of type ${type}: expected one of ${known.join(', ')}, pr, not ${operator}`,
    )
  }
  const wrong = (expected: string) => invalidFilter(`${name} is of type ${type}: expected ${expected}`)
  if (type === 'boolean') {
    // Entra writes "True".
    const word = typeof value === 'string' ? value.toLowerCase() : String(value)
    if (word !== 'true' && word !== 'false') throw wrong('true or false')
    if (typeof value === 'string')
      tolerate(reading, 'string_boolean', () => wrong('true or false without quotes'))
    return word === 'true'
  }
  if (type === 'integer' || type === 'decimal') {
    if (typeof value === 'number') return value
    throw wrong('a number without quotes')
  }
  if (typeof value !== 'string') throw wrong(`a value in double quotes, not ${value}`)
  if (type === 'dateTime' && !isDateTime(value)) throw wrong('a date and time such as "2026-11-02T15:04:05Z"')
  return value
}
