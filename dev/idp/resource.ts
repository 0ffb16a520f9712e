import { at, describe, elements, expectStatus, isObject, Mismatch, show } from './answer.ts'
import type { Answer, Json } from './answer.ts'

export type Resource = { readonly id: string; readonly body: Json }
export type User = Resource & { readonly userName: string; readonly active: boolean }
export type Group = Resource & {
  readonly displayName: string
  /** The ids of the members; undefined if the server does not show them, as it may not. */
  readonly members: readonly string[] | undefined
}
export type List = {
  readonly totalResults: number
  readonly startIndex: number
  readonly itemsPerPage: number
  readonly resources: readonly unknown[]
}

const LIST_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:ListResponse'
export const USER_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:User'
export const GROUP_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:Group'

const readResource = (answer: Answer, body: unknown, resourceType: 'User' | 'Group'): Resource => {
  const schema = resourceType === 'User' ? USER_SCHEMA : GROUP_SCHEMA
  if (!isObject(body)) throw new Mismatch(answer.request, `a ${resourceType}`, describe(answer))
  if (!elements(body['schemas']).includes(schema)) {
    throw new Mismatch(answer.request, `schemas with ${schema}`, show(body['schemas']))
  }
  const id = body['id']
  if (typeof id !== 'string' || id === '' || id.includes('bulkId')) {
    throw new Mismatch(answer.request, 'an id that is text', show(id))
  }
  if (at(body, 'meta', 'resourceType') !== resourceType) {
    throw new Mismatch(answer.request, `meta.resourceType "${resourceType}"`, show(body['meta']))
  }
  return { id, body }
}

const readText = (answer: Answer, body: Json, ...names: readonly string[]): string => {
  const value = at(body, ...names)
  if (typeof value === 'string' && value !== '') return value
  throw new Mismatch(answer.request, `${names.join('.')} that is text`, show(value))
}

/**
 * Reads a User (RFC 7643 section 4.1) with the attributes that Okta's guide to preparing a SCIM service wants.
 * @param body one resource of the answer, if it is a list; else the whole body is meant
 * @throws {Mismatch} if something a provider reads is missing or of another type
 */
export const readUser = (answer: Answer, body: unknown = answer.body): User => {
  const resource = readResource(answer, body, 'User')
  const userName = readText(answer, resource.body, 'userName')
  const active = resource.body['active']
  if (typeof active !== 'boolean')
    throw new Mismatch(answer.request, 'active that is a boolean', show(active))
  return { ...resource, userName, active }
}

/**
 * Requires the attributes that Okta's SCIM 2.0 specification test finds in every user beside userName and active.
 * @throws {Mismatch} if one of them is missing or empty
 */
export const expectNamesAndEmail = (answer: Answer, user: User): void => {
  readText(answer, user.body, 'name', 'givenName')
  readText(answer, user.body, 'name', 'familyName')
  const [first] = elements(user.body['emails'])
  if (!isObject(first)) throw new Mismatch(answer.request, 'emails[0]', show(user.body['emails']))
  readText(answer, first, 'value')
}

/**
 * Reads a Group (RFC 7643 section 4.2).
 * @param body one resource of the answer, if it is a list; else the whole body is meant
 * @throws {Mismatch} if something a provider reads is missing or of another type, or a member is there twice
 */
export const readGroup = (answer: Answer, body: unknown = answer.body): Group => {
  const resource = readResource(answer, body, 'Group')
  const displayName = readText(answer, resource.body, 'displayName')
  const members = resource.body['members'] ?? undefined
  if (members === undefined) return { ...resource, displayName, members }
  if (!Array.isArray(members)) throw new Mismatch(answer.request, 'members that is an array', show(members))
  const ids = elements(members).map((member) => {
    if (isObject(member)) return readText(answer, member, 'value')
    throw new Mismatch(answer.request, 'members with a value each', show(member))
  })
  if (new Set(ids).size < ids.length) {
    throw new Mismatch(answer.request, 'each member once', `${ids.length} of which some are the same`)
  }
  return { ...resource, displayName, members: ids }
}

const readNumber = (answer: Answer, name: string): number => {
  const value = at(answer.body, name)
  if (typeof value === 'number') return value
  throw new Mismatch(answer.request, `${name} that is a number`, show(value))
}

/**
 * Reads a ListResponse (RFC 7644 section 3.4.2). Okta's import needs its three numbers to be JSON numbers.
 * @throws {Mismatch} if it is none
 */
export const readList = (answer: Answer): List => {
  expectStatus(answer, 200)
  if (!elements(at(answer.body, 'schemas')).includes(LIST_SCHEMA)) {
    throw new Mismatch(answer.request, `schemas with ${LIST_SCHEMA}`, describe(answer))
  }
  const totalResults = readNumber(answer, 'totalResults')
  const startIndex = readNumber(answer, 'startIndex')
  const itemsPerPage = readNumber(answer, 'itemsPerPage')
  const held = at(answer.body, 'Resources')
  if (!Array.isArray(held) && totalResults !== 0) {
    throw new Mismatch(answer.request, 'Resources that is an array', show(held))
  }
  const resources = elements(held)
  return { totalResults, startIndex, itemsPerPage, resources }
}
