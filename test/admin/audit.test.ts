import { describe, expect, test } from 'vitest'
import { erasePerson } from '../../worker/store/erase.ts'
import { loadStanding } from '../../worker/store/settings.ts'
import { sql } from '../../worker/store/database.ts'
import { at as valueAt, bridge, idOf, patchOp, type Bridge } from '../bridge.ts'
import { connect, database } from '../worker.ts'
import { ORIGIN, signedIn, type Browser } from './browser.ts'

const XSS = '<script>alert(1)</script>'

/** A connection with a person, a former person and a group. */
async function filled(): Promise<
  Bridge & { readonly anna: string; readonly bert: string; readonly at: string }
> {
  const to = await bridge()
  const anna = idOf(await to.send('POST', '/Users', { userName: 'anna@example.com', title: 'Secret Clerk' }))
  const bert = idOf(await to.send('POST', '/Users', { userName: 'bert@example.com', title: 'Hidden Boss' }))
  await to.send('POST', '/Groups', { displayName: XSS, members: [{ value: bert }] })
  await to.send('PATCH', `/Users/${anna}`, patchOp({ op: 'replace', path: 'active', value: false }))
  await to.send('DELETE', `/Users/${bert}`)
  return { ...to, anna, bert, at: `/admin/connections/${to.connection}/audit` }
}

const json = async (browser: Browser, method: string, path: string, body?: object) => {
  const response = await browser.raw(`/admin/api${path}`, {
    method,
    headers: { origin: ORIGIN, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const read: unknown = await response.json()
  return { status: response.status, body: read }
}

const actsOf = async (connection: string) =>
  (
    await database().read([
      sql`SELECT who, action, subject, reason, details FROM acts WHERE connection = ${connection} ORDER BY seq`,
    ])
  )[0]

describe('the page of what happened', () => {
  test('shows who, when, what and why to auditor and admin: no values, and nothing that is carried out', async () => {
    const { at, jti, anna } = await filled()
    for (const role of ['auditor', 'admin'] as const) {
      const { status, text } = await (await signedIn(role)).get(at)
      expect(status).toBe(200)
      expect(text).toContain(`token ${jti}`)
      expect(text).toContain('anna@example.com')
      expect(text).toContain(anna)
      expect(text).toMatch(/patch<small> active<\/small>/)
      expect(text).toContain('&lt;script&gt;')
      expect(text).not.toMatch(/<script|Secret Clerk|Hidden Boss/)
      expect(text.includes('Erase this person')).toBe(role === 'admin')
      expect(text.match(/<tr>/g)).toHaveLength(1 + 6)
    }
  })

  test('is nobody else’s', async () => {
    const { at, connection } = await filled()
    for (const role of ['viewer', 'operator'] as const) {
      const browser = await signedIn(role)
      const { status, text } = await browser.get(at)
      expect([status, text.includes('example.com')]).toEqual([403, false])
      expect((await json(browser, 'GET', `/connections/${connection}/audit`)).status).toBe(403)
    }
    const foreign = await signedIn('admin', (await connect()).id)
    expect((await foreign.get(at)).status).toBe(404)
    expect((await json(foreign, 'GET', `/connections/${connection}/audit`)).status).toBe(404)
    expect(
      (await json(foreign, 'POST', `/connections/${connection}/people/x/erase`, { reason: 'r' })).status,
    ).toBe(404)
  })

  test('goes back page by page, and can be of one person', async () => {
    const to = await filled()
    for (let n = 0; n < 60; n += 1)
      await to.send('PATCH', `/Users/${to.anna}`, patchOp({ op: 'replace', path: 'title', value: `t${n}` }))
    const browser = await signedIn('auditor')
    const path = `/connections/${to.connection}/audit`
    const first = await json(browser, 'GET', path)
    const second = await json(browser, 'GET', `${path}?before=${String(valueAt(first.body, 'next'))}`)
    const of = (body: unknown) => valueAt(body, 'entries')
    const [a, b] = [of(first.body), of(second.body)]
    if (!Array.isArray(a) || !Array.isArray(b)) throw new Error('no entries')
    expect([a.length, b.length, valueAt(second.body, 'next')]).toEqual([50, 16, null])
    const all = [...a, ...b].map((one) => valueAt(one, 'seq'))
    expect([new Set(all).size, all]).toEqual([66, all.toSorted((x, y) => Number(y) - Number(x))])
    expect((await browser.get(to.at)).text).toContain('>Earlier</a>')
    const one = await json(browser, 'GET', `${path}?subject=${to.bert}`)
    const actions = of(one.body)
    expect(Array.isArray(actions) ? actions.map((each) => valueAt(each, 'action')) : actions).toEqual([
      'delete',
      'create',
    ])
    expect((await json(browser, 'GET', `${path}?before=1`)).status).toBe(400)
  })
})

describe('a person is erased by the page', () => {
  test('with a reason, which stands in the record', async () => {
    const { at, bert, connection } = await filled()
    const browser = await signedIn()
    await browser.get(at)
    const unsaid = await browser.send(`${at}/erase`, { person: bert, reason: ' ' })
    expect(unsaid.status).toBe(400)
    expect(unsaid.text).toMatch(/reason: expected why/)
    expect(unsaid.text).toContain(`value="${bert}"`)
    expect(unsaid.text).toMatch(/id="reason"[^>]*aria-invalid/)
    const done = await browser.send(`${at}/erase`, { person: bert, reason: 'Asked for it' })
    expect([done.status, done.text.includes(`${bert} is erased`)]).toEqual([200, true])
    expect(await actsOf(connection)).toMatchObject([
      { who: browser.email, action: 'person.erase', subject: bert, reason: 'Asked for it', details: null },
    ])
    expect(done.text).toMatch(/person\.erase[\s\S]*Asked for it/)
    const rows = await database().read([
      sql`SELECT count(*) AS n FROM change_values WHERE connection = ${connection} AND resource = ${bert}`,
      sql`SELECT document, erased IS NOT NULL AS erased FROM tombstones WHERE connection = ${connection}`,
    ])
    expect(rows).toMatchObject([[{ n: 0 }], [{ document: '{}', erased: 1 }]])
  })

  test('and not who is here, who never was, or without the permission; no act is left of it', async () => {
    const { at, anna, bert, connection } = await filled()
    const browser = await signedIn()
    await browser.get(at)
    const here = await browser.send(`${at}/erase`, { person: anna, reason: 'r' })
    expect([here.status, here.text.includes('still in the directory')]).toEqual([409, true])
    const never = await browser.send(`${at}/erase`, { person: XSS, reason: 'r' })
    expect([never.status, never.text.includes('<script>')]).toEqual([404, false])
    const auditor = await signedIn('auditor')
    const path = `/connections/${connection}/people/${bert}/erase`
    expect((await json(auditor, 'POST', path, { reason: 'r' })).status).toBe(403)
    expect(await actsOf(connection)).toEqual([])
    const api = await json(browser, 'POST', path, { reason: 'r' })
    expect(api).toEqual({ status: 200, body: { person: bert } })
    expect(await erasePerson(database(), { connection, id: bert }, new Date())).toBe(false)
  })
})

test('how long it is kept is set by the page and by the API, with a row in the record', async () => {
  const { at, connection } = await filled()
  const browser = await signedIn()
  expect((await browser.get(at)).text).toMatch(/id="eraseAfter"[^>]*value="30"/)
  const wrong = await browser.send(`${at}/keep`, { eraseAfter: 'soon', keepChanges: '' })
  expect([wrong.status, wrong.text.includes('value="soon"')]).toEqual([400, true])
  expect(wrong.text).toMatch(/id="eraseAfter"[^>]*aria-invalid/)
  expect((await browser.send(`${at}/keep`, { eraseAfter: '0', keepChanges: '' })).text).toContain(
    'expected at least 1 day',
  )
  expect((await browser.send(`${at}/keep`, { eraseAfter: '7', keepChanges: '365' })).status).toBe(200)
  expect((await loadStanding(database(), connection)).settings).toMatchObject({
    eraseAfter: 7,
    keepChanges: 365,
  })
  const path = `/connections/${connection}/keeping`
  expect(await json(browser, 'PUT', path, { eraseAfter: 30, keepChanges: null })).toEqual({
    status: 200,
    body: { eraseAfter: 30, keepChanges: null },
  })
  expect(await json(await signedIn('auditor'), 'GET', path)).toEqual({
    status: 200,
    body: { eraseAfter: 30, keepChanges: null },
  })
  expect(await actsOf(connection)).toMatchObject([
    { action: 'audit.keep', details: '{"eraseAfter":7,"keepChanges":365}' },
    { action: 'audit.keep', details: '{"eraseAfter":30,"keepChanges":null}' },
  ])
})
