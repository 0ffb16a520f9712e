import * as fc from 'fast-check'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { at, bridge, idOf, patchOp, people, type Bridge } from '../bridge.ts'
import { database } from '../worker.ts'
import { sql } from '../../worker/store/database.ts'
import { document, marked, operation, paths, pathsIn, type Operation } from './generate.ts'

const RUNS = Number(import.meta.env['PATCH_RUNS'] ?? 1_000)

/** Finds nothing and so changes nothing, but has to look: with it a PATCH is worked out from the document as it is. */
const LOOKS = { op: 'remove', path: 'ims[value eq "nobody"]' }

/** What is kept of a person, both forms of it, without its own names and without objects that are empty. */
async function kept(to: Bridge, id: string): Promise<unknown> {
  const [rows] = await database().read([
    sql`SELECT document, folded, version FROM resources WHERE connection = ${to.connection} AND id = ${id}`,
  ])
  const read = (column: string): unknown =>
    JSON.parse(v.parse(v.string(), rows?.[0]?.[column]), (name: string, value: unknown) => {
      if (name === 'userName') return undefined
      if (name === 'externalId') return 'its own'
      const isEmpty = typeof value === 'object' && value !== null && Object.keys(value).length === 0
      return isEmpty ? undefined : value
    })
  return { document: read('document'), folded: read('folded'), version: rows?.[0]?.['version'] }
}

test(
  'a PATCH that becomes SQL does what one worked out from the document does',
  { timeout: 240_000 },
  async () => {
    const to = await bridge()
    const seed = Number(import.meta.env['PATCH_SEED'] ?? Date.now() % 2 ** 31)
    const counts = new Map<string, number>()
    const count = (what: string) => counts.set(what, (counts.get(what) ?? 0) + 1)
    let made = 0
    const one = async (body: object, operations: readonly Operation[]) => {
      made += 1
      const make = async (kind: string) =>
        idOf(await to.send('POST', '/Users', { ...body, userName: `${kind}${made}` }))
      const [fast, general] = [await make('f'), await make('g')]
      to.trips()
      const first = await to.send('PATCH', `/Users/${fast}`, patchOp(...marked(operations, `f${made}`)))
      const trips = to.trips()
      const second = await to.send(
        'PATCH',
        `/Users/${general}`,
        patchOp(...marked(operations, `g${made}`), LOOKS),
      )
      const outcome = [first.status, at(first.body, 'scimType')]
      expect(outcome, JSON.stringify(first.body)).toEqual([second.status, at(second.body, 'scimType')])
      expect(await kept(to, fast)).toEqual(await kept(to, general))
      if (first.status < 300) expect([trips, to.trips()]).toEqual([1, 2])
      count(first.status < 300 ? 'done' : 'refused')
      for (const step of operations) {
        count(`op ${step.op}`)
        for (const path of pathsIn(step)) count(path)
      }
    }
    const operations = fc.array(operation, { minLength: 1, maxLength: 5 })
    await fc.assert(fc.asyncProperty(document, operations, one), { numRuns: RUNS, seed })
    const lines = [...counts]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([what, times]) => `${what.replace(/^urn:.*2.0:/, '')}: ${times}`)
    console.log(`${RUNS} PATCHes, seed ${seed}\n${lines.join('\n')}`)
    const whats = [...paths, 'done', 'refused', 'op add', 'op remove', 'op replace']
    expect(whats.filter((what) => (counts.get(what) ?? 0) < 50)).toEqual([])
  },
)

test('members by their own operations come to what a set comes to', { timeout: 120_000 }, async () => {
  const to = await bridge()
  const all = await people(to, 6)
  const change = fc.record({
    op: fc.constantFrom('add', 'remove', 'replace'),
    who: fc.subarray([...all]),
    by: fc.constantFrom('list', 'filters', 'filter'),
  })
  const one = async (
    before: readonly string[],
    changes: readonly { op: string; who: readonly string[]; by: string }[],
  ) => {
    const members = before.map((value) => ({ value }))
    const group = idOf(await to.send('POST', '/Groups', { displayName: 'G', members }))
    const steps = changes.flatMap(({ op, who, by }): object[] =>
      op === 'remove' && by !== 'list' && who.length > 0
        ? (by === 'filters' ? who.map((id) => [id]) : [who]).map((some) => ({
            op,
            path: `members[${some.map((id) => `value eq "${id}"`).join(' or ')}]`,
          }))
        : [{ op, path: 'members', value: who.map((value) => ({ value })) }],
    )
    if (steps.length === 0) return
    const wanted = changes.reduce<ReadonlySet<string>>((set, { op, who }) => {
      if (op === 'replace') return new Set(who)
      return op === 'add' ? new Set([...set, ...who]) : new Set([...set].filter((id) => !who.includes(id)))
    }, new Set(before))
    expect((await to.send('PATCH', `/Groups/${group}`, patchOp(...steps))).status).toBe(204)
    const after = at((await to.send('GET', `/Groups/${group}`)).body, 'members')
    const found = Array.isArray(after) ? after.map((member: unknown) => at(member, 'value')) : []
    expect(found.toSorted()).toEqual([...wanted].toSorted())
  }
  const changes = fc.array(change, { minLength: 1, maxLength: 5 })
  await fc.assert(fc.asyncProperty(fc.subarray([...all]), changes, one), { numRuns: 100 })
})
