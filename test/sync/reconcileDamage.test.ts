import { assert, asyncProperty, constantFrom, integer, record, array } from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sql } from '../../worker/store/database.ts'
import { downstream, type Downstream, type Kept } from './downstream.ts'
import { compare, mend } from './reconciling.ts'
import { idOf, world } from './world.ts'

const seed = Number(process.env['DAMAGE_SEED'] ?? Date.now() % 1_000_000)
const numRuns = Number(process.env['DAMAGE_RUNS'] ?? 12)

let there: Downstream

beforeAll(async () => {
  there = await downstream()
  there.showsMembers = true
})
afterAll(() => there.stop())

/** What somebody does at the target, to which of its people and groups. */
const DAMAGES = {
  delete: (user: Kept) => {
    there.users.delete(user.id)
    for (const group of there.groups.values()) group.members.delete(user.id)
  },
  leaveDangling: (user: Kept) => void there.users.delete(user.id),
  rename: (user: Kept) => void (user.body['userName'] = `renamed-${user.id}@example.com`),
  retitle: (user: Kept) => void (user.body['title'] = 'Somebody else'),
  blank: (user: Kept) => void delete user.body['title'],
  toggle: (user: Kept) => void (user.body['active'] = user.body['active'] !== true),
  join: (user: Kept, group: Kept) => void group.members.add(user.id),
  leave: (user: Kept, group: Kept) => void group.members.delete(user.id),
  renameGroup: (_: Kept, group: Kept) => void (group.body['displayName'] = `renamed ${group.id}`),
  deleteGroup: (_: Kept, group: Kept) => void there.groups.delete(group.id),
} as const

type Damage = keyof typeof DAMAGES

const NAMES = [
  'delete',
  'leaveDangling',
  'rename',
  'retitle',
  'blank',
  'toggle',
  'join',
  'leave',
  'renameGroup',
  'deleteGroup',
] as const satisfies readonly Damage[]

const PEOPLE = 8
const GROUPS = 3

test(`whatever is done at a target, it is found, and repaired nothing is left (DAMAGE_SEED=${seed})`, async () => {
  const damage = record({
    what: constantFrom(...NAMES),
    user: integer({ min: 0, max: PEOPLE - 1 }),
    group: integer({ min: 0, max: GROUPS - 1 }),
  })
  await assert(
    asyncProperty(array(damage, { minLength: 1, maxLength: 8 }), async (done) => {
      there.users.clear()
      there.groups.clear()
      const here = await world()
      const auth = { kind: 'bearer', token: there.token }
      expect(await here.target({ kind: 'scim', url: there.url, auth })).toMatchObject({ kind: 'set' })
      const ids: string[] = []
      for (let n = 0; n < PEOPLE; n += 1) {
        const person = { userName: `p${n}@example.com`, externalId: `e${n}`, title: 'Engineer' }
        ids.push(idOf(await here.send('POST', '/Users', person)))
      }
      for (let n = 0; n < GROUPS; n += 1) {
        const members = ids.filter((_, at) => at % GROUPS !== n).map((value) => ({ value }))
        await here.send('POST', '/Groups', { displayName: `g${n}`, externalId: `eg${n}`, members })
      }
      await here.send('PATCH', `/Users/${ids[0]}`, {
        Operations: [{ op: 'replace', path: 'active', value: false }],
      })
      await here.send('DELETE', `/Users/${ids[1]}`)
      // The groups a deleted person leaves are brought by cron.
      await here.sweep()
      expect((await compare(here)).found).toEqual([])
      const wanted = picture()

      const [users, groups] = [[...there.users.values()], [...there.groups.values()]]
      for (const { what, user, group } of done) {
        const [one, other] = [users[user], groups[group]]
        if (one !== undefined && other !== undefined) DAMAGES[what](one, other)
      }
      for (let round = 0; round < 4; round += 1) {
        const { found } = await compare(here)
        if (found.length === 0) break
        await mend(here, found)
        // What waits for a next try does not wait in a test.
        for (let sweep = 0; sweep < 3; sweep += 1) {
          await here.database.write([
            sql`UPDATE deliveries SET due = '2000' WHERE connection = ${here.connection} AND state = 'due'`,
          ])
          await here.sweep()
        }
      }
      const { found } = await compare(here)
      // A member that nobody has any more can only be taken out there.
      expect(found.filter(({ mend: by }) => by !== undefined).map(({ finding }) => finding)).toEqual([])
      expect(picture()).toEqual(wanted)
    }),
    { seed, numRuns },
  )
})

/** People and groups by name, and groups with those members who are there. Whoever has no access may be gone. */
function picture(): unknown {
  const nameOf = (id: string) => there.users.get(id)
  const active = ({ body }: Kept) => body['active'] === true
  return {
    people: [...there.users.values()]
      .filter(active)
      .map(({ body }) => ({ ...body }))
      .toSorted((a, b) => String(a['userName']).localeCompare(String(b['userName']))),
    groups: [...there.groups.values()]
      .map(({ body, members }) => ({
        name: body['displayName'],
        members: [...members]
          .flatMap((id) => nameOf(id) ?? [])
          .filter(active)
          .map(({ body: one }) => String(one['userName']))
          .toSorted(),
      }))
      .toSorted((a, b) => String(a.name).localeCompare(String(b.name))),
  }
}
