import { at, expectStatus, Mismatch, show } from './answer.ts'
import type { Answer, Json } from './answer.ts'
import { created, expectFound, expectNone, fetchUser, lookUpUser, write, writeUser } from './calls.ts'
import type { Client, Created } from './calls.ts'
import { changedFrom, difference, notKept, without } from './compare.ts'
import { merge } from './requests.ts'
import { placeholderPassword } from './org.ts'
import type { Person } from './org.ts'
import { expectNamesAndEmail, readUser } from './resource.ts'
import type { User } from './resource.ts'

/** Every nth of the people, so that each step moves others. */
export const everyNth = (people: readonly Created[], n: number): readonly Created[] =>
  people.filter((_, index) => index % n === 0)

/**
 * Activates or deactivates a person and reads it back: by id, and by a lookup under the same id.
 * @throws {Mismatch} if it is otherwise
 */
export const setActive = async (client: Client, person: Created, active: boolean): Promise<void> => {
  const requests = client.provider.setActive(await fetchUser(client, person.id), active)
  person.active = active
  const after = await writeUser(client, person.id, requests, (before) => ({ ...before, active }))
  const found = await lookUpUser(client, person.userName)
  const [request] = requests
  if (request !== undefined && (after.active !== active || found?.active !== active)) {
    throw new Mismatch(request, `active ${active}`, show(found?.active))
  }
}

/**
 * Pushes attributes of a person and reads them back.
 * @throws {Mismatch} if they are otherwise, or if anything else has changed
 */
export const pushProfile = async (client: Client, person: Created, changes: Json): Promise<void> => {
  const user = await fetchUser(client, person.id)
  const requests = client.provider.pushProfile(user, changes)
  await writeUser(client, person.id, requests, (before) => merge(before, changes))
  person.profile = merge(person.profile, changes)
}

/** Requires what was sent to be what is there, as far as the server keeps it. */
const expectProfile = (answer: Answer, profile: Json, user: User): void => {
  expectNamesAndEmail(answer, user)
  expectNone(answer.request, changedFrom(profile, user.body))
}

/**
 * A provider's create: looks the userName up, posts when nobody has it, and reads the new user back by id and by
 * lookup. Notes the id.
 * @throws {Mismatch} if somebody has it already, or what comes back is not who was sent
 */
export const createPerson = async (client: Client, person: Person): Promise<void> => {
  expectFound('/Users', await lookUpUser(client, person.userName), undefined)
  const body = client.provider.createUser(person.profile, client.org.secret)
  const answer = await client.send({ method: 'POST', path: '/Users', body })
  expectStatus(answer, 201)
  const user = readUser(answer)
  person.id = user.id
  if (!user.active) throw new Mismatch(answer.request, 'active true', 'false')
  for (const name of notKept(person.profile, user.body)) client.org.notKept.add(name)
  expectProfile(answer, person.profile, user)
  expectNone(answer.request, difference(user.body, (await fetchUser(client, user.id)).body))
  expectFound('/Users', await lookUpUser(client, person.userName), user.id)
}

/** Assigns everybody. No two may get the same id. */
export const create = async (client: Client): Promise<void> => {
  await client.each(client.org.people, (person) => createPerson(client, person))
  const people = created(client)
  const ids = new Set(people.map(({ id }) => id))
  if (ids.size < people.length) {
    throw new Mismatch({ method: 'POST', path: '/Users' }, `${people.length} ids`, String(ids.size))
  }
}

/** Posts people who are there: 409 with scimType uniqueness (RFC 7644 section 3.3), and nobody changed. */
export const createAgain = (client: Client): Promise<void> =>
  client.each(everyNth(created(client), 7), async (person) => {
    const before = await fetchUser(client, person.id)
    const body = client.provider.createUser(person.profile, client.org.secret)
    const answer = await client.send({ method: 'POST', path: '/Users', body })
    expectStatus(answer, 409)
    if (at(answer.body, 'scimType') !== 'uniqueness') {
      throw new Mismatch(answer.request, 'scimType "uniqueness"', show(at(answer.body, 'scimType')))
    }
    expectNone(answer.request, difference(before.body, (await fetchUser(client, person.id)).body))
  })

/** Looks people up in capitals: userName is not case-exact (RFC 7643 section 4.1.1). */
export const lookUpInCapitals = (client: Client): Promise<void> =>
  client.each(everyNth(created(client), 5), async ({ id, userName }) =>
    expectFound('/Users', await lookUpUser(client, userName.toUpperCase()), id),
  )

/** Assigns people who are there already: the lookup finds them, and their profile is overwritten. */
export const adopt = (client: Client): Promise<void> =>
  client.each(everyNth(created(client), 4), async (person) => {
    expectFound('/Users', await lookUpUser(client, person.userName), person.id)
    const displayName = `${String(person.profile['displayName'])} (assigned)`
    await pushProfile(client, person, { ...person.profile, displayName })
  })

/** Puts back what GET gave, as it is: nothing may change, the version and its date included. */
export const putBack = (client: Client): Promise<void> =>
  client.each(everyNth(created(client), 2), async ({ id }) => {
    const { body } = await fetchUser(client, id)
    const path = `/Users/${encodeURIComponent(id)}`
    await write(client, [{ method: 'PUT', path, body }])
    expectNone({ method: 'PUT', path }, difference(body, (await fetchUser(client, id)).body))
  })

/** Changes names: a new given name and a middle name, the family name kept. */
export const changeProfile = (client: Client): Promise<void> =>
  client.each(everyNth(created(client), 2), (person) =>
    pushProfile(client, person, {
      name: { givenName: 'Renée', middleName: 'Excited' },
      displayName: `Renée ${String(at(person.profile, 'name', 'familyName'))}`,
    }),
  )

/** Gives a person a new userName and email; the id stays, and the old userName finds nobody. */
export const changeUserName = (client: Client): Promise<void> =>
  client.each(everyNth(created(client), 10), async (person) => {
    const old = person.userName
    const userName = `new.${old}`
    await pushProfile(client, person, {
      userName,
      emails: [{ primary: true, value: userName, type: 'work' }],
    })
    person.userName = userName
    expectFound('/Users', await lookUpUser(client, old), undefined)
  })

/** Gives a person the userName of another: 409 with scimType uniqueness, and both as they were. */
export const clash = async (client: Client): Promise<void> => {
  const [one, other] = created(client)
  if (one === undefined || other === undefined) return
  const user = await fetchUser(client, one.id)
  for (const request of client.provider.pushProfile(user, { userName: other.userName })) {
    const answer = await client.send(request)
    expectStatus(answer, 409)
    expectNone(request, difference({ scimType: 'uniqueness' }, { scimType: at(answer.body, 'scimType') }))
    expectNone(request, difference(user.body, (await fetchUser(client, one.id)).body))
  }
  expectFound('/Users', await lookUpUser(client, other.userName), other.id)
}

/** Syncs passwords: taken without a word, and nothing else changes. */
export const syncPassword = (client: Client): Promise<void> =>
  client.each(everyNth(created(client), 8), async ({ id }) => {
    const user = await fetchUser(client, id)
    const requests = client.provider.setPassword?.(user, placeholderPassword(client.org.secret)) ?? []
    await writeUser(client, id, requests, (before) => without(before, 'password'))
  })

/** Unassigns every third person: active false, and still to be found under the same id. */
export const deactivate = (client: Client): Promise<void> =>
  client.each(everyNth(created(client), 3), (person) => setActive(client, person, false))

/** Assigns them again: lookup, active true, then the whole profile. */
export const reactivate = (client: Client): Promise<void> =>
  client.each(everyNth(created(client), 3), async (person) => {
    const found = await lookUpUser(client, person.userName)
    expectFound('/Users', found, person.id)
    await setActive(client, person, true)
    await pushProfile(client, person, person.profile)
    const after = await fetchUser(client, person.id)
    if (!after.active)
      throw new Mismatch({ method: 'PUT', path: `/Users/${person.id}` }, 'active true', 'false')
  })

/** Unassigns everybody, which is how a provider that never deletes leaves people. */
export const unassignAll = (client: Client): Promise<void> =>
  client.each(created(client), (person) => setActive(client, person, false))
