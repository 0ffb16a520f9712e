/** RFC 7644 §3.5.2.2: a remove with a filter on members takes out those whom it finds, and nobody else. */
import { expect, test } from 'vitest'
import { at, bridge, idOf, patchOp, type Bridge } from '../bridge.ts'

type Crew = { readonly to: Bridge; readonly group: string; readonly ids: Readonly<Record<string, string>> }

/** Anna, Berta and the group Inner, in a group; Carla, who is in none. */
async function crew(): Promise<Crew> {
  const to = await bridge()
  const ids: Record<string, string> = {}
  for (const [name, display] of [
    ['anna', 'Änna'],
    ['berta', undefined],
    ['carla', 'Carla'],
  ] as const) {
    ids[name] = idOf(await to.send('POST', '/Users', { userName: name, displayName: display }))
  }
  ids['inner'] = idOf(await to.send('POST', '/Groups', { displayName: 'Inner' }))
  const members = ['anna', 'berta', 'inner'].map((name) => ({ value: ids[name] }))
  const group = idOf(await to.send('POST', '/Groups', { displayName: 'Crew', members }))
  return { to, group: `/Groups/${group}`, ids }
}

/** Who is left after operations, in which a name in braces stands for an id. */
async function left({ to, group, ids }: Crew, ...operations: readonly object[]): Promise<string> {
  const text = JSON.stringify(operations).replace(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? name)
  const sent: unknown = JSON.parse(text)
  const answer = await to.send('PATCH', group, patchOp(...(Array.isArray(sent) ? sent : [])))
  if (answer.status !== 204) return `${answer.status} ${String(at(answer.body, 'scimType'))}`
  const members = at((await to.send('GET', group)).body, 'members')
  const found = Array.isArray(members) ? members.map((one: unknown) => at(one, 'value')) : []
  const names = Object.entries(ids).filter(([, id]) => found.includes(id))
  return names.map(([name]) => name).join(' ')
}

const remove = (filter: string) => ({ op: 'remove', path: `members[${filter}]` })
const add = (...names: readonly string[]) => ({
  op: 'add',
  path: 'members',
  value: names.map((name) => ({ value: `{${name}}` })),
})

test.each([
  ['type eq "Group"', 'anna berta'],
  ['type eq "user"', 'inner'],
  ['type ne "User"', 'anna berta'],
  ['value eq "{anna}" or value eq "{inner}"', 'berta'],
  ['value eq "{anna}" and type eq "Group"', 'anna berta inner'],
  ['value eq "{anna}" and type eq "User"', 'berta inner'],
  ['not (value eq "{anna}")', 'anna'],
  ['display eq "äNNA"', 'berta inner'],
  ['display eq "Berta"', 'anna inner'],
  ['display sw "in" or display ew "na"', 'berta'],
  ['display co "nobody"', 'anna berta inner'],
  ['value pr', ''],
  ['display eq null', 'anna berta inner'],
  ['value eq "{carla}" or display eq "Carla"', 'anna berta inner'],
  [`${'not ('.repeat(30)}type eq "Group"${')'.repeat(30)}`, 'anna berta'],
  [`${'display eq "x" or not ('.repeat(30)}type eq "Group"${')'.repeat(30)}`, 'anna berta'],
  [`${'value pr and not (type eq "x" or not ('.repeat(15)}type eq "Group"${'))'.repeat(15)}`, 'anna berta'],
  [Array.from({ length: 100 }, () => 'type eq "Group"').join(' or '), 'anna berta'],
  ['$ref pr', '400 invalidFilter'],
  ['shoeSize eq 9', '400 invalidPath'],
])('members[%s] leaves "%s"', async (filter, expected) => {
  expect(await left(await crew(), remove(filter))).toBe(expected)
})

test('an id is found in capital letters too, by a filter and in a list', async () => {
  const one = await crew()
  const loud = String(one.ids['anna']).toUpperCase()
  expect(await left(one, remove(`value eq "${loud}"`))).toBe('berta inner')
  expect(await left(await crew(), remove('value eq "nobody"'))).toBe('anna berta inner')
  const { berta = '' } = one.ids
  const listed = { op: 'remove', path: 'members', value: [{ value: berta.toUpperCase() }] }
  expect(await left(one, listed)).toBe('inner')
})

test('a filter looks at what the operations before it have made, and not at those behind it', async () => {
  const people = remove('type eq "User"')
  const groups = remove('type eq "Group"')
  expect(await left(await crew(), add('carla'), people)).toBe('inner')
  expect(await left(await crew(), people, add('carla', 'anna'))).toBe('anna carla inner')
  expect(await left(await crew(), people, add('carla', 'anna'), groups)).toBe('anna carla')
  expect(await left(await crew(), people, add('carla', 'anna'), people)).toBe('inner')
  expect(await left(await crew(), groups, add('carla', 'inner'), people, add('anna'))).toBe('anna inner')
  const swap = { ...add('carla', 'inner'), op: 'replace' }
  expect(await left(await crew(), people, swap)).toBe('carla inner')
  expect(await left(await crew(), swap, people)).toBe('inner')
  expect(await left(await crew(), swap, people, add('berta'))).toBe('berta inner')
  expect(await left(await crew(), people, add('anna'), { op: 'remove', path: 'members' })).toBe('')
})

test('fifty filters of fifty comparisons are one statement, and the last word counts', async () => {
  const many = Array.from({ length: 49 }, (_, index) => [
    remove(Array.from({ length: 50 }, (__, at50) => `display eq "${index} ${at50}"`).join(' or ')),
    add('carla'),
  ]).flat()
  const one = await crew()
  one.to.trips()
  expect(await left(one, ...many, remove('display eq "Carla" or value eq "{anna}"'))).toBe('berta inner')
  // The second is the GET.
  expect(one.to.trips()).toBe(2)
})

test('whom a filter finds is recorded as removed, and a filter that finds nobody changes nothing', async () => {
  const one = await crew()
  const tag = async () => (await one.to.send('GET', one.group)).headers.get('etag')
  const before = await tag()
  await left(one, remove('display eq "nobody"'))
  expect(await tag()).toBe(before)
  await left(one, remove('display eq "Berta"'))
  expect(await tag()).not.toBe(before)
  const { body } = await one.to.send('GET', `/Users/${one.ids['berta']}`)
  expect(at(body, 'groups')).toBeUndefined()
})

test('a filter takes nobody out of another group, and nobody of another connection', async () => {
  const [one, other] = [await crew(), await crew()]
  const second = idOf(
    await one.to.send('POST', '/Groups', { displayName: 'Second', members: [{ value: one.ids['anna'] }] }),
  )
  expect(await left(one, remove('value pr'))).toBe('')
  expect(await left({ ...one, group: `/Groups/${second}` }, remove('value eq null'))).toBe('anna')
  expect(await left(other, remove('value eq null'))).toBe('anna berta inner')
})
