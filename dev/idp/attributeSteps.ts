import { Mismatch } from './answer.ts'
import { created, everyNth, expectFound, lookUpUser } from './calls.ts'
import type { Client } from './calls.ts'
import { ENTERPRISE_SCHEMA } from './org.ts'
import { readList, readUser } from './resource.ts'
import { pushProfile } from './userSteps.ts'

/** Looks people up by each of the provider's filters: each finds that person and nobody else. */
export const lookUpByFilters = (client: Client): Promise<void> =>
  client.each(everyNth(created(client), 3), async (person) => {
    for (const filter of client.provider.filters?.(person) ?? []) {
      const answer = await client.send(client.provider.lookUp('/Users', filter))
      const ids = readList(answer).resources.map((resource) => readUser(answer, resource).id)
      if (ids.length === 1 && ids[0] === person.id) continue
      throw new Mismatch(answer.request, `only ${person.id} for ${filter}`, JSON.stringify(ids))
    }
    expectFound('/Users', await lookUpUser(client, person.userName), person.id)
  })

/**
 * Pushes a mobile number and an address to people who may have none, then other ones and a second number
 * beside the first: elements by their type, made where there is none of that type.
 */
export const changeContacts = (client: Client): Promise<void> =>
  client.each(everyNth(created(client), 3), async (person) => {
    const mobile = { type: 'mobile', value: '+49 170 0000001' }
    const address = { type: 'work', formatted: '1 Straße\n12345 Ort' }
    await pushProfile(client, person, { phoneNumbers: [mobile], addresses: [address] })
    await pushProfile(client, person, {
      phoneNumbers: [
        { ...mobile, value: '+49 170 0000002' },
        { type: 'work', value: '+49 30 0000003' },
      ],
      addresses: [{ ...address, formatted: '2 Straße\n12345 Ort' }],
    })
  })

/** Gives people a manager by id, and a department and a number in the same push. */
export const changeManagers = (client: Client): Promise<void> => {
  const people = created(client)
  return client.each(everyNth(people, 4), (person) => {
    const manager = people.find(({ id }) => id !== person.id)
    return pushProfile(client, person, {
      [ENTERPRISE_SCHEMA]: {
        department: 'Forschung & Entwicklung',
        employeeNumber: person.id.slice(0, 8),
        manager: { value: manager?.id },
      },
    })
  })
}
