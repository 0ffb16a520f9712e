import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { claimDue } from '../../worker/store/claim.ts'
import { sql } from '../../worker/store/database.ts'
import { settle, type Settled } from '../../worker/store/outcome.ts'
import { loadStanding, saveSettings } from '../../worker/store/settings.ts'
import { downstream, type Downstream } from './downstream.ts'
import { idOf, world, type World } from './world.ts'

let there: Downstream
let elsewhere: Downstream

beforeAll(async () => {
  there = await downstream()
  elsewhere = await downstream()
})
afterAll(async () => {
  await there.stop()
  await elsewhere.stop()
})
beforeEach(() => {
  for (const { users, groups, seen } of [there, elsewhere]) {
    users.clear()
    groups.clear()
    seen.length = 0
  }
})

/** A connection with a target of its own. */
async function bound({ url, token }: Downstream): Promise<World> {
  const here = await world()
  const set = await here.target({ kind: 'scim', url, auth: { kind: 'bearer', token } })
  expect(set).toMatchObject({ kind: 'set' })
  return here
}

const off = { Operations: [{ op: 'replace', path: 'active', value: false }] }

/** Somebody who is at the target, and whose deactivation is due there. */
async function withOneDue(here: World, service: Downstream): Promise<string> {
  const id = idOf(await here.send('POST', '/Users', { userName: `${crypto.randomUUID()}@example.com` }))
  service.spoil = () => ({ kind: 'answer', status: 503 })
  expect((await here.send('PATCH', `/Users/${id}`, off)).status).toBe(200)
  service.spoil = () => undefined
  await here.database.write([sql`UPDATE deliveries SET due = '2000' WHERE connection = ${here.connection}`])
  service.seen.length = 0
  return id
}

const deliveries = (here: World, id: string) =>
  here.rows(sql`SELECT state, words, leased FROM deliveries WHERE resource = ${id}`)
const alarms = (id: string) => sql`SELECT kind, words FROM alarms WHERE subject = ${id} AND cleared IS NULL`
const FORGED = { kind: 'forged', words: 'its MAC is not ours: it was changed in the database' }

describe('a delivery that was changed in the database is not carried out', () => {
  test.for(['connection', 'asked', 'kind', 'target', 'request', 'mac'] as const)('%s', async (column) => {
    const [here, other] = [await bound(there), await bound(elsewhere)]
    const id = await withOneDue(here, there)
    const theirs = idOf(
      await other.send('POST', '/Users', { userName: `${crypto.randomUUID()}@example.com` }),
    )
    const { settings } = await loadStanding(other.database, other.connection)
    const mac = await other.sign(['another'])
    const values = {
      connection: other.connection,
      asked: theirs,
      kind: 'delete',
      target: settings.target?.id ?? '',
      request: crypto.randomUUID(),
      mac,
    }
    await here.database.write([
      sql`UPDATE deliveries SET ${sql.identifier(column)} = ${values[column]} WHERE resource = ${id}`,
    ])
    elsewhere.seen.length = 0
    expect((await here.sweep()).outcomes).toMatchObject({ done: 0, later: 1 })
    expect([there.seen, elsewhere.seen]).toEqual([[], []])
    expect(await deliveries(here, id)).toEqual([{ state: 'dead', words: FORGED.words, leased: null }])
    expect(await here.rows(alarms(id))).toEqual([FORGED])
    expect(await here.rows(sql`SELECT confirmed FROM receipts WHERE resource = ${id}`)).toEqual([
      { confirmed: null },
    ])
    expect(here.logs).toContainEqual(
      expect.objectContaining({ level: 'alarm', alarm: 'forged', resource: id }),
    )
    // It stays so, until the provider says it anew.
    await here.sweep()
    expect(there.seen).toEqual([])
    if (column === 'connection') return
    expect(
      (
        await here.send('PATCH', `/Users/${id}`, {
          Operations: [{ op: 'replace', path: 'title', value: 'x' }],
        })
      ).status,
    ).toBe(200)
    expect(await deliveries(here, id)).toEqual([])
    expect([...there.users.values()]).toMatchObject([{ body: { active: false, title: 'x' } }])
    expect(await here.rows(alarms(id))).toEqual([])
  })

  test('a row that was made up whole, with a MAC of a real one', async () => {
    const here = await bound(there)
    const real = await withOneDue(here, there)
    const id = crypto.randomUUID()
    const document = JSON.stringify({ userName: 'intruder@example.com', active: true })
    await here.database.write([
      sql`INSERT INTO resources (connection, id, type, version, created, modified, document, folded)
        VALUES (${here.connection}, ${id}, 'User', 1, '2026', '2026', ${document}, ${document})`,
      sql`INSERT INTO deliveries (connection, resource, type, asked, kind, request, target, mac, rank, seq, first, since, state,
          due, tries, lease, leased, uncertain)
        SELECT connection, ${id}, type, ${id}, 'create', request, target, mac, 0, seq, first, since, 'due', '2000', 0, 1, NULL, 0
        FROM deliveries WHERE resource = ${real}`,
    ])
    await here.sweep()
    expect(there.seen.filter(({ method }) => method === 'POST')).toEqual([])
    expect(await deliveries(here, id)).toMatchObject([{ state: 'dead', words: FORGED.words }])
    expect(await here.rows(alarms(id))).toEqual([FORGED])
    // The real one beside it is not held up.
    expect([...there.users.values()]).toMatchObject([{ body: { active: false } }])
  })
})

describe('sealed settings that were copied from another connection are not used', () => {
  test.for(['the sealed text alone', 'all of the target'])('%s', async (what) => {
    const [here, other] = [await bound(there), await bound(elsewhere)]
    const id = await withOneDue(here, there)
    const [standing, theirs] = [
      await loadStanding(here.database, here.connection),
      await loadStanding(other.database, other.connection),
    ]
    const [mine, foreign] = [standing.settings.target, theirs.settings.target]
    if (mine === undefined || foreign === undefined) throw new Error('no target')
    const target =
      what === 'all of the target' ? { ...foreign, id: mine.id } : { ...mine, sealed: foreign.sealed }
    await saveSettings(here.database, here.connection, standing, { ...standing.settings, target })
    elsewhere.seen.length = 0
    await here.sweep()
    // A request that brings its change itself uses them as little.
    const title = { Operations: [{ op: 'replace', path: 'title', value: 'x' }] }
    expect((await here.send('PATCH', `/Users/${id}`, title)).status).toBe(200)
    expect([there.seen, elsewhere.seen]).toEqual([[], []])
    expect(await deliveries(here, id)).toMatchObject([{ state: 'due' }])
    expect(
      await here.rows(sql`SELECT kind, words FROM alarms WHERE connection = ${here.connection}`),
    ).toEqual([
      {
        kind: 'target',
        words: 'the settings of the target are not those of this connection: enter them again',
      },
    ])
    expect(await here.rows(sql`SELECT 1 FROM stops WHERE connection = ${here.connection}`)).toHaveLength(1)
    await here.database.write([sql`DELETE FROM deliveries WHERE connection = ${here.connection}`])
  })
})

describe('an outcome that carries an old lease counts for nothing', () => {
  const claim = async (here: World, now: Date) => {
    const until = new Date(now.getTime() + 1_000)
    const { work } = await claimDue(here.database, {
      most: 10,
      now,
      until,
      id: crypto.randomUUID(),
      except: new Set(),
    })
    const [one] = work
    if (one === undefined) throw new Error('nothing is due')
    return one
  }

  /** All that the bridge knows of how things stand at the target. */
  const known = async ({ database, connection }: World) => {
    const tables = [
      'deliveries',
      'links',
      'receipts',
      'member_steps',
      'member_links',
      'stops',
      'changes',
      'alarms',
    ] as const
    return database.read(
      tables.map((table) => sql`SELECT * FROM ${sql.identifier(table)} WHERE connection = ${connection}`),
    )
  }

  const link = { remote: 'stolen', confirmed: { active: false }, account: 'elsewhere' }
  const OUTCOMES: readonly Settled[] = [
    { kind: 'done', link, members: [], refused: [], isSuspended: true },
    { kind: 'done', link: undefined, members: [], refused: [], isSuspended: true },
    {
      kind: 'later',
      due: new Date(0),
      uncertain: true,
      words: 'late',
      isDead: true,
      stopUntil: new Date(0),
      alarm: 'decide',
    },
    { kind: 'never', words: 'late' },
    { kind: 'skipped', words: 'late' },
    { kind: 'released' },
  ]

  test.for(OUTCOMES)('$kind', async (settled) => {
    const here = await bound(there)
    const id = await withOneDue(here, there)
    const stale = await claim(here, new Date())
    // Its lease runs out, and somebody else takes it up.
    const fresh = await claim(here, new Date(Date.now() + 10_000))
    expect([stale.resource, fresh.resource, fresh.lease]).toEqual([id, id, stale.lease + 1])
    const before = await known(here)
    await settle(here.database, [{ work: stale, settled }], new Date())
    expect(await known(here)).toEqual(before)
    // And the lease that counts still does.
    const done: Settled = {
      kind: 'done',
      link: { ...link, account: 'own' },
      members: [],
      refused: [],
      isSuspended: true,
    }
    await settle(here.database, [{ work: fresh, settled: done }], new Date())
    expect(await deliveries(here, id)).toEqual([])
    expect(await here.rows(sql`SELECT remote FROM receipts WHERE resource = ${id}`)).toEqual([
      { remote: 'stolen' },
    ])
    await here.database.write([sql`DELETE FROM links WHERE connection = ${here.connection}`])
  })
})
