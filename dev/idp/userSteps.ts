import { at, expectStatus, Mismatch, show } from './answer.ts'
import type { Json } from './answer.ts'
import {
  created,
  everyNth,
  expectFound,
  expectNone,
  fetchUser,
  lookUpUser,
  write,
  writeUser,
} from './calls.ts'
import type { Client, Created } from './calls.ts'
import { difference, without } from './compare.ts'
import { placeholderPassword } from './org.ts'
import { merge } from './requests.ts'

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

/** Assigns people who are there already: the lookup finds them, and their profile is overwritten. */
export const adopt = (client: Client): Promise<void> =>
  client.each(everyNth(created(client), 4), async (person) => {
    expectFound('/Users', await lookUpUser(client, person.userName), person.id)
    const name = { givenName: `${String(at(person.profile, 'name', 'givenName'))} (assigned)` }
    await pushProfile(client, person, merge(person.profile, { name }))
  })

/** Puts back what GET gave, as it is: nothing may change, the version and its date included. */
export const putBack = (client: Client): Promise<void> =>
  client.each(everyNth(created(client), 2), async ({ id }) => {
    const { body } = await fetchUser(client, id)
    const path = `/Users/${encodeURIComponent(id)}`
    await write(client, [{ method: 'PUT', path, body }])
    expectNone({ method: 'PUT', path }, difference(body, (await fetchUser(client, id)).body))
  })

/** Changes names: a new given name and a middle name, the family name kept; the displayName if it is mapped. */
export const changeProfile = (client: Client): Promise<void> =>
  client.each(everyNth(created(client), 2), (person) => {
    const displayName = `Renée ${String(at(person.profile, 'name', 'familyName'))}`
    return pushProfile(client, person, {
      name: { givenName: 'Renée', middleName: 'Excited' },
      ...('displayName' in person.profile ? { displayName } : {}),
    })
  })

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
