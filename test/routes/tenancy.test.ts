import { expect, test } from 'vitest'
import { at, bridge, idOf, patchOp } from '../bridge.ts'

test('every route with the ids of another connection: as if there were nothing, and nothing happens', async () => {
  const [mine, theirs] = [await bridge(), await bridge()]
  const person = await theirs.send('POST', '/Users', { userName: 'anna', externalId: 'E' })
  const group = await theirs.send('POST', '/Groups', {
    displayName: 'crew',
    members: [{ value: idOf(person) }],
  })
  const before = [
    await theirs.send('GET', `/Users/${idOf(person)}`),
    await theirs.send('GET', `/Groups/${idOf(group)}`),
  ]
  for (const [type, made] of [
    ['Users', person],
    ['Groups', group],
    ['Users', group],
    ['Groups', person],
  ] as const) {
    const path = `/${type}/${idOf(made)}`
    const requests: readonly [string, string, unknown?][] = [
      ['GET', path],
      ['PUT', path, { userName: 'x', displayName: 'x', members: [] }],
      ['PATCH', path, patchOp({ op: 'replace', value: { displayName: 'x' } })],
      [
        'PATCH',
        path,
        patchOp({
          op: 'add',
          path: type === 'Users' ? 'emails' : 'members',
          value: [{ value: idOf(person) }],
        }),
      ],
      ['DELETE', path],
    ]
    for (const request of requests) {
      const answer = await mine.send(...request)
      expect([...request.slice(0, 2), answer.status]).toEqual([...request.slice(0, 2), 404])
      expect(JSON.stringify(answer.body)).not.toContain(idOf(made))
    }
  }
  for (const type of ['Users', 'Groups']) {
    for (const filter of [`id eq "${idOf(person)}"`, 'externalId eq "E"', 'displayName eq "crew"']) {
      const list = await mine.send('GET', `/${type}?filter=${encodeURIComponent(filter)}`)
      expect(at(list.body, 'totalResults')).toBe(0)
    }
    expect(at((await mine.send('GET', `/${type}`)).body, 'totalResults')).toBe(0)
  }
  const after = [
    await theirs.send('GET', `/Users/${idOf(person)}`),
    await theirs.send('GET', `/Groups/${idOf(group)}`),
  ]
  expect(after.map(({ body }) => body)).toEqual(before.map(({ body }) => body))
})

test('two connections may use the same userName and externalId', async () => {
  for (const to of [await bridge(), await bridge()]) {
    expect((await to.send('POST', '/Users', { userName: 'anna', externalId: 'E' })).status).toBe(201)
    const found = await to.send('GET', `/Users?filter=${encodeURIComponent('externalId eq "E"')}`)
    expect(at(found.body, 'totalResults')).toBe(1)
  }
})
