import { expect } from 'vitest'
import * as v from 'valibot'
import { custom } from '../custom.ts'
import { published, table } from '../published.ts'
import { listed, USER } from './asserts.ts'
import type { Probe } from './probe.ts'
import { done, type Row } from './row.ts'

const TYPES = ['string', 'boolean', 'decimal', 'integer', 'dateTime', 'binary', 'reference', 'complex']

/** What a definition must have (RFC 7643 §7), whatever its type. */
const traits = {
  name: v.pipe(v.string(), v.minLength(1)),
  type: v.string(),
  multiValued: v.boolean(),
  required: v.boolean(),
  caseExact: v.optional(v.boolean()),
  mutability: v.picklist(['readOnly', 'readWrite', 'immutable', 'writeOnly']),
  returned: v.picklist(['always', 'never', 'default', 'request']),
  uniqueness: v.optional(v.picklist(['none', 'server', 'global'])),
  referenceTypes: v.optional(v.array(v.string())),
}
const definition = v.object({
  ...traits,
  subAttributes: v.optional(v.array(v.object(traits))),
})
const schema = v.object({
  id: v.pipe(v.string(), v.startsWith('urn:')),
  name: v.pipe(v.string(), v.minLength(1)),
  attributes: v.array(definition),
})

/** Gives the schemas of a server. Throws where there are none, or one that is not defined as RFC 7643 §7 says. */
async function schemasOf(probe: Probe) {
  const schemas = listed(await probe.send('GET', '/Schemas')).map((shown) => v.parse(schema, shown))
  if (schemas.length === 0) throw new Error('no schemas')
  return schemas
}

/** Gives the attributes, and their sub-attributes, of a deployment that has schemas of its own. */
async function attributesOf(probe: Probe) {
  const schemas = await schemasOf(await probe.where({ custom }))
  const top = schemas.flatMap(({ attributes }) => attributes)
  return { schemas, top, all: [...top, ...top.flatMap(({ subAttributes = [] }) => subAttributes)] }
}

/** The rows about what a schema says of its attributes. */
export const schemaDefinitions: readonly Row[] = [
  done('7643-7-12', 'A schema has its URN as id, a name, and attributes.', async (probe) => {
    const { schemas } = await attributesOf(probe)
    expect(schemas).toHaveLength(6)
    for (const { attributes } of schemas) expect(attributes).not.toEqual([])
  }),
  done('7643-7-13', 'A definition says what kind of value an attribute has.', async (probe) => {
    const { all } = await attributesOf(probe)
    const texts = all.filter(({ type }) => type === 'string')
    expect(texts.length).toBeGreaterThan(50)
    const lacks = (trait: unknown) => trait === undefined
    expect(texts.filter(({ caseExact, uniqueness }) => lacks(caseExact) || lacks(uniqueness))).toEqual([])
  }),
  done('7643-7-14', 'The type of an attribute is one of the eight there are.', async (probe) => {
    const { all } = await attributesOf(probe)
    expect([...new Set(all.map(({ type }) => type))].toSorted()).toEqual(TYPES.toSorted())
  }),
  done('7643-7-15', 'A complex attribute lists its parts.', async (probe) => {
    const complex = (await attributesOf(probe)).top.filter(({ type }) => type === 'complex')
    expect(complex.length).toBeGreaterThan(10)
    expect(complex.filter(({ subAttributes = [] }) => subAttributes.length === 0)).toEqual([])
  }),
  done('7643-7-16', 'A reference says what it refers to.', async (probe) => {
    const { all } = await attributesOf(probe)
    const references = all.filter(({ type }) => type === 'reference')
    const known = ['User', 'Group', 'Device', 'external', 'uri']
    expect(references.map(({ name }) => name)).toContain('$ref')
    for (const { referenceTypes } of references) {
      expect(referenceTypes).not.toEqual([])
      expect(known).toEqual(expect.arrayContaining(referenceTypes ?? ['none']))
    }
  }),
  done(
    '7643-8.7.1-01',
    'User, Group and EnterpriseUser are those of the RFC and its errata.',
    async (probe) => {
      const schemas = await schemasOf(await probe.where({ custom: {} }))
      const shown = Object.fromEntries(schemas.map(({ id, attributes }) => [id, table(attributes)]))
      // A strict connection is not told of a password.
      const { password: _, ...others } = published[USER] ?? {}
      expect(shown).toEqual(probe.mode === 'strict' ? { ...published, [USER]: others } : published)
    },
  ),
  done('7643-3.1-17', 'The attributes of every resource are in no schema.', async (probe) => {
    const names = (await attributesOf(probe)).top.map(({ name }) => name)
    expect(names).toContain('userName')
    expect(names.filter((name) => ['schemas', 'id', 'externalId', 'meta'].includes(name))).toEqual([])
  }),
]
