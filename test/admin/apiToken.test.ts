import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { readNetwork } from '../../worker/auth/network.ts'
import { sql } from '../../worker/store/database.ts'
import { revokeToken } from '../../worker/store/tokens.ts'
import type { Allowed } from '../../dev/connection.ts'
import { at, bridge } from '../bridge.ts'
import { call, connect, database, tokenFor } from '../worker.ts'
import { ORIGIN } from './browser.ts'

/** A connection whose API token may run it, and what it is answered. */
async function owner(allowed: Allowed = { scope: 'admin' }) {
  const { id, token, jti } = await connect(allowed)
  const api = async (method: string, path: string, body?: object, headers: Record<string, string> = {}) => {
    const init = { method, headers: { authorization: `Bearer ${token}`, ...headers } }
    const sent = body === undefined ? init : { ...init, body: JSON.stringify(body) }
    const answer = await call(new Request(`${ORIGIN}/admin/api${path}`, sent))
    const read: unknown = await answer.json()
    return { status: answer.status, body: read }
  }
  return { id, token, jti, api, tokens: `/connections/${id}/tokens` }
}

describe('a token of scope admin', () => {
  test('runs its own connection by the API, and no other', async () => {
    const { id, jti, api, tokens } = await owner()
    const other = await connect()
    expect(await api('GET', '/connections')).toMatchObject({ status: 200, body: [{ id }] })
    const made = await api('POST', tokens, {
      name: 'Okta',
      scope: ['users', 'read'],
      networks: ['203.0.113.9/24', '::1'],
      domains: ['@Example.com'],
      expiresInDays: 90,
    })
    expect(made.status).toBe(200)
    const next = v.parse(v.string(), at(made.body, 'jti'))
    // Made within a second, they stand in any order.
    const listed = async () => {
      const { body: list } = await api('GET', tokens)
      const rows = v.parse(v.array(v.looseObject({ id: v.string() })), list)
      return rows.toSorted((a, b) => Number(b.id === jti) - Number(a.id === jti))
    }
    const body = await listed()
    expect(body).toMatchObject([
      { id: jti, scope: ['admin'], expires: null, renewBy: null },
      {
        id: next,
        name: 'Okta',
        scope: ['users', 'read'],
        networks: ['203.0.113.0/24', '::1/128'],
        domains: ['example.com'],
        madeBy: `token ${jti}`,
        expires: expect.any(String),
        renewBy: expect.any(String),
      },
    ])
    const [ends, renew] = ['expires', 'renewBy'].map((name) => Date.parse(String(at(body, 1, name))))
    expect((ends ?? 0) - (renew ?? 0)).toBe(14 * 86_400_000)
    expect(JSON.stringify(body)).not.toContain('drawbridge_local_')
    expect((await api('PUT', `${tokens}/${next}`, { name: 'Entra' })).status).toBe(200)
    const rotated = await api('POST', `${tokens}/${next}/rotate`, {})
    expect(rotated.status).toBe(200)
    expect((await api('POST', `${tokens}/${next}/revoke`, { reason: 'test' })).status).toBe(200)
    expect((await api('POST', `${tokens}/${next}/revoke`, {})).status).toBe(404)
    expect(at(await listed(), 1)).toMatchObject({
      id: at(rotated.body, 'jti'),
      name: 'Entra',
    })
    for (const [method, path] of [
      ['GET', `/connections/${other.id}/tokens`],
      ['POST', `/connections/${other.id}/tokens`],
      ['POST', `/connections/${other.id}/tokens/${other.jti}/revoke`],
      ['POST', `${tokens}/${other.jti}/revoke`],
    ] as const)
      expect([path, (await api(method, path, method === 'GET' ? undefined : {})).status]).toEqual([path, 404])
    expect((await api('POST', '/connections', { name: 'x' })).status).toBe(403)
    expect((await api('GET', '/keys')).status).toBe(403)
  })

  test('is none for SCIM, where it has no other word', async () => {
    const { id, token } = await owner()
    const users = (method: string) =>
      call(
        new Request(`${ORIGIN}/scim/v2/Users`, {
          method,
          headers: { authorization: token, 'content-type': 'application/json' },
          ...(method === 'GET' ? {} : { body: '{"userName":"x"}' }),
        }),
      )
    expect([(await users('GET')).status, (await users('POST')).status]).toEqual([403, 403])
    const both = await bridge({ connection: id, allowed: { scope: 'admin users' } })
    expect((await both.send('POST', '/Users', { userName: 'x' })).status).toBe(201)
  })

  test('reads only, where it is to', async () => {
    const { api, tokens } = await owner({ scope: 'admin read' })
    expect((await api('GET', tokens)).status).toBe(200)
    expect((await api('POST', tokens, {})).status).toBe(403)
  })

  test('is asked for by name: no other token runs anything', async () => {
    for (const scope of ['', 'users', 'read', 'users groups read']) {
      const { api, tokens } = await owner({ scope })
      for (const method of ['GET', 'POST'] as const) {
        const { status, body } = await api(method, tokens, method === 'GET' ? undefined : {})
        expect([scope, status, at(body, 'detail')]).toEqual([
          scope,
          403,
          expect.stringContaining('has "admin"'),
        ])
      }
    }
  })

  test('ends, is bound and is renewed as any other', async () => {
    const { api, jti, tokens, id } = await owner()
    const set = (columns: ReturnType<typeof sql>) =>
      database().write([sql`UPDATE tokens SET ${columns} WHERE jti = ${jti}`])
    const now = Math.floor(Date.now() / 1000)
    await set(sql`renew_by = ${now - 10}, expires = ${now + 86_400}`)
    expect([(await api('GET', tokens)).status, (await api('POST', tokens, {})).status]).toEqual([200, 403])
    const [alarms] = await database().read([
      sql`SELECT kind, subject, count FROM alarms WHERE connection = ${id} AND kind = 'token'`,
    ])
    expect(alarms).toMatchObject([{ subject: jti, count: 2 }])
    await set(
      sql`renew_by = NULL, expires = NULL, networks = ${JSON.stringify({ [readNetwork('203.0.113.0/24')?.cidr ?? '']: readNetwork('203.0.113.0/24')?.bits })}`,
    )
    expect((await api('GET', tokens)).status).toBe(403)
    const from = { 'cf-connecting-ip': '203.0.113.5' }
    expect((await api('GET', tokens, undefined, from)).status).toBe(200)
    const [used] = await database().read([sql`SELECT used FROM tokens WHERE jti = ${jti}`])
    expect(used?.[0]?.['used']).not.toBeNull()
    await revokeToken(database(), jti, new Date())
    const { status, body } = await api('GET', tokens, undefined, from)
    expect([status, at(body, 'detail')]).toEqual([
      401,
      expect.stringMatching(/was revoked on .* Help: https/),
    ])
  })

  test('whose text is changed is none', async () => {
    const { token } = await owner()
    for (const text of ['x', `${token}x`, `${token.slice(0, -4)}AAAA`, `"${token}"`, '']) {
      const headers = { authorization: text }
      expect((await call(new Request(`${ORIGIN}/admin/api/connections`, { headers }))).status).toBe(401)
    }
  })

  test('that is guessed at is slowed down by the address of who guesses', async () => {
    const to = await bridge({ guessLimit: async (key) => key !== '192.0.2.1' })
    const guess = async (address: string) => {
      const headers = { authorization: 'drawbridge_local_x', 'cf-connecting-ip': address }
      return (await to.send('GET', '/../../admin/api/connections', undefined, headers)).status
    }
    expect([await guess('192.0.2.1'), await guess('192.0.2.2')]).toEqual([429, 401])
  })

  test('is told what is wrong with what it sends', async () => {
    const { api, tokens } = await owner()
    for (const [body, field] of [
      [{ scope: ['everything'] }, 'scope'],
      [{ networks: ['here'] }, 'networks.0'],
      [{ domains: ['a/b'] }, 'domains.0'],
      [{ slidingDays: 29 }, 'slidingDays'],
      [{ expiresInDays: 0 }, 'expiresInDays'],
      [{ expiresInDays: 40, slidingDays: 40 }, 'slidingDays'],
      [{ person: 'nobody' }, 'person'],
    ] as const)
      expect(await api('POST', tokens, body)).toMatchObject({ status: 400, body: { field } })
  })

  test('of one person runs nothing', async () => {
    const { id } = await connect()
    const { token } = await tokenFor(id, { scope: 'admin', user: 'somebody' })
    const headers = { authorization: token }
    expect((await call(new Request(`${ORIGIN}/admin/api/connections`, { headers }))).status).toBe(403)
  })
})
