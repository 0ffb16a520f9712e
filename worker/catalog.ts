import * as v from 'valibot'
import type { Catalog } from './scim/catalog.ts'
import { catalogWith, type Declaration } from './scim/declaration.ts'
import { declarationFaults } from './scim/declarationFaults.ts'
import type { Attribute, AttributeType } from './scim/schema.ts'

/** First segments of paths that are not SCIM's: what stands there, or will. */
export const RESERVED = [
  'admin',
  'oauth',
  '.well-known',
  'events',
  'ping',
  'health',
  'metrics',
  'help',
] as const

const SIMPLE = ['string', 'boolean', 'decimal', 'integer', 'dateTime', 'binary', 'reference'] as const

/** RFC 7643 §2.1: ATTRNAME. */
const attributeName = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z][A-Za-z0-9$_-]*$/, 'expected a letter, then letters, digits and $ _ -'),
)

const traits = {
  description: v.optional(v.string(), ''),
  multiValued: v.optional(v.boolean(), false),
  required: v.optional(v.boolean(), false),
  caseExact: v.optional(v.boolean()),
  mutability: v.optional(v.picklist(['readOnly', 'readWrite', 'immutable', 'writeOnly']), 'readWrite'),
  returned: v.optional(v.picklist(['always', 'never', 'default', 'request'])),
  uniqueness: v.optional(v.literal('none', 'expected none: only userName is unique'), 'none'),
  canonicalValues: v.optional(v.array(v.string())),
  referenceTypes: v.optional(v.array(v.string())),
}

type Traits = v.InferOutput<v.ObjectSchema<typeof traits, undefined>> & {
  readonly name: string
  readonly type: AttributeType
}

/** What is left out has the default of RFC 7643 §2.2, or the only value that its type (§2.3) or mutability allows. */
function withDefaults({ caseExact, returned, canonicalValues, referenceTypes, ...rest }: Traits): Attribute {
  return {
    ...rest,
    caseExact: caseExact ?? (rest.type === 'reference' || rest.type === 'binary'),
    returned: returned ?? (rest.mutability === 'writeOnly' ? 'never' : 'default'),
    ...(canonicalValues === undefined ? {} : { canonicalValues }),
    ...(referenceTypes === undefined ? {} : { referenceTypes }),
  }
}

const subAttribute = v.pipe(
  v.strictObject({
    ...traits,
    name: v.union([v.literal('$ref'), attributeName], 'expected a letter, then letters, digits and $ _ -'),
    type: v.optional(v.picklist(SIMPLE), 'string'),
  }),
  v.transform((sub): Attribute => withDefaults(sub)),
)

const attribute = v.pipe(
  v.strictObject({
    ...traits,
    name: attributeName,
    type: v.optional(v.picklist([...SIMPLE, 'complex']), 'string'),
    subAttributes: v.optional(v.array(subAttribute)),
  }),
  v.transform(({ subAttributes, ...rest }): Attribute => ({
    ...withDefaults(rest),
    ...(subAttributes === undefined
      ? {}
      : { subAttributes: rest.multiValued ? subAttributes.map(withKinds) : subAttributes }),
  })),
)

/** The type of a list's elements says which types are usual, none where the declaration says none (profile, P-05). */
function withKinds(sub: Attribute): Attribute {
  return sub.name === 'type' && sub.type === 'string' ? { canonicalValues: [], ...sub } : sub
}

/** What the answers of /Schemas and /ResourceTypes say beside what they are about. */
const envelope = { schemas: v.optional(v.array(v.string())), meta: v.optional(v.unknown()) }

const schema = v.pipe(
  v.strictObject({
    ...envelope,
    id: v.string(),
    name: v.optional(v.string()),
    description: v.optional(v.string(), ''),
    attributes: v.pipe(v.array(attribute), v.minLength(1, 'expected at least one attribute')),
  }),
  v.transform(({ id, name, description, attributes }) => ({
    id,
    name: name ?? id.slice(id.lastIndexOf(':') + 1),
    description,
    attributes,
  })),
)

const resourceType = v.pipe(
  v.strictObject({
    ...envelope,
    id: v.optional(v.string()),
    name: v.pipe(
      v.string(),
      v.regex(/^[A-Za-z][A-Za-z0-9_-]*$/, 'expected a letter, then letters, digits and _ -'),
    ),
    endpoint: v.optional(
      v.pipe(v.string(), v.regex(/^\/[A-Za-z][A-Za-z0-9_-]*$/, 'expected one segment, such as /Devices')),
    ),
    description: v.optional(v.string()),
    schema: v.optional(v.string()),
    schemaExtensions: v.optional(
      v.array(v.strictObject({ schema: v.string(), required: v.optional(v.boolean(), false) })),
      [],
    ),
  }),
  v.transform(({ name, endpoint, description, schema: urn, schemaExtensions }) => ({
    name,
    endpoint,
    description,
    schema: urn,
    schemaExtensions,
  })),
)

const declaration = v.strictObject({
  schemas: v.optional(v.array(schema), []),
  resourceTypes: v.optional(v.array(resourceType), []),
})

/** What came of reading a declaration: the catalog, or all that is wrong with it. */
export type ReadCatalog =
  | { readonly kind: 'read'; readonly catalog: Catalog }
  | { readonly kind: 'faulty'; readonly faults: readonly string[] }

/** Takes the content of schemas.json; gives the catalog with it, or its faults: the place of each and what was expected. */
export function readCatalog(declared: unknown): ReadCatalog {
  const result = v.safeParse(declaration, declared)
  if (!result.success) return { kind: 'faulty', faults: result.issues.map(describe) }
  const read: Declaration = result.output
  const faults = declarationFaults(read, RESERVED).map(({ at, expected }) => `${at}: expected ${expected}`)
  return faults.length > 0 ? { kind: 'faulty', faults } : { kind: 'read', catalog: catalogWith(read) }
}

function describe(issue: v.BaseIssue<unknown>): string {
  const at = (issue.path ?? [])
    .map(({ key }) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '')
  const says = (expected: string) => `${at === '' ? 'the file' : at}: ${expected}`
  if (issue.expected === 'never') return says('not a name that is known here')
  if (issue.input === undefined) return says('missing')
  if (!issue.message.startsWith('Invalid ')) return says(issue.message)
  return says(`expected ${issue.expected ?? 'something else'}, not ${issue.received}`)
}
