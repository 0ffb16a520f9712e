import { expect, test } from 'vitest'
import { revokeToken } from '../../worker/store/tokens.ts'
import { at, bridge, idOf, people, type Answer, type Bridge } from '../bridge.ts'
import { database } from '../worker.ts'

const BULK = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest'
const SEARCH = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest'
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

const said = ({ status, body }: Answer) => [status, at(body, 'scimType')]
const bulk = (to: Bridge, ...operations: readonly object[]) =>
  to.send('POST', '/Bulk', { schemas: [BULK], Operations: operations })

test('schemas that are no texts are a SearchRequest and a BulkRequest of nobody', async () => {
  const to = await bridge()
  for (const schemas of [[{ toString: 1, valueOf: 1 }], [[[]]]]) {
    expect(said(await to.send('POST', '/.search', { schemas }))).toEqual([400, 'invalidSyntax'])
    expect(said(await to.send('POST', '/Bulk', { schemas, Operations: [{}] }))).toEqual([
      400,
      'invalidSyntax',
    ])
  }
})

test('a manager’s id that is no text is 400, as every other', async () => {
  const to = await bridge()
  const body = `{"userName":"a","${ENTERPRISE}":{"manager":{"value":"\\ud800"}}}`
  expect(said(await to.send('POST', '/Users', body))).toEqual([400, 'invalidValue'])
})

test('texts that fold to more than libSQL takes are 413', async () => {
  const to = await bridge()
  const emails = [1, 2, 3].map((kind) => ({ value: '\ufdfa'.repeat(65_000), type: String(kind) }))
  expect((await to.send('POST', '/Users', { userName: 'a', emails })).status).toBe(413)
})

test('an operation whose version is none, or whose path leads elsewhere, is the fault of that operation alone', async () => {
  const to = await bridge()
  const [id = ''] = await people(to, 1)
  const wrong = [
    { method: 'DELETE', path: `/Users/${id}`, version: 'a\nb' },
    ...['/Users/..\\Me', '/Users/..', '/Users/%2e%2e', '/Users/.%2E', '/Users/..\\..\\admin'].map((path) => ({
      method: 'DELETE',
      path,
    })),
  ]
  const answer = await bulk(to, ...wrong)
  expect(answer.status).toBe(200)
  for (const index of wrong.keys()) expect(at(answer.body, 'Operations', index, 'status')).toBe('400')
  expect((await to.send('GET', `/Users/${id}`)).status).toBe(200)
})

test('a job that never reaches the database asks whether its token is alive', async () => {
  const to = await bridge()
  await revokeToken(database(), to.jti, new Date())
  expect((await bulk(to, { method: 'DELETE', path: '/Nope' })).status).toBe(401)
})

test('lists of names, cursors and bulkIds have an end', async () => {
  const to = await bridge()
  const search = (asked: object) => to.send('POST', '/Users/.search', { schemas: [SEARCH], ...asked })
  expect(said(await search({ attributes: ['a,'.repeat(100_000)] }))).toEqual([400, 'invalidValue'])
  expect(said(await search({ cursor: '.'.repeat(1_000_000) }))).toEqual([400, 'invalidCursor'])
  const members = Array.from({ length: 41 }, (_, index) => ({ value: `bulkId:${index}` }))
  const answer = await bulk(to, {
    method: 'POST',
    path: '/Groups',
    bulkId: 'g',
    data: { displayName: 'G', members },
  })
  expect(at(answer.body, 'Operations', 0, 'response', 'detail')).toMatch(/at most 40 bulkIds/)
})

test('a filter asks the members of groups only so often', async () => {
  const to = await bridge()
  const [id] = await people(to, 1)
  const group = idOf(await to.send('POST', '/Groups', { displayName: 'G', members: [{ value: id }] }))
  const asking = (count: number, term: string) =>
    `/Groups?filter=${encodeURIComponent(Array.from({ length: count }, () => term).join(' or '))}`
  expect(said(await to.send('GET', asking(6, 'members.display co "q"')))).toEqual([400, 'tooMany'])
  expect(at((await to.send('GET', asking(5, 'members.display co "person"'))).body, 'totalResults')).toBe(1)
  const found = await to.send('GET', asking(100, `members.value eq "${id}"`))
  expect(at(found.body, 'Resources', 0, 'id')).toBe(group)
})
