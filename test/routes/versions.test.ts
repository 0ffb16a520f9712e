import { describe, expect, test } from 'vitest'
import { at, bridge, idOf, patchOp, type Answer, type Bridge, type SentHeaders } from '../bridge.ts'

const body = { userName: 'anna', displayName: 'Anna' }
const patch = (displayName: string) => patchOp({ op: 'replace', path: 'displayName', value: displayName })

const tagOf = (answer: Answer) => answer.headers.get('etag') ?? ''

async function made(
  to: Bridge,
  endpoint: '/Users' | '/Groups' = '/Users',
): Promise<{ path: string; tag: string }> {
  const answer = await to.send('POST', endpoint, body)
  return { path: `${endpoint}/${idOf(answer)}`, tag: tagOf(answer) }
}

const writes: readonly (readonly [string, object | undefined])[] = [
  ['PUT', { ...body, displayName: 'Other' }],
  ['PATCH', patch('Other')],
  ['PATCH', patchOp({ op: 'add', path: 'emails', value: [{ value: 'a@b.c' }] })],
  ['DELETE', undefined],
]

describe.each(['/Users', '/Groups'] as const)('%s', (endpoint) => {
  test('every answer with one resource carries its tag, which is its version and changes only with it', async () => {
    const to = await bridge()
    const { path, tag } = await made(to, endpoint)
    expect(tag).toMatch(/^W\/"\d+"$/)
    const read = await to.send('GET', path)
    expect([tagOf(read), at(read.body, 'meta', 'version')]).toEqual([tag, tag])
    const changed = await to.send('PATCH', `${path}?attributes=displayName`, patch('Berta'))
    expect(tagOf(changed)).not.toBe(tag)
    expect(tagOf(await to.send('PATCH', `${path}?attributes=displayName`, patch('Berta')))).toBe(
      tagOf(changed),
    )
    expect(tagOf(await to.send('PUT', path, { ...body, displayName: 'Berta' }))).toBe(tagOf(changed))
  })

  test('a GET with the tag it has is 304, with an older one 200', async () => {
    const to = await bridge()
    const { path, tag } = await made(to, endpoint)
    const same = await to.send('GET', path, undefined, { 'if-none-match': tag })
    expect([same.status, same.body, tagOf(same)]).toEqual([304, undefined, tag])
    for (const tags of ['*', `"7", ${tag}`, tag.slice(2)]) {
      expect((await to.send('GET', path, undefined, { 'if-none-match': tags })).status, tags).toBe(304)
    }
    await to.send('PATCH', path, patch('Berta'))
    expect((await to.send('GET', path, undefined, { 'if-none-match': tag })).status).toBe(200)
    expect((await to.send('GET', path, undefined, { 'if-match': tag })).status).toBe(412)
    expect((await to.send('GET', `${endpoint}/none`, undefined, { 'if-none-match': '*' })).status).toBe(404)
  })
})

describe.each(writes)('%s %j', (method, sent) => {
  test('is stopped by an old tag, and nothing changes', async () => {
    const to = await bridge()
    const { path, tag } = await made(to)
    await to.send('PATCH', path, patch('Berta'))
    const before = await to.send('GET', path)
    const headers: readonly SentHeaders[] = [
      { 'if-match': tag },
      { 'if-match': 'W/"999"' },
      { 'if-match': 'nonsense' },
      { 'if-match': '' },
      { 'if-none-match': tagOf(before) },
      { 'if-none-match': '*' },
      { 'if-match': tagOf(before), 'if-none-match': tagOf(before) },
    ]
    for (const one of headers) {
      const answer = await to.send(method, path, sent, one)
      expect([answer.status, at(answer.body, 'status')], JSON.stringify(one)).toEqual([412, '412'])
    }
    expect((await to.send('GET', path)).body).toEqual(before.body)
  })

  test.each([
    (tag: string) => ({ 'if-match': tag }),
    (tag: string) => ({ 'if-match': `"77", ${tag}` }),
    () => ({ 'if-match': '*' }),
    () => ({ 'if-none-match': 'W/"999"' }),
  ])('passes with the tag it has (%#)', async (header) => {
    const to = await bridge()
    const { path, tag } = await made(to)
    to.trips()
    expect((await to.send(method, path, sent, header(tag))).status).toBeLessThan(300)
    expect(to.trips()).toBe(JSON.stringify(sent)?.includes('emails') ? 2 : 1)
  })

  test('on what is not there is 404', async () => {
    const to = await bridge()
    expect((await to.send(method, '/Users/none', sent, { 'if-match': 'W/"1"' })).status).toBe(404)
  })
})

test('refusals keep their order: 404 before 412 before a value’s 400 and 409', async () => {
  const to = await bridge()
  const { path } = await made(to)
  await to.send('POST', '/Users', { userName: 'berta' })
  const old = { 'if-match': 'W/"999"' }
  const wrong = { userName: 'anna', active: 'maybe' }
  expect((await to.send('PUT', path, wrong)).status).toBe(400)
  expect((await to.send('PUT', path, wrong, old)).status).toBe(412)
  expect((await to.send('PUT', '/Users/none', wrong, old)).status).toBe(404)
  expect((await to.send('PUT', path, '{', old)).status).toBe(400)
  expect((await to.send('PUT', path, { userName: 'berta' })).status).toBe(409)
  expect((await to.send('PUT', path, { userName: 'berta' }, old)).status).toBe(412)
  const reader = await bridge({ connection: to.connection, allowed: { scope: 'read' } })
  expect((await reader.send('DELETE', path, undefined, old)).status).toBe(403)
})

test('of many who hold the same tag one wins', async () => {
  const to = await bridge()
  const { path, tag } = await made(to)
  const all = await Promise.all(
    Array.from({ length: 8 }, (_, index) =>
      to.send('PUT', path, { ...body, displayName: `Name ${index}` }, { 'if-match': tag }),
    ),
  )
  expect(all.map(({ status }) => status).toSorted()).toEqual([200, ...Array.from({ length: 7 }, () => 412)])
})

test('a write whose answer was lost is not stopped by the version it made itself', async () => {
  let lose = 0
  const to = await bridge({
    fetch: async (request) => {
      const response = await fetch(request)
      if (lose > 0) {
        lose -= 1
        await response.arrayBuffer()
        throw new TypeError('connection lost')
      }
      return response
    },
  })
  const { path, tag } = await made(to)
  lose = 1
  const answer = await to.send('PUT', path, { ...body, displayName: 'Berta' }, { 'if-match': tag })
  expect([answer.status, at(answer.body, 'displayName')]).toEqual([200, 'Berta'])
})
