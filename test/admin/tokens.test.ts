import { describe, expect, test } from 'vitest'
import { sql } from '../../worker/store/database.ts'
import { loadStanding, saveSettings } from '../../worker/store/settings.ts'
import { call, connect, database, tokenFor } from '../worker.ts'
import { ORIGIN, signedIn, type Page } from './browser.ts'

const DAY = 86_400

const tokenIn = ({ text }: Page) => /drawbridge_local_[\w.-]+/.exec(text)?.[0] ?? ''

const use = async (token: string, method = 'GET', body?: object) => {
  const init = { method, headers: { authorization: token, 'content-type': 'application/json' } }
  const sent = body === undefined ? init : { ...init, body: JSON.stringify(body) }
  return (await call(new Request(`${ORIGIN}/scim/v2/Users`, sent))).status
}

const actsOf = async (who: string) => {
  const [rows] = await database().read([
    sql`SELECT action, subject, reason, details FROM acts WHERE who = ${who} AND action LIKE 'token.%' ORDER BY seq`,
  ])
  return (rows ?? []).map((row) => ({ ...row }))
}

describe('the page of tokens', () => {
  test('makes one that is shown once, lists it, and records who made it', async () => {
    const { id } = await connect()
    const browser = await signedIn('admin', id)
    await browser.get(`/admin/connections/${id}/tokens`)
    const fields = { name: 'Okta <b>', 'scope-users': 'on', domains: 'example.com', networks: '' }
    const made = await browser.send(`/admin/connections/${id}/tokens/new`, fields)
    const token = tokenIn(made)
    expect(await use(token, 'POST', { userName: 'a@example.com' })).toBe(201)
    expect(await use(token, 'POST', { userName: 'a@other.org' })).toBe(403)
    const { text } = await browser.get(`/admin/connections/${id}/tokens`)
    expect(text).not.toContain(token)
    expect(text).toContain('Okta &lt;b&gt;')
    expect(text).not.toContain('Okta <b>')
    expect(text).toContain('today')
    expect(text).toContain('does not end')
    expect(await actsOf(browser.email)).toEqual([
      {
        action: 'token.create',
        subject: null,
        reason: null,
        details: JSON.stringify({ name: 'Okta <b>', scope: ['users'], domains: ['example.com'] }),
      },
    ])
  })

  test('says at the field what is wrong, and keeps what was typed', async () => {
    const { id } = await connect()
    const browser = await signedIn('admin', id)
    const wrong: readonly [Record<string, string>, string, string][] = [
      [{ networks: '203.0.113.0/24, here', name: 'kept' }, 'networks', 'expected networks such as'],
      [{ domains: 'a/b', name: 'kept' }, 'domains', 'expected domains such as'],
      [{ name: 'x'.repeat(64), domains: 'kept' }, 'name', 'expected 1 to 63 letters'],
    ]
    for (const [fields, at, words] of wrong) {
      await browser.get(`/admin/connections/${id}/tokens`)
      const { status, text } = await browser.send(`/admin/connections/${id}/tokens/new`, fields)
      expect([at, status]).toEqual([at, 400])
      const input = new RegExp(`<input id="${at}"[^>]*aria-invalid="true"[^>]*>[^]*?${words}`)
      expect(text).toMatch(input)
      expect(text).toContain('value="kept"')
      expect(text).not.toContain('drawbridge_local_')
    }
  })

  test('offers an end only where an alarm destination was tested', async () => {
    const { id } = await connect()
    const browser = await signedIn('admin', id)
    const at = `/admin/connections/${id}/tokens`
    expect((await browser.get(at)).text).toMatch(/once an\s+alarm destination was tested/)
    const fields = { ends: 'sliding', days: '30' }
    expect(await browser.send(`${at}/new`, fields)).toMatchObject({ status: 400 })
    const standing = await loadStanding(database(), id)
    const tested = { ...standing.settings, alarms: { tested: new Date().toISOString() } }
    await saveSettings(database(), id, standing, tested)
    await browser.get(at)
    const short = await browser.send(`${at}/new`, { ...fields, days: '29' })
    expect(short.text).toMatch(/<input id="days"[^>]*value="29"[^>]*aria-invalid="true"/)
    const made = await browser.send(`${at}/new`, fields)
    expect(await use(tokenIn(made))).toBe(200)
    expect(made.text).toMatch(/renew by \d{4}-\d\d-\d\d, in 30 days \(after 30 days without use\); ends/)
    await browser.get(at)
    const ended = await browser.send(`${at}/new`, { ends: 'fixed', days: '90' })
    expect(ended.text).toMatch(/renew by \d{4}-\d\d-\d\d, in 76 days; ends/)
  })

  test('is read by a viewer without names and forms, and by nobody of another connection', async () => {
    const [mine, theirs] = [await connect(), await connect()]
    const { jti } = await tokenFor(mine.id, { name: 'Okta', madeBy: 'anna@example.com' })
    const viewer = await signedIn('viewer', mine.id)
    const list = await viewer.get(`/admin/connections/${mine.id}/tokens`)
    const one = await viewer.get(`/admin/connections/${mine.id}/tokens/${jti}`)
    for (const { status, text } of [list, one]) {
      expect([status, text.includes('Okta'), text.includes('anna@example.com')]).toEqual([200, true, false])
      expect(text.match(/<form/g)).toHaveLength(1)
    }
    const operator = await signedIn('operator', mine.id)
    expect((await operator.get(`/admin/connections/${mine.id}/tokens/${jti}`)).text).toContain(
      'anna@example.com',
    )
    const stranger = await signedIn('admin', theirs.id)
    const csrf = /name="csrf" value="([^"]*)"/.exec((await stranger.get('/admin')).text)?.[1] ?? ''
    const post = async (path: string) => {
      const body = new URLSearchParams({ csrf, days: '7', name: 'x' })
      return (await stranger.raw(path, { method: 'POST', body, headers: { origin: ORIGIN } })).status
    }
    // Nor through one's own connection.
    for (const connection of [mine.id, theirs.id]) {
      expect((await stranger.get(`/admin/connections/${connection}/tokens/${jti}`)).status).toBe(404)
      for (const act of ['rotate', 'rename', 'revoke'])
        expect([act, await post(`/admin/connections/${connection}/tokens/${jti}/${act}`)]).toEqual([act, 404])
    }
    expect((await stranger.get(`/admin/connections/${mine.id}/tokens`)).status).toBe(404)
    expect(await post(`/admin/connections/${mine.id}/tokens/new`)).toBe(404)
    expect(await use(mine.token)).toBe(200)
  })
})

describe('the page of a token', () => {
  test('rotates it: two are live, the old one with a countdown', async () => {
    const { id, token, jti } = await connect({ name: 'Okta', scope: 'users' })
    const browser = await signedIn('admin', id)
    const at = `/admin/connections/${id}/tokens/${jti}`
    await browser.get(at)
    const rotated = await browser.send(`${at}/rotate`, { days: '7' })
    const next = tokenIn(rotated)
    expect(rotated.text).toMatch(/is being replaced; ends \d{4}-\d\d-\d\d, in 7 days/)
    expect(rotated.text).not.toContain('Rotate it</button>')
    expect([await use(token), await use(next), next === token]).toEqual([200, 200, false])
    const [rows] = await database().read([
      sql`SELECT name, scope, expires, replaced_by FROM tokens WHERE connection = ${id} ORDER BY replaced_by IS NULL`,
    ])
    expect(rows).toMatchObject([
      { name: 'Okta', scope: 'users', expires: expect.any(Number), replaced_by: expect.any(String) },
      { name: 'Okta', scope: 'users', expires: null, replaced_by: null },
    ])
    const ends = Number(rows?.[0]?.['expires'])
    expect(Math.abs(ends - Date.now() / 1000 - 7 * DAY)).toBeLessThan(60)
    expect(await actsOf(browser.email)).toMatchObject([
      { action: 'token.rotate', subject: jti, details: '{"days":7}' },
    ])
    // Twice is a mistake: the one that takes its place is there already.
    const csrf = /name="csrf" value="([^"]*)"/.exec(rotated.text)?.[1] ?? ''
    const body = new URLSearchParams({ csrf, days: '7' })
    const again = await browser.raw(`${at}/rotate`, { method: 'POST', body, headers: { origin: ORIGIN } })
    expect([again.status, await again.text()]).toEqual([
      409,
      expect.stringContaining('takes the place of this one already'),
    ])
  })

  test('renames and revokes it', async () => {
    const { id, token, jti } = await connect()
    const browser = await signedIn('admin', id)
    const at = `/admin/connections/${id}/tokens/${jti}`
    await browser.get(at)
    expect((await browser.send(`${at}/rename`, { name: 'Entra' })).text).toContain('Token Entra')
    const bad = await browser.send(`${at}/rotate`, { days: 'soon' })
    expect([bad.status, bad.text]).toEqual([
      400,
      expect.stringMatching(/id="days"[^>]*value="soon"[^>]*aria-invalid/),
    ])
    await browser.get(at)
    const list = await browser.send(`${at}/revoke`, { reason: 'lost' })
    expect([list.status, list.text.includes('Entra')]).toEqual([200, false])
    expect(await use(token)).toBe(401)
    expect((await browser.get(at)).status).toBe(404)
    expect(await actsOf(browser.email)).toMatchObject([
      { action: 'token.rename', subject: jti, details: '{"name":"Entra"}' },
      { action: 'token.revoke', subject: jti, reason: 'lost' },
    ])
  })
})

test('the help page is there for everybody, and a 401 leads to it', async () => {
  const refused = await call(
    new Request(`${ORIGIN}/scim/v2/Users`, {
      headers: { authorization: `drawbridge_local_a.b.${'A'.repeat(86)}` },
    }),
  )
  const address = /https:\S+\/help\/token/.exec(await refused.text())?.[0] ?? ''
  const page = await call(new Request(address))
  const text = await page.text()
  expect([page.status, text]).toEqual([200, expect.stringContaining('Get help if you don’t have your token')])
  expect(text).toContain('Authorization (Bearer)')
  expect(text).not.toContain('Sign out')
})

test('the keys are shown with their live tokens, to whoever may see the whole bridge', async () => {
  const { id } = await connect()
  const whole = await signedIn('viewer')
  const { status, text } = await whole.get('/admin/keys')
  expect([status, text]).toEqual([200, expect.stringContaining('signs new tokens, and verifies')])
  const one = await signedIn('admin', id)
  expect((await one.get('/admin/keys')).status).toBe(403)
  expect((await one.get(`/admin/connections/${id}/tokens`)).text).not.toContain('/admin/keys')
  expect((await whole.get(`/admin/connections/${id}/tokens`)).text).toContain('/admin/keys')
})

test('the public keys are for everybody, to be kept a while, and nothing of the private ones', async () => {
  const answer = await call(new Request(`${ORIGIN}/.well-known/jwks.json`))
  expect(answer.headers.get('cache-control')).toBe('public, max-age=300')
  expect(answer.headers.get('content-type')).toBe('application/jwk-set+json')
  const key = {
    kty: 'OKP',
    crv: 'Ed25519',
    x: expect.any(String),
    kid: expect.any(String),
    alg: 'EdDSA',
    use: 'sig',
  }
  expect(await answer.json()).toEqual({ keys: [key] })
  expect((await call(new Request(`${ORIGIN}/.well-known/jwks.json`, { method: 'POST' }))).status).toBe(405)
  expect((await call(new Request(`${ORIGIN}/.well-known/nothing`))).status).toBe(404)
})
