import { expectStatus, Mismatch } from './answer.ts'
import { created, expectFound, isCreated, lookUpUser, write } from './calls.ts'
import type { Client } from './calls.ts'
import { pushable } from './groupSteps.ts'
import { expectMembers } from './members.ts'
import type { Person } from './org.ts'
import { userPath } from './requests.ts'
import { createPerson } from './createSteps.ts'
import { setActive } from './userSteps.ts'

/**
 * Deletes a person: 204, and then nobody by id (404, a second DELETE too) or by lookup (an empty list).
 * @throws {Mismatch} if it is otherwise
 */
export const deletePerson = async (client: Client, person: Person): Promise<void> => {
  if (!isCreated(person)) return
  const path = userPath(person)
  await write(client, [{ method: 'DELETE', path }])
  for (const method of ['GET', 'DELETE'] as const) expectStatus(await client.send({ method, path }), 404)
  expectFound('/Users', await lookUpUser(client, person.userName), undefined)
  Object.assign(person, { id: undefined })
}

/** Deletes everybody, as a provider does in the end with people who were deactivated before. */
export const deleteUsers = (client: Client): Promise<void> =>
  client.each(created(client), (person) => deletePerson(client, person))

/**
 * Deactivates and deletes somebody who is in groups: the groups lose that member and no other. Creating the
 * person anew gives another id (RFC 7643 section 3.1: an id is never given again).
 */
export const deleteMember = async (client: Client): Promise<void> => {
  const groups = pushable(client)
  const person = groups.flatMap(({ members }) => members).find(isCreated)
  if (person === undefined) {
    throw new Mismatch({ method: 'GET', path: '/Groups' }, 'somebody in a group', 'nobody')
  }
  const { id } = person
  await setActive(client, person, false)
  await deletePerson(client, person)
  for (const group of groups.filter(({ members }) => members.includes(person))) {
    group.members = group.members.filter((member) => member !== person)
    await expectMembers(client, { method: 'DELETE', path: userPath({ id }) }, group)
  }
  person.active = true
  await createPerson(client, person)
  const { id: anew } = person
  if (anew === id) throw new Mismatch({ method: 'POST', path: '/Users' }, 'a new id', 'the deleted one')
}
