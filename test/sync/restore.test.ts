import { afterAll, beforeEach, expect, test } from 'vitest'
import { proverOf } from '../../worker/auth/proof.ts'
import { sql, type Database } from '../../worker/store/database.ts'
import { resourceTypes } from '../../worker/scim/resourceTypes.ts'
import { targetOpenerOf } from '../../worker/sync/open.ts'
import { previewState } from '../../worker/sync/preview.ts'
import { planRestore, restore, type Plan, type Wish } from '../../worker/sync/restore.ts'
import { downstream } from './downstream.ts'
import { guarded, off, patch, type Guarded } from './guarded.ts'
import { idOf, readKeysOf } from './world.ts'

const there = await downstream()
afterAll(() => there.stop())
let here: Guarded
beforeEach(async () => {
  here = await guarded(there)
})

const openTarget = targetOpenerOf({ ...readKeysOf(), loopback: true })

/** A database that nothing may be written to. */
const readOnly = (): Database => ({
  ...here.database,
  write: () => Promise.reject(new Error('written')),
})

async function planned(id: string, wish: Wish): Promise<Plan> {
  const plan = await planRestore(readOnly(), here.connection, id, wish)
  if (plan.kind !== 'plan') throw new Error(JSON.stringify(plan))
  return plan
}

const preview = ({ known, document, add, remove }: Plan) =>
  previewState(
    {
      database: readOnly(),
      openTarget,
      types: resourceTypes,
      budget: { left: 30 },
      until: Date.now() + 20_000,
      now: new Date(),
    },
    here.connection,
    { resource: known.id, type: known.type, document, add, remove },
  )

const carryOut = (plan: Plan) =>
  restore(
    {
      database: here.database,
      sign: here.sign,
      prove: proverOf(undefined),
      id: crypto.randomUUID(),
      at: new Date(),
    },
    here.connection,
    plan,
  )

async function seqs(id: string): Promise<readonly number[]> {
  const rows = await here.rows(sql`SELECT seq FROM changes WHERE resource = ${id} ORDER BY seq`)
  return rows.map(({ seq }) => Number(seq))
}

test('the requests of a restore are shown, nothing is written, and these are the ones that are then sent', async () => {
  const [anna = ''] = await here.hire(1)
  await here.send('PATCH', `/Users/${anna}`, patch({ op: 'replace', value: { title: 'Boss' } }))
  const plan = await planned(anna, { kind: 'version', seq: (await seqs(anna))[0] ?? 0 })
  there.seen.length = 0
  const { steps, words } = await preview(plan)
  expect(words).toBeUndefined()
  expect(there.seen.filter(({ method }) => method !== 'GET')).toEqual([])
  expect(steps.length).toBeGreaterThan(0)
  await carryOut(plan)
  there.seen.length = 0
  await here.sweep()
  const sent = there.seen.filter(({ method }) => method !== 'GET')
  expect(sent.map(({ method, body }) => [method, body])).toEqual(
    steps.map(({ method, body }) => [method, body]),
  )
  expect([...there.users.values()].some(({ body }) => body['title'] === 'Boss')).toBe(false)
})

test('somebody who was deleted comes back inactive, linked to the account that was theirs', async () => {
  const [anna = ''] = await here.hire(1)
  await here.send('DELETE', `/Users/${anna}`)
  await here.sweep()
  const accounts = there.users.size
  const plan = await planned(anna, { kind: 'deleted' })
  expect(plan.document['active']).toBe(false)
  await carryOut(plan)
  await here.sweep()
  expect(there.users.size).toBe(accounts)
  const links = await here.rows(
    sql`SELECT remote, state FROM links WHERE connection = ${here.connection} AND resource = ${anna}`,
  )
  expect(links).toMatchObject([{ remote: plan.known.remote }])
  expect(
    await here.rows(
      sql`SELECT state FROM deliveries WHERE connection = ${here.connection} AND resource = ${anna}`,
    ),
  ).toEqual([])
  expect(await planRestore(here.database, here.connection, anna, { kind: 'deleted' })).toMatchObject({
    kind: 'no',
  })
})

test('members who come back are sent to the target, as was shown', async () => {
  const [anna = '', ben = ''] = await here.hire(2)
  const made = await here.send('POST', '/Groups', {
    displayName: 'Crew',
    members: [{ value: anna }, { value: ben }],
  })
  const group = idOf(made)
  await here.send('PATCH', `/Groups/${group}`, patch({ op: 'remove', path: `members[value eq "${anna}"]` }))
  await here.sweep()
  const plan = await planned(group, { kind: 'undo', seq: (await seqs(group)).at(-1) ?? 0 })
  const { steps } = await preview(plan)
  expect(JSON.stringify(steps)).toContain('members')
  await carryOut(plan)
  await here.sweep()
  expect([...there.groups.values()].find(({ body }) => body['displayName'] === 'Crew')?.members.size).toBe(2)
})

test('what was erased has no way back, and what needs none sends nothing', async () => {
  const [anna = ''] = await here.hire(1)
  await here.send('PATCH', `/Users/${anna}`, off)
  const [first = 0, second = 0] = await seqs(anna)
  const { steps, words } = await preview(await planned(anna, { kind: 'undo', seq: second }))
  expect([steps, words]).toEqual([[], 'The target is in that state already: nothing is sent.'])
  await here.database.write([sql`DELETE FROM change_values WHERE resource = ${anna}`])
  for (const wish of [
    { kind: 'version', seq: first },
    { kind: 'undo', seq: second },
  ] as const)
    expect(await planRestore(here.database, here.connection, anna, wish)).toMatchObject({
      kind: 'no',
      words: expect.stringContaining('erased'),
    })
})

test('a target that cannot be opened is told in words', async () => {
  const [anna = ''] = await here.hire(1)
  await here.send('PATCH', `/Users/${anna}`, patch({ op: 'replace', value: { title: 'Boss' } }))
  await here.database.write([
    sql`UPDATE connections SET settings = json_set(settings, '$.target.sealed', 'x') WHERE id = ${here.connection}`,
  ])
  const { steps, words } = await preview(
    await planned(anna, { kind: 'undo', seq: (await seqs(anna)).at(-1) ?? 0 }),
  )
  expect([steps, words]).toEqual([[], expect.stringContaining('The target cannot be reached: ')])
})

test('nobody comes back whose values were erased', async () => {
  const [anna = ''] = await here.hire(1)
  await here.send('DELETE', `/Users/${anna}`)
  await here.database.write([
    sql`UPDATE tombstones SET document = '{}', erased = '2000' WHERE connection = ${here.connection} AND id = ${anna}`,
  ])
  expect(await planRestore(readOnly(), here.connection, anna, { kind: 'deleted' })).toMatchObject({
    kind: 'no',
    words: expect.stringContaining('erased'),
  })
})
