import { commonAttributes, findAttribute, type Attribute, type ResourceType, type Schema } from './schema.ts'
import { enterpriseUserSchema } from './schemas/enterpriseUser.ts'
import { groupSchema } from './schemas/group.ts'
import { userSchema } from './schemas/user.ts'

export const userType: ResourceType = {
  name: 'User',
  endpoint: '/Users',
  description: 'A person with an account.',
  schema: userSchema,
  extensions: [{ schema: enterpriseUserSchema, required: false }],
  shows: 'groups',
  // RFC 7643 §4.1.1: a new person is active.
  defaults: { active: true },
  isPerson: true,
  isPatchSilent: false,
  scope: 'users',
}

export const groupType: ResourceType = {
  name: 'Group',
  endpoint: '/Groups',
  description: 'A set of people and other groups.',
  schema: groupSchema,
  extensions: [],
  shows: 'members',
  defaults: {},
  isPerson: false,
  // A group is never read back for nothing.
  isPatchSilent: true,
  scope: 'groups',
}

/** The kinds of resources that may be members of a group (RFC 7643 §4.2). */
export const memberTypes: readonly ResourceType[] = [userType, groupType]

/** Every kind of resource the bridge serves. */
export const resourceTypes: readonly ResourceType[] = [userType, groupType]

/** Every schema those kinds use, extensions included. */
export const schemas: readonly Schema[] = resourceTypes.flatMap((type) => [
  type.schema,
  ...type.extensions.map((extension) => extension.schema),
])

/** Takes a kind of resource and a top-level name in any case; gives its attribute, common ones included. */
export function findTopAttribute(type: ResourceType, name: string): Attribute | undefined {
  return findAttribute(type.schema.attributes, name) ?? findAttribute(commonAttributes, name)
}

/** Takes a kind of resource and a URN in any case; gives the extension of that URN, undefined where there is none. */
export function findExtension(type: ResourceType, urn: string): Schema | undefined {
  const wanted = urn.toLowerCase()
  return type.extensions.find(({ schema }) => schema.id.toLowerCase() === wanted)?.schema
}
