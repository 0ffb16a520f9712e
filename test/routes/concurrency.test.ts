import { expect, test } from 'vitest'
import { at, bridge, countingRows, idOf, ROW_WOBBLE, patchOp, people } from '../bridge.ts'
import { fill } from '../fill.ts'

test('20 PATCHes at once to one group lose nothing', async () => {
  const to = await bridge()
  const persons = await people(to, 20)
  const id = idOf(await to.send('POST', '/Groups', { displayName: 'g' }))
  const answers = await Promise.all(
    persons.map((value) =>
      to.send('PATCH', `/Groups/${id}`, patchOp({ op: 'add', path: 'members', value: [{ value }] })),
    ),
  )
  expect(answers.map(({ status }) => status)).toEqual(persons.map(() => 204))
  const { body } = await to.send('GET', `/Groups/${id}`)
  expect(at(body, 'members')).toHaveLength(20)
  expect(at(body, 'meta', 'version')).toBe('W/"21"')
})

test('10 POSTs of one userName at once make one user', async () => {
  const to = await bridge()
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      to.send('POST', '/Users', { userName: index % 2 ? 'Anna' : 'aNNA' }),
    ),
  )
  expect(answers.map(({ status }) => status).toSorted()).toEqual([
    201,
    ...Array.from({ length: 9 }, () => 409),
  ])
  expect(at((await to.send('GET', '/Users')).body, 'totalResults')).toBe(1)
})

test('10 revivals at once bring one person back once', async () => {
  const to = await bridge()
  await to.send('POST', '/Users', { userName: 'a', externalId: 'E', active: false })
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => to.send('POST', '/Users', { userName: 'b', externalId: 'E' })),
  )
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
  expect(answers.filter(({ status }) => status === 409)).toHaveLength(9)
})

test('PATCHes at once that are worked out from the resource lose nothing either', async () => {
  const to = await bridge()
  const id = idOf(await to.send('POST', '/Users', { userName: 'a' }))
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, index) =>
      to.send(
        'PATCH',
        `/Users/${id}`,
        patchOp({ op: 'add', path: 'emails', value: [{ value: `e${index}` }] }),
      ),
    ),
  )
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
  expect(at((await to.send('GET', `/Users/${id}`)).body, 'emails')).toHaveLength(12)
})

test('one member in or out of a group reads and writes as many rows at 10 members as at 10,000', async () => {
  const to = await bridge()
  const persons = await people(to, 2)
  const counts = await Promise.all(
    [10, 10_000].map(async (size) => {
      const id = idOf(await to.send('POST', '/Groups', { displayName: `g${size}` }))
      await fill(to.connection, id, size)
      const counting = await countingRows({ connection: to.connection })
      const add = await counting.send(
        'PATCH',
        `/Groups/${id}`,
        patchOp({ op: 'add', path: 'members', value: [{ value: persons[0] }] }),
      )
      const added = counting.rows()
      await counting.send(
        'PATCH',
        `/Groups/${id}`,
        patchOp({ op: 'remove', path: `members[value eq "${persons[0]}"]` }),
      )
      expect(add.status).toBe(204)
      return { added, removed: counting.rows() }
    }),
  )
  console.log(`rows for one member, group of 10 and of 10,000: ${JSON.stringify(counts)}`)
  expect(counts[0]?.added.written).toBeGreaterThan(0)
  for (const change of ['added', 'removed'] as const) {
    const [small, large] = counts.map((count) => count[change])
    expect(large?.written).toBe(small?.written)
    expect(Math.abs(Number(large?.read) - Number(small?.read))).toBeLessThanOrEqual(ROW_WOBBLE)
  }
})

test('1,000 members in one PATCH come in by one statement', async () => {
  const to = await bridge()
  const id = idOf(await to.send('POST', '/Groups', { displayName: 'g' }))
  const ids = await fill(to.connection, undefined, 1_000)
  let statements = 0
  const counting = await bridge({
    connection: to.connection,
    fetch: async (request) => {
      const text = await request.clone().text()
      statements = text.split('"stmt"').length - 1
      return fetch(request)
    },
  })
  const add = (value: readonly string[]) =>
    patchOp({ op: 'add', path: 'members', value: value.map((member) => ({ value: member })) })
  // The first write takes along that the token is used.
  await counting.send('PATCH', `/Groups/${id}`, add([]))
  await counting.send('PATCH', `/Groups/${id}`, add(ids.slice(0, 1)))
  const forOne = statements
  expect((await counting.send('PATCH', `/Groups/${id}`, add(ids))).status).toBe(204)
  expect(statements).toBe(forOne)
  expect(at((await to.send('GET', `/Groups/${id}`)).body, 'members')).toHaveLength(1_000)
})
