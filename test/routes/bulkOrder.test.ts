import { expect, test } from 'vitest'
import { at, bridge, type Answer, type Bridge } from '../bridge.ts'
import { ENTERPRISE, GROUP, patchOf, USER } from '../conformance/asserts.ts'
import { BULK_REQUEST, groupOf, idAt, patching, statuses, userOf } from '../conformance/bulkJobs.ts'

const bulk = (to: Bridge, operations: readonly object[], more: object = {}): Promise<Answer> =>
  to.send('POST', '/Bulk', { schemas: [BULK_REQUEST], Operations: operations, ...more })

async function job(to: Bridge, operations: readonly object[], more: object = {}) {
  const results = at((await bulk(to, operations, more)).body, 'Operations')
  return Array.isArray(results) ? results.map((result: unknown) => result) : []
}
const membersIn = (group: unknown) => {
  const members = at(group, 'members')
  return Array.isArray(members) ? members.map((member: unknown) => at(member, 'value')).toSorted() : []
}
const groupAt = async (to: Bridge, results: readonly unknown[], index: number) =>
  (await to.send('GET', `/Groups/${idAt(results, index)}`)).body

/** A group that no server makes: it has no name. */
const nameless = (bulkId: string, ...members: readonly string[]) => ({
  ...groupOf(bulkId),
  data: { schemas: [GROUP], members: members.map((member) => ({ value: `bulkId:${member}` })) },
})
const rename = (path: string, value: string) => patching(path, { op: 'replace', path: 'displayName', value })

test('what names a later bulkId keeps its place before what comes after it', async () => {
  const to = await bridge()
  const [first] = await job(to, [groupOf('g')])
  const path = `/Groups/${idAt([first], 0)}`
  const add = { op: 'add', path: 'members', value: [{ value: 'bulkId:u' }] }
  const results = await job(to, [
    { method: 'PATCH', path, data: patchOf({ op: 'replace', path: 'displayName', value: 'first' }, add) },
    rename(path, 'second'),
    userOf('u'),
  ])
  expect(statuses(results)).toEqual(['204', '204', '201'])
  const shown = (await to.send('GET', path)).body
  expect([at(shown, 'displayName'), membersIn(shown)]).toEqual(['second', [idAt(results, 2)]])
  const ended = await job(to, [
    patching(path, add),
    { method: 'DELETE', path },
    userOf('u', { userName: 'v' }),
  ])
  expect(statuses(ended)).toEqual(['204', '204', '201'])
})

test('of two that want one userName the first sent has it, also among those that are named', async () => {
  const to = await bridge()
  const employee = (bulkId: string, boss: string, userName: string) => {
    const manager = { value: `bulkId:${boss}` }
    return userOf(bulkId, { userName, schemas: [USER, ENTERPRISE], [ENTERPRISE]: { manager } })
  }
  const results = await job(to, [
    employee('a', 'boss', 'one'),
    userOf('b', { userName: 'one' }),
    groupOf('g', 'd', 'c'),
    employee('c', 'boss', 'two'),
    userOf('d', { userName: 'two' }),
    userOf('boss'),
  ])
  expect(statuses(results)).toEqual(['201', '409', '409', '201', '409', '201'])
})

test('what is refused anyway hurries nobody', async () => {
  const to = await bridge()
  const results = await job(to, [
    groupOf('g', 'none', 'late'),
    nameless('bad'),
    groupOf('h', 'bad', 'late'),
    { method: 'PATCH', path: '/Me/bulkId:late', data: patchOf() },
    userOf('early', { userName: 'one' }),
    userOf('late', { userName: 'one' }),
  ])
  expect(statuses(results)).toEqual(['400', '400', '409', '400', '201', '409'])
})

test('failOnErrors counts what was carried out ahead', async () => {
  const to = await bridge()
  const operations = [groupOf('g', 'bad', 'u'), groupOf('h'), nameless('bad'), userOf('u')]
  expect(await job(to, operations, { failOnErrors: 1 })).toMatchObject([{ bulkId: 'bad', status: '400' }])
  const two = await job(to, operations, { failOnErrors: 2 })
  expect(two).toMatchObject([
    { bulkId: 'g', status: '409' },
    { bulkId: 'bad', status: '400' },
  ])
})

test('a circle is whole before what comes after one of it', async () => {
  const to = await bridge()
  const results = await job(to, [
    groupOf('a', 'b', 'u'),
    rename('/Groups/bulkId:a', 'renamed'),
    groupOf('b', 'c'),
    groupOf('c', 'a'),
    userOf('u'),
  ])
  expect(statuses(results)).toEqual(['201', '204', '201', '201', '201'])
  const shown = await groupAt(to, results, 0)
  const members = [idAt(results, 2), idAt(results, 4)].toSorted()
  expect([at(shown, 'displayName'), membersIn(shown)]).toEqual(['renamed', members])
})

test('a circle that needs a failed one is not begun', async () => {
  const to = await bridge()
  const operations = [groupOf('a', 'b'), groupOf('b', 'a', 'bad'), nameless('bad')]
  const results = await job(to, operations)
  expect(statuses(results)).toEqual(['409', '409', '400'])
  for (const result of results) expect(result).not.toHaveProperty('location')
  expect(at((await to.send('GET', '/Groups')).body, 'totalResults')).toBe(0)
})

test('where one of a circle fails, the one made before it stays, whole but for that, and its result shows it', async () => {
  const to = await bridge()
  const results = await job(to, [
    groupOf('a', 'b', 'bad', 'u'),
    groupOf('b', 'a'),
    nameless('bad', 'a'),
    userOf('u'),
  ])
  expect(statuses(results)).toEqual(['201', '201', '400', '201'])
  const shown = await groupAt(to, results, 0)
  expect(membersIn(shown)).toEqual([idAt(results, 1), idAt(results, 3)].toSorted())
  expect(at(results[0], 'response')).toEqual(shown)
  expect(at(results[0], 'version')).toBe(at(shown, 'meta', 'version'))
  expect(results[1]).not.toHaveProperty('response')
  expect(results[2]).not.toHaveProperty('location')
})

test('a circle that failOnErrors cuts off has what was made, and says what it came to', async () => {
  const to = await bridge()
  const operations = [
    groupOf('a', 'b', 'bad', 'c'),
    groupOf('b', 'a'),
    nameless('bad', 'a'),
    groupOf('c', 'a'),
  ]
  const results = await job(to, operations, { failOnErrors: 1 })
  expect(statuses(results)).toEqual(['201', '201', '400'])
  const shown = await groupAt(to, results, 0)
  expect(membersIn(shown)).toEqual([idAt(results, 1)])
  expect(at(results[0], 'response')).toEqual(shown)
})

test('a reference to itself is put in, or left out where it is refused', async () => {
  const to = await bridge()
  const manager = { value: 'bulkId:u' }
  const results = await job(to, [
    userOf('u', { schemas: [USER, ENTERPRISE], [ENTERPRISE]: { manager } }),
    groupOf('g', 'g'),
  ])
  expect(statuses(results)).toEqual(['201', '201'])
  const person = (await to.send('GET', `/Users/${idAt(results, 0)}`)).body
  expect(at(person, ENTERPRISE, 'manager', 'value')).toBe(idAt(results, 0))
  const shown = await groupAt(to, results, 1)
  expect(membersIn(shown)).toEqual([])
  expect(at(results[1], 'response')).toEqual(shown)
})

test('circles keep within the requests a Worker may send', async () => {
  const to = await bridge()
  const names = Array.from({ length: 40 }, (_, index) => `n${index}`)
  to.trips()
  const ring = await job(
    to,
    names.map((name, index) => groupOf(name, names[(index + 1) % 40] ?? '')),
  )
  expect(new Set(statuses(ring))).toEqual(new Set(['201']))
  expect(to.trips()).toBe(41)
  expect(membersIn(await groupAt(to, ring, 39))).toEqual([idAt(ring, 0)])
  const spokes = names.slice(1).map((name) => groupOf(name, 'n0'))
  const hub = groupOf('n0', ...names.slice(1))
  to.trips()
  expect(new Set(statuses(await job(to, [hub, ...spokes])))).toEqual(new Set(['201']))
  expect(to.trips()).toBe(41)
  await job(to, [...spokes, hub])
  expect(to.trips()).toBeLessThanOrEqual(45)
  const pairs = Array.from({ length: 20 }, (_, index) => [`x${index}`, `y${index}`] as const)
  const many = await job(
    to,
    pairs.flatMap(([x, y]) => [groupOf(x, y), groupOf(y, x)]),
  )
  expect(to.trips()).toBeLessThanOrEqual(45)
  const made = many.filter((result) => at(result, 'status') === '201')
  // A circle is begun only where there is room for all of it.
  expect(made).toHaveLength(26)
  for (const result of made) expect(result).not.toHaveProperty('response')
  expect(new Set(statuses(many.slice(made.length)))).toEqual(new Set(['503', '409']))
})
