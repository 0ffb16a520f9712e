import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'

/** A request as a server saw it. `closed` is kept once its connection is gone. */
export type Seen = {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly closed: Promise<void>
}

/** A server on loopback, at `url`, and what it has seen. */
export type Hostile = { readonly url: string; readonly seen: Seen[]; readonly stop: () => Promise<void> }

const JSON_TYPE = { 'content-type': 'application/scim+json' }

/** What a target can do, by its path: `/redirect?status&to`, and the rest as they are called. */
const ways: Readonly<Record<string, RequestListener>> = {
  '/good': (_, response) => response.writeHead(201, { ...JSON_TYPE, etag: 'W/"1"' }).end('{"id":"ä"}'),
  '/mistyped': (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('\ufeff [1]'),
  '/null': (_, response) => response.end('null'),
  '/empty': (_, response) => response.writeHead(200, JSON_TYPE).end(),
  '/blank': (_, response) => response.end(' \r\n'),
  '/204': (_, response) => response.writeHead(204).end(),
  '/304': (_, response) => response.writeHead(304, { etag: 'W/"1"' }).end(),
  '/nested': (_, response) => response.end('['.repeat(100) + '1' + ']'.repeat(100)),
  '/error': (_, response) => response.writeHead(429, { 'retry-after': '7' }).end('{"detail":"Slow down."}'),
  '/redirect': ({ url = '' }, response) => {
    const { searchParams } = new URL(url, 'http://localhost')
    const location = searchParams.get('to') ?? ''
    response.writeHead(Number(searchParams.get('status')), { location }).end('{"id":"1"}')
  },
  '/html': (_, response) => response.writeHead(502, JSON_TYPE).end('<h1>Bad Gateway</h1>'),
  '/cut': (_, response) => response.end('{"id":"1"'),
  '/latin1': (_, response) => response.end(Buffer.from('{"id":"ä"}', 'latin1')),
  '/deep': (_, response) => response.end('['.repeat(101) + ']'.repeat(101)),
  '/abyss': (_, response) => response.end('['.repeat(400_000) + ']'.repeat(400_000)),
  '/large': (_, response) => response.end(JSON.stringify('a'.repeat(2_000_000))),
  '/1000': (_, response) => response.end(JSON.stringify('a'.repeat(998))),
  '/endless': (_, response) => {
    response.write('[')
    const timer = setInterval(() => response.write('1,'.repeat(1_000)), 5)
    response.on('close', () => clearInterval(timer))
  },
  '/gzip': (_, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{"id":"z"}')),
  '/bomb': (_, response) =>
    response
      .writeHead(200, { 'content-encoding': 'gzip' })
      .end(gzipSync(JSON.stringify('a'.repeat(50_000_000)))),
  '/badgzip': (_, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(JSON.stringify('abc')).fill(7, 10)),
  '/silent': () => {},
  '/stuck': (_, response) => response.writeHead(200, JSON_TYPE).write('{"id":'),
  '/reset': ({ socket }) => socket.resetAndDestroy(),
  '/half': ({ socket }, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('{"id":')
    setTimeout(() => socket.destroy(), 30)
  },
  '/halfchunked': ({ socket }, response) => {
    // What has come is JSON: only the end of the chunks is missing.
    response.writeHead(201).write('{"id":"1"}')
    setTimeout(() => socket.destroy(), 30)
  },
  '/nonsense': ({ socket }) => socket.end('SSH-2.0-OpenSSH_9.9\r\n'),
}

/** Starts such a server on a free port of 127.0.0.1. */
export async function serveHostile(): Promise<Hostile> {
  const seen: Seen[] = []
  const server = createServer((request, response) => {
    const { method = '', url = '', headers } = request
    const closed = new Promise<void>((resolve) => response.on('close', resolve))
    const answer = async () => {
      seen.push({ method, url, headers, body: await text(request), closed })
      ways[url.split('?')[0] ?? '']?.(request, response)
    }
    answer().catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { url: `http://127.0.0.1:${port}`, seen, stop }
}
