import { randomUUID } from 'node:crypto'
import { at, elements, expectStatus, Mismatch, show } from './answer.ts'
import {
  created,
  expectFound,
  expectNone,
  fetchUser,
  isCreated,
  lookUpGroup,
  profileOf,
  write,
} from './calls.ts'
import type { Client, Created } from './calls.ts'
import { changedFrom, difference, notKept, without } from './compare.ts'
import { asMembers, asPushed, expectMembers, pushAndCheck } from './members.ts'
import type { PushableGroup } from './members.ts'
import type { OrgGroup, Person } from './org.ts'
import { readGroup } from './resource.ts'
import { setActive } from './userSteps.ts'

const isPushable = (group: OrgGroup): group is PushableGroup => group.id !== undefined

/**
 * Those of the groups that are at the server.
 * @throws {Mismatch} if there are none
 */
export const pushable = ({ org }: Client): readonly PushableGroup[] => {
  const groups = org.groups.filter(isPushable)
  if (groups.length > 0) return groups
  throw new Mismatch({ method: 'GET', path: '/Groups' }, 'groups that were created before', 'none')
}

/** Whom a provider pushes in a group: people who are assigned. */
const assigned = (client: Client): readonly Created[] => created(client).filter(({ active }) => active)

/** Who is in the org's nth group: everybody in the first, every second person in the next, then every third … */
const spread = (client: Client, group: OrgGroup): readonly Created[] => {
  const nth = client.org.groups.indexOf(group)
  return assigned(client).filter((_, n) => n % (nth + 1) === 0)
}

/**
 * A provider's create of a group: looked up, posted, read back.
 * @throws {Mismatch} if it was there already, or what comes back is not what was sent
 */
export const createOne = async (client: Client, group: OrgGroup): Promise<PushableGroup> => {
  const { displayName } = group
  expectFound('/Groups', await lookUpGroup(client, displayName), undefined)
  const body = client.provider.createGroup(displayName, randomUUID())
  const answer = await client.send({ method: 'POST', path: '/Groups', body })
  expectStatus(answer, 201)
  const made = readGroup(answer)
  const { id } = made
  for (const name of notKept(without(body, 'members'), made.body)) client.org.notKept.add(name)
  expectNone(answer.request, changedFrom(without(body, 'schemas', 'members', 'meta'), made.body))
  const existing = Object.assign(group, { id })
  await write(client, client.provider.linkGroup?.(asPushed(existing)) ?? [])
  await expectMembers(client, answer.request, existing)
  expectFound('/Groups', await lookUpGroup(client, displayName), id)
  return existing
}

/** Changes who is in the group, by the provider's way of saying what comes and what goes. */
const move = async (
  client: Client,
  group: PushableGroup,
  added: readonly Person[],
  removed: readonly Person[],
): Promise<void> => {
  const stay = group.members.filter((person) => !removed.includes(person) && !added.includes(person))
  group.members = [...stay, ...added]
  const requests = client.provider.changeMembers(asPushed(group), asMembers(added), asMembers(removed))
  await pushAndCheck(client, group, [...added, ...removed], requests)
}

const pushNow = async (client: Client, group: PushableGroup, members: readonly Person[]): Promise<void> => {
  const moved = [...group.members, ...members.filter((person) => !group.members.includes(person))]
  group.members = members
  await pushAndCheck(client, group, moved, client.provider.pushMembers?.(asPushed(group)) ?? [])
}

/** Pushes each group: looked up, created empty, and named once more where the provider does that. */
export const createGroups = (client: Client): Promise<void> =>
  client.each(client.org.groups, async (group) => {
    await createOne(client, group)
  })

/** Puts people in, in two goes; the second holds one who is in already, which must change nothing. */
export const membersIn = (client: Client): Promise<void> =>
  client.each(pushable(client), async (group) => {
    const wanted = spread(client, group)
    const half = Math.ceil(wanted.length / 2)
    await move(client, group, wanted.slice(0, half), [])
    await move(client, group, wanted.slice(half - 1), [])
  })

/** Takes a third out; then one who is out already, which must be no error; then swaps two in one request. */
export const membersOut = (client: Client): Promise<void> =>
  client.each(pushable(client), async (group) => {
    const out = group.members.filter((_, n) => n % 3 === 0)
    await move(client, group, [], out)
    await move(client, group, [], out.slice(0, 1))
    await move(client, group, out.slice(0, 1), group.members.slice(0, 1))
  })

/** Renames each group: its members stay, the new name finds it, the old one does not. */
export const renameGroups = (client: Client): Promise<void> =>
  client.each(pushable(client), async (group) => {
    const old = group.displayName
    group.displayName = `${old} renamed`
    await pushAndCheck(client, group, group.members, client.provider.renameGroup(asPushed(group)))
    expectFound('/Groups', await lookUpGroup(client, group.displayName), group.id)
    expectFound('/Groups', await lookUpGroup(client, old), undefined)
  })

/** "Push Now" with everybody: a full overwrite of the membership. */
export const pushAll = (client: Client): Promise<void> =>
  client.each(pushable(client), (group) => pushNow(client, group, spread(client, group)))

/** "Push Now" of a group that has become empty, and then with everybody again. */
export const pushNone = (client: Client): Promise<void> =>
  client.each(pushable(client), async (group) => {
    await pushNow(client, group, [])
    await pushNow(client, group, spread(client, group))
  })

/**
 * Links to a group that the app has already: it is found by its name, and who is in it stays in it until
 * "Push Now" overwrites them.
 */
export const linkGroup = async (client: Client): Promise<void> => {
  const people = assigned(client)
  const half = Math.ceil(people.length / 2)
  const group: OrgGroup = { displayName: `Linked ${client.org.run}`, id: undefined, members: [] }
  client.org.groups.push(group)
  const existing = await createOne(client, group)
  await pushNow(client, existing, people.slice(0, half))
  expectFound('/Groups', await lookUpGroup(client, group.displayName), existing.id)
  await write(client, client.provider.linkGroup?.(asPushed(existing)) ?? [])
  await expectMembers(client, { method: 'GET', path: '/Groups' }, existing)
  await pushNow(client, existing, people.slice(half))
}

/** Unassigns a person and then takes them out of their groups: an inactive member goes like any other. */
export const unassignMember = async (client: Client): Promise<void> => {
  const groups = pushable(client)
  const person = groups.flatMap(({ members }) => members).find(isCreated)
  if (person === undefined)
    throw new Mismatch({ method: 'GET', path: '/Groups' }, 'somebody in a group', 'nobody')
  await setActive(client, person, false)
  await client.each(
    groups.filter(({ members }) => members.includes(person)),
    (group) => move(client, group, [], [person]),
  )
}

/** Deletes the groups that were pushed: gone by id and by name, and the people in them as they were. */
export const deleteGroups = (client: Client): Promise<void> =>
  client.each(pushable(client), async ({ id, displayName, members }) => {
    const [member] = members.filter(isCreated)
    const before = member === undefined ? undefined : await fetchUser(client, member.id)
    const path = `/Groups/${encodeURIComponent(id)}`
    await write(client, [{ method: 'DELETE', path }])
    expectStatus(await client.send({ method: 'GET', path }), 404)
    expectFound('/Groups', await lookUpGroup(client, displayName), undefined)
    if (before === undefined) return
    const after = await fetchUser(client, before.id)
    expectNone({ method: 'DELETE', path }, difference(profileOf(before), profileOf(after)))
    if (elements(after.body['groups']).some((group) => at(group, 'value') === id)) {
      throw new Mismatch(
        { method: 'DELETE', path },
        'a member whose groups do not name it',
        show(after.body['groups']),
      )
    }
  })
