import { expect, test } from 'vitest'
import { bridge, idOf, patchOp, type Answer, type Bridge } from '../bridge.ts'
import { database } from '../worker.ts'
import { revokeToken } from '../../worker/store/tokens.ts'

const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error'

function expectError(answer: Answer, status: number, scimType?: string): void {
  expect(answer.body).toEqual({
    schemas: [ERROR],
    status: String(status),
    ...(scimType === undefined ? {} : { scimType }),
    detail: expect.stringMatching(/\w+ \w+/) as unknown,
  })
  expect(answer.status).toBe(status)
  expect(answer.headers.get('content-type')).toBe('application/scim+json')
}

const id = 'ffffffff-0000-4000-8000-000000000000'

const refused: readonly (readonly [string, string, unknown, number, string?])[] = [
  ['POST', '/Users', '{"a":', 400, 'invalidSyntax'],
  ['POST', '/Users', '', 400, 'invalidSyntax'],
  ['POST', '/Users', '[]', 400, 'invalidSyntax'],
  ['POST', '/Users', '"x"', 400, 'invalidSyntax'],
  ['POST', '/Users', {}, 400, 'invalidValue'],
  ['POST', '/Users', { userName: { a: 1 } }, 400, 'invalidValue'],
  ['POST', '/Users', { userName: 'a', emails: 'a@b.c' }, 400, 'invalidValue'],
  ['POST', '/Users', { userName: 'a', active: 'maybe' }, 400, 'invalidValue'],
  ['POST', '/Users', { userName: 'a\0b' }, 400, 'invalidValue'],
  ['POST', '/Users', '{"userName":"\\ud800"}', 400, 'invalidValue'],
  ['POST', '/Groups', {}, 400, 'invalidValue'],
  ['POST', '/Groups', { displayName: 'x', members: [true] }, 400, 'invalidValue'],
  [
    'POST',
    '/Users',
    { schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'], userName: 'x' },
    400,
    'invalidValue',
  ],
  ['POST', '/Users', { userName: '   ' }, 400, 'invalidValue'],
  ['POST', '/Users', { userName: 'x'.repeat(1_025) }, 400, 'invalidValue'],
  ['GET', '/Schemas?filter=x', undefined, 403],
  ['GET', `/Users/${id}`, undefined, 404],
  ['PUT', `/Users/${id}`, { userName: 'a' }, 404],
  ['PATCH', `/Groups/${id}`, patchOp({ op: 'replace', value: { displayName: 'x' } }), 404],
  ['DELETE', `/Groups/${id}`, undefined, 404],
  ['GET', '/Users/%E0%A4%A', undefined, 404],
  ['GET', '/Nopes', undefined, 404],
  ['POST', '/Nopes', {}, 404],
  ['GET', '/Users/a/b', undefined, 404],
  ['POST', `/Users/${id}`, { userName: 'a' }, 405],
  ['PUT', '/Users', { userName: 'a' }, 405],
  ['DELETE', '/Groups', undefined, 405],
  ['POST', '/Schemas', {}, 405],
  ['DELETE', '/ServiceProviderConfig', undefined, 405],
  ['GET', '/Schemas/urn:none', undefined, 404],
]

for (const [method, path, body, status, scimType] of refused) {
  test(`${method} ${path} ${JSON.stringify(body)} is ${status}`, async () => {
    const { send } = await bridge()
    expectError(await send(method, path, body), status, scimType)
  })
}

test('a body that is too large is 413, before it is read', async () => {
  const { send } = await bridge()
  const huge = JSON.stringify({ userName: 'a', title: 'x'.repeat(5 * 1024 * 1024) })
  expectError(await send('POST', '/Users', huge), 413)
  expectError(await send('POST', '/Users', '{}', { 'content-length': String(6 * 1024 * 1024) }), 413)
})

test('a body of another type is 415, and JSON of any name is taken', async () => {
  const { send } = await bridge()
  for (const type of ['text/plain', 'application/x-www-form-urlencoded']) {
    expectError(await send('POST', '/Users', { userName: 'a' }, { 'content-type': type }), 415)
  }
  for (const type of [
    'application/json',
    'application/scim+json; charset=utf-8',
    'text/json;charset=UTF-8',
  ]) {
    expect((await send('POST', '/Users', { userName: type }, { 'content-type': type })).status).toBe(201)
  }
})

/**
 * Faults in the order in which they are to be told (RFC 7644 §3.12 leaves it open): a request with two of them is
 * refused for the first.
 */
const faults: readonly { readonly status: number; readonly scimType?: string }[] = [
  { status: 401 },
  { status: 400, scimType: 'invalidSyntax' },
  { status: 403 },
  { status: 404 },
  { status: 400, scimType: 'invalidValue' },
  { status: 409, scimType: 'uniqueness' },
]

const pairs = faults.flatMap((first, i) =>
  faults.slice(i + 1).map((second, j) => [first, second, i, i + 1 + j] as const),
)

test.each(pairs)('of %j and %j the first is told', async (first, _, i, j) => {
  const readable = await bridge()
  await readable.send('POST', '/Users', { userName: 'taken' })
  const there = idOf(await readable.send('POST', '/Users', { userName: 'there' }))
  const has = (fault: number) => i === fault || j === fault
  const to: Bridge = has(2)
    ? await bridge({ connection: readable.connection, allowed: { scope: 'read' } })
    : readable
  if (has(0)) await revokeToken(database(), to.jti, new Date())
  const path = `/Users/${has(3) ? id : there}`
  const body = { userName: has(5) ? 'Taken' : 'there', ...(has(4) ? { active: 'maybe' } : {}) }
  const text = has(1) ? '{' : JSON.stringify(body)
  expectError(await to.send('PUT', path, text), first.status, first.scimType)
  if (first.status !== 401 && !has(1)) {
    const patch = patchOp({ op: 'replace', value: body })
    expectError(await to.send('PATCH', path, patch), first.status, first.scimType)
  }
})

test('a Base URL that is mistyped is told where it ends', async () => {
  const { send } = await bridge()
  const answer = await send('GET', '/scim/v2/Users')
  expectError(answer, 404)
  expect(JSON.stringify(answer.body)).toContain('The Base URL ends in /scim/v2')
})

test('reserved paths are not SCIM, and answer JSON', async () => {
  const { exports } = await import('cloudflare:workers')
  for (const name of ['oauth', '.well-known', 'ping', 'health', 'metrics', 'help']) {
    for (const path of [`/${name}`, `/${name}/x`]) {
      const response = await exports.default.fetch(new Request(`https://bridge.test${path}`))
      expect([path, response.status]).toEqual([path, 404])
      expect(await response.json()).toMatchObject({ schemas: [ERROR], status: '404' })
    }
  }
})
