import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { protect } from '../../worker/store/protection.ts'
import { downstream, type Downstream } from './downstream.ts'
import { guarded, limit, off, patch, type Guarded } from './guarded.ts'

let there: Downstream
let here: Guarded

beforeAll(async () => {
  there = await downstream()
})
afterAll(() => there.stop())
beforeEach(async () => {
  here = await guarded(there)
})

/** Sends a request; gives the alarms that the log has of it. */
async function logged(...request: Parameters<Guarded['send']>) {
  here.logs.length = 0
  expect((await here.send(...request)).status).toBeLessThan(300)
  const text = JSON.stringify(here.logs)
  expect(text).not.toMatch(/example\.com|Team/)
  const id = here.logs.find(({ message }) => message === 'request')?.['request']
  const alarms = here.logs.filter(({ level }) => level === 'alarm')
  for (const alarm of alarms)
    expect(alarm).toMatchObject({ message: 'held', request: id, connection: here.connection })
  return alarms.map(({ resource, harm }) => [resource, harm])
}

test('what the guard holds is in the log at once, by id and harm', async () => {
  const [a = '', b = '', c = '', glass = ''] = await here.hire(4)
  const [team, crew] = [await here.group('Team', [a, b]), await here.group('Team 2', [b, glass])]
  const zero = limit(0)
  await here.guard({ suspend: limit(1), create: limit(2), rename: zero, unmember: zero, dissolve: zero })
  // What goes through is not told.
  expect(await logged('PATCH', `/Users/${a}`, off)).toEqual([])
  expect(await logged('PATCH', `/Users/${b}`, off)).toEqual([[b, 'suspend']])
  // What is held already is not held again.
  const title = patch({ op: 'replace', path: 'title', value: 'T' })
  expect(await logged('PATCH', `/Users/${b}`, title)).toEqual([])
  const rename = patch({ op: 'replace', path: 'userName', value: 'new@example.com' })
  expect(await logged('PATCH', `/Users/${c}`, rename)).toEqual([[c, 'rename']])
  expect(await logged('DELETE', `/Users/${c}`)).toEqual([[c, 'suspend']])
  const leave = patch({ op: 'remove', path: `members[value eq "${a}"]` })
  expect(await logged('PATCH', `/Groups/${team}`, leave)).toEqual([[team, 'unmember']])
  await protect(here.database, here.connection, glass, { now: here.now(), who: 'admin', why: 'w' })
  const all = patch({ op: 'replace', path: 'members', value: [] })
  const told = await logged('PATCH', `/Groups/${crew}`, all)
  expect(told).toEqual(
    expect.arrayContaining([
      [crew, 'unmember'],
      [glass, 'protect'],
    ]),
  )
  expect(told).toHaveLength(2)
  expect(await logged('PATCH', `/Users/${glass}`, off)).toEqual([[glass, 'protect']])
})

test('so are a person and the end of a group', async () => {
  const team = await here.group('Team', [])
  await here.guard({ create: limit(0), dissolve: limit(0) })
  const joiner = await logged('POST', '/Users', { userName: 'n@example.com' })
  expect(joiner).toEqual([[expect.any(String), 'create']])
  expect(await logged('DELETE', `/Groups/${team}`)).toEqual([[team, 'dissolve']])
})
