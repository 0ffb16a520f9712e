import { expect, test } from 'vitest'
import { at, bridge, idOf, patchOp, people, type Answer } from '../bridge.ts'

const feed = (query: string) => `/../../events${query}`

async function read(to: Awaited<ReturnType<typeof bridge>>, query: string): Promise<Answer> {
  return to.send('GET', feed(query))
}

const eventsOf = ({ body }: Answer): readonly unknown[] => {
  const events = at(body, 'events')
  if (!Array.isArray(events)) throw new Error(`no events in ${JSON.stringify(body)}`)
  return events
}

test('the feed begins with everything there is, and goes on with what changed', async () => {
  const to = await bridge()
  const make = async (userName: string) => idOf(await to.send('POST', '/Users', { userName }))
  const [anna, ben] = [await make('anna@example.com'), await make('ben@example.com')]
  const group = idOf(await to.send('POST', '/Groups', { displayName: 'Team', members: [{ value: anna }] }))
  const first = await read(to, '?after=0')
  expect(first.status).toBe(200)
  expect(
    eventsOf(first).map((event) => [at(event, 'type'), at(event, 'resource'), at(event, 'snapshot')]),
  ).toEqual([
    ['user.changed', anna, true],
    ['user.changed', ben, true],
    ['group.changed', group, true],
  ])
  expect(at(first.body, 'events', 2, 'members')).toEqual({ add: [anna], remove: [], all: [anna] })
  const next = Number(at(first.body, 'next'))
  expect(eventsOf(await read(to, `?after=${next}`))).toEqual([])

  await to.send(
    'PATCH',
    `/Groups/${group}`,
    patchOp({ op: 'replace', path: 'members', value: [{ value: ben }] }),
  )
  await to.send('PATCH', `/Users/${anna}`, patchOp({ op: 'replace', path: 'active', value: false }))
  await to.send('DELETE', `/Users/${ben}`)
  const second = eventsOf(await read(to, `?after=${next}`))
  expect(second.map((event) => [at(event, 'type'), at(event, 'wanted', 'active') ?? null])).toEqual([
    ['user.changed', false],
    ['user.deleted', null],
    ['group.changed', null],
  ])
  expect(at(second[2], 'members', 'all')).toEqual([])
  expect(at(second[2], 'members', 'remove')).toEqual(expect.arrayContaining([anna, ben]))
})

test('page by page, in one trip each', async () => {
  const to = await bridge()
  const ids = await people(to, 5)
  const seen: unknown[] = []
  let after = 0
  to.trips()
  for (let pages = 0; pages < 3; pages += 1) {
    const page = await read(to, `?after=${after}&count=2`)
    seen.push(...eventsOf(page).map((event) => at(event, 'resource')))
    after = Number(at(page.body, 'next'))
  }
  expect(seen.toSorted()).toEqual(ids.toSorted())
  expect(to.trips()).toBe(3)
})

test('only for whoever may read everything of the connection', async () => {
  const to = await bridge()
  await people(to, 1)
  const reader = await bridge({ connection: to.connection, allowed: { scope: 'read' } })
  expect((await read(reader, '?after=0')).status).toBe(200)
  const users = await bridge({ connection: to.connection, allowed: { scope: 'users' } })
  expect((await read(users, '?after=0')).status).toBe(403)
  const other = await bridge()
  expect(eventsOf(await read(other, '?after=0'))).toEqual([])
  expect((await to.send('GET', feed(''), undefined, { authorization: null })).status).toBe(401)
})

test('what is asked wrongly is told', async () => {
  const to = await bridge()
  expect((await read(to, '?after=soon')).status).toBe(400)
  expect((await read(to, '?after=99999999')).status).toBe(410)
  expect((await to.send('POST', feed(''), {})).status).toBe(405)
  expect((await to.send('GET', feed('/x'))).status).toBe(404)
})

test('a page of no events is none: 400, as one of a word is', async () => {
  const to = await bridge()
  for (const count of ['0', 'x', '-1']) {
    const { status, body } = await read(to, `?after=0&count=${count}`)
    expect([count, status, at(body, 'detail')]).toEqual([count, 400, 'count: expected a whole number from 1'])
  }
  expect((await read(to, '?after=0&count=1')).status).toBe(200)
})
