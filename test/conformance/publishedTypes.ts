import * as v from 'valibot'
import { at } from '../bridge.ts'
import type { Probe } from './probe.ts'

const traits = {
  name: v.string(),
  type: v.string(),
  multiValued: v.boolean(),
  mutability: v.string(),
  returned: v.string(),
  canonicalValues: v.optional(v.array(v.string())),
}
const subAttribute = v.object(traits)
const attribute = v.object({ ...traits, subAttributes: v.optional(v.array(subAttribute), []) })
const schema = v.object({ id: v.string(), attributes: v.array(attribute) })
const resourceType = v.object({
  id: v.string(),
  name: v.string(),
  endpoint: v.string(),
  schema: v.string(),
  schemaExtensions: v.array(v.object({ schema: v.string() })),
})

type SubAttribute = v.InferOutput<typeof subAttribute>
type Attribute = v.InferOutput<typeof attribute>
type Schemas = ReadonlyMap<string, readonly Attribute[]>

/** A kind of resource as /ResourceTypes shows it. */
export type PublishedType = {
  readonly id: string
  readonly name: string
  readonly endpoint: string
  readonly schema: string
  readonly extensions: readonly string[]
}

/** Gives what /ResourceTypes and /Schemas show: the kinds of resource, and the attributes of each schema by its URN. */
export async function publishedTypes(
  probe: Probe,
): Promise<{ readonly types: readonly PublishedType[]; readonly schemas: Schemas }> {
  const list = async (path: string) => at((await probe.send('GET', path)).body, 'Resources')
  const types = v.parse(v.array(resourceType), await list('/ResourceTypes'))
  const schemas = v.parse(v.array(schema), await list('/Schemas'))
  return {
    types: types.map(({ schemaExtensions, ...type }) => ({
      ...type,
      extensions: schemaExtensions.map((extension) => extension.schema),
    })),
    schemas: new Map(schemas.map(({ id, attributes }) => [id, attributes])),
  }
}

/**
 * Takes a kind of resource, all schemas, and the id of somebody who can be a member; gives a body that sets everything a
 * client may set, what is to be shown of it, and the names of everything that may be shown.
 */
export function sampleOf({ schema: core, extensions }: PublishedType, schemas: Schemas, member: string) {
  const attributes = (urn: string) => schemas.get(urn) ?? []
  const values = (urn: string, wanted: (attribute: SubAttribute) => boolean) =>
    Object.fromEntries(
      attributes(urn)
        .filter((one) => isSet(one) && wanted(one))
        .map((one) => [one.name, one.name === 'members' ? [{ value: member }] : valueOf(one)]),
    )
  const bodyOf = (wanted: (attribute: SubAttribute) => boolean) => ({
    schemas: [core, ...extensions],
    ...values(core, wanted),
    ...Object.fromEntries(extensions.map((urn) => [urn, values(urn, wanted)])),
  })
  return {
    body: bodyOf(() => true),
    expected: bodyOf(({ returned }) => returned === 'default' || returned === 'always'),
    names: [...attributes(core).map(({ name }) => name), ...extensions],
  }
}

const isSet = ({ mutability }: SubAttribute) => mutability !== 'readOnly'

function valueOf(whole: Attribute): unknown {
  const one =
    whole.type === 'complex'
      ? Object.fromEntries(whole.subAttributes.filter(isSet).map((sub) => [sub.name, simpleOf(sub)]))
      : simpleOf(whole)
  return whole.multiValued ? [one] : one
}

function simpleOf({ name, type }: SubAttribute): unknown {
  const values = new Map<string, unknown>([
    ['boolean', true],
    ['integer', 7],
    ['decimal', 1.5],
    ['dateTime', '2026-01-01T00:00:00Z'],
    ['binary', 'aGVq'],
    ['reference', `https://x.org/${name}`],
  ])
  return values.get(type) ?? `a ${name}`
}
