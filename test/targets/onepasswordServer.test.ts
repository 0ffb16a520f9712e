import { afterAll, beforeAll, expect, test } from 'vitest'
import { isObject } from '../../worker/scim/json.ts'
import { startOnepassword, type Onepassword } from './servers/onepassword.ts'

/*
 * The server that plays 1Password answers as 1Password was recorded to (github.com/NangoHQ/integration-templates,
 * integrations/1password-scim/tests) and is documented to (developer.1password.com/docs/users-api).
 */

let server: Onepassword

beforeAll(async () => {
  server = await startOnepassword()
})
afterAll(() => server.stop())

type Got = { readonly status: number; readonly body: { readonly [name: string]: unknown } }

async function ask(url: string, token: string, method = 'GET', body?: object): Promise<Got> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' }
  const answer = await fetch(url, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  return { status: answer.status, body: text === '' ? {} : objectOf(JSON.parse(text)) }
}

const objectOf = (value: unknown) => (isObject(value) ? value : {})

const scim = (path: string, method?: string, body?: object) =>
  ask(`${server.scimUrl}${path}`, server.scimToken, method, body)

const patch = (path: string, ...Operations: readonly object[]) => scim(path, 'PATCH', { Operations })

async function api(path: string, method?: string): Promise<Got> {
  const { apiBase, clientId, clientSecret, accountId } = server
  const basic = `Basic ${btoa(`${clientId}:${clientSecret}`)}`
  const form = new URLSearchParams({ grant_type: 'client_credentials' })
  const url = `${apiBase}/v1beta1/users/oauth2/token`
  const given = await fetch(url, { method: 'POST', headers: { authorization: basic }, body: form })
  const { access_token: token = '' } = await given.json<{ access_token?: string }>()
  return ask(`${apiBase}/v1beta1/accounts/${accountId}${path}`, token, method)
}

const invite = async (userName: string, rest: object = {}) => {
  const { body } = await scim('/Users', 'POST', { userName, ...rest })
  return String(body['id'])
}

test('a person who is invited is shown as recorded', async () => {
  const userName = 'create-scim-user-test@example.com'
  const { status, body } = await scim('/Users', 'POST', {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
    userName,
    externalId: 'e-1',
    name: { givenName: 'Create', familyName: 'Test' },
    displayName: 'Create Test',
    emails: [{ value: userName, type: 'work', primary: true }],
    active: true,
  })
  expect(status).toBe(201)
  expect(body).toStrictEqual({
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
    id: expect.stringMatching(/^[A-Z2-7]{26}$/),
    userName,
    displayName: 'Create Test',
    name: { givenName: 'Create', familyName: 'Test', formatted: 'Create Test' },
    emails: [{ value: userName, primary: true }],
    active: true,
    preferredLanguage: 'en',
    meta: { resourceType: 'User' },
  })
  expect(await scim(`/Users/${String(body['id'])}`)).toMatchObject({ status: 200, body })
  const again = await scim('/Users', 'POST', { userName: userName.toUpperCase() })
  expect(again).toMatchObject({ status: 409, body: { scimType: 'uniqueness' } })
})

test('a displayName splits the name anew, also of who is inactive', async () => {
  const id = await invite('split@example.com', { name: { givenName: 'Tmp Delete', familyName: 'Test 2' } })
  expect((await scim(`/Users/${id}`)).body['name']).toMatchObject({
    givenName: 'Tmp Delete',
    familyName: 'Test 2',
  })
  expect(await scim(`/Users/${id}`, 'DELETE')).toEqual({ status: 204, body: {} })
  const renamed = await patch(`/Users/${id}`, {
    op: 'replace',
    path: 'displayName',
    value: 'Patched Delete Test',
  })
  expect(renamed.body).toMatchObject({
    active: false,
    displayName: 'Patched Delete Test',
    name: { givenName: 'Patched', familyName: 'Delete Test', formatted: 'Patched Delete Test' },
  })
  const named = await patch(`/Users/${id}`, {
    op: 'replace',
    value: { name: { familyName: 'Lee' }, active: true },
  })
  expect(named.body).toMatchObject({ active: true, displayName: 'Patched Lee' })
})

test('a DELETE leaves the person in the list, inactive, and the Users API shows them suspended', async () => {
  const id = await invite('tmp-delete-test@example.com')
  await scim(`/Users/${id}`, 'DELETE')
  const { body } = await scim(
    `/Users?filter=${encodeURIComponent('userName eq "TMP-delete-test@example.com"')}`,
  )
  expect(body).toMatchObject({ totalResults: 1, Resources: [{ id, active: false }] })
  const other = await api(`/users/${id}`)
  expect(other.body).toMatchObject({
    id: id.toLowerCase(),
    state: 'SUSPENDED',
    email: 'tmp-delete-test@example.com',
  })
})

test('what is not there, and a token that is none', async () => {
  expect(await scim(`/Users/${'A'.repeat(26)}`)).toMatchObject({ status: 404, body: { status: '404' } })
  expect(await ask(`${server.scimUrl}/Users`, 'wrong')).toMatchObject({ status: 401 })
  expect(await scim('/Users?filter=userName')).toMatchObject({
    status: 400,
    body: { scimType: 'invalidFilter' },
  })
})

test('groups have ids in lower case and show no members, which the account has', async () => {
  const id = await invite('member@example.com')
  const { status, body } = await scim('/Groups', 'POST', { displayName: 'Crew', members: [{ value: id }] })
  expect(status).toBe(201)
  expect(body).toStrictEqual({
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
    id: expect.stringMatching(/^[a-z2-7]{26}$/),
    displayName: 'Crew',
    meta: { resourceType: 'Group', created: expect.any(String), lastModified: expect.any(String) },
  })
  const path = `/Groups/${String(body['id'])}`
  const members = () => server.groups().find((each) => each.id === body['id'])?.members
  expect(members()).toEqual(['member@example.com'])
  await patch(path, { op: 'remove', path: `members[value eq "${id}"]` })
  expect(members()).toEqual([])
  await patch(path, { op: 'add', path: 'members', value: [{ value: id }] })
  expect(members()).toEqual(['member@example.com'])
  const strange = await patch(path, { op: 'add', path: 'members', value: [{ value: 'nobody' }] })
  expect(strange.status).toBe(400)
  await patch(
    path,
    { op: 'replace', path: 'members', value: [] },
    { op: 'replace', path: 'displayName', value: 'C' },
  )
  expect(members()).toEqual([])
  expect((await scim('/Groups')).body).toMatchObject({ Resources: [{ displayName: 'C' }] })
  expect((await scim(path, 'DELETE')).status).toBe(204)
  expect(members()).toBeUndefined()
})

test('it describes itself as recorded, below /scim too', async () => {
  expect((await scim('/ServiceProviderConfig')).body).toMatchObject({
    patch: { supported: true },
    filter: { supported: true, maxResults: 10_000 },
    bulk: { supported: false },
    etag: { supported: false },
    meta: { location: '/scim/v2/ServiceProviderConfig' },
  })
  expect((await scim('/ResourceTypes')).body).toMatchObject({
    startIndex: 0,
    Resources: [{ endpoint: '/scim/v2/User' }, { endpoint: '/scim/v2/Groups' }],
  })
  expect((await scim('/Schemas')).body).toMatchObject({ totalResults: 2 })
  const short = await ask(`${server.apiBase}/scim/Users`, server.scimToken)
  expect(short).toMatchObject({ status: 200, body: { startIndex: 1 } })
})

test('while provisioning is switched off, everything is a 500', async () => {
  server.provisioning(false)
  expect((await scim('/ServiceProviderConfig')).status).toBe(500)
  expect((await scim('/Users')).status).toBe(500)
  expect((await api('/users')).status).toBe(200)
  server.provisioning(true)
  expect((await scim('/Users')).status).toBe(200)
})

test('the Users API filters by state, and gives pages of 25', async () => {
  for (let n = 0; n < 30; n += 1) server.add({ email: `page${n}@example.com`, isSuspended: n < 3 })
  const first = await api('/users')
  expect(first.body['results']).toHaveLength(25)
  const token = String(first.body['next_page_token'])
  const second = await api(`/users?page_token=${encodeURIComponent(token)}`)
  expect(second.body).toMatchObject({ next_page_token: '' })
  const all = await api('/users?max_page_size=1000')
  expect(all.body['results']).toHaveLength(server.people().length)
  const suspended = await api(`/users?max_page_size=1000&filter=${encodeURIComponent('user.isSuspended()')}`)
  expect(suspended.body['results']).toHaveLength(server.people().filter((each) => each.isSuspended).length)
  expect(await api('/users?filter=name')).toMatchObject({ status: 400, body: { message: 'InvalidArgument' } })
  expect((await api('/users?max_page_size=1001')).status).toBe(400)
})

test('actions may be repeated, and some people are kept from them', async () => {
  const { id } = server.person('page9@example.com')
  for (const state of ['SUSPENDED', 'SUSPENDED'])
    expect((await api(`/users/${id}:suspend`, 'POST')).body).toMatchObject({ state })
  for (const state of ['ACTIVE', 'ACTIVE'])
    expect((await api(`/users/${id}:reactivate`, 'POST')).body).toMatchObject({ state })
  const owner = server.person('owner@example.com').id
  expect((await api(`/users/${owner}:suspend`, 'POST')).status).toBe(400)
  server.add({ email: 'second@example.com', isOwner: true })
  expect((await api(`/users/${owner}:suspend`, 'POST')).status).toBe(200)
  const external = server.add({ email: 'eam@example.com', isExternal: true }).id
  expect((await api(`/users/${external}:suspend`, 'POST')).status).toBe(403)
})

test('a token is good for 900 seconds of its clock', async () => {
  await api('/users')
  const bearer = server.asked().at(-1)?.headers.authorization?.replace('Bearer ', '') ?? ''
  const url = `${server.apiBase}/v1beta1/accounts/${server.accountId}/users`
  server.pass(890)
  expect((await ask(url, bearer)).status).toBe(200)
  server.pass(11)
  expect((await ask(url, bearer)).status).toBe(401)
})
