import { randomUUID } from 'node:crypto'
import { at, describe, elements, expectStatus, Mismatch } from './answer.ts'
import { equals, expectFound, lookUpGroup, write } from './calls.ts'
import type { Client } from './calls.ts'
import { deletePerson } from './deleteSteps.ts'
import { createOne } from './groupSteps.ts'
import { newPerson } from './org.ts'
import { groupPath } from './requests.ts'
import { readList } from './resource.ts'
import { createPerson } from './createSteps.ts'

const CONFIG_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'

/** Looks somebody up whose userName is made up for it: 200 with an empty list, never 404. */
export const lookUpNobody = async ({ provider, send }: Client): Promise<void> => {
  const answer = await send(provider.lookUp('/Users', equals('userName', randomUUID())))
  const { totalResults, resources } = readList(answer)
  if (totalResults === 0 && resources.length === 0) return
  throw new Mismatch(answer.request, 'an empty list', `${totalResults} of which ${resources.length} shown`)
}

/** Asks what the server can do (RFC 7643 section 5): it must say whether PATCH and filters are there. */
export const readConfiguration = async ({ send }: Client): Promise<void> => {
  const answer = await send({ method: 'GET', path: '/ServiceProviderConfig' })
  expectStatus(answer, 200)
  const says = (name: string): boolean => typeof at(answer.body, name, 'supported') === 'boolean'
  if (elements(at(answer.body, 'schemas')).includes(CONFIG_SCHEMA) && says('patch') && says('filter')) return
  throw new Mismatch(answer.request, 'a ServiceProviderConfig', describe(answer))
}

/** Makes a test user and a test group and removes both: neither is to be found any more. */
export const testUserAndGroup = async (client: Client): Promise<void> => {
  const person = newPerson(client.provider, client.org.run, 'test')
  await createPerson(client, person)
  const group = await createOne(client, {
    displayName: `Test group ${client.org.run}`,
    id: undefined,
    members: [],
  })
  const path = groupPath(group)
  await write(client, [{ method: 'DELETE', path }])
  expectStatus(await client.send({ method: 'GET', path }), 404)
  expectFound('/Groups', await lookUpGroup(client, group.displayName), undefined)
  await deletePerson(client, person)
}
