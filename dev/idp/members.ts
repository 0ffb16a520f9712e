import { at, elements, expectStatus, Mismatch, show } from './answer.ts'
import type { Asked, Request } from './answer.ts'
import { expectExcluded, expectNone, fetchGroup, fetchUser, isCreated, profileOf, write } from './calls.ts'
import type { Client } from './calls.ts'
import { difference } from './compare.ts'
import type { Member, PushedGroup } from './provider.ts'
import type { OrgGroup, Person } from './org.ts'
import { readGroup, readList, readUser } from './resource.ts'
import type { User } from './resource.ts'

export type PushableGroup = OrgGroup & { id: string }

/** How many of the people who are moved in one push are compared before and after it. */
const COMPARED = 4

const idsOf = (people: readonly Person[]): readonly string[] => people.filter(isCreated).map(({ id }) => id)

const sameSet = (left: readonly string[], right: readonly string[]): boolean =>
  left.length === right.length && new Set([...left, ...right]).size === left.length

const differenceOfIds = (want: readonly string[], got: readonly string[]): string => {
  const lost = want.filter((id) => !got.includes(id))
  const extra = got.filter((id) => !want.includes(id))
  return `${got.length} members, ${lost.length} missing ${show(lost)}, ${extra.length} too many ${show(extra)}`
}

/** People as members of a group, by id and userName. */
export const asMembers = (people: readonly Person[]): readonly Member[] =>
  people.filter(isCreated).map(({ id, userName }) => ({ value: id, display: userName }))

/** A group as it is to be pushed. */
export const asPushed = (group: PushableGroup): PushedGroup => ({
  id: group.id,
  displayName: group.displayName,
  members: asMembers(group.members),
})

/** By the `groups` of each user: whether they fit; undefined if the server does not show them. */
const shownByUsers = async (
  client: Client,
  groupId: string,
  want: readonly string[],
  others: readonly string[],
): Promise<string | undefined> => {
  const held = async (id: string): Promise<boolean> => {
    const { body } = await fetchUser(client, id)
    return elements(body['groups']).some((group) => at(group, 'value') === groupId)
  }
  const got: string[] = []
  for (const id of new Set([...want, ...others])) if (await held(id)) got.push(id)
  if (want.length > 0 && got.length === 0) return undefined
  return sameSet(want, got) ? '' : differenceOfIds(want, got)
}

/** By a filter on the users' groups; undefined if the server does not know it. */
const shownByFilter = async (
  client: Client,
  groupId: string,
  want: readonly string[],
): Promise<string | undefined> => {
  const got: string[] = []
  for (let startIndex = 1, total = 1; startIndex <= total; startIndex += 100) {
    const filter = `groups.value eq ${JSON.stringify(groupId)}`
    const answer = await client.send({
      method: 'GET',
      path: '/Users',
      query: { filter, startIndex, count: 100 },
    })
    if (answer.status !== 200) return undefined
    const list = readList(answer)
    total = list.totalResults
    got.push(...list.resources.map((resource) => readUser(answer, resource).id))
  }
  return sameSet(want, got) ? '' : differenceOfIds(want, got)
}

/** Reads a group as the provider does, if it has a way of its own, and requires its name. */
const expectRead = async ({ provider, send }: Client, group: PushableGroup): Promise<void> => {
  const request = provider.readGroup?.(group)
  if (request === undefined) return
  const answer = await send(request)
  expectStatus(answer, 200)
  const { id, displayName, ...shown } = readGroup(answer)
  expectExcluded(answer, { id, displayName, ...shown })
  expectNone(request, difference({ id: group.id, displayName: group.displayName }, { id, displayName }))
}

/** Asks by the provider's filter whether these people are in the group, if it has one. */
const expectProbed = async (
  { provider, send }: Client,
  group: PushableGroup,
  people: readonly Person[],
): Promise<void> => {
  for (const person of people.filter(isCreated)) {
    const filter = provider.memberFilter?.(group.id, person.id)
    if (filter === undefined) return
    const answer = await send(provider.lookUp('/Groups', filter))
    const found = readList(answer).resources.map((resource) => readGroup(answer, resource).id)
    const want = group.members.includes(person) ? [group.id] : []
    if (!sameSet(want, found)) throw new Mismatch(answer.request, `groups ${show(want)}`, show(found))
  }
}

/**
 * Requires that a group has its name and exactly its members. A server need not return `members`;
 * then the users' `groups` are asked, and then a filter on them.
 * @param request the write after which this is to be so
 * @param others people who may have been members before and are not to be any more
 * @throws {Mismatch} if it has not, or if nothing shows who is in it
 */
export const expectMembers = async (
  client: Client,
  request: Asked,
  group: PushableGroup,
  others: readonly Person[] = [],
): Promise<void> => {
  await expectRead(client, group)
  const want = idsOf(group.members)
  const shown = await fetchGroup(client, group.id)
  if (shown.displayName !== group.displayName) {
    throw new Mismatch(request, `displayName ${show(group.displayName)}`, show(shown.displayName))
  }
  const wrong =
    shown.members === undefined
      ? ((await shownByUsers(client, group.id, want, idsOf(others))) ??
        (await shownByFilter(client, group.id, want)))
      : sameSet(want, shown.members)
        ? ''
        : differenceOfIds(want, shown.members)
  if (wrong === undefined) {
    throw new Mismatch(
      request,
      `${want.length} members`,
      'what could not be verified: neither members nor groups nor a filter on groups.value shows them',
    )
  }
  if (wrong !== '') throw new Mismatch(request, `${want.length} members`, wrong)
}

/**
 * Pushes a group and reads it back: exactly its members, and the profiles of those who were moved (of some
 * of them, if they are many) as they were.
 * @param moved who comes or goes
 * @throws {Mismatch} if it is otherwise
 */
export const pushAndCheck = async (
  client: Client,
  group: PushableGroup,
  moved: readonly Person[],
  requests: readonly Request[],
): Promise<void> => {
  const asked: Asked = requests.at(-1) ?? { method: 'GET', path: '/Groups' }
  const before: User[] = []
  for (const { id } of moved.filter(isCreated).slice(0, COMPARED)) before.push(await fetchUser(client, id))
  await write(client, requests)
  await expectMembers(client, asked, group, moved)
  await expectProbed(client, group, moved.slice(0, COMPARED))
  for (const user of before) {
    expectNone(asked, difference(profileOf(user), profileOf(await fetchUser(client, user.id))))
  }
}
