import { beforeEach, expect, inject, test } from 'vitest'
import { makeToken, rotateToken } from '../../worker/admin/makeToken.ts'
import { newKey } from '../../worker/auth/keys.ts'
import { raiseOverdue } from '../../worker/store/alarms.ts'
import { ensureConnection } from '../../worker/store/connections.ts'
import { openDatabase, sql } from '../../worker/store/database.ts'
import { shortId } from '../../worker/store/ids.ts'
import { revokeToken } from '../../worker/store/tokens.ts'

const DAY = 86_400
const START = Date.UTC(2026, 10, 25, 12) / 1000
const issuer = { region: 'local', deployment: 'test', keys: [await newKey()] } as const
const database = openDatabase({ url: inject('libsqlUrl') })
const day = (days: number) => new Date((START + days * DAY) * 1000)

let connection = ''
beforeEach(async () => {
  connection = shortId()
  await ensureConnection(database, connection, connection, day(0))
})

/** What cron raises of the connection on a day, and the alarms there are then. */
async function cron(days: number) {
  const { tokens } = await raiseOverdue(database, day(days), { unconfirmed: 0, closed: 0 })
  const [rows] = await database.read([
    sql`SELECT words, count FROM alarms WHERE connection = ${connection} AND kind = 'token' AND cleared IS NULL`,
  ])
  return {
    raised: tokens.filter((one) => one.connection === connection).map(({ token }) => token),
    alarms: (rows ?? []).map((row) => ({ ...row })),
  }
}

test('14 days, 7 days and one day before a token is to be renewed one alarm says so, once each', async () => {
  const expires = START + 60 * DAY
  const { jti } = await makeToken(database, issuer, connection, { expires, name: 'Okta' }, day(0))
  await makeToken(database, issuer, connection, {}, day(0))
  const words =
    'API token "Okta" is to be renewed by 2027-01-10. Rotate it before: after that it only reads and deactivates, and on 2027-01-24 it expires.'
  const seen: unknown[] = []
  for (const days of [31.9, 32, 32.1, 38.9, 39, 40, 44.9, 45, 45.5]) {
    const { raised, alarms } = await cron(days)
    seen.push([days, raised.length, alarms])
  }
  expect(seen).toEqual([
    [31.9, 0, []],
    [32, 1, [{ words, count: 1 }]],
    [32.1, 0, [{ words, count: 1 }]],
    [38.9, 0, [{ words, count: 1 }]],
    [39, 1, [{ words, count: 2 }]],
    [40, 0, [{ words, count: 2 }]],
    [44.9, 0, [{ words, count: 2 }]],
    [45, 1, [{ words, count: 3 }]],
    [45.5, 0, [{ words, count: 3 }]],
  ])
  // It stays when nobody has done anything, and ends when somebody has.
  expect((await cron(70)).alarms).toHaveLength(1)
  await revokeToken(database, jti, day(70))
  expect(await cron(70.1)).toEqual({ raised: [], alarms: [] })
})

test('a run that comes late tells once', async () => {
  await makeToken(database, issuer, connection, { expires: START + 60 * DAY }, day(0))
  expect((await cron(45.5)).raised).toHaveLength(1)
  expect((await cron(45.6)).raised).toEqual([])
})

test('a use that moves the end ends the alarm', async () => {
  const { jti } = await makeToken(database, issuer, connection, { sliding: 30 * DAY }, day(0))
  expect((await cron(17)).alarms).toMatchObject([{ words: expect.stringContaining('as nobody uses it') }])
  await database.write([
    sql`UPDATE tokens SET renew_by = ${START + 47 * DAY}, expires = ${START + 61 * DAY} WHERE jti = ${jti}`,
  ])
  expect(await cron(17.1)).toEqual({ raised: [], alarms: [] })
})

test('a token that is being replaced is told of one day before it ends, where it is still used', async () => {
  const [used, idle] = [
    await makeToken(database, issuer, connection, { expires: START + 60 * DAY }, day(0)),
    await makeToken(database, issuer, connection, {}, day(0)),
  ]
  expect((await cron(33)).raised).toEqual([used.jti])
  const by = { madeBy: 'test', now: day(40) }
  const next = await rotateToken(database, issuer, connection, used.jti, by)
  await rotateToken(database, issuer, connection, idle.jti, by)
  expect(await cron(40.1)).toEqual({ raised: [], alarms: [] })
  await database.write([sql`UPDATE tokens SET used = ${START + 45 * DAY} WHERE jti = ${used.jti}`])
  expect((await cron(45.9)).raised).toEqual([])
  const told = await cron(46)
  expect(told.raised).toEqual([used.jti])
  expect(told.alarms).toMatchObject([
    {
      words: `API token ${used.jti} ends on 2027-01-11 and is still used. Paste the one that takes its place (${next?.jti}) into the identity provider.`,
    },
  ])
  expect((await cron(46.5)).raised).toEqual([])
  expect(await cron(47)).toEqual({ raised: [], alarms: [] })
})
