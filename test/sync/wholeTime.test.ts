import { afterAll, beforeEach, expect, test } from 'vitest'
import { changesFrom } from '../../dev/connectionSettings.ts'
import { sql } from '../../worker/store/database.ts'
import { endOverrides, rejectHolds, releaseHolds } from '../../worker/store/holds.ts'
import { makeAllDue, makeLeftDue, type Resync } from '../../worker/store/resync.ts'
import { loadStanding } from '../../worker/store/settings.ts'
import { at } from '../json.ts'
import { downstream, type Fault, type Seen } from './downstream.ts'
import { guarded, limit, off, patch, type Guarded } from './guarded.ts'

const there = await downstream()
afterAll(() => there.stop())
let here: Guarded
beforeEach(async () => {
  here = await guarded(there)
})

const DAY = 86_400_000
const titled = (title: string) => patch({ op: 'replace', path: 'title', value: title })
const broken = ({ method }: Seen): Fault | undefined =>
  method === 'GET' ? undefined : { kind: 'answer', status: 500 }
const resync = async (): Promise<Resync> => {
  const { connection, sign, database } = here
  const { settings } = await loadStanding(database, connection)
  return {
    connection,
    target: settings.target?.id ?? '',
    request: crypto.randomUUID(),
    sign,
    at: here.now(),
  }
}
const setState = async (state: 'paused' | 'active') => {
  const { settings } = await loadStanding(here.database, here.connection)
  await here.settings(changesFrom({ state }, here.now()).reduce((now, change) => change(now), settings))
}

/** How something comes to lie there for a long time, and how it is brought on its way again. */
type Way = {
  readonly name: string
  readonly days: number
  readonly lay: () => Promise<void>
  readonly release: () => Promise<unknown>
}

const ways: readonly Way[] = [
  {
    name: 'held, and released',
    days: 7,
    lay: async () => {
      await here.guard({ create: limit(0) })
      await here.hire(1)
    },
    release: () => releaseHolds(here.database, here.connection, 'create', here.now()),
  },
  {
    name: 'rejected, and the rejection ended',
    days: 7,
    lay: async () => {
      const [a = ''] = await here.hire(1)
      await here.guard({ rename: limit(0) })
      there.spoil = broken
      await here.send(
        'PATCH',
        `/Users/${a}`,
        patch({ op: 'replace', path: 'userName', value: 'x@example.com' }),
      )
      await rejectHolds(here.database, here.connection, 'rename', here.now(), 'admin')
    },
    release: async () => {
      const [row] = await here.rows(sql`SELECT resource FROM overrides WHERE connection = ${here.connection}`)
      expect(await endOverrides(here.database, await resync(), String(row?.['resource']))).toBe(true)
    },
  },
  {
    name: 'there while the connection was paused, and resumed',
    days: 7,
    lay: async () => {
      const [a] = await here.hire(1)
      await setState('paused')
      await here.send('PATCH', `/Users/${a}`, titled('Boss'))
    },
    release: () => setState('active'),
  },
  {
    name: 'long on its way, and everything made due',
    days: 7,
    lay: async () => {
      const [a] = await here.hire(1)
      there.spoil = broken
      await here.send('PATCH', `/Users/${a}`, titled('Boss'))
    },
    release: async () => makeAllDue(here.database, await resync()),
  },
  {
    name: 'a deactivation long on its way, and whoever is left made due',
    days: 31,
    lay: async () => {
      const [a] = await here.hire(1)
      there.spoil = broken
      await here.send('PATCH', `/Users/${a}`, off)
    },
    release: async () => expect(await makeLeftDue(here.database, await resync(), 'leavers')).toBe(1),
  },
  {
    name: 'a group that waited for its member, who comes',
    days: 7,
    lay: async () => {
      there.spoil = ({ body }) =>
        at(body, 'userName') === undefined ? undefined : { kind: 'answer', status: 500 }
      const [a = ''] = await here.hire(1)
      await here.group('Team', [a])
    },
    release: async () => {
      there.spoil = ({ method, path }) =>
        path.startsWith('/Groups') ? broken({ method, path, body: '' }) : undefined
      expect(await here.states()).toContainEqual({ state: 'waiting', n: 1 })
      await here.database.write([
        sql`UPDATE deliveries SET due = '2000' WHERE connection = ${here.connection} AND type = 'User'`,
      ])
    },
  },
]

test.for(ways)('$name: it is not given up at its first failure, but after its whole time', async (way) => {
  await way.lay()
  here.pass(way.days * DAY)
  there.spoil = broken
  // The group's way lets its member through.
  await way.release()
  await here.sweep()
  expect(await here.states()).toEqual([{ state: 'due', n: 1 }])
  const [row] = await here.rows(sql`SELECT tries FROM deliveries WHERE connection = ${here.connection}`)
  expect(Number(row?.['tries'])).toBeGreaterThan(0)
  here.pass(way.days * DAY)
  await here.sweep()
  expect(await here.states()).toEqual([{ state: 'dead', n: 1 }])
})
