import { MAX_OPERATIONS } from './bulk.ts'
import { CURSOR_TIMEOUT, DEFAULT_COUNT, MAX_COUNT } from './list.ts'
import type { Attribute, ResourceType, Schema } from './schema.ts'
import type { JsonObject } from './json.ts'

const CORE = 'urn:ietf:params:scim:schemas:core:2.0'

/**
 * Takes the base URL, the largest body taken, in bytes, and how the connection that asks is held, undefined where nobody
 * said who asks; gives what the service can do (RFC 7643 §5). Only a strict connection keeps to the interoperability profile.
 */
export function serviceProviderConfig(
  base: string,
  maxPayloadSize: number,
  mode?: 'tolerant' | 'strict',
): JsonObject {
  return {
    schemas: [`${CORE}:ServiceProviderConfig`],
    patch: { supported: true },
    bulk: { supported: true, maxOperations: MAX_OPERATIONS, maxPayloadSize },
    filter: { supported: true, maxResults: MAX_COUNT },
    changePassword: { supported: false },
    sort: { supported: true },
    etag: { supported: true },
    ...(mode === undefined ? {} : { interopProfileConformant: mode === 'strict' }),
    // RFC 9865 §4.
    pagination: {
      cursor: true,
      index: true,
      defaultPaginationMethod: 'index',
      defaultPageSize: DEFAULT_COUNT,
      maxPageSize: MAX_COUNT,
      cursorTimeout: CURSOR_TIMEOUT,
    },
    authenticationSchemes: [
      {
        type: 'oauthbearertoken',
        name: 'API token',
        description:
          'The API token of the connection, in the header Authorization, with or without "Bearer".',
        specUri: 'https://www.rfc-editor.org/info/rfc6750',
        primary: true,
      },
      {
        type: 'httpbasic',
        name: 'API token as password',
        description: 'The API token of the connection as the password of HTTP Basic, with any user name.',
        specUri: 'https://www.rfc-editor.org/info/rfc7617',
        primary: false,
      },
    ],
    meta: { resourceType: 'ServiceProviderConfig', location: `${base}/ServiceProviderConfig` },
  }
}

/** Takes the base URL and a kind of resource; gives its entry at /ResourceTypes (RFC 7643 §6). */
export function representResourceType(base: string, type: ResourceType): JsonObject {
  return {
    schemas: [`${CORE}:ResourceType`],
    id: type.name,
    name: type.name,
    ...described(type),
    endpoint: type.endpoint,
    schema: type.schema.id,
    schemaExtensions: type.extensions.map(({ schema, required }) => ({ schema: schema.id, required })),
    meta: { resourceType: 'ResourceType', location: `${base}/ResourceTypes/${type.name}` },
  }
}

/**
 * Takes the base URL, a schema and how the connection that asks is held; gives the schema's entry at /Schemas (RFC 7643 §7). A
 * strict one is not told of a password (IPSIE); what is sent for it is dropped all the same.
 */
export function representSchema(
  base: string,
  schema: Schema,
  mode: 'tolerant' | 'strict' = 'tolerant',
): JsonObject {
  return {
    schemas: [`${CORE}:Schema`],
    id: schema.id,
    name: schema.name,
    ...described(schema),
    attributes: schema.attributes
      .filter(({ name }) => mode === 'tolerant' || name !== 'password')
      .map(representAttribute),
    meta: { resourceType: 'Schema', location: `${base}/Schemas/${schema.id}` },
  }
}

/** A description is OPTIONAL (RFC 7643 §6, §7), and a declaration may have none. */
const described = ({ description }: { readonly description: string }): JsonObject =>
  description === '' ? {} : { description }

function representAttribute(attribute: Attribute): JsonObject {
  const { subAttributes, referenceTypes, canonicalValues, caseExact, uniqueness, description, ...traits } =
    attribute
  // RFC 7643 §2.3.2, §2.3.8: case and uniqueness mean nothing for a boolean and for a complex attribute.
  const textual = attribute.type !== 'boolean' && attribute.type !== 'complex'
  return {
    ...traits,
    ...described({ description }),
    ...(textual ? { caseExact, uniqueness } : {}),
    ...(canonicalValues === undefined ? {} : { canonicalValues }),
    ...(referenceTypes === undefined ? {} : { referenceTypes }),
    ...(subAttributes === undefined ? {} : { subAttributes: subAttributes.map(representAttribute) }),
  }
}
