import { expect, test } from 'vitest'
import { EXPLANATIONS } from '../../worker/admin/explain.ts'
import { REFUSALS } from '../../worker/scim/refusal.ts'
import { sql } from '../../worker/store/database.ts'
import { connect, database } from '../worker.ts'
import { ORIGIN, signedIn } from './browser.ts'
import { checkRoles, scim, XSS } from './sent.ts'

const anna = { userName: 'anna@example.com', externalId: '00u1', active: true }

/** A delivery and a receipt as they stand where the target does not answer. */
async function failing(connection: string, resource: string, words: string): Promise<void> {
  const now = new Date().toISOString()
  await database().write([
    sql`INSERT INTO deliveries (connection, resource, type, asked, kind, request, target, mac, rank, seq, first, since, state, due,
        tries, lease, uncertain, words)
      VALUES (${connection}, ${resource}, 'User', ${resource}, 'patch', 'q', 't', 'm', 0, 1, 1, ${now}, 'dead', ${now}, 9, 1, 0, ${words})`,
    sql`INSERT INTO receipts (connection, operation, resource, asked, stored) VALUES (${connection}, 'o', ${resource}, ${now}, ${now})`,
  ])
}

test('every refusal is told in a sentence that says what to do', () => {
  expect(Object.keys(EXPLANATIONS).toSorted()).toEqual([...REFUSALS].toSorted())
  for (const { what, mend } of Object.values(EXPLANATIONS))
    expect([what, mend]).toEqual([expect.stringMatching(/\.$/), expect.stringMatching(/\.$/)])
})

test('writes and refusals are shown, each with what it means, and those of one person', async () => {
  const here = await connect()
  const { id } = await scim(here, 'POST', '/Users', anna)
  const { id: ben } = await scim(here, 'POST', '/Users', { ...anna, userName: 'ben', externalId: 'b' })
  expect((await scim(here, 'POST', '/Users', anna)).status).toBe(409)
  expect((await scim(here, 'GET', '/Users/Users?startIndex=1')).status).toBe(404)
  const browser = await signedIn('admin', here.id)
  const path = `/admin/connections/${here.id}/activity`
  const page = await browser.get(path)
  expect(page.text).toContain('Another person here has this externalId.')
  expect(page.text).toContain('SCIM connector base URL (Okta, app integration)')
  expect(page.text).toContain('ben')
  const entra = await browser.get(`${path}?provider=entra`)
  expect(entra.text).toContain('Tenant URL (Microsoft Entra ID)')
  for (const person of ['ANNA@example.com', id]) {
    const { text } = await browser.get(`${path}?person=${encodeURIComponent(person)}`)
    const [requests = ''] = text.split('<h2>Counted')
    expect([requests.includes(`/people/${id}`), requests.includes(`/people/${ben}`)]).toEqual([true, false])
  }
  const { text } = await browser.get(`${path}?refused=yes`)
  expect(text.split('Counted')[0]).not.toContain('>201<')
})

test('a viewer sees no name, finds nobody by name, and gets no form', async () => {
  const here = await connect()
  const { id } = await scim(here, 'POST', '/Users', anna)
  await failing(here.id, id, 'anna is the last owner')
  const path = `/admin/connections/${here.id}/activity`
  await checkRoles(path, here.id, 'anna')
  await scim(here, 'PATCH', `/Users/${id}`, { Operations: [{ op: 'replace', path: 'active', value: false }] })
  await checkRoles(`/admin/connections/${here.id}/accounts`, here.id, 'anna')
  const viewer = await signedIn('viewer', here.id)
  const { text } = await viewer.get(`${path}?person=${anna.userName}`)
  expect(text.split('<h2>Counted')[0]?.split('<table>')[1]).toBeUndefined()
  expect(text).not.toContain('Try again')
  const csv = await viewer.get(`/admin/connections/${here.id}/receipts.csv`)
  expect([csv.text.includes(id), csv.text.includes('anna')]).toEqual([true, false])
  const csrf = /name="csrf" value="([^"]*)"/.exec(text)?.[1] ?? ''
  const sent = {
    method: 'POST',
    body: new URLSearchParams({ csrf, resource: id }),
    headers: { origin: ORIGIN },
  }
  expect((await viewer.raw(`${path}/replay`, sent)).status).toBe(403)
})

test('a delivery that was given up is tried again by a form, recorded', async () => {
  const here = await connect()
  const { id } = await scim(here, 'POST', '/Users', anna)
  await failing(here.id, id, 'the target said no')
  const browser = await signedIn('operator', here.id)
  const path = `/admin/connections/${here.id}/activity`
  const page = await browser.get(path)
  expect(page.text).toContain('given up')
  expect(page.text).toContain('the target said no')
  const sent = await browser.send(`${path}/replay`)
  expect(sent.text).toContain('1 due again')
  const [deliveries, acts] = await database().read([
    sql`SELECT state FROM deliveries WHERE connection = ${here.id}`,
    sql`SELECT action, subject FROM acts WHERE connection = ${here.id}`,
  ])
  expect([deliveries, acts]).toMatchObject([[{ state: 'due' }], [{ action: 'delivery.replay', subject: id }]])
})

test('the file of receipts is no formula, whatever somebody is called', async () => {
  const here = await connect()
  for (const userName of ['=1+1', '+cmd', '-2', '@x', '\t=3', 'plain "q", x']) {
    const { id } = await scim(here, 'POST', '/Users', { userName })
    await database().write([
      sql`INSERT INTO receipts (connection, operation, resource, asked, stored) VALUES (${here.id}, ${id}, ${id}, ${userName}, 's')`,
    ])
  }
  const csv = await (await signedIn('auditor', here.id)).get(`/admin/connections/${here.id}/receipts.csv`)
  expect(csv.headers.get('content-disposition')).toContain('attachment')
  const cells = [...csv.text.matchAll(/"((?:[^"]|"")*)"/g)].map(([, cell = '']) => cell)
  expect(cells.length).toBe(7 * 8)
  expect(cells.filter((cell) => /^\s*[=+\-@\t]/.test(cell))).toEqual([])
  expect(cells).toContain('plain ""q"", x')
})

test('accounts to look at: who is inactive, stale, without an account, not confirmed', async () => {
  const here = await connect()
  const { id: stale } = await scim(here, 'POST', '/Users', { userName: 'stale' })
  const { id: off } = await scim(here, 'POST', '/Users', { userName: 'off', active: false })
  await failing(here.id, off, 'x')
  const target = { account: 'a' }
  await database().write([
    sql`UPDATE resources SET modified = '2020-01-01T00:00:00.000Z' WHERE connection = ${here.id} AND id = ${stale}`,
    sql`UPDATE connections SET settings = ${JSON.stringify({ target })} WHERE id = ${here.id}`,
  ])
  const { text: health } = await (
    await signedIn('viewer', here.id)
  ).get(`/admin/connections/${here.id}/accounts`)
  const found = [...health.matchAll(/<dt>([^<]*)<\/dt><dd>(.*?)<\/dd>/gs)].map(
    ([, kind = '', people = '']) => [
      kind.replace(/[^:]*: /, ''),
      people.includes(stale),
      people.includes(off),
    ],
  )
  expect(found).toEqual([
    ['1', true, false],
    ['1', false, true],
    ['1', true, false],
    ['1', false, true],
  ])
})

test('a name is text on the page, whatever it is', async () => {
  const here = await connect()
  const { id } = await scim(here, 'POST', '/Users', { userName: XSS })
  await failing(here.id, id, XSS)
  const browser = await signedIn('admin', here.id)
  for (const path of [`activity?person=${encodeURIComponent(XSS)}`, 'accounts']) {
    const { text } = await browser.get(`/admin/connections/${here.id}/${path}`)
    expect([path, text.includes('&lt;img src=x'), text.includes('<img')]).toEqual([path, true, false])
  }
})

test('older ones are on the next page, none twice and none left out, though many came in the same moment', async () => {
  const here = await connect()
  await database().write(
    Array.from(
      { length: 120 },
      (_, index) => sql`INSERT INTO requests (connection, at, request, token, method, route, status)
        VALUES (${here.id}, '2026-01-01T00:00:00.000Z', ${`r-${1_000 + index}`}, 't', 'PUT', ${`/route-${index}/`}, 200)`,
    ),
  )
  const browser = await signedIn('viewer', here.id)
  const seen: string[] = []
  let next: string | undefined = `/admin/connections/${here.id}/activity`
  for (let pages = 0; next !== undefined && pages < 5; pages += 1) {
    const { text } = await browser.get(next)
    seen.push(...[...text.matchAll(/route-\d+\//g)].map(([route]) => route))
    next = /href="([^"]*before=[^"]*)"/.exec(text)?.[1]?.replaceAll('&amp;', '&')
  }
  expect([seen.length, new Set(seen).size]).toEqual([120, 120])
})
