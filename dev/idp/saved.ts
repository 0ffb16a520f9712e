import { writeFile } from 'node:fs/promises'
import * as v from 'valibot'
import { readJson } from '../files.ts'
import { created, expectNone, fetchUser } from './calls.ts'
import { difference } from './compare.ts'
import { deleteUsers } from './deleteSteps.ts'
import * as groups from './groupSteps.ts'
import { newOrg } from './org.ts'
import type { Org, Person } from './org.ts'
import type { Provider } from './provider.ts'
import { PROVIDERS } from './providers.ts'
import type { Step } from './steps.ts'
import * as users from './userSteps.ts'

const saved = v.object({
  provider: v.string(),
  run: v.string(),
  notKept: v.array(v.string()),
  people: v.array(
    v.object({
      profile: v.record(v.string(), v.unknown()),
      userName: v.string(),
      id: v.optional(v.string()),
      active: v.boolean(),
    }),
  ),
  /** Members by their place among the people. */
  groups: v.array(
    v.object({ displayName: v.string(), id: v.optional(v.string()), members: v.array(v.number()) }),
  ),
})

/** What a provider keeps of a run: people and groups with the ids that the server gave. Throws where it cannot be written. */
export async function saveOrg(file: string, provider: Provider, org: Org): Promise<void> {
  const state: v.InferInput<typeof saved> = {
    provider: provider.name,
    run: org.run,
    notKept: [...org.notKept],
    people: org.people.map((person) => ({ ...person })),
    groups: org.groups.map(({ displayName, id, members }) => ({
      displayName,
      id,
      members: members.map((person) => org.people.indexOf(person)),
    })),
  }
  await writeFile(file, JSON.stringify(state, null, 2), { mode: 0o600 })
}

/** Takes the option that names a file, and the file, which saveOrg wrote; gives the provider and its side. Throws for any other. */
export async function loadOrg(
  option: string,
  file: string,
): Promise<{ readonly provider: Provider; readonly org: Org }> {
  const read = v.safeParse(saved, await readJson(option, file))
  if (!read.success) throw new Error(`${file} was not written by npm run idp -- --save.`)
  const state = read.output
  const provider = PROVIDERS.get(state.provider)
  if (provider === undefined) throw new Error(`${file} is of a provider that is not known: ${state.provider}`)
  const people = state.people.map((person): Person => ({ ...person, id: person.id }))
  const org = {
    ...newOrg(provider, 0, 0),
    run: state.run,
    notKept: new Set(state.notKept),
    people,
    groups: state.groups.map(({ displayName, id, members }) => ({
      displayName,
      id,
      members: members.flatMap((at) => people[at] ?? []),
    })),
  }
  return { provider, org }
}

/** What ends a run: it would leave nothing to go on with. */
const ENDS: readonly Step['run'][] = [groups.deleteGroups, users.unassignAll, deleteUsers]

/** Takes a provider; gives it without the steps that take everything back. */
export function withoutEnd(provider: Provider): Provider {
  return { ...provider, steps: provider.steps.filter(({ run }) => !ENDS.includes(run)) }
}

/** Takes a provider; gives it with the steps of one whose app was only pointed elsewhere: it goes on with the ids it has. */
export function goingOn(provider: Provider): Provider {
  const [first, ...rest] = provider.steps
  const named = (run: Step['run']) => rest.filter((step) => step.run === run)
  const steps: readonly (Step | undefined)[] = [
    first,
    { name: 'find by id', run: findById },
    ...named(users.deactivate),
    ...named(users.changeProfile),
    ...named(groups.membersOut),
    ...named(groups.renameGroups),
    ...named(groups.pushAll),
    ...named(groups.unassignMember),
    { name: 'deactivate everybody', run: users.unassignAll },
  ]
  return { ...provider, steps: steps.filter((step) => step !== undefined) }
}

/** Everybody is there under the id the provider has, as active as it has them. */
async function findById(client: Parameters<Step['run']>[0]): Promise<void> {
  await client.each(created(client), async ({ id, active, userName }) => {
    const user = await fetchUser(client, id)
    const got = { active: user.active, userName: user.userName.toLowerCase() }
    const path = `/Users/${encodeURIComponent(id)}`
    expectNone({ method: 'GET', path }, difference({ active, userName: userName.toLowerCase() }, got))
  })
}
