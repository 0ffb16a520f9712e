import { describe, expect, test } from 'vitest'
import { sql } from '../../worker/store/database.ts'
import { endGrant, EVERYWHERE } from '../../worker/store/admins.ts'
import { call, connect, database } from '../worker.ts'
import { linkFor, openBrowser, ORIGIN, signedIn } from './browser.ts'

describe('a link to sign in with', () => {
  test('is spent by a form, once, and not by looking', async () => {
    const link = await linkFor('once@example.com', 'admin')
    const [one, other] = [openBrowser(), openBrowser()]
    await one.get(link)
    await one.get(link)
    await other.get(link)
    expect(await one.send(link)).toMatchObject({ status: 200, text: expect.stringContaining('Connections') })
    expect(await other.send(link)).toMatchObject({ status: 401, text: expect.stringContaining('spent') })
    const cookie = one.cookie ?? ''
    expect(cookie).toMatch(/^__Host-drawbridge=/)
    expect(await other.get('/admin')).toMatchObject({ status: 401 })
  })

  test('spent by two at the same time lets one in', async () => {
    const link = await linkFor('race@example.com', 'admin')
    const browsers = Array.from({ length: 8 }, () => openBrowser())
    for (const browser of browsers) await browser.get(link)
    const pages = await Promise.all(browsers.map((browser) => browser.send(link)))
    expect(pages.filter(({ status }) => status === 200)).toHaveLength(1)
  })

  test('is dead after ten minutes, and for whoever is off the list', async () => {
    const [late, gone] = [
      await linkFor('late@example.com', 'admin'),
      await linkFor('gone@example.com', 'viewer'),
    ]
    await database().write([
      sql`UPDATE sign_in_links SET expires = ${new Date().toISOString()} WHERE email = 'late@example.com'`,
    ])
    await endGrant(database(), 'gone@example.com', EVERYWHERE, new Date())
    for (const link of [late, gone, '/admin/sign-in/none']) {
      const browser = openBrowser()
      await browser.get(link)
      expect(await browser.send(link)).toMatchObject({ status: 401 })
    }
  })

  test('sent by another site signs nobody in', async () => {
    const link = await linkFor('lured@example.com', 'admin')
    for (const headers of [{ origin: 'https://evil.test' }, { 'sec-fetch-site': 'cross-site' }]) {
      expect((await call(new Request(`${ORIGIN}${link}`, { method: 'POST', headers }))).status).toBe(403)
    }
  })
})

describe('a session', () => {
  test('is a new one with each sign-in, whatever cookie there was', async () => {
    const browser = await signedIn()
    const before = browser.cookie
    const link = await linkFor(browser.email, 'admin')
    await browser.get(link)
    await browser.send(link)
    expect(browser.cookie).not.toBe(before)
  })

  test('ends by signing out, by time, and with the last role', async () => {
    const [out, idle, old, off] = [
      await signedIn(),
      await signedIn(),
      await signedIn(),
      await signedIn('viewer'),
    ]
    const kept = out.cookie
    await out.get('/admin')
    expect((await out.send('/admin/sign-out')).text).toContain('signed out')
    expect(out.cookie).toBeUndefined()
    out.cookie = kept
    const past = new Date().toISOString()
    await database().write([
      sql`UPDATE sessions SET idle = ${past} WHERE email = ${idle.email}`,
      sql`UPDATE sessions SET ends = ${past} WHERE email = ${old.email}`,
    ])
    await endGrant(database(), off.email, EVERYWHERE, new Date())
    for (const browser of [out, idle, old, off])
      expect(await browser.get('/admin')).toMatchObject({ status: 401 })
  })

  test('whose cookie was changed by one letter is none', async () => {
    const browser = await signedIn()
    const cookie = browser.cookie ?? ''
    for (const at of [cookie.indexOf('=') + 5, cookie.length - 30, cookie.length - 1]) {
      browser.cookie = `${cookie.slice(0, at)}${cookie[at] === 'A' ? 'B' : 'A'}${cookie.slice(at + 1)}`
      expect(await browser.get('/admin')).toMatchObject({ status: 401 })
    }
  })
})

describe('a form', () => {
  test('of another session, of none, or of another site is refused', async () => {
    const [mine, theirs] = [await signedIn(), await signedIn()]
    const csrf = /name="csrf" value="([^"]*)"/.exec((await theirs.get('/admin')).text)?.[1] ?? ''
    const own = /name="csrf" value="([^"]*)"/.exec((await mine.get('/admin')).text)?.[1] ?? ''
    const post = async (fields: Record<string, string>, headers: Record<string, string>) =>
      (
        await mine.raw('/admin/connections', {
          method: 'POST',
          body: new URLSearchParams({ name: 'csrf', ...fields }),
          headers,
        })
      ).status
    expect(await post({ csrf }, { origin: ORIGIN })).toBe(403)
    expect(await post({}, { origin: ORIGIN })).toBe(403)
    expect(await post({ csrf: own }, { origin: 'https://evil.test' })).toBe(403)
    expect(await post({ csrf: own }, { 'sec-fetch-site': 'same-site' })).toBe(403)
    expect(await post({ csrf: own }, { origin: ORIGIN })).toBe(303)
  })
})

describe('roles', () => {
  test('of one connection see that one alone; whoever may not manage makes nothing', async () => {
    const [one, other] = [await connect(), await connect()]
    const viewer = await signedIn('viewer', one.id)
    const { text } = await viewer.get('/admin')
    expect([text.includes(one.id), text.includes(other.id)]).toEqual([true, false])
    expect((await viewer.get(`/admin/connections/${other.id}`)).status).toBe(404)
    expect(text).not.toContain('Make the connection')
    const csrf = /name="csrf" value="([^"]*)"/.exec(text)?.[1] ?? ''
    const headers = { origin: ORIGIN }
    const post = async (path: string) =>
      (await viewer.raw(path, { method: 'POST', body: new URLSearchParams({ csrf, name: 'x' }), headers }))
        .status
    expect(await post('/admin/connections')).toBe(403)
    expect(await post(`/admin/connections/${one.id}/tokens`)).toBe(403)
    expect(await post(`/admin/connections/${other.id}/tokens`)).toBe(404)
  })
})

test('from a link to a token that works, recorded', async () => {
  const browser = await signedIn()
  await browser.get('/admin')
  const name = `First ${browser.email.slice(0, 8)}`
  const made = await browser.send('/admin/connections', { name })
  expect(made.text).toContain(name)
  const id = /\/admin\/connections\/([a-z2-7]{16})/.exec(made.text)?.[1] ?? ''
  const shown = await browser.send(`/admin/connections/${id}/tokens?provider=okta`)
  const token = /drawbridge_local_[\w.-]+/.exec(shown.text)?.[0] ?? ''
  const users = await call(
    new Request(`${ORIGIN}/scim/v2/Users`, { headers: { authorization: `Bearer ${token}` } }),
  )
  expect(users.status).toBe(200)
  expect((await browser.get(`/admin/connections/${id}`)).text).not.toContain(token)
  const [rows] = await database().read([
    sql`SELECT action, connection, details FROM acts WHERE who = ${browser.email} ORDER BY seq`,
  ])
  expect(rows).toMatchObject([
    { action: 'sign-in' },
    { action: 'connection.create', details: JSON.stringify({ name }) },
    { action: 'token.create', connection: id },
  ])
})
