import { env } from 'cloudflare:workers'
import { describe, expect, test } from 'vitest'
import { signToken } from '../../worker/auth/token.ts'
import { readConfig } from '../../worker/config.ts'
import { sql } from '../../worker/store/database.ts'
import { revokeToken } from '../../worker/store/tokens.ts'
import { at, bridge, idOf, patchOp, people, type Bridge } from '../bridge.ts'
import { database } from '../worker.ts'

const NOW = Date.UTC(2026, 10, 25, 12)
const DAY = 86_400
const seconds = Math.floor(NOW / 1000)
const now = () => new Date(NOW)

const alarmsOf = async (to: Bridge) => {
  const [rows] = await database().read([
    sql`SELECT kind, subject, count FROM alarms WHERE connection = ${to.connection} AND cleared IS NULL ORDER BY kind`,
  ])
  return rows?.map((row) => ({ ...row }))
}

const set = (to: Bridge, columns: ReturnType<typeof sql>) =>
  database().write([sql`UPDATE tokens SET ${columns} WHERE jti = ${to.jti}`])

describe('a 401 tells when a genuine token ended, and the way back', () => {
  const wayBack =
    'Make another one on the bridge and paste it whole; the old one cannot be shown again. Help: https://bridge.test/admin/help/token'
  const reads = [
    ['GET', '/Users'],
    ['GET', '/Users?filter=title%20pr'],
    ['GET', '/Users/none'],
  ] as const
  const writes = [
    ['POST', '/Users', { userName: 'x' }],
    ['PUT', '/Users/none', { userName: 'x' }],
    ['DELETE', '/Users/none'],
  ] as const

  test('of one that was revoked', async () => {
    const to = await bridge({ now })
    await revokeToken(database(), to.jti, new Date(NOW - 5_000))
    for (const [method, path, body] of [...reads, ...writes]) {
      const { status, body: said } = await to.send(method, path, body)
      expect([method, path, status, at(said, 'detail')]).toEqual([
        method,
        path,
        401,
        `The API token was revoked on 2026-11-25. ${wayBack}`,
      ])
    }
  })

  test('of one that expired, by its row or by itself', async () => {
    const to = await bridge({ now })
    await set(to, sql`expires = ${seconds - 2 * DAY}`)
    const itself = await signToken(readConfig(env), {
      connection: to.connection,
      jti: to.jti,
      issued: seconds - 9 * DAY,
      expires: seconds - 2 * DAY,
    })
    for (const [method, path, body] of [...reads, ...writes]) {
      for (const token of [to.token, itself]) {
        const { status, body: said } = await to.send(method, path, body, { authorization: token })
        expect([method, status, at(said, 'detail')]).toEqual([
          method,
          401,
          `The API token expired on 2026-11-23. ${wayBack}`,
        ])
      }
    }
  })

  test('a read in one trip, a write in two: the second reads when it was', async () => {
    const to = await bridge({ now })
    await revokeToken(database(), to.jti, now())
    for (const [requests, trips] of [
      [reads, 1],
      [writes, 2],
    ] as const) {
      for (const [method, path, body] of requests) {
        to.trips()
        await to.send(method, path, body)
        expect([method, path, to.trips()]).toEqual([method, path, trips])
      }
    }
  })

  test('nothing of the token of another connection', async () => {
    const [mine, theirs] = [await bridge({ now }), await bridge({ now })]
    await revokeToken(database(), theirs.jti, now())
    const claims = { connection: mine.connection, jti: theirs.jti, issued: seconds }
    const mixed = await signToken(readConfig(env), claims)
    const { status, body } = await mine.send('GET', '/Users', undefined, { authorization: mixed })
    expect([status, at(body, 'detail')]).toEqual([
      401,
      expect.stringMatching(/^The API token is not valid here/),
    ])
  })
})

describe('between renew by and its expiry a token', () => {
  const late = async () => {
    const to = await bridge({ now })
    const [person = '', other = ''] = await people(to, 2)
    const group = idOf(await to.send('POST', '/Groups', { displayName: 'g' }))
    await set(to, sql`renew_by = ${seconds - DAY}, expires = ${seconds + 13 * DAY}`)
    return { to, person, other, group }
  }

  test('reads and deactivates, and each of these uses alarms', async () => {
    const { to, person, other } = await late()
    const uses: readonly [string, string, unknown?][] = [
      ['GET', '/Users'],
      ['GET', '/Users?filter=title%20pr'],
      ['GET', `/Users/${person}`],
      ['GET', '/ServiceProviderConfig'],
      ['PATCH', `/Users/${person}`, patchOp({ op: 'replace', value: { active: false } })],
      ['PATCH', `/Users/${person}`, patchOp({ op: 'Replace', path: 'active', value: 'False' })],
      ['PUT', `/Users/${other}`, { userName: 'person1@example.com', active: false, title: 'T' }],
      [
        'PATCH',
        `/Users/${other}`,
        patchOp(
          { op: 'replace', path: 'active', value: false },
          { op: 'replace', path: 'emails[type eq "work"].value', value: 'x@example.com' },
        ),
      ],
      ['DELETE', `/Users/${other}`],
    ]
    let count = 0
    for (const use of uses) {
      const { status } = await to.send(...use)
      count += 1
      expect([use, status < 300, await alarmsOf(to)]).toEqual([
        use,
        true,
        [{ kind: 'token', subject: to.jti, count }],
      ])
    }
    expect((await to.send('GET', `/Users/${person}`)).body).toMatchObject({ active: false })
  })

  test('does nothing else: 403 with the reason, and an alarm', async () => {
    const { to, person, group } = await late()
    const refused: readonly [string, string, unknown?][] = [
      ['POST', '/Users', { userName: 'new' }],
      ['POST', '/Users', { userName: 'new', active: false }],
      ['PUT', `/Users/${person}`, { userName: 'person0@example.com', active: true }],
      ['PUT', `/Users/${person}`, { userName: 'person0@example.com' }],
      ['PATCH', `/Users/${person}`, patchOp({ op: 'replace', path: 'title', value: 'T' })],
      [
        'PATCH',
        `/Users/${person}`,
        patchOp({ op: 'replace', path: 'active', value: false }, { op: 'replace', value: { active: true } }),
      ],
      [
        'PATCH',
        `/Users/${person}`,
        patchOp({ op: 'replace', path: 'emails[type eq "work"].value', value: 'x' }),
      ],
      ['PATCH', `/Groups/${group}`, patchOp({ op: 'replace', path: 'displayName', value: 'h' })],
      ['DELETE', `/Groups/${group}`],
    ]
    let count = 0
    for (const use of refused) {
      const { status, body } = await to.send(...use)
      count += 1
      expect([use, status, at(body, 'detail')]).toEqual([
        use,
        403,
        expect.stringMatching(/to be renewed.*Rotate it/),
      ])
      expect(await alarmsOf(to)).toEqual([{ kind: 'token', subject: to.jti, count }])
    }
  })

  test('is as any other before, and none after', async () => {
    const { to } = await late()
    await set(to, sql`renew_by = ${seconds + 1}`)
    expect((await to.send('POST', '/Users', { userName: 'new' })).status).toBe(201)
    expect(await alarmsOf(to)).toEqual([])
    await set(to, sql`renew_by = ${seconds - 15 * DAY}, expires = ${seconds - DAY}`)
    expect((await to.send('GET', '/Users')).status).toBe(401)
    expect(await alarmsOf(to)).toEqual([])
  })

  test('is used once by a bulk request, which still comes to its end', async () => {
    const { to } = await late()
    const Operations = Array.from({ length: 40 }, (_, index) => ({
      method: 'POST',
      path: '/Users',
      bulkId: `b${index}`,
      data: { userName: `b${index}` },
    }))
    const schemas = ['urn:ietf:params:scim:api:messages:2.0:BulkRequest']
    const { body } = await to.send('POST', '/Bulk', { schemas, Operations })
    const statuses = Operations.map((_, index) => at(body, 'Operations', index, 'status'))
    expect(statuses).toEqual(Operations.map(() => '403'))
    expect(await alarmsOf(to)).toEqual([{ kind: 'token', subject: to.jti, count: 1 }])
  })
})
