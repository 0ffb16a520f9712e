import type { Fault } from './declarationFaults.ts'
import { commonAttributes, type Attribute } from './schema.ts'

/** Names that mean the same in every resource, or that the bridge does something of its own with wherever they stand. */
const OWN: ReadonlySet<string> = new Set(
  ['userName', 'active', 'password', 'emails', 'members', 'groups']
    .concat(commonAttributes.map(({ name }) => name))
    .map((name) => name.toLowerCase()),
)

/** Names that every JavaScript object answers to: one would be found where no value is. */
const INHERITED: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype))

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
  const immutable = attributes.filter(({ mutability }) => mutability === 'immutable')
  return [
    ...says(
      at,
      immutable.length > MOST_IMMUTABLE,
      'attributes',
      `at most ${MOST_IMMUTABLE} that are immutable`,
    ),
    ...duplicates(attributes, `${at}.attributes`),
    ...attributes.flatMap((attribute, index) => {
      const where = `${at}.attributes[${index}]`
      const inside = `${where}.subAttributes`
      const { subAttributes = [] } = attribute
      return [
        ...topFaults(attribute, where),
        ...traitFaults(attribute, where, types),
        ...duplicates(subAttributes, inside),
        ...subAttributes.flatMap((sub, place) => [
          ...subFaults(sub, `${inside}[${place}]`),
          ...traitFaults(sub, `${inside}[${place}]`, types),
        ]),
      ]
    }),
  ]
}

const says = (at: string, when: boolean, trait: string, expected: string): readonly Fault[] =>
  when ? [{ at: `${at}.${trait}`, expected }] : []

function duplicates(attributes: readonly Attribute[], at: string): readonly Fault[] {
  const names = attributes.map(({ name }) => name.toLowerCase())
  return names.flatMap((name, index) =>
    says(
      `${at}[${index}]`,
      names.indexOf(name) !== index,
      'name',
      `a name that no other attribute here has, not ${name}`,
    ),
  )
}

function topFaults({ name, type, multiValued, subAttributes = [] }: Attribute, at: string): readonly Fault[] {
  const isComplex = type === 'complex'
  const lower = name.toLowerCase()
  return [
    ...says(at, OWN.has(lower), 'name', `another name than ${name}, which has a meaning of its own here`),
    ...says(
      at,
      lower === 'displayname' && (type !== 'string' || multiValued),
      'type',
      'a single string, as displayName is one everywhere',
    ),
    // One that is sent as a text is taken for its value (value.ts).
    ...says(
      at,
      lower === 'manager' && isComplex && !subAttributes.some((sub) => sub.name === 'value'),
      'subAttributes',
      'one named value, as a manager has',
    ),
    ...says(
      at,
      isComplex !== subAttributes.length > 0,
      'subAttributes',
      isComplex ? 'at least one' : `none, as the type is ${type}`,
    ),
  ]
}

/** The bridge answers for an attribute as a whole: what a part of it must be cannot be kept up through every PATCH. */
function subFaults({ required, multiValued, mutability }: Attribute, at: string): readonly Fault[] {
  return [
    ...says(at, required, 'required', 'false for a sub-attribute'),
    ...says(at, multiValued, 'multiValued', 'false for a sub-attribute'),
    ...says(
      at,
      mutability === 'immutable',
      'mutability',
      'readWrite, readOnly or writeOnly for a sub-attribute',
    ),
  ]
}

function traitFaults(attribute: Attribute, at: string, types: readonly string[]): readonly Fault[] {
  const { name, type, required, mutability, returned, caseExact, canonicalValues } = attribute
  const { referenceTypes = [] } = attribute
  const isReference = type === 'reference'
  const unknown = referenceTypes.find((word) => ![...types, 'external', 'uri'].includes(word))
  return [
    ...says(at, INHERITED.has(name), 'name', `another name than ${name}`),
    ...says(
      at,
      isReference !== referenceTypes.length > 0,
      'referenceTypes',
      isReference
        ? 'at least one: external, uri, or the name of a resource type'
        : 'none, but for a reference',
    ),
    ...says(
      at,
      isReference && unknown !== undefined,
      'referenceTypes',
      `external, uri, or the name of a resource type, not ${unknown}`,
    ),
    ...says(
      at,
      (isReference || type === 'binary') && !caseExact,
      'caseExact',
      `true or nothing: a ${type} is compared letter by letter`,
    ),
    ...says(
      at,
      canonicalValues !== undefined && type !== 'string' && !isReference,
      'canonicalValues',
      'none, but for a string or a reference',
    ),
    ...says(
      at,
      required && (mutability === 'readOnly' || mutability === 'writeOnly'),
      'required',
      `false: what is ${mutability} is kept from no client`,
    ),
    ...says(
      at,
      mutability === 'writeOnly' && returned !== 'never',
      'returned',
      'never, as the attribute is writeOnly',
    ),
  ]
}
