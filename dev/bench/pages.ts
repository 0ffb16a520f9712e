import { readQuery } from '../../worker/scim/query.ts'
import { userType } from '../../worker/scim/resourceTypes.ts'
import type { Caller } from '../../worker/store/admission.ts'
import { openDatabase, sql } from '../../worker/store/database.ts'
import { listResources } from '../../worker/store/lists.ts'
import type { Location } from '../sqld.ts'

/** How many people the two lists have, and how many a page. */
export const SIZES = [1_000, 200_000] as const
const COUNT = 100
const ROUNDS = 200

/** A connection with people in it, and a token for it. */
export type Crowd = { readonly caller: Caller; readonly token: string; readonly size: number }

/** Takes where libSQL is, a connection and a number; makes so many people, in a few statements. */
export async function crowd(server: Location, connection: string, size: number): Promise<void> {
  const at = new Date().toISOString()
  for (let first = 0; first < size; first += 20_000) {
    const last = Math.min(first + 20_000, size)
    const person = sql`json_object('userName', 'person' || i || '@example.com', 'active', json('true'))`
    await openDatabase({ ...server, timeout: 60_000 }).write([
      sql`INSERT INTO resources (connection, id, type, version, created, modified, document, folded)
        WITH RECURSIVE n(i) AS (SELECT ${first} UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ${last})
        SELECT ${connection}, lower(hex(randomblob(16))), 'User', 1, ${at}, ${at}, ${person}, ${person} FROM n`,
    ])
  }
}

/**
 * Takes the bridge's URL and two crowds; reads their first, middle and last pages by place in turns, one request at a
 * time. Gives a row for each: the size, the place, the median time as a ratio to that of the first page of the first
 * crowd, and the rows libSQL read for a person.
 */
export async function measurePages(
  url: string,
  server: Location,
  crowds: readonly Crowd[],
): Promise<readonly (readonly (string | number)[])[]> {
  const pages = crowds.flatMap((of) =>
    [1, of.size / 2 + 1, of.size - COUNT + 1].map((place) => ({ of, place, times: [] as number[] })),
  )
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const { of, place, times } of pages) {
      const started = performance.now()
      const answer = await fetch(`${url}/scim/v2/Users?startIndex=${place}&count=${COUNT}`, {
        headers: { authorization: `Bearer ${of.token}` },
      })
      const text = await answer.text()
      times.push(performance.now() - started)
      if (!text.includes(`"totalResults":${of.size},`))
        throw new Error(`no page of ${of.size}: ${answer.status}`)
    }
  }
  const base = median(pages[0]?.times ?? [])
  return Promise.all(
    pages.map(async ({ of, place, times }) => [
      of.size,
      place,
      (median(times) / base).toFixed(2),
      ((await rowsRead(server, of.caller, place)) / COUNT).toFixed(1),
    ]),
  )
}

const median = (times: readonly number[]) =>
  [...times].toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN

/** The rows that libSQL says it read for the page of a place. */
async function rowsRead(server: Location, caller: Caller, place: number): Promise<number> {
  let rows = 0
  const counted = openDatabase({
    ...server,
    fetch: async (request) => {
      const response = await fetch(request)
      for (const [, read] of (await response.clone().text()).matchAll(/"rows_read":(\d+)/g))
        rows += Number(read)
      return response
    },
  })
  const request = { caller, id: crypto.randomUUID(), at: new Date() }
  await listResources(
    counted,
    request,
    readQuery([userType], {}),
    { kind: 'offset', offset: place - 1 },
    COUNT,
  )
  return rows
}
