import { expect, test } from 'vitest'
import { sql } from '../../worker/store/database.ts'
import { world } from './world.ts'

test('cron says in the log which token is to be renewed, once', async () => {
  const here = await world()
  const day = Math.floor(Date.now() / 1000) + 86_400
  await here.database.write([
    sql`UPDATE tokens SET name = 'Okta', renew_by = ${6 * 86_400 + day}, expires = ${20 * 86_400 + day}
      WHERE connection = ${here.connection}`,
  ])
  const [tokens] = await here.database.read([
    sql`SELECT jti FROM tokens WHERE connection = ${here.connection}`,
  ])
  await here.sweep()
  await here.sweep()
  const told = here.logs.filter((entry) => entry['connection'] === here.connection)
  expect(told).toEqual([
    { level: 'alarm', message: 'token', connection: here.connection, token: tokens?.[0]?.['jti'] },
  ])
})
