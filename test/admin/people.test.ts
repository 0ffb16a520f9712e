import { expect, test } from 'vitest'
import { sql } from '../../worker/store/database.ts'
import { readDocument } from '../../worker/store/resources.ts'
import { connect, database, type Connected } from '../worker.ts'
import { ORIGIN, signedIn, type Browser } from './browser.ts'
import { checkRoles, scim, XSS } from './sent.ts'

const anna = {
  userName: 'anna@example.com',
  displayName: 'Anna',
  externalId: '00u1',
  title: 'Clerk',
  active: true,
}
const patch = (value: object) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations: [{ op: 'replace', value }],
})
const peopleOf = (id: string) => `/admin/connections/${id}/people`

/** What is kept of a person now: the document, or nothing where deleted. */
async function documentOf(connection: string, id: string): Promise<object | undefined> {
  const [rows] = await database().read([
    sql`SELECT document FROM resources WHERE connection = ${connection} AND id = ${id}`,
  ])
  const text = rows?.[0]?.['document']
  return typeof text === 'string' ? readDocument(text) : undefined
}

/** The number of the change of a resource that stands there, from the first. */
async function seqOf(id: string, place: number): Promise<string> {
  const [rows] = await database().read([sql`SELECT seq FROM changes WHERE resource = ${id} ORDER BY seq`])
  const seq = rows?.[place]?.['seq']
  if (typeof seq !== 'number') throw new Error(`no change ${place} of ${id}`)
  return String(seq)
}

/** Opens the plan by its address, and sends its form with a reason. */
async function carryOut(browser: Browser, at: string, query: string, reason = 'asked by the helpdesk') {
  const plan = await browser.get(`${at}/restore?${query}`)
  return { plan, done: await browser.send(`${at}/restore`, { reason }) }
}

async function withAnna(): Promise<{ here: Connected; id: string; at: string }> {
  const here = await connect()
  const { id } = await scim(here, 'POST', '/Users', anna)
  return { here, id, at: `${peopleOf(here.id)}/${id}` }
}

test('people and groups are found by name, address and id; a viewer finds by id alone and sees no name', async () => {
  const { here, id, at } = await withAnna()
  const { id: group } = await scim(here, 'POST', '/Groups', { displayName: 'Annuals' })
  await scim(here, 'PATCH', `/Users/${id}`, patch({ emails: [{ value: 'a.b@mail.example' }] }))
  const { id: gone } = await scim(here, 'POST', '/Users', { userName: 'anton' })
  await scim(here, 'DELETE', `/Users/${gone}`)
  const admin = await signedIn('admin', here.id)
  const found = async (browser: Browser, text: string) => {
    const page = await browser.get(`${peopleOf(here.id)}?person=${encodeURIComponent(text)}`)
    return [id, group, gone].map((one) => page.text.includes(`/people/${one}"`))
  }
  expect(await found(admin, 'ANN')).toEqual([true, true, false])
  expect(await found(admin, 'a.b@')).toEqual([true, false, false])
  expect(await found(admin, '00u1')).toEqual([true, false, false])
  expect(await found(admin, 'ant')).toEqual([false, false, true])
  expect(await found(admin, '')).toEqual([true, true, false])
  // A resource of a declared kind has no page, and is not offered.
  const declared = crypto.randomUUID()
  await database().write([
    sql`INSERT INTO resources (connection, id, type, version, created, modified, document, folded)
      VALUES (${here.id}, ${declared}, 'Role', 1, '2026-01-01', '2026-01-01', '{"displayName":"ann"}', '{"displayName":"ann"}')`,
  ])
  for (const text of ['', 'ann', declared]) {
    const page = await admin.get(`${peopleOf(here.id)}?person=${text}`)
    expect(page.text).not.toContain(`/people/${declared}`)
  }
  const viewer = await signedIn('viewer', here.id)
  for (const text of ['ann', 'a.b@', '00u1', 'anton'])
    expect(await found(viewer, text)).toEqual([false, false, false])
  expect(await found(viewer, id)).toEqual([true, false, false])
  await checkRoles(peopleOf(here.id), here.id, 'anna@example.com')
  await checkRoles(at, here.id, 'anna@example.com')
})

test('a page each: the three ids, the state, every version with who, when and what', async () => {
  const { here, id, at } = await withAnna()
  await scim(here, 'PATCH', `/Users/${id}`, patch({ title: 'Boss' }))
  await database().write([
    sql`INSERT INTO links (connection, resource, type, account, remote, confirmed, state, at)
      VALUES (${here.id}, ${id}, 'User', 'acc', ${`REMOTE${id}`}, '{"active":false}', 'linked', ${new Date().toISOString()})`,
  ])
  const { text } = await (await signedIn('auditor', here.id)).get(at)
  for (const words of ['00u1', id, `REMOTE${id}`, 'linked, inactive', here.jti, '2 patch', 'Clerk → Boss'])
    expect(text).toContain(words)
  expect(text).not.toContain('Restore this version')
  const viewer = (await (await signedIn('viewer', here.id)).get(at)).text
  expect([viewer.includes('title'), viewer.includes('Boss'), viewer.includes('00u1')]).toEqual([
    true,
    false,
    false,
  ])
  const [acts] = await database().read([sql`SELECT action, subject FROM acts WHERE connection = ${here.id}`])
  expect(acts).toMatchObject([
    { action: 'person.read', subject: id },
    { action: 'person.read', subject: id },
  ])
})

test('an earlier version is restored: the plan first, then with a reason, recorded as a change of that admin', async () => {
  const { here, id, at } = await withAnna()
  await scim(here, 'PATCH', `/Users/${id}`, patch({ title: 'Boss', displayName: 'Wrong' }))
  const browser = await signedIn('operator', here.id)
  const query = `what=version&seq=${await seqOf(id, 0)}`
  const { plan, done } = await carryOut(browser, at, query)
  expect(plan.text).toContain('next push may overwrite it')
  expect(plan.text).toContain('The bridge itself is the account: nothing is sent anywhere.')
  expect(done.text).toContain('It is done here.')
  expect(done.text).toContain(browser.email)
  expect(await documentOf(here.id, id)).toEqual({ ...anna })
  const [acts] = await database().read([
    sql`SELECT who, subject, reason FROM acts WHERE connection = ${here.id} AND action = 'restore.carry'`,
  ])
  expect(acts).toMatchObject([{ who: browser.email, subject: id, reason: 'asked by the helpdesk' }])
  const [changes] = await database().read([
    sql`SELECT token FROM changes WHERE resource = ${id} ORDER BY seq DESC LIMIT 1`,
  ])
  expect(changes).toMatchObject([{ token: 'admin' }])
})

test('one push is undone: what it changed is as before, what came later stays', async () => {
  const { here, id, at } = await withAnna()
  await scim(here, 'PATCH', `/Users/${id}`, patch({ title: 'Boss' }))
  await scim(here, 'PATCH', `/Users/${id}`, patch({ displayName: 'Anna B.' }))
  await carryOut(await signedIn('operator', here.id), at, `what=undo&seq=${await seqOf(id, 1)}`)
  expect(await documentOf(here.id, id)).toEqual({ ...anna, displayName: 'Anna B.' })
})

test('members who were pushed out come back by undoing it', async () => {
  const { here, id } = await withAnna()
  const { id: group } = await scim(here, 'POST', '/Groups', { displayName: 'Crew', members: [{ value: id }] })
  const empty = {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
    Operations: [{ op: 'replace', path: 'members', value: [] }],
  }
  await scim(here, 'PATCH', `/Groups/${group}`, empty)
  const browser = await signedIn('operator', here.id)
  const { plan } = await carryOut(
    browser,
    `${peopleOf(here.id)}/${group}`,
    `what=undo&seq=${await seqOf(group, 1)}`,
  )
  expect(plan.text).toContain('Comes in')
  const [members] = await database().read([sql`SELECT member_id FROM members WHERE group_id = ${group}`])
  expect(members).toMatchObject([{ member_id: id }])
  await carryOut(browser, `${peopleOf(here.id)}/${group}`, `what=version&seq=${await seqOf(group, 1)}`)
  const [none] = await database().read([sql`SELECT member_id FROM members WHERE group_id = ${group}`])
  expect(none).toEqual([])
})

test('nobody is activated whom the provider last said to be inactive: by a version, by an undo, or after a DELETE', async () => {
  for (const [what, place] of [
    ['version', 0],
    ['undo', 1],
  ] as const) {
    const { here, id, at } = await withAnna()
    await scim(here, 'PATCH', `/Users/${id}`, patch({ active: false, title: 'Left' }))
    const query = `what=${what}&seq=${await seqOf(id, place)}`
    const { plan } = await carryOut(await signedIn('admin', here.id), at, query)
    expect(plan.text).toContain('The person stays inactive')
    expect(await documentOf(here.id, id)).toEqual({ ...anna, active: false })
  }
  const { here: there, id: gone, at: page } = await withAnna()
  const { id: group } = await scim(there, 'POST', '/Groups', {
    displayName: 'Crew',
    members: [{ value: gone }],
  })
  await scim(there, 'DELETE', `/Users/${gone}`)
  const { plan } = await carryOut(await signedIn('admin', there.id), page, 'what=deleted')
  expect(plan.text).toContain('The person stays inactive')
  expect(plan.text).toContain('Crew')
  expect(await documentOf(there.id, gone)).toEqual({ ...anna, active: false })
  const [members, versions] = await database().read([
    sql`SELECT member_id FROM members WHERE group_id = ${group}`,
    sql`SELECT c.version, r.version AS now FROM changes c JOIN resources r ON r.id = c.resource WHERE c.resource = ${gone} ORDER BY c.seq`,
  ])
  expect(members).toMatchObject([{ member_id: gone }])
  expect((versions ?? []).map(({ version, now }) => [version, now])).toEqual([
    [1, 3],
    [2, 3],
    [3, 3],
  ])
  // The provider means the same person when it assigns them again.
  expect((await scim(there, 'POST', '/Users', anna)).id).toBe(gone)
})

test('a plan that is old, without a reason, or of another’s name is refused, and what was typed stays', async () => {
  const { here, id, at } = await withAnna()
  await scim(here, 'PATCH', `/Users/${id}`, patch({ title: 'Boss' }))
  const browser = await signedIn('admin', here.id)
  const query = `what=version&seq=${await seqOf(id, 0)}`
  await browser.get(`${at}/restore?${query}`)
  const short = await browser.send(`${at}/restore`, { reason: 'x' })
  expect([short.status, short.text.includes('expected a reason'), short.text.includes('value="x"')]).toEqual([
    400,
    true,
    true,
  ])
  await browser.get(`${at}/restore?${query}`)
  await scim(here, 'PATCH', `/Users/${id}`, patch({ title: 'Chief' }))
  expect((await browser.send(`${at}/restore`, { reason: 'because' })).status).toBe(409)
  expect(await documentOf(here.id, id)).toMatchObject({ title: 'Chief' })
  await scim(here, 'DELETE', `/Users/${id}`)
  await scim(here, 'POST', '/Users', { userName: anna.userName })
  const { done } = await carryOut(browser, at, 'what=deleted', 'bring back')
  expect([done.status, done.text.includes('userName: another User')]).toEqual([409, true])
  expect((await browser.get(`${at}/restore?what=version&seq=999999999`)).status).toBe(409)
})

test('only who may operate is shown a plan, or carries one out; nothing of another connection is there', async () => {
  const { here, id, at } = await withAnna()
  const { id: other } = await connect()
  for (const role of ['viewer', 'auditor'] as const) {
    const browser = await signedIn(role, here.id)
    expect((await browser.get(`${at}/restore?what=deleted`)).status).toBe(403)
    const csrf = /name="csrf" value="([^"]*)"/.exec((await browser.get(at)).text)?.[1] ?? ''
    const body = new URLSearchParams({ csrf, what: 'undo', seq: '1', version: '1', reason: 'because' })
    expect(
      (await browser.raw(`${at}/restore`, { method: 'POST', body, headers: { origin: ORIGIN } })).status,
    ).toBe(403)
  }
  const stranger = await signedIn('admin', other)
  for (const path of [
    at,
    `${at}/restore?what=deleted`,
    `${peopleOf(other)}/${id}`,
    `${peopleOf(other)}/${id}/restore?what=deleted`,
  ])
    expect((await stranger.get(path)).status).toBe(404)
})

test('a name is text on each page, whatever it is', async () => {
  const here = await connect()
  const { id } = await scim(here, 'POST', '/Users', { userName: `${XSS}1`, displayName: XSS })
  await scim(here, 'PATCH', `/Users/${id}`, patch({ displayName: `${XSS}2`, title: XSS }))
  const { id: group } = await scim(here, 'POST', '/Groups', { displayName: XSS, members: [{ value: id }] })
  const browser = await signedIn('admin', here.id)
  const at = `${peopleOf(here.id)}/${id}`
  for (const path of [
    peopleOf(here.id),
    `${peopleOf(here.id)}?person=${encodeURIComponent(XSS)}`,
    at,
    `${peopleOf(here.id)}/${group}`,
    `${at}/restore?what=version&seq=${await seqOf(id, 0)}`,
  ]) {
    const { text, status } = await browser.get(path)
    expect([path, status, text.includes('<img'), text.includes('&lt;img')]).toEqual([path, 200, false, true])
  }
})
