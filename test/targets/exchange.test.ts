import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import * as v from 'valibot'
import { freePort } from '../../dev/port.ts'
import { buildWorker, serveWorkers, type Served } from '../../dev/workerd.ts'
import { serveHostile, type Hostile } from './hostile.ts'
import { relay, type Told } from './relay.ts'

type Asked = Parameters<typeof relay>[0]
type Sending = Partial<Asked['request']> & Partial<Asked['options']>

let target: Hostile
let elsewhere: Hostile
let folder: string
let workerd: Served

// The runtime of a deployment, with the flags of one. It sends by its own fetch, and so does Node: on loopback only.
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drawbridge-outbound-'))
  target = await serveHostile()
  elsewhere = await serveHostile()
  const built = await buildWorker(join(folder, 'build'), undefined, 'test/targets/relay.ts')
  expect(built.compatibilityFlags).toContain('global_fetch_strictly_public')
  workerd = await serveWorkers({ folder, services: [{ name: 'relay', ...built }] })
})

afterAll(async () => {
  await workerd.stop()
  await Promise.all([target.stop(), elsewhere.stop()])
  await rm(folder, { recursive: true, force: true })
})

beforeEach(() => {
  target.seen.length = 0
  elsewhere.seen.length = 0
})

async function inWorkerd(asked: Asked): Promise<Told> {
  const response = await fetch(workerd.url, { method: 'POST', body: JSON.stringify(asked) })
  return v.parse(v.looseObject({ left: v.number() }), await response.json())
}

describe.each([
  ['Node', relay],
  ['workerd', inWorkerd],
] as const)('in %s', (runtime, through) => {
  /** Sends to a path of the target, or to a whole address. */
  const send = async (to: string, sending: Sending = {}): Promise<Told> => {
    const { method = 'GET', headers = {}, body, ...options } = sending
    const url = to.startsWith('/') ? target.url + to : to
    // No test sends anything beyond this machine.
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:/)
    return through({
      request: { method, url, headers, ...(body === undefined ? {} : { body }) },
      options: { budget: { left: 5 }, within: 5_000, loopback: true, ...options },
    })
  }

  test.each([
    ['/good', 201, { id: 'ä' }],
    ['/mistyped', 200, [1]],
    ['/null', 200, null],
    ['/empty', 200, undefined],
    ['/blank', 200, undefined],
    ['/204', 204, undefined],
    ['/304', 304, undefined],
    ['/error', 429, { detail: 'Slow down.' }],
    ['/gzip', 200, { id: 'z' }],
    ['/nested', 200, JSON.parse('['.repeat(100) + '1' + ']'.repeat(100)) as unknown],
  ])('%s is answered', async (path, status, body) => {
    const told = await send(path)
    expect([told['kind'], told['status'], told['body'], told.left]).toEqual(['answered', status, body, 4])
  })

  test('the headers of an answer are there', async () => {
    expect(await send('/error')).toMatchObject({ headers: { 'retry-after': '7' } })
    expect(await send('/good')).toMatchObject({ headers: { etag: 'W/"1"' } })
  })

  test('a request is sent as it is given, and says who we are', async () => {
    const headers = { Authorization: 'Bearer x', 'Content-Type': 'application/scim+json', 'X-Own': '1' }
    await send('/good?a=b%20c', { method: 'PATCH', headers, body: '{"ä":1}' })
    await send('/good', {
      method: 'POST',
      headers: { 'User-Agent': 'Own/1', Accept: 'text/plain' },
      body: 'a=1',
    })
    expect(target.seen).toMatchObject([
      {
        method: 'PATCH',
        url: '/good?a=b%20c',
        body: '{"ä":1}',
        headers: {
          authorization: 'Bearer x',
          'content-type': 'application/scim+json',
          'x-own': '1',
          'user-agent': 'Drawbridge/0.1',
          accept: 'application/scim+json, application/json',
        },
      },
      { method: 'POST', body: 'a=1', headers: { 'user-agent': 'Own/1', accept: 'text/plain' } },
    ])
  })

  test.each([301, 302, 303, 307, 308])('a redirect with %i is told and not followed', async (status) => {
    const to = encodeURIComponent(`${elsewhere.url}/good?secret`)
    const told = await send(`/redirect?status=${status}&to=${to}`, {
      method: 'POST',
      headers: { authorization: 'Bearer x' },
      body: '{}',
    })
    expect(told).toMatchObject({ kind: 'unreadable', status, left: 4 })
    expect(told['words']).toMatch(`${status}, a redirect, which is not followed`)
    expect([target.seen.length, elsewhere.seen.length]).toEqual([1, 0])
  })

  test.each([
    ['/html', 502, 'no JSON'],
    ['/cut', 200, 'no JSON'],
    ['/latin1', 200, 'no JSON'],
    ['/deep', 200, 'nested more than 100 deep'],
    ['/abyss', 200, 'nested more than 100 deep'],
    ['/large', 200, 'more than 1048576 bytes'],
    ['/bomb', 200, 'more than 1048576 bytes'],
    ['/badgzip', 200, 'breaks off'],
    ['/half', 200, 'breaks off'],
    ['/halfchunked', 201, 'breaks off'],
  ])('%s cannot be read, and has its status', async (path, status, words) => {
    const told = await send(path)
    expect(told).toMatchObject({ kind: 'unreadable', status, left: 4 })
    expect(told['words']).toMatch(words)
  })

  test('an answer may have as many bytes as are taken, and not one more', async () => {
    expect(await send('/1000', { most: 1_000 })).toMatchObject({ kind: 'answered' })
    expect(await send('/1000', { most: 999 })).toMatchObject({ kind: 'unreadable', status: 200 })
  })

  test('an answer without an end is left where it is too large', async () => {
    const told = await send('/endless', { most: 10_000 })
    expect(told['words']).toMatch('more than 10000 bytes')
    // Nothing of it is read any more.
    await target.seen[0]?.closed
  })

  test('a target that does not answer in time is lost; one that does not come to an end is unreadable', async () => {
    expect(await send('/silent', { timeout: 200 })).toEqual({
      kind: 'lost',
      words: 'the target did not answer in time',
      left: 4,
    })
    const told = await send('/stuck', { timeout: 200 })
    expect(told).toMatchObject({ kind: 'unreadable', status: 200, left: 4 })
    expect(told['words']).toMatch('did not come to an end in time')
    await Promise.all(target.seen.map(({ closed }) => closed))
  })

  test('the deadline of all cuts the time of one', async () => {
    const started = Date.now()
    expect(await send('/silent', { timeout: 10_000, within: 200 })).toMatchObject({ kind: 'lost', left: 4 })
    expect(Date.now() - started).toBeLessThan(3_000)
  })

  const lost = { kind: 'lost', words: 'the target could not be reached', left: 4 }

  test.each(['GET', 'POST', 'DELETE'] as const)(
    '%s that gets no answer is lost, and not sent again',
    async (method) => {
      for (const path of ['/reset', '/nonsense']) {
        // The connection is one that was used before.
        await send('/good')
        expect(await send(path, { method })).toEqual(lost)
        expect(target.seen.splice(0).map(({ url }) => url)).toEqual(['/good', path])
      }
    },
  )

  test('where nobody listens a request is lost', async () => {
    expect(await send(`http://127.0.0.1:${await freePort()}`)).toEqual(lost)
  })

  test('what is refused is not sent and takes nothing', async () => {
    expect(await send('/good', { budget: { left: 0 } })).toMatchObject({
      kind: 'refused',
      why: 'budget',
      left: 0,
    })
    expect(await send('/good', { within: 0 })).toMatchObject({ kind: 'refused', why: 'budget', left: 5 })
    expect(await send('/good', { within: -1 })).toMatchObject({ kind: 'refused', why: 'budget', left: 5 })
    expect(await send('/good', { loopback: false })).toMatchObject({
      kind: 'refused',
      why: 'address',
      left: 5,
    })
    const told = await send('/good', { headers: { authorization: 'Bearer secret\nx: y' } })
    expect(told).toMatchObject({ kind: 'refused', why: 'address', left: 5 })
    expect(told['words']).not.toMatch('secret')
    expect(target.seen).toEqual([])
  })

  test('what cannot be sent as a header or with a GET is refused too', async () => {
    for (const headers of [{ 'a b': 'x' }, { 'x-own': 'a\u0000b' }]) {
      expect(await send('/good', { headers })).toMatchObject({ kind: 'refused', why: 'address', left: 5 })
    }
    expect(await send('/good', { body: 'a body' })).toMatchObject({
      kind: 'refused',
      why: 'address',
      left: 5,
    })
    // Here the two differ: workerd sends UTF-8.
    const told = await send('/good', { headers: { 'x-own': '氏' } })
    expect(told['kind']).toBe(runtime === 'Node' ? 'refused' : 'answered')
    expect(target.seen.map(({ headers }) => headers['x-own'])).toEqual(
      runtime === 'Node' ? [] : [Buffer.from('氏').toString('latin1')],
    )
  })
})
