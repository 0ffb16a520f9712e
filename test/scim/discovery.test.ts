import { describe, expect, test } from 'vitest'
import { representResourceType, representSchema, serviceProviderConfig } from '../../worker/scim/discovery.ts'
import { MAX_COUNT } from '../../worker/scim/list.ts'
import {
  findExtension,
  findTopAttribute,
  groupType,
  resourceTypes,
  schemas,
  userType,
} from '../../worker/scim/resourceTypes.ts'
import { attribute, complex } from '../../worker/scim/schema.ts'
import { ENTERPRISE, GROUP, USER } from './attributeOf.ts'

const BASE = 'https://bridge.test/scim/v2'
const CORE = 'urn:ietf:params:scim:schemas:core:2.0'

describe('the configuration of the service', () => {
  const config = serviceProviderConfig(BASE, 12_345)

  test('says what the bridge can do, and not what it cannot', () => {
    const { authenticationSchemes: _, ...rest } = config
    expect(rest).toEqual({
      schemas: [`${CORE}:ServiceProviderConfig`],
      patch: { supported: true },
      bulk: { supported: true, maxOperations: 40, maxPayloadSize: 12_345 },
      filter: { supported: true, maxResults: MAX_COUNT },
      changePassword: { supported: false },
      sort: { supported: true },
      pagination: {
        cursor: true,
        index: true,
        defaultPaginationMethod: 'index',
        defaultPageSize: 100,
        maxPageSize: 1000,
        cursorTimeout: 3600,
      },
      etag: { supported: true },
      meta: { resourceType: 'ServiceProviderConfig', location: `${BASE}/ServiceProviderConfig` },
    })
  })

  test('names how to sign in: a bearer token first, HTTP Basic beside it', () => {
    const rfc = (number: number) => `https://www.rfc-editor.org/info/rfc${number}`
    const text: unknown = expect.stringMatching(/./)
    expect(config['authenticationSchemes']).toEqual([
      { type: 'oauthbearertoken', name: text, description: text, specUri: rfc(6750), primary: true },
      { type: 'httpbasic', name: text, description: text, specUri: rfc(7617), primary: false },
    ])
  })
})

describe('a kind of resource is shown', () => {
  test('with its extensions', () => {
    expect(representResourceType(BASE, userType)).toEqual({
      schemas: [`${CORE}:ResourceType`],
      id: 'User',
      name: 'User',
      description: userType.description,
      endpoint: '/Users',
      schema: USER,
      schemaExtensions: [{ schema: ENTERPRISE, required: false }],
      meta: { resourceType: 'ResourceType', location: `${BASE}/ResourceTypes/User` },
    })
  })

  test('without any', () => {
    const shown = { id: 'Group', endpoint: '/Groups', schema: GROUP, schemaExtensions: [] }
    expect(representResourceType(BASE, groupType)).toMatchObject(shown)
  })

  test('and every schema it names is published', () => {
    const named = resourceTypes.flatMap(({ schema, extensions }) => [
      schema,
      ...extensions.map((each) => each.schema),
    ])
    const ids = schemas.map(({ id }) => id)
    expect(named.map(({ id }) => id)).toEqual(ids)
    expect(ids).toEqual([USER, ENTERPRISE, GROUP])
  })
})

describe('a schema is shown', () => {
  test('attribute by attribute, with what is set and nothing else', () => {
    const email = complex('mail', 'An address.', [
      attribute('kind', 'Its kind.', { canonicalValues: ['work'] }),
      attribute('first', 'Whether it is the first.', { type: 'boolean' }),
    ])
    const link = attribute('link', 'A link.', { type: 'reference', referenceTypes: ['external'] })
    const code = attribute('code', 'A code.', { caseExact: true, uniqueness: 'server' })
    const on = attribute('on', 'Whether it is on.', { type: 'boolean' })
    const attributes = [email, link, code, on]
    const schema = { id: 'urn:x:Mail', name: 'Mail', description: 'Mail.', attributes }
    // RFC 7643 §2.3.2, §2.3.8: neither a boolean nor a complex attribute has a case, or is unique.
    const traits = { multiValued: false, required: false, mutability: 'readWrite', returned: 'default' }
    const defaults = { ...traits, caseExact: false, uniqueness: 'none' }
    expect(representSchema(BASE, schema)).toStrictEqual({
      schemas: [`${CORE}:Schema`],
      id: 'urn:x:Mail',
      name: 'Mail',
      description: 'Mail.',
      attributes: [
        {
          ...traits,
          name: 'mail',
          type: 'complex',
          description: 'An address.',
          subAttributes: [
            {
              ...defaults,
              name: 'kind',
              type: 'string',
              description: 'Its kind.',
              canonicalValues: ['work'],
            },
            { ...traits, name: 'first', type: 'boolean', description: 'Whether it is the first.' },
          ],
        },
        {
          ...defaults,
          name: 'link',
          type: 'reference',
          description: 'A link.',
          referenceTypes: ['external'],
        },
        {
          ...defaults,
          caseExact: true,
          uniqueness: 'server',
          name: 'code',
          type: 'string',
          description: 'A code.',
        },
        { ...traits, name: 'on', type: 'boolean', description: 'Whether it is on.' },
      ],
      meta: { resourceType: 'Schema', location: `${BASE}/Schemas/urn:x:Mail` },
    })
  })

  test.each(schemas.map((schema) => [schema.name, schema] as const))(
    '%s has neither null nor a gap',
    (_, schema) => {
      const shown = representSchema(BASE, schema)
      expect(JSON.parse(JSON.stringify(shown))).toStrictEqual(shown)
      expect(JSON.stringify(shown)).not.toContain('null')
    },
  )
})

describe('a name is looked up', () => {
  test('among the attributes of a kind of resource, the common ones too', () => {
    const found = ['USERNAME', 'externalID', 'Meta', 'members'].map(
      (name) => findTopAttribute(userType, name)?.name,
    )
    expect(found).toEqual(['userName', 'externalId', 'meta', undefined])
    expect(findTopAttribute(groupType, 'MEMBERS')?.name).toBe('members')
  })

  test('among its extensions', () => {
    const found = [ENTERPRISE.toUpperCase(), USER, `${ENTERPRISE}:`].map(
      (urn) => findExtension(userType, urn)?.id,
    )
    expect(found).toEqual([ENTERPRISE, undefined, undefined])
    expect(findExtension(groupType, ENTERPRISE)).toBeUndefined()
  })
})
