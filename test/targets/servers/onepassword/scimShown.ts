import type { Group, Person } from './account.ts'

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User'
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group'

/** A person as recorded: no externalId, no groups, no type of the address. */
export const shownPerson = (person: Person) => ({
  schemas: [USER],
  id: person.id,
  userName: person.email,
  displayName: person.displayName,
  name: {
    givenName: person.givenName,
    familyName: person.familyName,
    formatted: person.displayName,
  },
  emails: [{ value: person.email, primary: true }],
  active: !person.isSuspended,
  preferredLanguage: person.preferredLanguage,
  meta: { resourceType: 'User' },
})

/** A group as recorded: no members, no externalId. */
export const shownGroup = ({ id, displayName, created, lastModified }: Group) => ({
  schemas: [GROUP],
  id,
  displayName,
  meta: { resourceType: 'Group', created, lastModified },
})

const meta = (path: string, resourceType: string) => ({ resourceType, location: `/scim/v2/${path}` })

/** What it says it can do, as recorded. */
export const CONFIG = {
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
  meta: meta('ServiceProviderConfig', 'ServiceProviderConfig'),
  patch: { supported: true },
  bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
  filter: { supported: true, maxResults: 10_000 },
  changePassword: { supported: false },
  sort: { supported: false },
  etag: { supported: false },
  authenticationSchemes: [
    {
      name: 'OAuth Bearer Token',
      description: 'Authentication using the OAuth Bearer Token standard',
      specUri: 'https://tools.ietf.org/html/rfc6750',
      documentationUri: '',
      type: 'oauthbearertoken',
    },
  ],
}

const all = (Resources: readonly unknown[], startIndex: number) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
  totalResults: Resources.length,
  Resources,
  startIndex,
  itemsPerPage: Resources.length,
})

const resourceType = (id: string, endpoint: string, description: string, schema: string) => ({
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:ResourceType'],
  id,
  name: id,
  endpoint,
  description,
  schema,
  meta: meta(`ResourceTypes/${id}`, 'ResourceType'),
})

/** As recorded: the endpoint of people is not the one that answers, and the list begins at 0. */
export const RESOURCE_TYPES = all(
  [
    resourceType('User', '/scim/v2/User', 'User Account', USER),
    resourceType('Group', '/scim/v2/Groups', 'Group', GROUP),
  ],
  0,
)

const attribute = (name: string, type = 'string', rest = {}) => ({
  name,
  type,
  multiValued: false,
  required: false,
  mutability: 'readWrite',
  returned: 'default',
  uniqueness: 'none',
  ...rest,
})

const many = { multiValued: true }
const needed = { required: true }

/** The attributes it says it knows, without their descriptions. */
export const SCHEMAS = all(
  [
    {
      id: USER,
      name: 'User',
      attributes: [
        attribute('userName', 'string', { ...needed, uniqueness: 'server', returned: 'always' }),
        attribute('name', 'complex', {
          ...needed,
          returned: 'always',
          subAttributes: ['givenName', 'familyName', 'formatted'].map((name) =>
            attribute(name, 'string', { ...needed, caseExact: true }),
          ),
        }),
        attribute('emails', 'complex', {
          ...many,
          returned: 'always',
          subAttributes: [
            attribute('primary', 'boolean', needed),
            attribute('type'),
            attribute('value', 'string', needed),
          ],
        }),
        attribute('externalId'),
        attribute('preferredLanguage'),
        attribute('groups', 'complex', { ...many, mutability: 'readOnly' }),
      ],
      meta: meta(`Schemas/${USER}`, 'Schema'),
    },
    {
      id: GROUP,
      name: 'Group',
      attributes: [
        attribute('displayName', 'string', needed),
        attribute('members', 'complex', {
          ...many,
          subAttributes: [attribute('value'), attribute('$ref', 'reference'), attribute('type')],
        }),
        attribute('externalId'),
      ],
      meta: meta(`Schemas/${GROUP}`, 'Schema'),
    },
  ],
  1,
)
