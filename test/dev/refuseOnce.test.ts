import { createServer } from 'node:http'
import type { RequestListener, Server } from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { at } from '../../dev/idp/answer.ts'
import type { Request } from '../../dev/idp/answer.ts'
import { Unreachable } from '../../dev/idp/http.ts'
import { openSession } from '../../dev/idp/session.ts'
import { refuseOnce } from '../../dev/refuseOnce.ts'

type Seen = { readonly line: string; readonly body: string; readonly authorization: string | undefined }

const servers: Server[] = []
let seen: Seen[] = []
let waits: number[] = []

beforeEach(() => {
  seen = []
  waits = []
})

afterEach(async () => {
  await Promise.all(
    servers.splice(0).map(
      (server) =>
        new Promise((resolve) => {
          server.close(resolve)
          server.closeAllConnections()
        }),
    ),
  )
})

const serve = async (listener: RequestListener): Promise<string> => {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return `http://127.0.0.1:${address.port}/scim/v2`
}

/** A server that notes what it sees and answers with `{"ok":true}`, packed. */
const notes: RequestListener = (request, response) => {
  const chunks: string[] = []
  request.setEncoding('utf8')
  request.on('data', (chunk: string) => chunks.push(chunk))
  request.on('end', () => {
    const { method = '', url = '', headers } = request
    seen.push({ line: `${method} ${url}`, body: chunks.join(''), authorization: headers.authorization })
    response.writeHead(200, { 'Content-Type': 'application/scim+json', 'Content-Encoding': 'gzip' })
    response.end(gzipSync('{"ok":true}'))
  })
}

/** A server that has too much to do, whoever asks. */
const busy =
  (retryAfter?: string): RequestListener =>
  (_request, response) => {
    response.writeHead(429, {
      'Content-Type': 'application/scim+json',
      ...(retryAfter === undefined ? {} : { 'Retry-After': retryAfter }),
    })
    const schemas = ['urn:ietf:params:scim:api:messages:2.0:Error']
    response.end(JSON.stringify({ schemas, status: '429', detail: 'Later, please.' }))
  }

const sessionAt = (base: string) =>
  openSession(
    {
      base,
      headers: { Authorization: 'Bearer t' },
      bodyHeaders: { 'Content-Type': 'application/scim+json; charset=utf-8' },
      space: '+',
      endQuery: (query) => (query === '' ? '' : `?${query}`),
      secret: 'never-sent',
      timeoutMs: 5000,
      wait: (seconds) => {
        waits.push(seconds)
        return Promise.resolve()
      },
    },
    { step: 'test', ms: [], failures: [] },
  )

const POST: Request = { method: 'POST', path: '/Users', body: { userName: 'Zoë' } }

describe('refuseOnce', () => {
  it('refuses the first write with a SCIM error and hands it on when it comes again', async () => {
    const proxy = await refuseOnce(`${await serve(notes)}/`)
    const answer = await sessionAt(proxy.base)(POST)
    await proxy.close()
    expect(answer.body).toEqual({ ok: true })
    expect(waits).toEqual([1])
    expect(seen).toEqual([
      { line: 'POST /scim/v2/Users', body: '{"userName":"Zoë"}', authorization: 'Bearer t' },
    ])
    expect(proxy.refused()).toBe(1)
    expect(proxy.forwarded()).toEqual(['POST /scim/v2/Users'])
  })

  it('hands reads on as they are, before the first write and after it', async () => {
    const proxy = await refuseOnce(await serve(notes))
    const send = sessionAt(proxy.base)
    const query = { filter: 'userName eq "a@b"', count: 2 }
    await send({ method: 'GET', path: '/Users', query })
    await send(POST)
    await send({ method: 'GET', path: '/Groups' })
    await proxy.close()
    expect(seen.map(({ line }) => line)).toEqual([
      'GET /scim/v2/Users?filter=userName+eq+%22a%40b%22&count=2',
      'POST /scim/v2/Users',
      'GET /scim/v2/Groups',
    ])
    expect(proxy.forwarded()).toEqual(['POST /scim/v2/Users'])
  })

  it('answers 502 in SCIM when nothing is behind it', async () => {
    const base = await serve(notes)
    const proxy = await refuseOnce(base)
    const [server] = servers.splice(0)
    await new Promise((resolve) => server?.close(resolve))
    const answer = await sessionAt(proxy.base)({ method: 'GET', path: '/Users' })
    await proxy.close()
    expect(answer.status).toBe(502)
    expect(at(answer.body, 'status')).toBe('502')
  })
})

describe('a session', () => {
  it('waits Retry-After, twice as long each time after, and gives up after ten tries', async () => {
    const answer = await sessionAt(await serve(busy('3')))(POST)
    expect(answer.status).toBe(429)
    expect(waits).toEqual([3, 6, 12, 24, 48, 96, 192, 384, 768])
  })

  it.each([undefined, 'Wed, 21 Oct 2026 07:28:00 GMT', '1.5', '-1'])(
    'waits five minutes when Retry-After is %s',
    async (retryAfter) => {
      await sessionAt(await serve(busy(retryAfter)))(POST)
      expect(waits[0]).toBe(300)
    },
  )

  it.each([
    ['plain text', 502, 'text/plain', 'error code: 502'],
    ['an empty body', 201, 'application/scim+json', ''],
    ['an error that is not SCIM', 404, 'application/json', '{"error":"not found"}'],
    ['a password', 200, 'application/scim+json', '{"urn:x":{"Password":"a"}}'],
    ['HTML that says JSON is inside', 200, 'text/html', '{}'],
  ])('takes %s for a mismatch', async (_name, status, type, body) => {
    const base = await serve((_request, response) => {
      response.writeHead(status, { 'Content-Type': type })
      response.end(body)
    })
    await expect(sessionAt(base)(POST)).rejects.toMatchObject({ method: 'POST', path: '/Users' })
  })

  it('says in one line that nobody is there', async () => {
    const base = await serve(notes)
    const [server] = servers.splice(0)
    await new Promise((resolve) => server?.close(resolve))
    const sent = sessionAt(base)(POST)
    await expect(sent).rejects.toBeInstanceOf(Unreachable)
    await expect(sent).rejects.toThrow(/^Nothing answers at http:\/\/127\.0\.0\.1:\d+ \(ECONNREFUSED\)/)
  })
})
