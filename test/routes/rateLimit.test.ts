import { env } from 'cloudflare:workers'
import { describe, expect, test } from 'vitest'
import { at, bridge, type Bridge } from '../bridge.ts'
import { call, connect, database } from '../worker.ts'
import { revokeToken } from '../../worker/store/tokens.ts'

/** A limit of so many requests a key. */
function limited(most: number) {
  const keys = new Map<string, number>()
  const rateLimit = (key: string) => {
    const count = (keys.get(key) ?? 0) + 1
    keys.set(key, count)
    return Promise.resolve(count <= most)
  }
  return { options: { rateLimit }, keys }
}

describe('a connection that sends too much', () => {
  test('is told so, and for how many whole seconds to wait', async () => {
    const { options } = limited(2)
    const to = await bridge(options)
    expect((await to.send('GET', '/Users')).status).toBe(200)
    expect((await to.send('GET', '/Users')).status).toBe(200)
    to.trips()
    const answer = await to.send('GET', '/Users')
    expect([answer.status, at(answer.body, 'status'), to.trips()]).toEqual([429, '429', 0])
    expect(answer.headers.get('retry-after')).toMatch(/^[1-9]\d*$/)
    expect(at(answer.body, 'detail')).toContain('10 seconds')
  })

  test('is refused before its body is read, and after a token that is not good', async () => {
    const to = await bridge(limited(0).options)
    expect((await to.send('POST', '/Users', '{')).status).toBe(429)
    expect((await to.send('GET', '/Nope')).status).toBe(429)
    expect((await to.send('GET', '/Users', undefined, { authorization: 'Bearer wrong' })).status).toBe(401)
    expect((await to.send('GET', '/Users', undefined, { authorization: null })).status).toBe(401)
    expect((await to.send('GET', '/Schemas', undefined, { authorization: null })).status).toBe(200)
  })

  test('shares the limit among its tokens and with no other connection', async () => {
    const { options, keys } = limited(3)
    const to = await bridge(options)
    const second = await bridge({ ...options, connection: to.connection })
    const other = await bridge(options)
    for (const one of [to, second, to]) expect((await one.send('GET', '/Users')).status).toBe(200)
    expect((await second.send('GET', '/Users')).status).toBe(429)
    expect((await other.send('GET', '/Users')).status).toBe(200)
    expect([...keys.keys()]).toEqual([`connection ${to.connection}`, `connection ${other.connection}`])
  })

  test('counts a job once, whatever is in it', async () => {
    const { options, keys } = limited(9)
    const to = await bridge(options)
    const operations = Array.from({ length: 20 }, (_, index) => ({
      method: 'POST',
      path: '/Users',
      bulkId: `b${index}`,
      data: { userName: `u${index}` },
    }))
    const schemas = ['urn:ietf:params:scim:api:messages:2.0:BulkRequest']
    expect((await to.send('POST', '/Bulk', { schemas, Operations: operations })).status).toBe(200)
    expect([...keys.values()]).toEqual([1])
  })
})

test('a token that has ended uses up a limit of its own', async () => {
  const { options, keys } = limited(4)
  const ended = await bridge(options)
  await revokeToken(database(), ended.jti, new Date())
  for (let times = 0; times < 4; times += 1) expect((await ended.send('GET', '/Users')).status).toBe(401)
  expect([...keys]).toEqual([
    [`connection ${ended.connection}`, 1],
    [`token ${ended.jti}`, 3],
  ])
})

describe('whoever shows tokens that are not good', () => {
  const shown = (to: Bridge, authorization: string | null, address: string | null) =>
    to.send('GET', '/Users', undefined, { authorization, 'cf-connecting-ip': address })

  test('is slowed by address, and still told what is wrong', async () => {
    const to = await bridge({ guessLimit: limited(2).options.rateLimit })
    to.trips()
    const tried = ['Bearer wrong', `Bearer "${to.token}"`, `Bearer ${to.token.slice(0, -5)}`]
    const answers = []
    for (const authorization of tried) answers.push(await shown(to, authorization, '192.0.2.1'))
    expect([answers.map(({ status }) => status), to.trips()]).toEqual([[401, 401, 429], 0])
    expect(answers[2]?.headers.get('retry-after')).toBe('60')
    expect(at(answers[2]?.body, 'detail')).toMatch(/in 60 seconds.*end of the API token is missing/)
    const discovery = { authorization: 'Bearer wrong', 'cf-connecting-ip': '192.0.2.1' }
    expect((await to.send('GET', '/Schemas', undefined, discovery)).status).toBe(429)
    expect((await shown(to, 'Bearer wrong', '2001:db8::1')).status).toBe(401)
  })

  test('holds up nobody else: a good token, nobody’s, and no address', async () => {
    const { options, keys } = limited(0)
    const to = await bridge({ guessLimit: options.rateLimit })
    expect((await shown(to, `Bearer ${to.token}`, '192.0.2.1')).status).toBe(200)
    expect((await shown(to, null, '192.0.2.1')).status).toBe(401)
    expect((await shown(to, 'Bearer wrong', null)).status).toBe(401)
    expect([...keys]).toEqual([])
    expect((await shown(to, 'Bearer wrong', '192.0.2.1')).status).toBe(429)
  })

  test('is slowed by the whole Worker', async () => {
    const { token } = await connect()
    const ask = async (authorization: string) => {
      const headers = { authorization, 'cf-connecting-ip': '192.0.2.2' }
      return (await call(new Request('https://bridge.test/scim/v2/Users', { headers }))).status
    }
    const statuses = []
    for (let count = 0; count < 100; count += 1) statuses.push(await ask(`Bearer wrong${count}`))
    expect([statuses[0], new Set(statuses)]).toEqual([401, new Set([401, 429])])
    expect(await ask(`Bearer ${token}`)).toBe(200)
  })
})

test('the whole Worker has the platform’s own limit, by connection', async () => {
  const { id, token } = await connect()
  const ask = (method = 'GET') =>
    call(
      new Request('https://bridge.test/scim/v2/Users', {
        method,
        headers: { authorization: `Bearer ${token}` },
      }),
    )
  expect((await ask()).status).toBe(200)
  let left = true
  // Windows of ten seconds follow one another: one that ends on the way begins the count anew, once.
  for (let count = 0; left && count < 2_200; count += 1)
    left = (await env.RATE_LIMIT.limit({ key: `connection ${id}` })).success
  expect(left).toBe(false)
  expect((await ask()).status).toBe(429)
  const other = await connect()
  const fine = await call(
    new Request('https://bridge.test/scim/v2/Users', { headers: { authorization: `Bearer ${other.token}` } }),
  )
  expect(fine.status).toBe(200)
})
