import { readPatch } from '../../worker/scim/patch.ts'
import { groupType, userType } from '../../worker/scim/resourceTypes.ts'
import { readResource } from '../../worker/scim/resource.ts'
import type { Caller } from '../../worker/store/admission.ts'
import { createResource } from '../../worker/store/create.ts'
import { compile, type Database } from '../../worker/store/database.ts'
import { patchResource } from '../../worker/store/patch.ts'
import type { Shot } from './load.ts'

type Statement = ReturnType<typeof compile>

/** One thing measured: the request to the bridge, and the statements the bare Worker sends for the same. */
export type Case = {
  readonly name: string
  readonly bridge: () => Shot
  readonly bare: () => Promise<readonly Statement[]>
}

/** What the cases work on: who asks, people to find, and a group for each side to put them in. */
export type Ground = {
  readonly caller: Caller
  readonly token: string
  readonly people: readonly { readonly id: string; readonly userName: string }[]
  readonly groups: { readonly bridge: string; readonly bare: string }
}

const CAPTURED = new Error('captured')

/** Runs a write of the store and gives the statements it would have sent. */
async function capture(write: (database: Database) => Promise<unknown>): Promise<readonly Statement[]> {
  let statements: readonly Statement[] = []
  const database: Database = {
    trips: () => 0,
    read: () => Promise.reject(CAPTURED),
    write: (sent) => {
      statements = sent.map(compile)
      return Promise.reject(CAPTURED)
    },
  }
  await write(database).catch((error: unknown) => {
    if (error !== CAPTURED) throw error
  })
  return statements
}

/** Takes the ground; gives the four cases: get, filter, create, member PATCH. */
export function cases({ caller, token, people, groups }: Ground): readonly Case[] {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' }
  let count = 0
  const turn = () => people[(count += 1) % people.length] ?? { id: '', userName: '' }
  const request = () => ({ caller, id: crypto.randomUUID(), at: new Date() })
  const person = () => {
    const userName = `${crypto.randomUUID()}@example.com`
    return {
      schemas: [userType.schema.id],
      userName,
      name: { givenName: 'Test', familyName: 'User' },
      emails: [{ primary: true, value: userName, type: 'work' }],
      displayName: 'Test User',
      externalId: crypto.randomUUID(),
      password: '1mz050nq',
      active: true,
    }
  }
  const member = (id: string) => ({ op: 'add', path: 'members', value: [{ value: id }] }) as const
  const select = 'SELECT document FROM resources WHERE connection = ? AND'
  return [
    {
      name: 'get',
      bridge: () => ({ method: 'GET', path: `/scim/v2/Users/${turn().id}`, headers }),
      bare: () => Promise.resolve([{ sql: `${select} id = ?`, args: [caller.connection, turn().id] }]),
    },
    {
      name: 'filter',
      bridge: () => {
        const filter = encodeURIComponent(`userName eq "${turn().userName}"`)
        return { method: 'GET', path: `/scim/v2/Users?filter=${filter}&startIndex=1&count=100`, headers }
      },
      bare: () =>
        Promise.resolve([{ sql: `${select} user_name = ?`, args: [caller.connection, turn().userName] }]),
    },
    {
      name: 'create',
      bridge: () => ({ method: 'POST', path: '/scim/v2/Users', headers, body: JSON.stringify(person()) }),
      bare: () =>
        capture((database) => {
          const sent = readResource(userType, person())
          return createResource(database, request(), userType, sent, crypto.randomUUID(), { kind: 'default' })
        }),
    },
    {
      name: 'member PATCH',
      bridge: () => ({
        method: 'PATCH',
        path: `/scim/v2/Groups/${groups.bridge}`,
        headers,
        body: JSON.stringify({ Operations: [member(turn().id)] }),
      }),
      bare: () =>
        capture((database) => {
          const patch = readPatch(groupType, [{ ...member(turn().id), where: '' }])
          return patchResource(database, request(), groupType, groups.bare, patch, {
            kind: 'only',
            paths: [],
          })
        }),
    },
  ]
}
