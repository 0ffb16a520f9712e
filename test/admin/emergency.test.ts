import { expect, test } from 'vitest'
import { sql } from '../../worker/store/database.ts'
import { connect, database, tokenFor } from '../worker.ts'
import { ORIGIN, signedIn } from './browser.ts'
import { scim, XSS } from './sent.ts'

const emergencyOf = (id: string) => `/admin/connections/${id}/emergency`
const suspendAt = '/admin/emergency/suspend'

const stateOf = async (id: string) => {
  const [rows] = await database().read([
    sql`SELECT settings ->> '$.state.is' AS state FROM connections WHERE id = ${id}`,
  ])
  return rows?.[0]?.['state']
}

test('somebody is suspended in each connection that is the reader’s to operate, and in no other', async () => {
  const [mine, theirs] = [await connect(), await connect()]
  const userName = `leaver-${mine.id}@example.com`
  const { id } = await scim(mine, 'POST', '/Users', { userName })
  const { id: other } = await scim(theirs, 'POST', '/Users', { userName })
  const browser = await signedIn('operator', mine.id)
  const page = await browser.get(`/admin/emergency?person=${encodeURIComponent(userName)}`)
  expect([page.text.includes(id), page.text.includes(other)]).toEqual([true, false])
  const short = await browser.send(suspendAt, { reason: 'x' })
  expect([short.status, short.text.includes('expected a reason')]).toEqual([400, true])
  const done = await browser.send(suspendAt, { reason: 'stolen laptop' })
  expect(done.text).toContain('Suspended everywhere.')
  expect(done.text).toContain('a later push of the provider may lift it')
  const [rows, acts] = await database().read([
    sql`SELECT id, folded ->> '$.active' AS active FROM resources WHERE id IN (${id}, ${other})`,
    sql`SELECT action, connection, subject, reason FROM acts WHERE who = ${browser.email} AND action <> 'sign-in' ORDER BY action`,
  ])
  expect(Object.fromEntries((rows ?? []).map((row) => [row['id'], row['active']]))).toEqual({
    [id]: 0,
    [other]: 1,
  })
  expect(acts).toMatchObject([
    { action: 'emergency.suspend', connection: null, subject: null, reason: 'stolen laptop' },
    { action: 'person.lock', connection: mine.id, subject: id, reason: 'stolen laptop' },
  ])
})

test('a lock is shown and ended by an admin alone', async () => {
  const here = await connect()
  const userName = `locked-${here.id}`
  const { id } = await scim(here, 'POST', '/Users', { userName })
  await database().write([
    sql`INSERT INTO overrides (connection, resource, kind, attribute, who, why, since)
      VALUES (${here.id}, ${id}, 'lock', 'active', 'root@example.com', 'stolen', '2026-01-01T00:00:00.000Z')`,
  ])
  const unlock = `/admin/connections/${here.id}/people/${id}/unlock`
  const operator = await signedIn('operator', here.id)
  const page = await operator.get(`/admin/emergency?person=${userName}`)
  expect([page.text.includes('suspended by an admin'), page.text.includes(unlock)]).toEqual([true, false])
  const csrf = /name="csrf" value="([^"]*)"/.exec(page.text)?.[1] ?? ''
  const body = new URLSearchParams({ csrf, reason: 'because' })
  expect((await operator.raw(unlock, { method: 'POST', body, headers: { origin: ORIGIN } })).status).toBe(403)
  const admin = await signedIn('admin', here.id)
  expect((await admin.get(`/admin/emergency?person=${userName}`)).text).toContain(unlock)
  expect((await admin.get(`/admin/connections/${here.id}/people/${id}`)).text).toContain('root@example.com')
})

test('all tokens of a connection end at once, and those of no other', async () => {
  const [here, there] = [await connect(), await connect()]
  const second = await tokenFor(here.id, {})
  const admin = await signedIn('admin', here.id)
  await admin.get(emergencyOf(here.id))
  const done = await admin.send(`${emergencyOf(here.id)}/revoke`, { reason: 'leaked' })
  expect(done.text).toContain('2 tokens are revoked')
  for (const { token } of [here, second]) expect((await scim({ token }, 'GET', '/Users')).status).toBe(401)
  expect((await scim(there, 'GET', '/Users')).status).toBe(200)
  const [acts] = await database().read([sql`SELECT action, reason FROM acts WHERE connection = ${here.id}`])
  expect(acts).toMatchObject([{ action: 'token.revokeAll', reason: 'leaked' }])
})

test('deliveries are frozen and go on again, with a reason each', async () => {
  const here = await connect()
  const admin = await signedIn('admin', here.id)
  for (const [path, state] of [
    ['freeze', 'paused'],
    ['thaw', 'active'],
  ] as const) {
    await admin.get(emergencyOf(here.id))
    expect((await admin.send(`${emergencyOf(here.id)}/${path}`, { reason: '' })).status).toBe(400)
    await admin.get(emergencyOf(here.id))
    await admin.send(`${emergencyOf(here.id)}/${path}`, { reason: 'an attack' })
    expect(await stateOf(here.id)).toBe(state)
  }
})

test('each role is shown and allowed what is its own; another connection’s admin finds nothing', async () => {
  const here = await connect()
  const { id } = await scim(here, 'POST', '/Users', { userName: `x-${here.id}` })
  const offered = {
    viewer: [],
    auditor: [],
    operator: ['freeze'],
    admin: ['freeze', 'thaw', 'revoke'],
  } as const
  for (const role of ['viewer', 'auditor', 'operator', 'admin'] as const) {
    const browser = await signedIn(role, here.id)
    const { text } = await browser.get(emergencyOf(here.id))
    const forms = [...text.matchAll(/action="[^"]*\/emergency\/(\w+)"/g)].map(([, path]) => path)
    expect([role, forms]).toEqual([role, offered[role]])
    const csrf = /name="csrf" value="([^"]*)"/.exec(text)?.[1] ?? ''
    const post = async (path: string, more: Record<string, string> = {}) =>
      (
        await browser.raw(path, {
          method: 'POST',
          body: new URLSearchParams({ csrf, reason: 'because', ...more }),
          headers: { origin: ORIGIN },
        })
      ).status
    for (const path of ['freeze', 'thaw', 'revoke'] as const) {
      if (offered[role].some((one) => one === path)) continue
      expect([role, path, await post(`${emergencyOf(here.id)}/${path}`)]).toEqual([role, path, 403])
    }
    const mayOperate = role === 'operator' || role === 'admin'
    expect((await browser.get(`/admin/emergency?person=${id}`)).status).toBe(mayOperate ? 200 : 403)
    if (!mayOperate) expect(await post(suspendAt, { person: id })).toBe(403)
  }
  const stranger = await signedIn('admin', (await connect()).id)
  expect((await stranger.get(emergencyOf(here.id))).status).toBe(404)
  const page = await stranger.get(`/admin/emergency?person=${id}`)
  expect(page.text).not.toContain(here.id)
  const csrf = /name="csrf" value="([^"]*)"/.exec(page.text)?.[1] ?? ''
  const body = new URLSearchParams({ csrf, reason: 'because', person: id })
  for (const path of ['freeze', 'thaw', 'revoke'])
    expect(
      (
        await stranger.raw(`${emergencyOf(here.id)}/${path}`, {
          method: 'POST',
          body,
          headers: { origin: ORIGIN },
        })
      ).status,
    ).toBe(404)
  expect((await stranger.raw(suspendAt, { method: 'POST', body, headers: { origin: ORIGIN } })).status).toBe(
    200,
  )
  const [rows] = await database().read([
    sql`SELECT folded ->> '$.active' AS active FROM resources WHERE id = ${id}`,
  ])
  expect(rows).toMatchObject([{ active: 1 }])
})

test('a name is text on the page, whatever it is', async () => {
  const here = await connect()
  await scim(here, 'POST', '/Users', { userName: XSS, displayName: XSS })
  const { text } = await (
    await signedIn('admin', here.id)
  ).get(`/admin/emergency?person=${encodeURIComponent(XSS)}`)
  expect([text.includes('<img'), text.includes('&lt;img')]).toEqual([false, true])
})
