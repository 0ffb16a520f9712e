import { attributeFaults } from './attributeFaults.ts'
import { builtIn } from './catalog.ts'
import { findSchema, scopeOf, type Declaration, type DeclaredType } from './declaration.ts'
import type { Schema } from './schema.ts'

/** What is wrong with a declaration: the place, and what was expected there. */
export type Fault = { readonly at: string; readonly expected: string }

/** A URN whose characters can stand before an attribute in a filter (RFC 7644 §3.4.2.2). */
const URN = /^urn:[A-Za-z0-9][A-Za-z0-9-]{1,31}:[A-Za-z0-9_:.$-]*[A-Za-z0-9_$-]$/i

/** The schemas of what SCIM itself serves (RFC 7643 §5 to §7). */
const SERVICE = ['ServiceProviderConfig', 'ResourceType', 'Schema'].map((name) =>
  `urn:ietf:params:scim:schemas:core:2.0:${name}`.toLowerCase(),
)

/** First segments that SCIM has a use for (RFC 7644 §3.2), and those of the paths the bridge answers under. */
const TAKEN = ['Me', 'Bulk', 'Schemas', 'ResourceTypes', 'ServiceProviderConfig', 'scim', 'v2']

/** Words of a scope that are no resources (worker/store/admission.ts). */
const SCOPES = ['read', 'everything']

/** Takes a declaration and the first segments of paths that are not SCIM's; gives all that is wrong with it. */
export function declarationFaults(declaration: Declaration, reserved: readonly string[]): readonly Fault[] {
  const { schemas, resourceTypes } = declaration
  const names = [...builtIn.types, ...resourceTypes].map(({ name }) => name)
  return [
    ...schemas.flatMap((schema, index) => [
      ...schemaFaults(declaration, schema, index),
      ...attributeFaults(schema.attributes, `schemas[${index}]`, names),
    ]),
    ...resourceTypes.flatMap((type, index) => typeFaults(declaration, type, index, reserved)),
  ]
}

function schemaFaults({ schemas, resourceTypes }: Declaration, { id }: Schema, index: number): Fault[] {
  const at = `schemas[${index}].id`
  const fault = (expected: string): Fault[] => [{ at, expected: `${expected}, not ${id}` }]
  const lower = id.toLowerCase()
  const others = [...builtIn.schemas, ...schemas.filter((_, place) => place !== index)]
  const earlier = [...builtIn.schemas, ...schemas.slice(0, index)]
  if (!URN.test(id)) return fault('a URN of letters, digits and : . _ $ -')
  if (findSchema(earlier, id) !== undefined || SERVICE.includes(lower))
    return fault('a URN that no other schema has')
  if (others.some((other) => lower.startsWith(`${other.id.toLowerCase()}:`)))
    return fault('a URN that does not begin with that of another schema')
  const urns = resourceTypes.flatMap(({ schema, schemaExtensions }) => [
    ...(schema === undefined ? [] : [schema]),
    ...schemaExtensions.map((each) => each.schema),
  ])
  return urns.some((urn) => urn.toLowerCase() === lower) ? [] : fault('a schema that a resource type names')
}

function typeFaults(
  declaration: Declaration,
  type: DeclaredType,
  index: number,
  reserved: readonly string[],
): Fault[] {
  const at = `resourceTypes[${index}]`
  const { resourceTypes } = declaration
  const { name, endpoint, schema, description } = type
  const faults = extensionFaults(declaration, type, at)
  const earlier = resourceTypes.slice(0, index)
  if (earlier.some((other) => same(other.name, name)))
    faults.push({ at: `${at}.name`, expected: `a name that no other resource type has, not ${name}` })
  if (builtIn.types.some((other) => other.name === name)) {
    const extra = Object.entries({ endpoint, schema, description }).find(([, value]) => value !== undefined)
    if (extra !== undefined)
      faults.push({
        at: `${at}.${extra[0]}`,
        expected: `nothing: ${name} is built in and only gets extensions`,
      })
    return faults
  }
  if (builtIn.types.some((other) => same(other.name, name)))
    faults.push({ at: `${at}.name`, expected: `a name that no other resource type has, not ${name}` })
  if (endpoint === undefined) faults.push({ at: `${at}.endpoint`, expected: 'a path such as /Devices' })
  else {
    const taken = [...builtIn.types, ...earlier].some((other) => same(other.endpoint ?? '', endpoint))
    const kept = [...TAKEN, ...reserved, ...SCOPES].some((word) => same(word, scopeOf(endpoint)))
    if (taken || kept)
      faults.push({ at: `${at}.endpoint`, expected: `a path that nothing else has, not ${endpoint}` })
  }
  if (schema === undefined) faults.push({ at: `${at}.schema`, expected: 'the id of its schema' })
  else if (findSchema(declaration.schemas, schema) === undefined)
    faults.push({ at: `${at}.schema`, expected: `the id of a schema in this file, not ${schema}` })
  return faults
}

function extensionFaults({ schemas, resourceTypes }: Declaration, type: DeclaredType, at: string): Fault[] {
  const builtInType = builtIn.types.find(({ name }) => name === type.name)
  const there = builtInType?.extensions.map((each) => each.schema.id) ?? []
  const bases = [
    ...builtIn.types.map((each) => each.schema.id),
    ...resourceTypes.map(({ schema }) => schema ?? ''),
  ]
  const urns = type.schemaExtensions.map(({ schema }) => schema)
  return urns.flatMap((urn, index) => {
    const fault = (expected: string): Fault[] => [
      { at: `${at}.schemaExtensions[${index}].schema`, expected: `${expected}, not ${urn}` },
    ]
    if (findSchema([...schemas, ...builtIn.schemas], urn) === undefined)
      return fault('the id of a schema in this file')
    if ([...there, ...urns.slice(0, index)].some((other) => same(other, urn)))
      return fault('an extension that the resource type does not have yet')
    return bases.some((base) => same(base, urn)) ? fault('a schema that is no resource type’s own') : []
  })
}

const same = (one: string, other: string) => one.toLowerCase() === other.toLowerCase()
