import { describe, expect, test } from 'vitest'
import { RESERVED } from '../worker/catalog.ts'
import { CORE, ENTERPRISE, EXTRA, extra, faultsOf, schema, thing, typed, URN } from './declared.ts'

describe('a declared kind of resource is refused, with the place and what was expected', () => {
  test.each<[string, unknown, string]>([
    [
      'an id that is no URN',
      { schemas: [schema('Thing')], resourceTypes: [{ ...thing, schema: 'Thing' }] },
      'schemas[0].id: expected a URN of letters, digits and : . _ $ -, not Thing',
    ],
    [
      'a URN with a slash',
      { schemas: [schema('urn:example:a/b')], resourceTypes: [{ ...thing, schema: 'urn:example:a/b' }] },
      'schemas[0].id: expected a URN of letters, digits and : . _ $ -, not urn:example:a/b',
    ],
    [
      'a URN that stands twice',
      { schemas: [schema(URN), schema(URN.toUpperCase())], resourceTypes: [thing] },
      `schemas[1].id: expected a URN that no other schema has, not ${URN.toUpperCase()}`,
    ],
    [
      'a URN that is built in',
      { schemas: [schema(`${CORE}:user`)], resourceTypes: [{ ...thing, schema: `${CORE}:User` }] },
      `schemas[0].id: expected a URN that no other schema has, not ${CORE}:user`,
    ],
    [
      'a URN of the service',
      { schemas: [schema(`${CORE}:Schema`)], resourceTypes: [{ ...thing, schema: `${CORE}:Schema` }] },
      `schemas[0].id: expected a URN that no other schema has, not ${CORE}:Schema`,
    ],
    [
      'a URN that goes on from another',
      {
        schemas: [schema(URN), schema(`${URN}:more`)],
        resourceTypes: [{ ...thing, schemaExtensions: [{ schema: `${URN}:more` }] }],
      },
      `schemas[1].id: expected a URN that does not begin with that of another schema, not ${URN}:more`,
    ],
    [
      'a schema that nobody names',
      { schemas: [schema(URN)] },
      `schemas[0].id: expected a schema that a resource type names, not ${URN}`,
    ],
    ['a kind without a name', typed({ endpoint: '/Things', schema: URN }), 'resourceTypes[0].name: missing'],
    [
      'a kind whose name is no name',
      typed({ ...thing, name: 'A/B' }),
      'resourceTypes[0].name: expected a letter, then letters, digits and _ -',
    ],
    [
      'a kind without an endpoint',
      typed({ name: 'Thing', schema: URN, schemaExtensions: extra }),
      'resourceTypes[0].endpoint: expected a path such as /Devices',
    ],
    [
      'an endpoint of two segments',
      typed({ ...thing, endpoint: '/a/b' }),
      'resourceTypes[0].endpoint: expected one segment, such as /Devices',
    ],
    [
      'an endpoint without a slash',
      typed({ ...thing, endpoint: 'Things' }),
      'resourceTypes[0].endpoint: expected one segment, such as /Devices',
    ],
    [
      'a kind without a schema',
      {
        schemas: [schema(EXTRA)],
        resourceTypes: [{ name: 'Thing', endpoint: '/Things', schemaExtensions: extra }],
      },
      'resourceTypes[0].schema: expected the id of its schema',
    ],
    [
      'a schema that is missing',
      { resourceTypes: [thing] },
      `resourceTypes[0].schema: expected the id of a schema in this file, not ${URN}`,
    ],
    [
      'a schema that is built in',
      { resourceTypes: [{ ...thing, schema: `${CORE}:User` }] },
      `resourceTypes[0].schema: expected the id of a schema in this file, not ${CORE}:User`,
    ],
    [
      'an extension that is missing',
      { schemas: [schema(URN)], resourceTypes: [{ ...thing, schemaExtensions: extra }] },
      `resourceTypes[0].schemaExtensions[0].schema: expected the id of a schema in this file, not ${EXTRA}`,
    ],
    [
      'an extension that stands twice',
      typed({ ...thing, schemaExtensions: [...extra, ...extra] }),
      `resourceTypes[0].schemaExtensions[1].schema: expected an extension that the resource type does not have yet, not ${EXTRA}`,
    ],
    [
      'an extension that people have',
      { resourceTypes: [{ name: 'User', schemaExtensions: [{ schema: ENTERPRISE }] }] },
      `resourceTypes[0].schemaExtensions[0].schema: expected an extension that the resource type does not have yet, not ${ENTERPRISE}`,
    ],
    [
      'an extension that is a kind’s own schema',
      typed({ ...thing, schemaExtensions: extra }, { name: 'Other', endpoint: '/Others', schema: EXTRA }),
      `resourceTypes[0].schemaExtensions[0].schema: expected a schema that is no resource type’s own, not ${EXTRA}`,
    ],
    [
      'an extension with a misspelled word',
      typed({ ...thing, schemaExtensions: [{ schema: EXTRA, require: true }] }),
      'resourceTypes[0].schemaExtensions[0].require: not a name that is known here',
    ],
    [
      'a name that two kinds have',
      typed({ ...thing, schemaExtensions: extra }, { ...thing, name: 'THING', endpoint: '/Others' }),
      'resourceTypes[1].name: expected a name that no other resource type has, not THING',
    ],
    [
      'a built-in name in another case',
      typed({ ...thing, name: 'user', schemaExtensions: extra }),
      'resourceTypes[0].name: expected a name that no other resource type has, not user',
    ],
    [
      'an endpoint that two kinds have',
      typed({ ...thing, schemaExtensions: extra }, { ...thing, name: 'Other', endpoint: '/things' }),
      'resourceTypes[1].endpoint: expected a path that nothing else has, not /things',
    ],
    [
      'User with another endpoint',
      {
        schemas: [schema(EXTRA)],
        resourceTypes: [{ name: 'User', endpoint: '/People', schemaExtensions: extra }],
      },
      'resourceTypes[0].endpoint: expected nothing: User is built in and only gets extensions',
    ],
    [
      'Group with another schema',
      { schemas: [schema(URN)], resourceTypes: [{ name: 'Group', schema: URN }] },
      'resourceTypes[0].schema: expected nothing: Group is built in and only gets extensions',
    ],
    [
      'User described anew',
      { resourceTypes: [{ name: 'User', description: 'x' }] },
      'resourceTypes[0].description: expected nothing: User is built in and only gets extensions',
    ],
  ])('%s', (_, declared, fault) => expect(faultsOf(declared)).toEqual([fault]))

  test.each([
    'Me',
    'bulk',
    'Schemas',
    'ResourceTypes',
    'ServiceProviderConfig',
    'Users',
    'GROUPS',
    'scim',
    'v2',
    'Read',
    'Everything',
    ...RESERVED.filter((word) => /^\w+$/.test(word)),
  ])('an endpoint /%s', (word) => {
    expect(faultsOf(typed({ ...thing, endpoint: `/${word}`, schemaExtensions: extra }))).toEqual([
      `resourceTypes[0].endpoint: expected a path that nothing else has, not /${word}`,
    ])
  })

  test('.search is no endpoint by its grammar', () => {
    expect(faultsOf(typed({ ...thing, endpoint: '/.search' }))).toHaveLength(1)
  })
})
