import * as v from 'valibot'

/** What is compared of a person, and of a group with the userNames of its members. */
export type Person = {
  readonly active: boolean
  readonly displayName: string | undefined
  readonly name: string | undefined
}
export type Account = {
  readonly people: ReadonlyMap<string, Person>
  readonly groups: ReadonlyMap<string, readonly string[]>
}

const text = v.optional(v.nullable(v.string()))

const resource = v.object({
  id: v.string(),
  userName: text,
  displayName: text,
  active: v.optional(v.boolean(), true),
  name: v.optional(v.object({ givenName: text, familyName: text })),
  members: v.optional(v.array(v.object({ value: v.string() })), []),
})

const list = v.object({ totalResults: v.number(), Resources: v.optional(v.array(resource), []) })

const COUNT = 100

/** Reads all people and groups of a SCIM service, page by page, over SCIM. Throws where two have one name. */
export async function readAccount(base: string, token: string): Promise<Account> {
  const headers = { authorization: `Bearer ${token}`, accept: 'application/scim+json' }
  const all = async (endpoint: string) => {
    const found: v.InferOutput<typeof resource>[] = []
    for (;;) {
      const answer = await fetch(`${base}${endpoint}?startIndex=${found.length + 1}&count=${COUNT}`, {
        headers,
      })
      const { totalResults, Resources } = v.parse(list, await answer.json())
      found.push(...Resources)
      if (Resources.length === 0 || found.length >= totalResults) return found
    }
  }
  const [people, groups] = [await all('/Users'), await all('/Groups')]
  const once = (names: readonly unknown[]) => {
    if (new Set(names).size < names.length) throw new Error(`somebody is there twice: ${names.join()}`)
  }
  once(people.map(({ userName }) => userName?.toLowerCase()))
  once(groups.map(({ displayName }) => displayName))
  const nameOf = new Map(people.map(({ id, userName }) => [id, userName ?? id]))
  return {
    people: new Map(
      people.map(({ userName, active, displayName, name }) => [
        userName ?? '',
        {
          active,
          displayName: displayName ?? undefined,
          name: name === undefined ? undefined : `${name.givenName ?? ''}, ${name.familyName ?? ''}`,
        },
      ]),
    ),
    groups: new Map(
      groups.map(({ displayName, members }) => [
        displayName ?? '',
        members.map(({ value }) => nameOf.get(value) ?? value).toSorted(),
      ]),
    ),
  }
}

/**
 * Takes what the bridge and the target have; gives every difference in words. Who is deleted at the bridge is inactive at the
 * target, and who was never active there may be missing.
 * @param keeps what the target keeps of a person beside userName and active
 */
export function differences(
  bridge: Account,
  target: Account,
  keeps: readonly ('displayName' | 'name')[],
): string[] {
  const found: string[] = []
  const differ = (what: string, here: unknown, there: unknown) => {
    if (JSON.stringify(here) !== JSON.stringify(there))
      found.push(`${what}: ${JSON.stringify(here)} at the bridge, ${JSON.stringify(there)} at the target`)
  }
  for (const [userName, person] of bridge.people) {
    const there = target.people.get(userName)
    differ(`${userName} active`, person.active, there?.active ?? false)
    for (const each of there === undefined ? [] : keeps)
      differ(`${userName} ${each}`, person[each], there?.[each])
  }
  for (const [userName, { active }] of target.people)
    if (!bridge.people.has(userName)) differ(`${userName} active`, false, active)
  for (const name of new Set([...bridge.groups.keys(), ...target.groups.keys()]))
    differ(`group ${name}`, bridge.groups.get(name), target.groups.get(name))
  return found
}
