import { expect, test } from 'vitest'
import { providers } from '../../worker/admin/providers.ts'
import { sql } from '../../worker/store/database.ts'
import { connect, database } from '../worker.ts'
import { ORIGIN, signedIn } from './browser.ts'
import { scim } from './sent.ts'

const pageOf = (id: string, provider = 'okta') => `/admin/connections/${id}?provider=${provider}`
const firstOf = (text: string) => /<div id="first".*?<\/div>/s.exec(text)?.[0] ?? ''

test('what is waited for turns green when Okta’s test arrives', async () => {
  const here = await connect()
  const browser = await signedIn('viewer', here.id)
  const before = firstOf((await browser.get(pageOf(here.id))).text)
  expect(before).toContain('Waiting for the first request. Press Test Connector Configuration')
  expect(before).toContain('data-waiting')
  await scim(here, 'GET', '/Users?startIndex=1&count=2')
  // The isolate may have counted for others less than ten seconds ago: a write shows at once.
  await scim(here, 'POST', '/Users', { userName: 'a' })
  const after = firstOf((await browser.get(pageOf(here.id))).text)
  expect(after).toContain('Okta, app integration reaches the bridge.')
  expect(after).not.toContain('data-waiting')
})

test('a read that is counted turns it green as well, and a bare header is told to be fine', async () => {
  const here = await connect()
  const now = new Date().toISOString()
  for (const what of ['read', 'bare'])
    await database().write([
      sql`INSERT INTO tallies (connection, day, what, count, last) VALUES (${here.id}, ${now.slice(0, 10)}, ${what}, 1, ${now})`,
    ])
  const first = firstOf((await (await signedIn('viewer', here.id)).get(pageOf(here.id, 'okta-oin'))).text)
  expect(first).toContain('reaches the bridge')
  expect(first).toContain('without the word Bearer')
})

test.each([
  ['Bearer Bearer TOKEN', '/Users', 'Authorization (Bearer) (Okta, app integration): Paste only the token.'],
  ['Bearer "TOKEN"', '/Users', 'The token has quotes or brackets around it.'],
  ['Bearer TOKEN', '/Users/Users?count=2', 'SCIM connector base URL (Okta, app integration): Take that away'],
  ['Bearer TOKEN', '/v2/Users', 'Nothing answers at this path. SCIM connector base URL'],
])('what is wrong is said in Okta’s terms: %s %s', async (header, path, words) => {
  const here = await connect()
  await scim(here, 'GET', path, undefined, header.replace('TOKEN', here.token))
  const first = firstOf((await (await signedIn('viewer', here.id)).get(pageOf(here.id))).text)
  expect(first.replaceAll('&quot;', '"')).toContain(words)
  expect(first).toContain('data-waiting')
  await scim(here, 'POST', '/Users', { userName: 'a' })
  expect(firstOf((await (await signedIn('viewer', here.id)).get(pageOf(here.id))).text)).not.toContain(
    'is-bad',
  )
})

test('what nobody can attribute is told as such: of another region, none, cut off', async () => {
  const here = await connect()
  const now = new Date().toISOString()
  for (const what of ['other_region', 'no_token', 'cut_off'])
    await database().write([
      sql`INSERT INTO tallies (connection, day, what, count, last) VALUES ('', ${now.slice(0, 10)}, ${what}, 1, ${now})
        ON CONFLICT (connection, day, what) DO UPDATE SET last = excluded.last`,
    ])
  const first = firstOf((await (await signedIn('viewer', here.id)).get(pageOf(here.id))).text)
  expect(first).toContain('of this or another connection')
  expect(first).toContain('The token is one of another region. Authorization (Bearer)')
  expect(first).toContain('There was no token with it.')
  expect(first).toContain('The end of the token is missing.')
})

test('each provider is told in its own words: an address and a token each, once', async () => {
  const here = await connect()
  const browser = await signedIn('admin', here.id)
  expect(providers.map(({ id }) => id)).toEqual([
    'okta',
    'okta-oin',
    'entra',
    'onelogin',
    'jumpcloud',
    'ping',
    'rippling',
  ])
  for (const { id, fields } of providers) {
    const kinds = fields.map(({ value }) => value.kind)
    expect([
      kinds.filter((kind) => kind === 'url').length,
      kinds.filter((kind) => kind === 'token').length,
    ]).toEqual([1, 1])
    const { text } = await browser.get(pageOf(here.id, id))
    for (const { label } of fields) expect(text).toContain(`<dt>${label.replaceAll('&', '&amp;')}</dt>`)
    expect(text).toContain(`${ORIGIN}/scim/v2`)
  }
})

test('another connection’s admin finds no page; the script that looks again is the bridge’s own', async () => {
  const [here, there] = [await connect(), await connect()]
  const stranger = await signedIn('admin', there.id)
  expect((await stranger.get(pageOf(here.id))).status).toBe(404)
  const script = await stranger.get('/admin/waiting.js')
  expect(script.headers.get('content-type')).toContain('javascript')
  const api = await stranger.raw(`/admin/api/connections/${here.id}/arrival`, {})
  expect(api.status).toBe(404)
})
