import { at, expectStatus, Mismatch, show } from './answer.ts'
import type { Answer, Json } from './answer.ts'
import {
  created,
  equals,
  everyNth,
  expectFound,
  expectNone,
  fetchUser,
  isCreated,
  lookUpUser,
} from './calls.ts'
import type { Client } from './calls.ts'
import { changedFrom, difference, notKept } from './compare.ts'
import { newPerson } from './org.ts'
import type { Person } from './org.ts'
import { expectNamesAndEmail, readList, readUser } from './resource.ts'
import type { User } from './resource.ts'
import { setActive } from './userSteps.ts'

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

/**
 * Sends the create of a person once more, as after an answer that was lost, first while that person is active
 * and then inactive: refused with 409, or the same person again; there are never two.
 */
export const retryCreate = async (client: Client): Promise<void> => {
  const person = newPerson(client.provider, client.org.run, 'retry')
  client.org.people.push(person)
  await createPerson(client, person)
  if (!isCreated(person)) return
  const again = async (): Promise<void> => {
    const body = client.provider.createUser(person.profile, client.org.secret)
    const answer = await client.send({ method: 'POST', path: '/Users', body })
    expectStatus(answer, 200, 201, 409)
    if (answer.status !== 409)
      expectNone(answer.request, difference({ id: person.id }, { id: readUser(answer).id }))
    const filters = [equals('userName', person.userName), ...(client.provider.filters?.(person) ?? [])]
    for (const filter of filters) {
      const found = await client.send(client.provider.lookUp('/Users', filter))
      const ids = readList(found).resources.map((resource) => readUser(found, resource).id)
      expectNone(found.request, difference({ ids: [person.id] }, { ids }))
    }
  }
  await again()
  await setActive(client, person, false)
  await again()
  person.active = (await fetchUser(client, person.id)).active
}

/** Looks people up in capitals: userName is not case-exact (RFC 7643 section 4.1.1). */
export const lookUpInCapitals = (client: Client): Promise<void> =>
  client.each(everyNth(created(client), 5), async ({ id, userName }) =>
    expectFound('/Users', await lookUpUser(client, userName.toUpperCase()), id),
  )
