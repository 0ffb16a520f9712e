import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { at, bridge, idOf, objectOf, resourcesOf, type Bridge } from '../bridge.ts'
import { filters, letters, names, shortText, written } from './generate.ts'
import { folded, FOLDED, holds, type Name, type Node } from './model.ts'

const RUNS = Number(import.meta.env['FILTER_RUNS'] ?? 4_000)
const PEOPLE = 60
const USER = 'urn:ietf:params:scim:schemas:core:2.0:User'
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

const optional = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined, freq: 2 })

const person = fc.record({
  schemas: fc.constant([USER]),
  displayName: optional(shortText),
  title: optional(shortText),
  externalId: optional(shortText),
  profileUrl: optional(shortText),
  active: optional(fc.boolean()),
  name: optional(fc.record({ familyName: optional(shortText) })),
  emails: optional(
    fc.array(
      fc.record({
        value: optional(shortText),
        type: optional(fc.constantFrom('work', 'Home', 'ß')),
        primary: optional(fc.boolean()),
        display: optional(shortText),
      }),
      { maxLength: 3 },
    ),
  ),
  phoneNumbers: optional(
    fc.array(
      fc.record({
        value: shortText,
        type: optional(fc.constantFrom('work', 'mobile')),
        primary: optional(fc.boolean()),
      }),
      {
        maxLength: 2,
      },
    ),
  ),
  x509Certificates: optional(fc.constantFrom([{ value: 'YWJj' }], [{ value: 'QUJD' }, { value: 'YQ==' }])),
  [ENTERPRISE]: optional(
    fc.record({ department: optional(shortText), manager: optional(fc.record({ value: shortText })) }),
  ),
})

/** Makes people and groups at random; gives the people as the bridge shows them. */
async function populate(to: Bridge, seed: number): Promise<readonly object[]> {
  const bodies = fc.sample(person, { numRuns: PEOPLE, seed })
  const ids = []
  for (const [index, body] of bodies.entries()) {
    const userName = `${index % letters.length === 0 ? 'a' : (letters[index % letters.length] ?? '')}${index}`
    const externalId = body.externalId === undefined ? {} : { externalId: `${body.externalId}${index}` }
    ids.push(idOf(await to.send('POST', '/Users', { ...body, userName, ...externalId })))
  }
  for (const [index, displayName] of ['Straße', 'ΟΔΟΣ', 'all'].entries()) {
    const members = ids.filter((_, place) => place % (index + 2) === 0).map((value) => ({ value }))
    idOf(await to.send('POST', '/Groups', { displayName, members }))
  }
  return resourcesOf(await to.send('GET', '/Users?count=1000')).filter(
    (one) => typeof one === 'object' && one !== null,
  )
}

/** The texts that stand at a name in any of the resources. */
function valuesIn(resources: readonly object[]): (name: Name) => readonly string[] {
  const values = (from: unknown, path: readonly string[]): readonly string[] => {
    if (Array.isArray(from)) return from.flatMap((one: unknown) => values(one, path))
    const [first, ...rest] = path
    if (first !== undefined) return values(at(from, first), rest)
    if (typeof from === 'string') return [from]
    const value = at(from, 'value')
    return typeof value === 'string' ? [value] : []
  }
  return ({ path }) => [...new Set(resources.flatMap((one) => values(one, path)))]
}

function tally(counts: Map<string, number>, node: Node): void {
  const count = (what: string) => counts.set(what, (counts.get(what) ?? 0) + 1)
  count(node.is)
  if (node.is === 'and' || node.is === 'or') {
    tally(counts, node.left)
    tally(counts, node.right)
  } else if (node.is === 'not' || node.is === 'element') tally(counts, node.inner)
  else if (node.is === 'compare') {
    count(node.operator)
    count(node.value === null ? 'null' : node.name.kind)
    if (typeof node.value === 'string' && node.name.kind === 'text') {
      for (const letter of Object.keys(FOLDED)) if (node.value.includes(letter)) count(`letter ${letter}`)
    }
  }
}

test('SQL gives what a second reading of the RFC gives, filter by filter', { timeout: 240_000 }, async () => {
  const to = await bridge()
  const seed = Number(import.meta.env['FILTER_SEED'] ?? Date.now() % 2 ** 31)
  const all = await populate(to, seed)
  expect(all).toHaveLength(PEOPLE)
  const counts = new Map<string, number>()
  const one = async (node: Node, spell: number) => {
    const text = written(node, spell)
    const answer = await to.send('GET', `/Users?count=1000&filter=${encodeURIComponent(text)}`)
    expect(answer.status, `${text} ${JSON.stringify(answer.body)}`).toBe(200)
    const found = resourcesOf(answer).map((resource) => at(resource, 'id'))
    const wanted = all.filter((resource) => holds(node, resource)).map((resource) => at(resource, 'id'))
    const wrong = all.filter((resource) => {
      const id = at(resource, 'id')
      return found.includes(id) !== wanted.includes(id)
    })
    expect(wrong.slice(0, 1), text).toEqual([])
    expect(objectOf(answer)['totalResults']).toBe(wanted.length)
    tally(counts, node)
    for (const [outcome, times] of [
      ['match', wanted.length],
      ['no match', PEOPLE - wanted.length],
    ] as const) {
      counts.set(outcome, (counts.get(outcome) ?? 0) + times)
    }
  }
  await fc.assert(fc.asyncProperty(filters(valuesIn(all)), fc.nat(59), one), { numRuns: RUNS, seed })
  console.log(`${RUNS} filters over ${PEOPLE} people, seed ${seed}\n${tableOf(counts)}`)
  const letterCounts = Object.keys(FOLDED).map((letter) => `letter ${letter}`)
  expect([...WHATS, ...letterCounts].filter((what) => (counts.get(what) ?? 0) < 50)).toEqual([])
})

/** What has to have come up: each kind of node, operator, type of attribute, and both outcomes. */
const WHATS = [
  ...'and or not element pr compare eq ne co sw ew gt ge lt le'.split(' '),
  ...'text exact raw boolean dateTime binary null'.split(' '),
  'match',
  'no match',
]

const tableOf = (counts: ReadonlyMap<string, number>) =>
  [...counts]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([what, times]) => `${what.padEnd(12)}${String(times).padStart(8)}`)
    .join('\n')

test('the second reading folds as the tables say', () => {
  expect(folded('STRASSE')).toBe(folded('Straße'))
  expect(folded('ΟΔΟΣ')).toBe(folded('οδος'))
  expect(names.length).toBeGreaterThan(20)
})
