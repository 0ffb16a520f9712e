import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { bridge, idOf, people, type Bridge } from '../bridge.ts'
import { database } from '../worker.ts'
import { sql } from '../../worker/store/database.ts'
import { requests, type Sent } from './requests.ts'

const RUNS = Number(import.meta.env['FUZZ_RUNS'] ?? 2_000)

/** What the change records do not account for: versions, documents, members, and resources that are gone. */
async function unaccounted({ connection }: Bridge): Promise<readonly unknown[]> {
  const rows = await database().read([
    sql`SELECT 'version', r.id FROM resources r WHERE r.connection = ${connection}
      AND r.version <> (SELECT count(*) FROM changes c WHERE c.connection = r.connection AND c.resource = r.id)`,
    sql`SELECT 'document', r.id FROM resources r WHERE r.connection = ${connection}
      AND r.document IS NOT (SELECT v.after FROM changes c JOIN change_values v ON v.operation = c.operation
        WHERE c.connection = r.connection AND c.resource = r.id AND v.after IS NOT NULL ORDER BY c.seq DESC LIMIT 1)`,
    sql`SELECT 'member', m.group_id, m.member_id FROM members m WHERE m.connection = ${connection} AND NOT EXISTS (
      SELECT 1 FROM change_values v, json_each(v.added) a
      WHERE v.connection = m.connection AND v.resource = m.group_id AND a.value = m.member_id)`,
    sql`SELECT 'gone', c.resource FROM changes c WHERE c.connection = ${connection}
      AND NOT EXISTS (SELECT 1 FROM resources r WHERE r.connection = c.connection AND r.id = c.resource)
      GROUP BY c.resource HAVING sum(c.kind = 'delete') <> 1`,
  ])
  return rows.flat()
}

test(
  'whatever comes, the answer is SCIM JSON and no 5xx, and every change is on record',
  { timeout: 3_600_000 },
  async () => {
    const to = await bridge()
    const seed = Number(import.meta.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31)
    const counts = new Map<string, number>()
    let made = 0
    /** Makes what lives at a place: two people, and two groups of the first. */
    const make = async (place: number, member?: string): Promise<string> => {
      made += 1
      const members = member === undefined ? [] : [{ value: member.slice('/Users/'.length) }]
      return place < 2
        ? `/Users/${idOf(await to.send('POST', '/Users', { userName: `lives${made}` }))}`
        : `/Groups/${idOf(await to.send('POST', '/Groups', { displayName: `G${made}`, members }))}`
    }
    const places = [await make(0), await make(1)]
    places.push(await make(2, places[0]), await make(3, places[0]))
    const one = async ({ method, path, headers, body }: Sent) => {
      const place = path.startsWith('@') ? Number(path[1]) : undefined
      const where = place === undefined ? path : `${places[place] ?? ''}${path.slice(2)}`
      const sendsBody = method !== 'GET' && method !== 'HEAD' && body !== ''
      // Its body is read as JSON: what is none fails here.
      const named = body.replaceAll(/"@([01])"/g, (_, index: string) =>
        JSON.stringify(places[Number(index)]?.slice('/Users/'.length)),
      )
      const answer = await to.send(method, where, sendsBody ? named : undefined, headers)
      const allowed = answer.status < 500 || answer.status === 501
      expect(allowed, `${answer.status} ${JSON.stringify(answer.body)}`).toBe(true)
      if (answer.body !== undefined) expect(answer.headers.get('content-type')).toBe('application/scim+json')
      if (place !== undefined && (await to.send('GET', places[place] ?? '')).status === 404) {
        places[place] = await make(place, places[0])
      }
      counts.set(`${method} ${answer.status}`, (counts.get(`${method} ${answer.status}`) ?? 0) + 1)
    }
    await fc.assert(fc.asyncProperty(requests, one), { numRuns: RUNS, seed })
    const lines = [...counts]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([what, times]) => `${what}: ${times}`)
    console.log(`${RUNS} requests, seed ${seed}\n${lines.join('\n')}`)
    expect(await unaccounted(to)).toEqual([])
    // It got through to what it was meant for.
    const through =
      'POST 200,POST 201,PATCH 200,PATCH 204,PUT 200,DELETE 204,GET 200,POST 400,PUT 400,PATCH 400'
    expect(through.split(',').filter((what) => !counts.has(what))).toEqual([])
  },
)

test('the large and the deep are refused or taken, and nothing breaks', { timeout: 120_000 }, async () => {
  const to = await bridge()
  const [id = ''] = await people(to, 1)
  const group = idOf(await to.send('POST', '/Groups', { displayName: 'G' }))
  const many = Array.from({ length: 10_000 }, (_, index) => ({ value: `nobody-${index}` }))
  const status = async (method: string, path: string, body: unknown) =>
    (await to.send(method, path, body)).status
  expect(await status('POST', '/Users', JSON.stringify({ userName: 'x'.repeat(10 * 1024 * 1024) }))).toBe(413)
  expect(
    await status('PATCH', `/Groups/${group}`, {
      Operations: [{ op: 'add', path: 'members', value: [...many, { value: id }] }],
    }),
  ).toBe(204)
  const operations = Array.from({ length: 1_000 }, (_, index) => ({
    op: 'replace',
    path: 'title',
    value: `T${index}`,
  }))
  expect(await status('PATCH', `/Users/${id}`, { Operations: operations })).toBe(200)
  const lists = operations.map(({ value }) => ({ op: 'add', path: 'emails', value: [{ value }] }))
  expect(await status('PATCH', `/Users/${id}`, { Operations: lists })).toBe(413)
  for (const text of ['\ud800', '\0']) {
    const body = JSON.stringify({ userName: `a${text}` })
    const answer = await to.send('POST', '/Users', body)
    expect([answer.status, JSON.stringify(answer.body).includes('invalidValue')]).toEqual([400, true])
  }
  expect(await status('POST', '/Users', `${'{"name":'.repeat(200_000)}1${'}'.repeat(200_000)}`)).toBe(400)
  expect(await unaccounted(to)).toEqual([])
})
