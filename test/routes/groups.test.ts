import { expect, test } from 'vitest'
import { at, bridge, idOf, patchOp, people, type Bridge } from '../bridge.ts'

const nobody = '00000000-0000-4000-8000-000000000000'

const member = (value: string | undefined) => ({ value, display: 'as Okta sends it' })

async function membersOf(to: Bridge, id: string): Promise<readonly unknown[]> {
  const { body } = await to.send('GET', `/Groups/${id}`)
  const members = at(body, 'members')
  return Array.isArray(members) ? members.map((entry: unknown) => at(entry, 'value')).toSorted() : []
}

async function groupOf(to: Bridge, members: readonly (string | undefined)[]): Promise<string> {
  return idOf(await to.send('POST', '/Groups', { displayName: 'Crew', members: members.map(member) }))
}

test('members carry value, type and an address that answers, and their name where it is asked for', async () => {
  const to = await bridge()
  const [anna] = await people(to, 1)
  const inner = await groupOf(to, [])
  const created = await to.send('POST', '/Groups', {
    displayName: 'Crew',
    members: [member(anna), { value: inner }],
  })
  const base = 'https://bridge.test/scim/v2'
  expect(at(created.body, 'members')).toEqual(
    expect.arrayContaining([
      { value: anna, $ref: `${base}/Users/${anna}`, type: 'User' },
      { value: inner, $ref: `${base}/Groups/${inner}`, type: 'Group' },
    ]),
  )
  const named = await to.send('GET', `/Groups/${idOf(created)}?attributes=members.display`)
  expect(at(named.body, 'members')).toEqual(
    expect.arrayContaining([{ display: 'Person 0' }, { display: 'Crew' }]),
  )
  const person = await to.send('GET', `/Users/${anna}`)
  expect(at(person.body, 'groups')).toEqual([
    { value: idOf(created), $ref: `${base}/Groups/${idOf(created)}`, display: 'Crew', type: 'direct' },
  ])
})

test('a group PATCH answers 204, or 200 when attributes are asked for', async () => {
  const to = await bridge()
  const [anna] = await people(to, 1)
  const id = await groupOf(to, [])
  const add = patchOp({ op: 'add', path: 'members', value: [member(anna)] })
  expect(await to.send('PATCH', `/Groups/${id}`, add)).toMatchObject({ status: 204, body: undefined })
  const asked = await to.send('PATCH', `/Groups/${id}?attributes=displayName`, add)
  expect(asked).toMatchObject({ status: 200, body: { id, displayName: 'Crew' } })
  expect(at(asked.body, 'members')).toBeUndefined()
})

type Step = readonly [
  string,
  (ids: readonly string[]) => object,
  (ids: readonly string[]) => readonly (string | undefined)[],
]

/** A group of persons 0 and 1; a change; who is in it afterwards. */
const steps: readonly Step[] = [
  [
    'add, by a list',
    (p) => ({ op: 'add', path: 'members', value: [member(p[1]), member(p[2])] }),
    (p) => [p[0], p[1], p[2]],
  ],
  [
    'add, without a path',
    (p) => ({ op: 'add', value: { members: [member(p[2])] } }),
    (p) => [p[0], p[1], p[2]],
  ],
  ['remove, by a filter', (p) => ({ op: 'remove', path: `members[value eq "${p[0]}"]` }), (p) => [p[1]]],
  [
    'remove, by a list',
    (p) => ({ op: 'Remove', path: 'members', value: [{ $ref: null, value: p[0] }] }),
    (p) => [p[1]],
  ],
  [
    'remove of somebody not in',
    (p) => ({ op: 'remove', path: `members[value eq "${p[2]}"]` }),
    (p) => [p[0], p[1]],
  ],
  [
    'remove of a stranger',
    () => ({ op: 'remove', path: `members[value eq "${nobody}"]` }),
    (p) => [p[0], p[1]],
  ],
  ['remove of an empty list', () => ({ op: 'remove', path: 'members', value: [] }), (p) => [p[0], p[1]]],
  ['remove of all', () => ({ op: 'remove', path: 'members' }), () => []],
  ['Push Now', (p) => ({ op: 'replace', path: 'members', value: [member(p[2])] }), (p) => [p[2]]],
  ['Push Now with none', () => ({ op: 'replace', path: 'members', value: [] }), () => []],
  ['replace without a path', (p) => ({ op: 'replace', value: { members: [member(p[1])] } }), (p) => [p[1]]],
  [
    'the rename that Okta sends with each change',
    () => ({ op: 'replace', value: { id: 'x', displayName: 'Crew' } }),
    (p) => [p[0], p[1]],
  ],
  [
    'add, some of them strangers',
    (p) => ({ op: 'add', path: 'members', value: [member(nobody), member(p[2])] }),
    (p) => [p[0], p[1], p[2]],
  ],
]

test.each(steps)('%s', async (_, operation, after) => {
  const to = await bridge()
  const persons = await people(to, 3)
  const id = await groupOf(to, persons.slice(0, 2))
  const version = async () => at((await to.send('GET', `/Groups/${id}`)).body, 'meta', 'version')
  to.trips()
  const answer = await to.send('PATCH', `/Groups/${id}`, patchOp(operation(persons)))
  expect([answer.status, to.trips()]).toEqual([204, 1])
  const expected = after(persons).toSorted()
  expect(await membersOf(to, id)).toEqual(expected)
  const moved = JSON.stringify(expected) !== JSON.stringify(persons.slice(0, 2).toSorted())
  expect(await version()).toBe(moved ? 'W/"2"' : 'W/"1"')
})

test('operations on members count in their order', async () => {
  const to = await bridge()
  const [a, b, c] = await people(to, 3)
  const id = await groupOf(to, [a])
  const operations = patchOp(
    { op: 'remove', path: `members[value eq "${a}"]` },
    { op: 'add', path: 'members', value: [member(b), member(a)] },
    { op: 'remove', path: `members[value eq "${b}"]` },
    { op: 'add', path: 'members', value: [member(c)] },
    { op: 'replace', path: 'displayName', value: 'Team' },
  )
  await to.send('PATCH', `/Groups/${id}`, operations)
  expect(await membersOf(to, id)).toEqual([a, c].toSorted())
  expect(at((await to.send('GET', `/Groups/${id}`)).body, 'displayName')).toBe('Team')
})

test('only unknown members is 400, in POST, PUT and PATCH, and changes nothing', async () => {
  const to = await bridge()
  const [a] = await people(to, 1)
  const id = await groupOf(to, [a])
  const before = await to.send('GET', `/Groups/${id}`)
  const strangers = { displayName: 'Other', members: [member(nobody), member('x')] }
  const answers = [
    await to.send('POST', '/Groups', strangers),
    await to.send('PUT', `/Groups/${id}`, strangers),
    await to.send('PATCH', `/Groups/${id}`, patchOp({ op: 'replace', value: strangers })),
    await to.send(
      'PATCH',
      `/Groups/${id}`,
      patchOp(
        { op: 'add', path: 'members', value: [member(a)] },
        { op: 'add', path: 'members', value: [member(nobody)] },
      ),
    ),
  ]
  for (const answer of answers)
    expect(answer).toMatchObject({ status: 400, body: { scimType: 'invalidValue' } })
  expect((await to.send('GET', `/Groups/${id}`)).body).toEqual(before.body)
  expect(at((await to.send('GET', '/Groups')).body, 'totalResults')).toBe(1)
})

test('some unknown members: the known ones come in, the others are named in the log', async () => {
  const to = await bridge()
  const [a] = await people(to, 1)
  const id = await groupOf(to, [a, nobody, 'Berta Maier'])
  expect(await membersOf(to, id)).toEqual([a])
  expect(to.logs.at(-2)).toMatchObject({ unknownMembers: [nobody, 'not an id of this bridge'] })
  await to.send('PUT', `/Groups/${id}`, { displayName: 'Crew', members: [member(a), member(nobody)] })
  expect(to.logs.at(-1)).toMatchObject({ unknownMembers: [nobody] })
})

test('PUT: members left out stay, an empty list empties, a list replaces', async () => {
  const to = await bridge()
  const [a, b] = await people(to, 2)
  const id = await groupOf(to, [a])
  await to.send('PUT', `/Groups/${id}`, { displayName: 'Renamed' })
  expect(await membersOf(to, id)).toEqual([a])
  await to.send('PUT', `/Groups/${id}`, { displayName: 'Renamed', members: [member(b)] })
  expect(await membersOf(to, id)).toEqual([b])
  for (const none of [[], null]) {
    await to.send('PUT', `/Groups/${id}`, { displayName: 'Renamed', members: [member(b)] })
    await to.send('PUT', `/Groups/${id}`, { displayName: 'Renamed', members: none })
    expect(await membersOf(to, id)).toEqual([])
  }
})

test('PUT of what GET gave changes nothing, also where that GET left members out', async () => {
  const to = await bridge()
  const id = await groupOf(to, await people(to, 3))
  for (const query of ['', '?excludedAttributes=members']) {
    const read = await to.send('GET', `/Groups/${id}${query}`)
    const put = await to.send('PUT', `/Groups/${id}`, read.body)
    expect(at(put.body, 'meta')).toEqual(at(read.body, 'meta'))
    expect(await membersOf(to, id)).toHaveLength(3)
  }
})

test('a group is in no group of itself, and a member of another connection is a stranger', async () => {
  const [to, other] = [await bridge(), await bridge()]
  const [foreign] = await people(other, 1)
  const id = await groupOf(to, [])
  for (const value of [id, foreign]) {
    const add = patchOp({ op: 'add', path: 'members', value: [{ value }] })
    expect((await to.send('PATCH', `/Groups/${id}`, add)).status).toBe(400)
  }
})

test('deleting a person takes them out of their groups, deleting a group leaves its members', async () => {
  const to = await bridge()
  const [a, b] = await people(to, 2)
  const id = await groupOf(to, [a, b])
  await to.send('DELETE', `/Users/${a}`)
  expect(await membersOf(to, id)).toEqual([b])
  expect(at((await to.send('GET', `/Groups/${id}`)).body, 'meta', 'version')).toBe('W/"2"')
  expect((await to.send('DELETE', `/Groups/${id}`)).status).toBe(204)
  const person = await to.send('GET', `/Users/${b}`)
  expect([person.status, at(person.body, 'groups')]).toEqual([200, undefined])
})

test('a member without a value names nobody, and is passed over; one of nobody is 400', async () => {
  const to = await bridge()
  const [anna = ''] = await people(to, 1)
  const id = await groupOf(to, [anna])
  for (const [value, status] of [
    [[{ value: '' }], 204],
    [[{ value: null }], 204],
    [[{ value: 'nobody' }], 400],
  ] as const) {
    const add = patchOp({ op: 'add', path: 'members', value })
    expect((await to.send('PATCH', `/Groups/${id}`, add)).status).toBe(status)
    expect(await membersOf(to, id)).toEqual([anna])
  }
})
