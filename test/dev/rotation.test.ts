import * as v from 'valibot'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeToken } from '../../dev/connection.ts'
import { isolates, statusOf } from './twoIsolates.ts'

const slow = { timeout: 120_000 }

let here: Awaited<ReturnType<typeof isolates>>
let urls: readonly string[]
beforeAll(async () => {
  here = await isolates(2)
  urls = await here.start()
}, 120_000)
afterAll(() => here.stop())

const made = v.object({ token: v.string(), jti: v.string() })

/** Does something to a token by the API, with a token that may run the connection. */
async function act(jti: string, what: 'rotate' | 'revoke', body: object = {}) {
  const { open, issuer, connection } = here
  const { token } = await makeToken(open(), await issuer(), connection.id, { scope: 'admin' })
  const answer = await fetch(`${urls[0]}/admin/api/connections/${connection.id}/tokens/${jti}/${what}`, {
    method: 'POST',
    headers: { authorization: token },
    body: JSON.stringify(body),
  })
  const read: unknown = await answer.json()
  return { status: answer.status, body: read }
}

test('a token is rotated under load, in two isolates, and no request is refused', slow, async () => {
  const { open, issuer, connection } = here
  let current = await makeToken(open(), await issuer(), connection.id, { name: 'Okta' })
  const statuses = new Map<number, number>()
  const over = new AbortController()
  let count = 0
  const client = async (index: number) => {
    // A provider goes on with the token it has for a while: every client takes the new one at a time of its own.
    let mine = current.token
    for (let sent = 0; !over.signal.aborted; sent += 1) {
      if (sent % (5 + index) === 0) mine = current.token
      const url = urls[(index + sent) % urls.length] ?? ''
      const status = sent % 3 === 0 ? await write(url, mine) : await statusOf(url, mine)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      count += 1
    }
  }
  const clients = Array.from({ length: 16 }, (_, index) => client(index))
  const settled = (more: number) => {
    const until = count + more
    return expect.poll(() => count, { timeout: 60_000 }).toBeGreaterThan(until)
  }
  for (let rotations = 0; rotations < 5; rotations += 1) {
    await settled(150)
    const { status, body } = await act(current.jti, 'rotate', { days: 7 })
    expect(status).toBe(200)
    current = v.parse(made, body)
  }
  await settled(300)
  over.abort()
  await Promise.all(clients)
  console.log(`rotated 5 times under ${count} requests of 16 clients: ${JSON.stringify([...statuses])}`)
  expect([...statuses.keys()].toSorted()).toEqual([200, 201])
})

let people = 0
async function write(url: string, token: string): Promise<number> {
  people += 1
  const answer = await fetch(`${url}/scim/v2/Users`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' },
    body: JSON.stringify({ userName: `person${people}@example.com` }),
  })
  await answer.arrayBuffer()
  return answer.status
}

test('a token that is revoked at one isolate is dead in every one at once', slow, async () => {
  const { open, issuer, connection } = here
  const { token, jti } = await makeToken(open(), await issuer(), connection.id, {})
  for (const url of urls) expect([await statusOf(url, token), await write(url, token)]).toEqual([200, 201])
  expect((await act(jti, 'revoke')).status).toBe(200)
  for (const url of urls) expect([await statusOf(url, token), await write(url, token)]).toEqual([401, 401])
})

test('two who rotate a token at a time make one new token', slow, async () => {
  const { open, issuer, connection } = here
  const { jti } = await makeToken(open(), await issuer(), connection.id, {})
  const answers = await Promise.all(Array.from({ length: 6 }, () => act(jti, 'rotate')))
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409, 409, 409, 409, 409])
})
