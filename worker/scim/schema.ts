import type { JsonObject } from './json.ts'

/** The data types of RFC 7643 §2.3. */
export type AttributeType =
  'string' | 'boolean' | 'decimal' | 'integer' | 'dateTime' | 'binary' | 'reference' | 'complex'

/** One row of a schema: an attribute and its characteristics (RFC 7643 §2.2, §7). */
export type Attribute = {
  readonly name: string
  readonly type: AttributeType
  readonly description: string
  readonly multiValued: boolean
  readonly required: boolean
  readonly caseExact: boolean
  readonly mutability: 'readOnly' | 'readWrite' | 'immutable' | 'writeOnly'
  readonly returned: 'always' | 'never' | 'default' | 'request'
  readonly uniqueness: 'none' | 'server' | 'global'
  readonly canonicalValues?: readonly string[]
  readonly referenceTypes?: readonly string[]
  readonly subAttributes?: readonly Attribute[]
}

/** A schema as /Schemas shows it (RFC 7643 §7). */
export type Schema = {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly attributes: readonly Attribute[]
}

/** A kind of resource: its endpoint, its schema and its extensions (RFC 7643 §6), and what the bridge does with it. */
export type ResourceType = {
  readonly name: string
  readonly endpoint: string
  readonly description: string
  readonly schema: Schema
  readonly extensions: readonly { readonly schema: Schema; readonly required: boolean }[]
  /** Which end of a membership it shows: the members it has, or the groups it is in. */
  readonly shows: 'members' | 'groups' | 'neither'
  /** What a new one has where the client says nothing of it. */
  readonly defaults: JsonObject
  /** A person: comes back by externalId where inactive, and may be the one a token is bound to. */
  readonly isPerson: boolean
  /** Whether a PATCH that asks for no attributes is answered without a body (RFC 7644 §3.5.2). */
  readonly isPatchSilent: boolean
  /** The word in the scope of a token that allows it. */
  readonly scope: string
}

/** Takes a name, a sentence and what differs from the defaults of RFC 7643 §2.2; gives the attribute. */
export function attribute(
  name: string,
  description: string,
  traits: Partial<Omit<Attribute, 'name' | 'description'>> = {},
): Attribute {
  return {
    name,
    type: 'string',
    description,
    multiValued: false,
    required: false,
    caseExact: false,
    mutability: 'readWrite',
    returned: 'default',
    uniqueness: 'none',
    ...traits,
  }
}

/** Takes a name, a sentence and sub-attributes; gives a complex attribute. */
export function complex(
  name: string,
  description: string,
  subAttributes: readonly Attribute[],
  traits: Partial<Omit<Attribute, 'name' | 'description' | 'type' | 'subAttributes'>> = {},
): Attribute {
  return { ...attribute(name, description, traits), type: 'complex', subAttributes }
}

/**
 * Takes attributes and a name in any case; gives the attribute of that name, undefined where there is none
 * (RFC 7643 §2.1: names are matched without regard to case).
 */
export function findAttribute(attributes: readonly Attribute[], name: string): Attribute | undefined {
  const wanted = name.toLowerCase()
  return attributes.find((candidate) => candidate.name.toLowerCase() === wanted)
}

/** The attributes that every resource has beside its schema (RFC 7643 §3.1). */
export const commonAttributes: readonly Attribute[] = [
  attribute('schemas', 'The URNs of the schemas the resource uses.', {
    type: 'reference',
    multiValued: true,
    required: true,
    caseExact: true,
    returned: 'always',
    referenceTypes: ['uri'],
    mutability: 'readOnly',
  }),
  attribute('id', 'The identifier the bridge gave the resource. It never changes.', {
    caseExact: true,
    mutability: 'readOnly',
    returned: 'always',
    uniqueness: 'server',
  }),
  attribute('externalId', 'The identifier the identity provider uses for the resource.', { caseExact: true }),
  complex(
    'meta',
    'What the bridge knows about the resource.',
    [
      attribute('resourceType', 'The name of the resource type.', {
        caseExact: true,
        mutability: 'readOnly',
      }),
      attribute('created', 'When the resource was made.', { type: 'dateTime', mutability: 'readOnly' }),
      attribute('lastModified', 'When the resource last changed.', {
        type: 'dateTime',
        mutability: 'readOnly',
      }),
      attribute('location', 'The address of the resource.', {
        type: 'reference',
        caseExact: true,
        referenceTypes: ['uri'],
        mutability: 'readOnly',
      }),
      attribute('version', 'The version of the resource, as an entity tag.', {
        caseExact: true,
        mutability: 'readOnly',
      }),
    ],
    { mutability: 'readOnly' },
  ),
]
