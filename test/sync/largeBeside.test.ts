import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { sql } from '../../worker/store/database.ts'
import { allDue, crowd, setAll } from './crowd.ts'
import { downstream, type Downstream } from './downstream.ts'
import { guarded, MINUTE, type Guarded } from './guarded.ts'
import { world } from './world.ts'

let there: Downstream
let here: Guarded

beforeAll(async () => {
  there = await downstream()
})
afterAll(() => there.stop())
beforeEach(async () => {
  here = await guarded(there)
  await here.database.write([sql`DELETE FROM deliveries`])
})

/** How much of a document there is room for, beside its name. */
const LONG = 250_000

const leavers = () => [...there.users.values()].filter(({ body }) => body['active'] === false).length

/** Forty leave here, and beside them five deliveries of another connection that hold so many long documents each. Gives how many have left after each run. */
async function leaveBeside(documents: number, runs: number): Promise<number[]> {
  const other = await world({ now: here.now, subrequests: 1_000 })
  await other.target({ kind: 'scim', url: there.url, auth: { kind: 'bearer', token: there.token } })
  const ids = await crowd(here, 40)
  await allDue(here)
  await here.sweep(1_000)
  await setAll(here, ids, { active: false })
  await allDue(here)
  await crowd(other, 5)
  const long = (column: string) =>
    sql`json_set(${sql.identifier(column)}, '$.userName', 'o' || (${sql.identifier(column)} ->> '$.userName'))`
  const title = sql`hex(zeroblob(${LONG / 2}))`
  await other.database.write([
    sql`UPDATE resources SET document = json_set(${long('document')}, '$.title', ${title}), folded = ${long('folded')}
      WHERE connection = ${other.connection}`,
  ])
  await allDue(other)
  const earlier = sql`SELECT json_group_array(json_object('document', json_object('userName', 'old' || j.value, 'title', ${title}), 'isSent', json('false')))
    FROM json_each(${JSON.stringify(Array.from({ length: documents }, (_, index) => index))}) j`
  await other.database.write([
    sql`UPDATE deliveries SET uncertain = 1, rank = 0, making = (${earlier}), due = '2000' WHERE connection = ${other.connection}`,
  ])
  const counts: number[] = []
  for (let run = 0; run < runs; run += 1) {
    here.pass(MINUTE)
    expect((await here.sweep(45)).subrequests).toBeLessThanOrEqual(45)
    counts.push(leavers())
  }
  return counts
}

test.each([
  ['are too large together', 17, 12, 3],
  ['alone are too large', 19, 25, 2],
])(
  'five deliveries that %s do not use up the runs of other connections',
  async (_, documents, first, runs) => {
    const counts = await leaveBeside(documents, runs)
    console.log(`40 leavers beside five deliveries of ${documents} long documents: ${counts.join(', ')}`)
    expect(counts[0]).toBeGreaterThanOrEqual(first)
    expect(counts.at(-1)).toBe(40)
  },
)
