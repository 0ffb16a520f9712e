/** People and mappings for the tests of mappings: a kind of person with every type of attribute, and what fast-check makes of it. */
import * as fc from 'fast-check'
import type { Json, JsonObject } from '../../worker/scim/json.ts'
import { readMapping, type Mapping } from '../../worker/scim/mapping.ts'
import { readResource } from '../../worker/scim/resource.ts'
import { groupType, userType } from '../../worker/scim/resourceTypes.ts'
import {
  attribute,
  commonAttributes,
  complex,
  type Attribute,
  type AttributeType,
  type ResourceType,
} from '../../worker/scim/schema.ts'

/** The URN of an extension with attributes that no built-in schema has. */
export const EXTRA = 'urn:x:Extra'

/** A User with that extension. */
export const personType: ResourceType = {
  ...userType,
  extensions: [
    ...userType.extensions,
    {
      schema: {
        id: EXTRA,
        name: 'Extra',
        description: '',
        attributes: [
          attribute('remote', '', { type: 'boolean' }),
          attribute('floor', '', { type: 'integer' }),
          attribute('ratio', '', { type: 'decimal' }),
          attribute('since', '', { type: 'dateTime' }),
          attribute('until', '', { type: 'dateTime' }),
          attribute('skills', '', { multiValued: true }),
          attribute('tags', '', { multiValued: true, caseExact: true }),
          attribute('given', '', { mutability: 'readOnly' }),
          attribute('secret', '', { returned: 'never' }),
          attribute('badge', '', { required: true }),
          complex('desk', '', [attribute('formatted', ''), attribute('givenName', '')]),
          complex('safe', '', [attribute('value', ''), attribute('pin', '', { returned: 'never' })]),
        ],
      },
      required: false,
    },
  ],
}

/** The kinds of resources a connection brings to its target. */
export const types: readonly ResourceType[] = [personType, groupType]

/** Takes rules; gives the mapping. Throws where one has a fault. */
export function mappingOf(...rules: readonly unknown[]): Mapping {
  const read = readMapping(types, rules)
  if (read.kind === 'faults') throw new Error(read.faults.join('; '))
  return read.mapping
}

const text = fc.oneof(
  fc.constantFrom('Anna', 'Ek', 'ß', '😀', ' ', 'x y', 'a@x.test'),
  fc.constantFrom('😀'.repeat(700), `x${'😀'.repeat(700)}`),
  fc.string({ unit: 'binary', minLength: 1 }).filter((made) => made.isWellFormed() && !made.includes('\0')),
)

/** Takes an attribute; gives values that a client may send for it. */
function valueOf(one: Attribute): fc.Arbitrary<unknown> {
  const { type, multiValued, subAttributes = [] } = one
  const element: fc.Arbitrary<unknown> = type === 'complex' ? record(subAttributes) : simple[type]
  return multiValued ? fc.array(element, { maxLength: 3 }) : element
}

const simple: Readonly<Record<Exclude<AttributeType, 'complex'>, fc.Arbitrary<unknown>>> = {
  string: text,
  reference: text,
  boolean: fc.boolean(),
  integer: fc.integer(),
  decimal: fc.integer().map((whole) => whole / 8),
  dateTime: fc.constantFrom('2026-11-02T15:04:05Z', '1999-01-01T00:00:00+01:00'),
  binary: fc.constantFrom('QUJD', 'QQ=='),
}

/** Takes attributes; gives objects with some of them. */
const record = (attributes: readonly Attribute[]) =>
  fc.record(Object.fromEntries(attributes.map((each) => [each.name, valueOf(each)])), { requiredKeys: [] })

/** A text that the reader keeps short. */
const isShort = (value: unknown) => typeof value !== 'string' || value.length <= 1_024

/** Documents of people as they are kept: whatever a client may have sent, read by the schema. */
export const person: fc.Arbitrary<JsonObject> = fc
  .tuple(
    record([...personType.schema.attributes, ...commonAttributes]),
    fc.record(
      Object.fromEntries(personType.extensions.map(({ schema }) => [schema.id, record(schema.attributes)])),
      { requiredKeys: [] },
    ),
    fc.constantFrom('anna', 'bo@x.test'),
    fc.boolean(),
  )
  .map(([own, extensions, userName, active]) => {
    const extra = { ...extensions[EXTRA], badge: 'b' }
    const sent = Object.entries({ ...own, ...extensions, [EXTRA]: extra, userName, active })
    const fits = sent.filter(([name, value]) => !NAMES.has(name) || isShort(value))
    return readResource(personType, Object.fromEntries(fits)).document
  })

const NAMES = new Set(['displayName', 'externalId'])

/** Each attribute and sub-attribute of a person by its path, with the values it may have. */
const places: readonly { readonly path: string; readonly attribute: Attribute }[] = [
  ...[...personType.schema.attributes, ...commonAttributes].map((each) => ({ prefix: '', each })),
  ...personType.extensions.flatMap(({ schema }) =>
    schema.attributes.map((each) => ({ prefix: `${schema.id}:`, each })),
  ),
].flatMap(({ prefix, each }) => [
  { path: `${prefix}${each.name}`, attribute: each },
  ...(each.subAttributes ?? []).map((sub) => ({ path: `${prefix}${each.name}.${sub.name}`, attribute: sub })),
])

const place = fc.constantFrom(...places)
const path = place.map((each) => each.path)
const texts = fc.constantFrom(
  'name.givenName',
  'name.familyName',
  'NICKNAME',
  'title',
  'externalId',
  'profileUrl',
  `${EXTRA}:since`,
)

/** Rules of which most fit and some do not. */
export const rule: fc.Arbitrary<unknown> = fc.oneof(
  fc.record({ rename: fc.record({ from: path, to: path }) }),
  fc.record({
    rename: fc.record({ from: texts, to: fc.oneof(texts, fc.constantFrom('userName', 'displayName')) }),
  }),
  fc.constantFrom(
    { rename: { from: 'emails', to: 'phoneNumbers' } },
    { rename: { from: 'photos', to: 'roles' } },
    { rename: { from: `${EXTRA}:tags`, to: `${EXTRA}:skills` } },
    { rename: { from: `${EXTRA}:floor`, to: `${EXTRA}:ratio` } },
    { rename: { from: `${EXTRA}:desk`, to: 'name' } },
  ),
  place.chain((each) =>
    fc.record({
      constant: fc.record(
        {
          to: fc.constant(each.path),
          value: valueOf(each.attribute),
          when: fc.constantFrom('missing', 'always'),
        },
        { requiredKeys: ['to', 'value'] },
      ),
    }),
  ),
  fc.record({
    join: fc.record({
      to: fc.oneof(path, fc.constantFrom('userName', 'displayName', 'title')),
      from: fc.array(texts, { minLength: 2, maxLength: 10 }),
      with: fc.constantFrom('', ' ', ', '),
    }),
  }),
  path.map((drop) => ({ drop })),
)

/** Mappings without a fault: of made rules those that go with the ones before. */
export const mapping: fc.Arbitrary<Mapping> = fc.array(rule, { maxLength: 12 }).map((rules) => {
  const kept = rules.reduce<readonly unknown[]>((before, made) => {
    const more = [...before, made]
    return readMapping(types, more).kind === 'read' ? more : before
  }, [])
  return mappingOf(...kept)
})

/** Takes a document; gives its values by their paths, each as JSON with its names in order. */
export function flat(document: JsonObject): Readonly<Record<string, string>> {
  const at = (value: Json, where: string, joint: string): readonly (readonly [string, string])[] =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.entries(value).flatMap(([name, inner]) =>
          at(inner, where === '' ? name : `${where}${joint}${name}`, name.startsWith('urn:') ? ':' : '.'),
        )
      : [[where, ordered(value)]]
  return Object.fromEntries(at(document, '', ''))
}

/** Takes JSON; gives it as text, the same whatever the order of its names. */
export function ordered(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([one], [other]) => (one < other ? -1 : 1)))
      : inner,
  )
}
