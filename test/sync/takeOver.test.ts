import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import * as v from 'valibot'
import { sql } from '../../worker/store/database.ts'
import { unknownIds } from '../../worker/store/takeOver.ts'
import { play } from '../dev/served.ts'
import { onLoopback } from './onLoopback.ts'
import { ownDatabase } from './ownDatabase.ts'
import { world } from './world.ts'

const kept = v.object({
  people: v.array(v.object({ id: v.string(), active: v.boolean() })),
  groups: v.array(v.object({ id: v.string(), displayName: v.string() })),
})

/** An Okta app that has provisioned into a service gets another address and another token, and nothing else. */
test('an app moves here by its Base URL and token alone', { timeout: 180_000 }, async () => {
  const database = await ownDatabase()
  const folder = await mkdtemp(join(tmpdir(), 'drawbridge-take-over-'))
  const service = await world({ libsqlUrl: database.url })
  const here = await world({ libsqlUrl: database.url })
  const [before, after] = [await onLoopback(service.fetch), await onLoopback(here.fetch)]
  onTestFinished(async () => {
    await Promise.all([before.stop(), after.stop()])
    await database.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const file = join(folder, 'okta.json')
  const options = ['--provider', 'okta-oin', '--people', '12', '--groups', '3', '--save', file]
  const first = await play(`${before.url}/scim/v2`, service.token, ...options)
  expect([first.code, first.output]).toEqual([0, expect.stringMatching(/^all +\d+ +0 /m)])
  const { people, groups } = v.parse(kept, JSON.parse(await readFile(file, 'utf8')))
  const ids = [...people, ...groups].map(({ id }) => id)

  const url = `${before.url}/scim/v2`
  expect(
    await here.target({ kind: 'scim', url, auth: { kind: 'bearer', token: service.token } }),
  ).toMatchObject({ kind: 'set' })
  expect(await unknownIds(here.database, here.connection, ids)).toHaveLength(ids.length)
  await here.sweep()
  expect(await here.rows(sql`SELECT state FROM imports WHERE connection = ${here.connection}`)).toEqual([
    { state: 'done' },
  ])
  // Groups are not touched until they are selected: beforehand it shows who would not be found.
  expect(await unknownIds(here.database, here.connection, ids)).toEqual(groups.map(({ id }) => id))
  for (const { id } of groups) expect(await here.select(id)).toMatchObject({ kind: 'selected', id })
  expect(await unknownIds(here.database, here.connection, ids)).toEqual([])

  const second = await play(`${after.url}/scim/v2`, here.token, '--resume', file)
  expect([second.code, second.output]).toEqual([0, expect.stringMatching(/^all +\d+ +0 /m)])

  // What came of it there: everybody that the provider had is deactivated, under the old ids, and no one is twice.
  const there =
    await service.rows(sql`SELECT id, document ->> '$.active' AS active, document ->> '$.name.givenName' AS name
    FROM resources WHERE connection = ${service.connection} AND type = 'User' AND id IN (SELECT value FROM json_each(${JSON.stringify(people.map(({ id }) => id))}))`)
  expect(there).toHaveLength(people.length)
  expect(there.filter(({ active }) => active !== 0)).toEqual([])
  expect(there.filter(({ name }) => name === 'Renée').length).toBeGreaterThan(3)
  const names = await service.rows(sql`SELECT document ->> '$.displayName' AS name FROM resources
    WHERE connection = ${service.connection} AND type = 'Group'`)
  expect(names).toHaveLength(groups.length)
  expect(names.filter(({ name }) => !String(name).endsWith('renamed'))).toEqual([])
  const members = async (connection: string) =>
    here.rows(sql`SELECT group_id, member_id FROM members WHERE connection = ${connection} ORDER BY 1, 2`)
  expect(await members(service.connection)).toEqual(await members(here.connection))
  expect(await here.rows(sql`SELECT * FROM deliveries WHERE connection = ${here.connection}`)).toEqual([])
  const open = sql`SELECT * FROM receipts WHERE connection = ${here.connection} AND confirmed IS NULL AND ended IS NULL`
  expect(await here.rows(open)).toEqual([])
})
