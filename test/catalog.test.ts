import { describe, expect, test } from 'vitest'
import { ConfigError, readConfig } from '../worker/config.ts'
import { newKey } from '../worker/auth/keys.ts'
import shipped from '../worker/schemas.json' with { type: 'json' }
import { custom, DEVICE, TEST_USER, WARRANTY } from './custom.ts'
import {
  catalogOf,
  CORE,
  ENTERPRISE,
  EXTRA,
  extra,
  faultsOf,
  having,
  schema,
  thing,
  typed,
  URN,
} from './declared.ts'

describe('what is shipped', () => {
  const { types, schemas } = catalogOf(shipped)

  test('is people, groups, roles and entitlements', () => {
    expect(types.map(({ name, endpoint, scope }) => [name, endpoint, scope])).toEqual([
      ['User', '/Users', 'users'],
      ['Group', '/Groups', 'groups'],
      ['Role', '/Roles', 'roles'],
      ['Entitlement', '/Entitlements', 'entitlements'],
    ])
    expect(schemas.map(({ id }) => id)).toEqual([
      `${CORE}:User`,
      ENTERPRISE,
      `${CORE}:Group`,
      'urn:okta:scim:schemas:core:1.0:Role',
      'urn:okta:scim:schemas:core:1.0:Entitlement',
    ])
  })

  test('has a description everywhere', () => {
    const all = schemas.flatMap(({ description, attributes }) => [{ description }, ...attributes])
    expect(all.filter(({ description }) => description === '')).toEqual([])
  })
})

describe('a declaration', () => {
  test('may be empty', () => {
    expect(catalogOf({}).types.map(({ name }) => name)).toEqual(['User', 'Group'])
  })

  test('has usual types at the type of every list, none where it says none', () => {
    const list = {
      name: 'keys',
      type: 'complex',
      multiValued: true,
      subAttributes: [{ name: 'value' }, { name: 'type' }],
    }
    const { schemas } = catalogOf(having(list, { ...list, name: 'key', multiValued: false }))
    const [keys, key] = schemas.find(({ id }) => id === URN)?.attributes.slice(-2) ?? []
    expect(keys?.subAttributes?.map(({ canonicalValues }) => canonicalValues)).toEqual([undefined, []])
    expect(key?.subAttributes?.map(({ canonicalValues }) => canonicalValues)).toEqual([undefined, undefined])
  })

  test('extends a built-in kind and adds one', () => {
    const { types } = catalogOf(custom)
    expect(types.map(({ name, extensions }) => [name, extensions.map((each) => each.schema.id)])).toEqual([
      ['User', [ENTERPRISE, TEST_USER]],
      ['Group', []],
      ['Device', [WARRANTY]],
    ])
    expect(types[2]).toMatchObject({
      description: 'A thing that people use.',
      schema: { id: DEVICE },
      extensions: [{ required: true }],
      shows: 'neither',
      defaults: {},
      isPerson: false,
      isPatchSilent: false,
    })
  })

  test('gives what is left out the defaults of RFC 7643', () => {
    const plain = { name: 'plain' }
    const link = { name: 'link', type: 'reference', referenceTypes: ['external'] }
    const file = { name: 'file', type: 'binary' }
    const pin = { name: 'pin', mutability: 'writeOnly' }
    const parts = { name: 'parts', type: 'complex', subAttributes: [{ name: '$ref' }] }
    const [found] = catalogOf(having(plain, link, file, pin, parts)).schemas.slice(-1)
    const defaults = {
      type: 'string',
      description: '',
      multiValued: false,
      required: false,
      caseExact: false,
      mutability: 'readWrite',
      returned: 'default',
      uniqueness: 'none',
    }
    expect(found).toEqual({
      id: URN,
      name: 'Thing',
      description: '',
      attributes: [
        { ...defaults, name: 'plain' },
        { ...defaults, ...link, caseExact: true },
        { ...defaults, ...file, caseExact: true },
        { ...defaults, ...pin, returned: 'never' },
        { ...defaults, ...parts, subAttributes: [{ ...defaults, name: '$ref' }] },
      ],
    })
  })

  test('may be pasted from the answers of another server', () => {
    const declared = {
      schemas: [
        { ...schema(URN), schemas: [`${CORE}:Schema`], meta: { resourceType: 'Schema', location: '/x' } },
      ],
      resourceTypes: [
        { ...thing, id: 'Thing', schemas: [`${CORE}:ResourceType`], meta: {}, schemaExtensions: [] },
      ],
    }
    expect(faultsOf(declared)).toEqual([])
  })

  test('may have two kinds of one schema, and two of one extension', () => {
    const other = { name: 'Other', endpoint: '/Others', schema: URN, schemaExtensions: extra }
    const { schemas } = catalogOf(typed({ ...thing, schemaExtensions: extra }, other))
    expect(schemas.slice(-2).map(({ id }) => id)).toEqual([URN, EXTRA])
  })

  test('may put the enterprise extension on another kind, with what it adds to it', () => {
    const declared = typed({ ...thing, schemaExtensions: [{ schema: ENTERPRISE }, ...extra] })
    expect(catalogOf(declared).types[2]?.extensions).toMatchObject([
      { schema: { id: ENTERPRISE }, required: false },
      { schema: { id: EXTRA } },
    ])
  })
})

describe('the settings are read with the declaration', () => {
  const env = async () => ({
    REGION: 'local',
    DEPLOYMENT: 'test',
    LIBSQL_URL: 'http://127.0.0.1:1',
    TOKEN_KEYS: JSON.stringify({ keys: [await newKey()] }),
  })

  test('and what is shipped is served where nothing else is given', async () => {
    expect(readConfig(await env()).catalog).toEqual(catalogOf(shipped))
    expect(readConfig(await env(), custom).catalog).toEqual(catalogOf(custom))
  })

  test('and its faults are told as those of a setting are', async () => {
    const given = await env()
    const read = () => readConfig(given, having({ name: 'members' }))
    expect(read).toThrow(ConfigError)
    expect(read).toThrow(
      /^The bridge is not set up: worker\/schemas\.json: schemas\[0\]\.attributes\[0\]\.name: expected /,
    )
  })

  test('and of many faults the first ten are told', async () => {
    const given = await env()
    const many = Array.from({ length: 13 }, () => ({ name: 'same' }))
    expect(() => readConfig(given, having(...many))).toThrow(/(attributes\[\d+\]\.name.*){10}; 2 more\.$/)
  })
})
