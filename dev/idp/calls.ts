import { describe, expectStatus, isObject, Mismatch, show } from './answer.ts'
import type { Answer, Asked, Json, Request } from './answer.ts'
import { difference, notKept, without } from './compare.ts'
import type { Difference } from './compare.ts'
import type { Provider } from './provider.ts'
import { ENTERPRISE_SCHEMA } from './org.ts'
import type { Org, Person } from './org.ts'
import { readGroup, readList, readUser } from './resource.ts'
import type { Group, User } from './resource.ts'
import type { Send } from './session.ts'

/** What a step has to work with. */
export type Client = {
  readonly send: Send
  readonly provider: Provider
  readonly org: Org
  readonly base: string
  /** Works on items several at once; what is not as it must be is noted and the next item goes on. */
  readonly each: <Item>(items: readonly Item[], work: (item: Item) => Promise<void>) => Promise<void>
  /** The same by way of another base, as of a proxy before the server. */
  readonly through: (base: string) => Client
}

export type Created = Person & { id: string }

/** Whether somebody has an id at the server. */
export const isCreated = (person: Person): person is Created => person.id !== undefined

/**
 * Those of the org's people who are at the server.
 * @throws {Mismatch} if there are none, as a step with nobody in it shows nothing
 */
export const created = ({ org }: Client): readonly Created[] => {
  const people = org.people.filter(isCreated)
  if (people.length > 0) return people
  throw new Mismatch({ method: 'GET', path: '/Users' }, 'people that were created before', 'nobody')
}

/** Every nth of the people, so that each step moves others. */
export const everyNth = (people: readonly Created[], n: number): readonly Created[] =>
  people.filter((_, index) => index % n === 0)

/**
 * Requires that nothing differs.
 * @throws {Mismatch} with the name and both values of what does
 */
export const expectNone = (request: Asked, found: Difference | undefined): void => {
  if (found === undefined) return
  throw new Mismatch(request, `${found.path} ${show(found.want)}`, show(found.got))
}

/** A user without what other things than its profile change: its groups and its version. */
export const profileOf = ({ body }: User): Json => without(body, 'groups', 'meta')

const userRequest = (id: string): Request => ({ method: 'GET', path: `/Users/${encodeURIComponent(id)}` })
const groupRequest = (id: string): Request => ({ method: 'GET', path: `/Groups/${encodeURIComponent(id)}` })

/** Reads a user by id. Throws Mismatch if that is not what comes. */
export const fetchUser = async ({ send }: Client, id: string): Promise<User> => {
  const answer = await send(userRequest(id))
  expectStatus(answer, 200)
  const user = readUser(answer)
  if (user.id !== id) throw new Mismatch(answer.request, `id ${show(id)}`, show(user.id))
  return user
}

/** Reads a group by id. Throws Mismatch if that is not what comes. */
export const fetchGroup = async ({ send }: Client, id: string): Promise<Group> => {
  const answer = await send(groupRequest(id))
  expectStatus(answer, 200)
  const group = readGroup(answer)
  if (group.id !== id) throw new Mismatch(answer.request, `id ${show(id)}`, show(group.id))
  return group
}

/** A filter for this value of an attribute (RFC 7644 section 3.4.2.2: the value is written as JSON). */
export const equals = (attribute: string, value: string): string => `${attribute} eq ${JSON.stringify(value)}`

const only = <Found>(answer: Answer, found: readonly Found[]): Found | undefined => {
  if (found.length <= 1) return found[0]
  throw new Mismatch(answer.request, 'no more than one', String(found.length))
}

/** The provider's match: who has this userName, in whatever case and whether active or not. */
export const lookUpUser = async (client: Client, userName: string): Promise<User | undefined> => {
  const answer = await client.send(client.provider.lookUp('/Users', equals('userName', userName)))
  const users = readList(answer).resources.map((resource) => readUser(answer, resource))
  const other = users.find((user) => user.userName.toLowerCase() !== userName.toLowerCase())
  if (other !== undefined) throw new Mismatch(answer.request, `only ${show(userName)}`, show(other.userName))
  return only(answer, users)
}

/**
 * Requires a group without members if the request excluded them (RFC 7644 section 3.9).
 * @throws {Mismatch} if they are shown
 */
export const expectExcluded = ({ request }: Answer, { members }: Group): void => {
  if (request.query?.['excludedAttributes'] !== 'members' || members === undefined) return
  throw new Mismatch(request, 'a group without members', show(members))
}

/** Which group has this displayName. */
export const lookUpGroup = async (client: Client, displayName: string): Promise<Group | undefined> => {
  const answer = await client.send(client.provider.lookUp('/Groups', equals('displayName', displayName)))
  const groups = readList(answer).resources.map((resource) => readGroup(answer, resource))
  for (const group of groups) expectExcluded(answer, group)
  const other = groups.find((group) => group.displayName.toLowerCase() !== displayName.toLowerCase())
  if (other !== undefined) {
    throw new Mismatch(answer.request, `only ${show(displayName)}`, show(other.displayName))
  }
  return only(answer, groups)
}

/**
 * Requires that a lookup found this id, or with undefined that it found none.
 * @throws {Mismatch} if it is otherwise
 */
export const expectFound = (path: string, found: User | Group | undefined, id: string | undefined): void => {
  if (found?.id === id) return
  const came = found === undefined ? 'no match' : `id ${show(found.id)}`
  throw new Mismatch({ method: 'GET', path }, id === undefined ? 'no match' : `a match with id ${id}`, came)
}

/** Statuses that a provider takes for done; RFC 7644 section 3.5.2 allows PATCH to answer without a body. */
const DONE: Readonly<Record<Request['method'], readonly number[]>> = {
  GET: [200],
  POST: [201],
  PUT: [200],
  PATCH: [200, 204],
  DELETE: [204],
}

const doneBy = (provider: Provider, { method, path }: Request): readonly number[] => {
  const isGroupPatch = method === 'PATCH' && path.startsWith('/Groups')
  return (isGroupPatch ? provider.groupPatched : undefined) ?? DONE[method]
}

/**
 * Sends writes one after the other. An answer with a resource in it must hold the one that was written.
 * @returns the last answer
 * @throws {Mismatch} at the first that is not done
 */
export const write = async (
  { send, provider }: Client,
  requests: readonly Request[],
): Promise<Answer | undefined> => {
  let last: Answer | undefined
  for (const request of requests) {
    last = await send(request)
    expectStatus(last, ...doneBy(provider, request))
    if (last.body === undefined) continue
    const { id } = request.path.startsWith('/Users') ? readUser(last) : readGroup(last)
    if (request.method !== 'POST' && !request.path.endsWith(`/${encodeURIComponent(id)}`)) {
      throw new Mismatch(request, 'the resource that was written', describe(last))
    }
  }
  return last
}

/** A part of a resource with one of its complex attributes changed, where it has it. */
const within = (body: Json, name: string, change: (inside: Json) => Json): Json => {
  const inside = body[name]
  return isObject(inside) ? { ...body, [name]: change(inside) } : body
}

/** What is compared of a user: not what a server makes up itself, as a manager's address and name. */
const written = (body: Json): Json =>
  within(
    within(without(body, 'groups', 'meta'), 'name', (name) => without(name, 'formatted')),
    ENTERPRISE_SCHEMA,
    (enterprise) => within(enterprise, 'manager', (manager) => without(manager, '$ref', 'displayName')),
  )

/**
 * Writes to a user and reads it back: it must say what is wanted, under the same id, to whoever looks it up,
 * and the answer to the write must have said the same.
 * @param wanted the whole profile, of which attributes that the server did not keep at a create either are not
 *   compared, nor what it may make up anew
 * @throws {Mismatch} if it does not
 */
export const writeUser = async (
  client: Client,
  id: string,
  requests: readonly Request[],
  wanted: (before: Json) => Json,
): Promise<User> => {
  const request = requests[0] ?? userRequest(id)
  const before = await fetchUser(client, id)
  const answer = await write(client, requests)
  const after = await fetchUser(client, id)
  const want = wanted(before.body)
  const unknown = notKept(want, after.body).filter((name) => client.org.notKept.has(name))
  expectNone(request, difference(written(without(want, ...unknown)), written(after.body)))
  if (answer?.body !== undefined) {
    expectNone(request, difference(profileOf(after), profileOf(readUser(answer))))
  }
  expectFound('/Users', await lookUpUser(client, after.userName), id)
  return after
}
