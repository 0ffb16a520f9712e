import { expect } from 'vitest'
import { sql } from '../../worker/store/database.ts'
import { readStanding, type Settings } from '../../worker/store/settings.ts'
import type { Downstream } from './downstream.ts'
import { idOf, world, type World } from './world.ts'

type Guard = Settings['guard']

const { guard: usual } = readStanding({ settings: '{}', revision: 0 }).settings

export const MINUTE = 60_000

/** A limit of the guard that a small test can reach. */
export const limit = (number: number) => ({ number, share: 0, window: 60 })

export const patch = (...Operations: object[]) => ({ Operations })
export const off = patch({ op: 'replace', path: 'active', value: false })
export const on = patch({ op: 'replace', path: 'active', value: true })

/** A world with a SCIM target and a clock that a test can move on. */
export type Guarded = World & {
  readonly now: () => Date
  readonly pass: (milliseconds: number) => void
  readonly guard: (change: Partial<Guard>) => Promise<void>
  /** Makes people, and groups of them; gives their ids. */
  readonly hire: (n: number, name?: string) => Promise<readonly string[]>
  readonly group: (displayName: string, ids: readonly string[]) => Promise<string>
  readonly alarms: () => Promise<readonly Record<string, unknown>[]>
  /** How many deliveries there are in each state. */
  readonly states: () => Promise<readonly Record<string, unknown>[]>
}

/** Takes a target; empties it and gives a world before it. */
export async function guarded(there: Downstream): Promise<Guarded> {
  there.users.clear()
  there.groups.clear()
  there.spoil = () => undefined
  let offset = 0
  const now = () => new Date(Date.now() + offset)
  const here = await world({ now, subrequests: 1_000 })
  const auth = { kind: 'bearer', token: there.token }
  expect(await here.target({ kind: 'scim', url: there.url, auth })).toMatchObject({ kind: 'set' })
  return {
    ...here,
    now,
    pass: (milliseconds) => {
      offset += milliseconds
    },
    guard: (change) => here.settings({ guard: { ...usual, ...change } }),
    hire: async (n, name = 'p') => {
      const ids: string[] = []
      for (let i = 0; i < n; i += 1) {
        const value = `${name}${i}@example.com`
        const emails = [{ value, type: 'work', primary: true }]
        ids.push(idOf(await here.send('POST', '/Users', { userName: value, emails })))
      }
      return ids
    },
    group: async (displayName, ids) =>
      idOf(await here.send('POST', '/Groups', { displayName, members: ids.map((value) => ({ value })) })),
    alarms: () =>
      here.rows(sql`SELECT kind, subject, count FROM alarms WHERE connection = ${here.connection} AND cleared IS NULL
        ORDER BY kind, subject`),
    states: () =>
      here.rows(sql`SELECT state, count(*) AS n FROM deliveries WHERE connection = ${here.connection}
        GROUP BY state ORDER BY state`),
  }
}
