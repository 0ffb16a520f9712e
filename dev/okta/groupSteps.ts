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
import type { Created, Okta } from './calls.ts'
import { difference } from './compare.ts'
import { asMembers, asPushed, expectMembers, pushAndCheck } from './members.ts'
import type { PushableGroup } from './members.ts'
import type { OrgGroup, Person } from './org.ts'
import { GROUP_SCHEMA, readGroup } from './resource.ts'
import { setActive } from './userSteps.ts'

const isPushable = (group: OrgGroup): group is PushableGroup => group.id !== undefined

const pushable = ({ org }: Okta): readonly PushableGroup[] => {
  const groups = org.groups.filter(isPushable)
  if (groups.length > 0) return groups
  throw new Mismatch({ method: 'GET', path: '/Groups' }, 'groups that were created before', 'none')
}

/** Whom Okta pushes in a group: people who are assigned. */
const assigned = (okta: Okta): readonly Created[] => created(okta).filter(({ active }) => active)

/** Who is in Okta's nth group: everybody in the first, every second person in the next, then every third … */
const spread = (okta: Okta, group: OrgGroup): readonly Created[] => {
  const nth = okta.org.groups.indexOf(group)
  return assigned(okta).filter((_, n) => n % (nth + 1) === 0)
}

const createOne = async (okta: Okta, group: OrgGroup): Promise<PushableGroup> => {
  const { displayName } = group
  expectFound('/Groups', await lookUpGroup(okta, displayName), undefined)
  const body = { schemas: [GROUP_SCHEMA], displayName, members: [] }
  const answer = await okta.send({ method: 'POST', path: '/Groups', body })
  expectStatus(answer, 201)
  const { id } = readGroup(answer)
  const existing = Object.assign(group, { id })
  await write(okta, okta.dialect.linkGroup(asPushed(existing)))
  await expectMembers(okta, answer.request, existing)
  expectFound('/Groups', await lookUpGroup(okta, displayName), id)
  return existing
}

/** Changes who is in the group, by the dialect's way of saying what comes and what goes. */
const move = async (
  okta: Okta,
  group: PushableGroup,
  added: readonly Person[],
  removed: readonly Person[],
): Promise<void> => {
  const stay = group.members.filter((person) => !removed.includes(person) && !added.includes(person))
  group.members = [...stay, ...added]
  const requests = okta.dialect.changeMembers(asPushed(group), asMembers(added), asMembers(removed))
  await pushAndCheck(okta, group, [...added, ...removed], requests)
}

const pushNow = async (okta: Okta, group: PushableGroup, members: readonly Person[]): Promise<void> => {
  const moved = [...group.members, ...members.filter((person) => !group.members.includes(person))]
  group.members = members
  await pushAndCheck(okta, group, moved, okta.dialect.pushMembers(asPushed(group)))
}

/** Pushes each group: looked up, created empty, and named once more where the dialect does that. */
export const createGroups = (okta: Okta): Promise<void> =>
  okta.each(okta.org.groups, async (group) => {
    await createOne(okta, group)
  })

/** Puts people in, in two goes; the second holds one who is in already, which must change nothing. */
export const membersIn = (okta: Okta): Promise<void> =>
  okta.each(pushable(okta), async (group) => {
    const wanted = spread(okta, group)
    const half = Math.ceil(wanted.length / 2)
    await move(okta, group, wanted.slice(0, half), [])
    await move(okta, group, wanted.slice(half - 1), [])
  })

/** Takes a third out; then one who is out already, which must be no error; then swaps two in one request. */
export const membersOut = (okta: Okta): Promise<void> =>
  okta.each(pushable(okta), async (group) => {
    const out = group.members.filter((_, n) => n % 3 === 0)
    await move(okta, group, [], out)
    await move(okta, group, [], out.slice(0, 1))
    await move(okta, group, out.slice(0, 1), group.members.slice(0, 1))
  })

/** Renames each group: its members stay, the new name finds it, the old one does not. */
export const renameGroups = (okta: Okta): Promise<void> =>
  okta.each(pushable(okta), async (group) => {
    const old = group.displayName
    group.displayName = `${old} renamed`
    await pushAndCheck(okta, group, group.members, okta.dialect.renameGroup(asPushed(group)))
    expectFound('/Groups', await lookUpGroup(okta, group.displayName), group.id)
    expectFound('/Groups', await lookUpGroup(okta, old), undefined)
  })

/** "Push Now" with everybody: a full overwrite of the membership. */
export const pushAll = (okta: Okta): Promise<void> =>
  okta.each(pushable(okta), (group) => pushNow(okta, group, spread(okta, group)))

/** "Push Now" of a group that has become empty, and then with everybody again. */
export const pushNone = (okta: Okta): Promise<void> =>
  okta.each(pushable(okta), async (group) => {
    await pushNow(okta, group, [])
    await pushNow(okta, group, spread(okta, group))
  })

/**
 * Links to a group that the app has already: it is found by its name, and who is in it stays in it until
 * "Push Now" overwrites them.
 */
export const linkGroup = async (okta: Okta): Promise<void> => {
  const people = assigned(okta)
  const half = Math.ceil(people.length / 2)
  const group: OrgGroup = { displayName: `Linked ${okta.org.run}`, id: undefined, members: [] }
  okta.org.groups.push(group)
  const existing = await createOne(okta, group)
  await pushNow(okta, existing, people.slice(0, half))
  expectFound('/Groups', await lookUpGroup(okta, group.displayName), existing.id)
  await write(okta, okta.dialect.linkGroup(asPushed(existing)))
  await expectMembers(okta, { method: 'GET', path: '/Groups' }, existing)
  await pushNow(okta, existing, people.slice(half))
}

/** Unassigns a person and then takes them out of their groups: an inactive member goes like any other. */
export const unassignMember = async (okta: Okta): Promise<void> => {
  const groups = pushable(okta)
  const person = groups.flatMap(({ members }) => members).find(isCreated)
  if (person === undefined)
    throw new Mismatch({ method: 'GET', path: '/Groups' }, 'somebody in a group', 'nobody')
  await setActive(okta, person, false)
  await okta.each(
    groups.filter(({ members }) => members.includes(person)),
    (group) => move(okta, group, [], [person]),
  )
}

/** Deletes the groups that were pushed: gone by id and by name, and the people in them as they were. */
export const deleteGroups = (okta: Okta): Promise<void> =>
  okta.each(pushable(okta), async ({ id, displayName, members }) => {
    const [member] = members.filter(isCreated)
    const before = member === undefined ? undefined : await fetchUser(okta, member.id)
    const path = `/Groups/${encodeURIComponent(id)}`
    await write(okta, [{ method: 'DELETE', path }])
    expectStatus(await okta.send({ method: 'GET', path }), 404)
    expectFound('/Groups', await lookUpGroup(okta, displayName), undefined)
    if (before === undefined) return
    const after = await fetchUser(okta, before.id)
    expectNone({ method: 'DELETE', path }, difference(profileOf(before), profileOf(after)))
    if (elements(after.body['groups']).some((group) => at(group, 'value') === id)) {
      throw new Mismatch(
        { method: 'DELETE', path },
        'a member whose groups do not name it',
        show(after.body['groups']),
      )
    }
  })
