import type { Fault } from './declarationFaults.ts'
import { commonAttributes, type Attribute } from './schema.ts'

/** Names the bridge does something of its own with, wherever they stand. */
const OWN = ['userName', 'active', 'password', 'emails', 'members', 'groups']

/** A PUT keeps the immutable attributes it leaves out, each a pair of arguments of one SQL function. */
const MOST_IMMUTABLE = 50

/**
 * Takes the attributes of a declared schema, where they stand, and the names of the resource types; gives what is wrong
 * with them: what contradicts RFC 7643 §2 and §7, and what the bridge could not do as declared.
 */
export function attributeFaults(
  attributes: readonly Attribute[],
  at: string,
  types: readonly string[],
): readonly Fault[] {
  const own = [...commonAttributes.map(({ name }) => name), ...OWN].map((name) => name.toLowerCase())
  const immutable = attributes.filter(({ mutability }) => mutability === 'immutable')
  return [
    ...(immutable.length > MOST_IMMUTABLE
      ? [{ at: `${at}.attributes`, expected: `at most ${MOST_IMMUTABLE} that are immutable` }]
      : []),
    ...duplicates(attributes, `${at}.attributes`),
    ...attributes.flatMap((attribute, index): Fault[] => {
      const where = `${at}.attributes[${index}]`
      const { name, type, multiValued, subAttributes = [] } = attribute
      const fault = (trait: string, expected: string): Fault[] => [{ at: `${where}.${trait}`, expected }]
      return [
        ...(own.includes(name.toLowerCase())
          ? fault('name', `another name than ${name}, which has a meaning of its own here`)
          : []),
        ...(name.toLowerCase() === 'displayname' && (type !== 'string' || multiValued)
          ? fault('type', 'a single string, as displayName is one everywhere')
          : []),
        ...((type === 'complex') !== subAttributes.length > 0
          ? fault('subAttributes', type === 'complex' ? 'at least one' : `none, as the type is ${type}`)
          : []),
        ...traitFaults(attribute, where, types),
        ...duplicates(subAttributes, `${where}.subAttributes`),
        ...subAttributes.flatMap((sub, place) => subFaults(sub, `${where}.subAttributes[${place}]`, types)),
      ]
    }),
  ]
}

function duplicates(attributes: readonly Attribute[], at: string): readonly Fault[] {
  const names = attributes.map(({ name }) => name.toLowerCase())
  return names.flatMap((name, index) =>
    names.indexOf(name) === index
      ? []
      : [{ at: `${at}[${index}].name`, expected: `a name that no other attribute here has, not ${name}` }],
  )
}

/** The bridge answers for an attribute as a whole: what a part of it must be cannot be kept up through every PATCH. */
function subFaults(sub: Attribute, at: string, types: readonly string[]): readonly Fault[] {
  return [
    ...(sub.required ? [{ at: `${at}.required`, expected: 'false for a sub-attribute' }] : []),
    ...(sub.multiValued ? [{ at: `${at}.multiValued`, expected: 'false for a sub-attribute' }] : []),
    ...(sub.mutability === 'immutable'
      ? [{ at: `${at}.mutability`, expected: 'readWrite, readOnly or writeOnly for a sub-attribute' }]
      : []),
    ...traitFaults(sub, at, types),
  ]
}

function traitFaults(attribute: Attribute, at: string, types: readonly string[]): readonly Fault[] {
  const { type, required, mutability, returned, caseExact, referenceTypes = [] } = attribute
  const isReference = type === 'reference'
  const unknown = referenceTypes.find((word) => ![...types, 'external', 'uri'].includes(word))
  const says = (when: boolean, trait: string, expected: string) =>
    when ? [{ at: `${at}.${trait}`, expected }] : []
  return [
    ...says(
      isReference !== referenceTypes.length > 0,
      'referenceTypes',
      isReference
        ? 'at least one: external, uri, or the name of a resource type'
        : 'none, but for a reference',
    ),
    ...says(
      isReference && unknown !== undefined,
      'referenceTypes',
      `external, uri, or the name of a resource type, not ${unknown}`,
    ),
    ...says(
      (isReference || type === 'binary') && !caseExact,
      'caseExact',
      `true or nothing: a ${type} is compared letter by letter`,
    ),
    ...says(
      attribute.canonicalValues !== undefined && type !== 'string' && !isReference,
      'canonicalValues',
      'none, but for a string or a reference',
    ),
    ...says(
      required && (mutability === 'readOnly' || mutability === 'writeOnly'),
      'required',
      `false, as what is ${mutability} is not kept from a client`,
    ),
    ...says(
      mutability === 'writeOnly' && returned !== 'never',
      'returned',
      'never, as the attribute is writeOnly',
    ),
  ]
}
