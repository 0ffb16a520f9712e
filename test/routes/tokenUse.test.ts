import { describe, expect, test } from 'vitest'
import { readNetwork } from '../../worker/auth/network.ts'
import { sql } from '../../worker/store/database.ts'
import { bridge, type Bridge, type BridgeOptions } from '../bridge.ts'
import { database } from '../worker.ts'

const NOW = Date.UTC(2026, 10, 25, 12)
const HOUR = 3_600
const DAY = 86_400
const start = NOW / 1000

/** A bridge whose clock the test moves, in seconds. */
async function timed(options: BridgeOptions = {}) {
  const clock = { at: start }
  const to = await bridge({ ...options, now: () => new Date(clock.at * 1000) })
  return { to, clock }
}

const row = async ({ jti }: Bridge) => {
  const [rows] = await database().read([
    sql`SELECT used, used_from, renew_by, expires FROM tokens WHERE jti = ${jti}`,
  ])
  return { ...rows?.[0] }
}

const networksOf = async ({ jti, connection }: Bridge) => {
  const [networks, alarms] = await database().read([
    sql`SELECT network FROM token_networks WHERE token = ${jti} AND connection = ${connection} ORDER BY network`,
    sql`SELECT words, count FROM alarms WHERE connection = ${connection} AND kind = 'network' AND subject = ${jti}`,
  ])
  return {
    networks: networks?.map(({ network }) => network),
    alarms: alarms?.map(({ words, count }) => [
      typeof words === 'string' ? words.split(' for ')[0] : words,
      count,
    ]),
  }
}

describe('the last use of a token', () => {
  test('is taken along by a write in its own trip, at most hourly', async () => {
    const { to, clock } = await timed()
    const write = async () => {
      to.trips()
      const { status } = await to.send('POST', '/Users', { userName: crypto.randomUUID() })
      return [status, to.trips(), (await row(to))['used']]
    }
    expect(await write()).toEqual([201, 1, start])
    clock.at += HOUR - 1
    expect(await write()).toEqual([201, 1, start])
    clock.at += 1
    expect(await write()).toEqual([201, 1, start + HOUR])
  })

  test('is written once by a read that finds it stale', async () => {
    const { to, clock } = await timed()
    const read = async () => {
      to.trips()
      const { status } = await to.send('GET', '/Users')
      // Reads are counted in a write of their own, every 10 s at the most.
      return [status, to.trips(), to.tripsAfterwards(), (await row(to))['used']]
    }
    expect(await read()).toEqual([200, 1, 2, start])
    clock.at += HOUR - 1
    expect(await read()).toEqual([200, 1, 1, start])
    clock.at += 1
    expect(await read()).toEqual([200, 1, 1, start + HOUR])
    // What another isolate has written is found, and not written again.
    const other = await bridge({ connection: to.connection, now: () => new Date(clock.at * 1000) })
    await other.send('GET', '/Users', undefined, { authorization: to.token })
    expect([other.trips(), other.tripsAfterwards()]).toEqual([1, 1])
  })

  test('is written once by many reads at a time', async () => {
    const { to } = await timed()
    await Promise.all(Array.from({ length: 16 }, () => to.send('GET', '/Users')))
    expect([to.trips(), to.tripsAfterwards()]).toEqual([16, 2])
  })

  test('is written by a refused write too, but not by whoever has no right to be there', async () => {
    const { to } = await timed()
    await to.send('DELETE', '/Users/none')
    expect((await row(to))['used']).toBe(start)
    const bound = await timed({
      allowed: { networks: [readNetwork('203.0.113.0/24')].flatMap((one) => one ?? []) },
    })
    for (const [method, body] of [
      ['GET', undefined],
      ['POST', { userName: 'x' }],
    ] as const) {
      const headers = { 'cf-connecting-ip': '192.0.2.1' }
      expect((await bound.to.send(method, '/Users', body, headers)).status).toBe(403)
    }
    expect((await row(bound.to))['used']).toBeNull()
  })

  test('is not written where that fails, and the request stands', async () => {
    let isBroken = false
    const { to } = await timed({
      fetch: async (request) => {
        const body = await request.clone().text()
        return isBroken && body.includes('UPDATE tokens') ? new Response('', { status: 400 }) : fetch(request)
      },
    })
    isBroken = true
    expect((await to.send('GET', '/Users')).status).toBe(200)
    expect(to.logs.map(({ message }) => message)).toContain('unwritten')
    isBroken = false
    await to.send('GET', '/Users')
    expect((await row(to))['used']).toBe(start)
  })
})

describe('a network a token is new from', () => {
  const from = (address: string) => ({ 'cf-connecting-ip': address })

  test.each(['GET', 'POST'])('is reported once, but for the first: %s', async (method) => {
    const { to } = await timed()
    const send = (address: string) => {
      const body = method === 'GET' ? undefined : { userName: crypto.randomUUID() }
      return to.send(method, '/Users', body, from(address))
    }
    await send('203.0.113.1')
    expect(await networksOf(to)).toEqual({ networks: ['203.0.113.0/24'], alarms: [] })
    expect((await row(to))['used_from']).toBe('203.0.113.0/24')
    await send('203.0.113.200')
    await send('2001:db8:1:1::1')
    expect(await networksOf(to)).toEqual({
      networks: ['2001:db8:1::/48', '203.0.113.0/24'],
      alarms: [['An API token was used from 2001:db8:1::/48', 1]],
    })
    await send('2001:db8:1:2::1')
    await Promise.all(Array.from({ length: 8 }, () => send('198.51.100.7')))
    expect(await networksOf(to)).toEqual({
      networks: ['198.51.100.0/24', '2001:db8:1::/48', '203.0.113.0/24'],
      alarms: [['An API token was used from 198.51.100.0/24', 2]],
    })
  })

  test('is reported by a filtered list and by a refused write', async () => {
    const { to } = await timed()
    await to.send('GET', '/Users', undefined, from('203.0.113.1'))
    await to.send('GET', '/Users?filter=title%20pr', undefined, from('203.0.114.1'))
    await to.send('DELETE', '/Users/none', undefined, from('203.0.115.1'))
    expect((await networksOf(to)).alarms).toEqual([['An API token was used from 203.0.115.0/24', 2]])
  })

  test('is none of a token that is bound to networks, or that is dead', async () => {
    const networks = [readNetwork('0.0.0.0/0')].flatMap((one) => one ?? [])
    const { to } = await timed({ allowed: { networks } })
    await to.send('GET', '/Users', undefined, from('203.0.113.1'))
    expect(await networksOf(to)).toEqual({ networks: [], alarms: [] })
    expect((await row(to))['used_from']).toBe('203.0.113.0/24')
    const dead = await timed()
    await database().write([sql`UPDATE tokens SET revoked = 1 WHERE jti = ${dead.to.jti}`])
    await dead.to.send('GET', '/Users', undefined, from('203.0.113.1'))
    expect(await networksOf(dead.to)).toEqual({ networks: [], alarms: [] })
  })
})

describe('a sliding end', () => {
  test.each(['GET', 'POST'])('moves with each use, until the time to renew has come: %s', async (method) => {
    const sliding = 30 * DAY
    const { to, clock } = await timed({ allowed: { sliding } })
    const use = async () => {
      const body = method === 'GET' ? undefined : { userName: crypto.randomUUID() }
      const { status } = await to.send(method, '/Users', body)
      const { renew_by, expires } = await row(to)
      return [status, renew_by, expires]
    }
    const ends = (used: number) => [used + sliding, used + sliding + 14 * DAY]
    clock.at += 5
    // The token was made by the clock of the test run.
    await database().write([
      sql`UPDATE tokens SET renew_by = ${start + 100}, expires = ${start + 100 + 14 * DAY} WHERE jti = ${to.jti}`,
    ])
    const ok = method === 'GET' ? 200 : 201
    expect(await use()).toEqual([ok, ...ends(start + 5)])
    clock.at += 29 * DAY
    expect(await use()).toEqual([ok, ...ends(clock.at)])
    const last = clock.at
    clock.at += 31 * DAY
    expect(await use()).toEqual([method === 'GET' ? 200 : 403, ...ends(last)])
    clock.at = last + 44 * DAY
    expect((await use())[0]).toBe(401)
  })
})
