import { randomUUID } from 'node:crypto'
import { expectStatus, Mismatch } from './answer.ts'
import type { Json, Request } from './answer.ts'
import { expectFound, fetchUser, lookUpUser } from './calls.ts'
import type { Client } from './calls.ts'
import { newPerson } from './org.ts'
import { USER_SCHEMA, expectNamesAndEmail, readList, readUser } from './resource.ts'
import { createPerson } from './createSteps.ts'
import { refuseOnce } from '../refuseOnce.ts'

/** The ids and headers of Okta's SCIM 2.0 specification test. */
const UNKNOWN_IDS = ['010101001010101011001010101011', '00919288221112222']
const SPEC_HEADERS = { 'User-Agent': 'OKTA SCIM Integration', Accept: 'application/scim+json; charset=utf-8' }

const expectRefused = async (client: Client, request: Request, status: number): Promise<void> =>
  expectStatus(await client.send(request), status)

/** Reads and writes what is not there: 404 with a SCIM Error each time. */
export const unknownIds = (client: Client): Promise<void> => {
  const id = randomUUID()
  const user: Json = {
    schemas: [USER_SCHEMA],
    id,
    userName: `${client.provider.name}.${client.org.run}.nobody@example.com`,
  }
  const group = { id, displayName: `Nobody ${client.org.run}`, members: [] }
  const requests: readonly Request[] = [
    ...UNKNOWN_IDS.map((unknown) => ({ method: 'GET', path: `/Users/${unknown}` }) as const),
    { method: 'GET', path: `/Users/${id}` },
    { method: 'GET', path: `/Groups/${id}` },
    { method: 'DELETE', path: `/Groups/${id}` },
    ...client.provider.renameGroup(group),
    ...client.provider.setActive({ id, body: user }, false),
    ...client.provider.changeMembers(group, [{ value: id, display: 'nobody' }], []),
  ]
  return client.each(requests, (request) => expectRefused(client, request, 404))
}

/** Sends what is no token: 401 with a SCIM Error, for reads and for writes, and nothing is written. */
export const noToken = async (client: Client): Promise<void> => {
  const person = newPerson(client.provider, client.org.run, 'no-token')
  const headers = { Authorization: 'non-token' }
  const requests: readonly Request[] = [
    { method: 'GET', path: '/Users', query: { startIndex: 1, count: 2 }, headers },
    { method: 'GET', path: '/Groups', query: { startIndex: 1, count: 100 }, headers },
    {
      method: 'POST',
      path: '/Users',
      body: client.provider.createUser(person.profile, client.org.secret),
      headers,
    },
  ]
  await client.each(requests, (request) => expectRefused(client, request, 401))
  expectFound('/Users', await lookUpUser(client, person.userName), undefined)
}

const find = (userName: string): Request => ({
  method: 'GET',
  path: '/Users',
  query: { filter: `userName eq ${JSON.stringify(userName)}` },
})

/** Okta's SCIM 2.0 specification test (Okta-SCIM-20-SPEC-Test.json), its ten requests in their order. */
export const specificationTest = async (client: Client): Promise<void> => {
  const send = (request: Request) =>
    client.send({ ...request, headers: { ...SPEC_HEADERS, ...request.headers } })
  const first = await send({ method: 'GET', path: '/Users', query: { count: 1, startIndex: 1 } })
  const [resource] = readList(first).resources
  if (resource === undefined) throw new Mismatch(first.request, 'Resources with a user', 'none')
  const user = readUser(first, resource)
  expectNamesAndEmail(first, user)

  const byId = await send({ method: 'GET', path: `/Users/${encodeURIComponent(user.id)}` })
  expectStatus(byId, 200)
  expectNamesAndEmail(byId, readUser(byId))

  const nobody = await send(find(`nobody.${client.org.run}`))
  const { totalResults } = readList(nobody)
  if (totalResults !== 0) throw new Mismatch(nobody.request, 'totalResults 0', String(totalResults))

  for (const id of UNKNOWN_IDS) expectStatus(await send({ method: 'GET', path: `/Users/${id}` }), 404)

  const person = newPerson(client.provider, client.org.run, 'spec')
  client.org.people.push(person)
  const post: Request = {
    method: 'POST',
    path: '/Users',
    body: client.provider.createUser(person.profile, client.org.secret),
    headers: { 'Content-Type': 'application/json' },
  }
  const made = await send(post)
  expectStatus(made, 201)
  const { id, active, userName } = readUser(made)
  person.id = id
  expectNamesAndEmail(made, readUser(made))
  if (!active || userName !== person.userName) {
    throw new Mismatch(post, `${person.userName}, active`, `${userName}, active ${active}`)
  }
  await fetchUser(client, id)
  expectStatus(await send(post), 409)
  expectFound('/Users', await lookUpUser(client, person.userName.toUpperCase()), id)
  readList(await send({ method: 'GET', path: '/Groups' }))
  expectStatus(await send({ ...find(person.userName), headers: { Authorization: 'non-token' } }), 401)
}

/**
 * Creates a person by way of a proxy that answers the first write with 429 and Retry-After: the provider waits,
 * asks again, and there is one such person in the end.
 */
export const tooManyRequests = async (client: Client): Promise<void> => {
  const person = newPerson(client.provider, client.org.run, 'retried')
  client.org.people.push(person)
  const proxy = await refuseOnce(client.base)
  try {
    await createPerson(client.through(proxy.base), person)
  } finally {
    await proxy.close()
  }
  const came = `${proxy.refused()} refused, ${proxy.forwarded().length} let through`
  if (came !== '1 refused, 1 let through') {
    throw new Mismatch({ method: 'POST', path: '/Users' }, '1 refused, 1 let through', came)
  }
  expectFound('/Users', await lookUpUser(client, person.userName), person.id)
}
