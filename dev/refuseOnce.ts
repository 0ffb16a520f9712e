import { createServer, request as httpRequest } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { URL, urlToHttpOptions } from 'node:url'

export type RefuseOnce = {
  /** What to send to instead of the base it stands before: the same path on a loopback port. */
  readonly base: string
  /** How many writes were refused: 0 or 1. */
  readonly refused: () => number
  /** The writes that were let through, as `POST /scim/v2/Users`, in order. */
  readonly forwarded: () => readonly string[]
  readonly close: () => Promise<void>
}

const READS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Answers with a SCIM error (RFC 7644 section 3.12) and, if given, Retry-After in seconds (RFC 9110 10.2.3). */
const refuse = (response: ServerResponse, status: number, detail: string, retryAfter?: number): void => {
  response.writeHead(status, {
    'Content-Type': 'application/scim+json',
    ...(retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) }),
  })
  const schemas = ['urn:ietf:params:scim:api:messages:2.0:Error']
  response.end(JSON.stringify({ schemas, status: String(status), detail }))
}

/** Hands a request on to the server behind, and its answer back, both as they are. */
const forward = (target: URL, incoming: IncomingMessage, response: ServerResponse): void => {
  const send = target.protocol === 'https:' ? httpsRequest : httpRequest
  const outgoing = send(
    {
      ...urlToHttpOptions(target),
      path: incoming.url,
      method: incoming.method,
      headers: { ...incoming.headers, host: target.host },
    },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    },
  )
  outgoing.on('error', (error) => {
    if (response.headersSent) response.destroy()
    else refuse(response, 502, `The server behind the proxy did not answer: ${error.message}`)
  })
  incoming.pipe(outgoing)
}

/**
 * Starts a reverse proxy on a free loopback port before a SCIM server. The first write it sees is answered
 * with 429 and `Retry-After: 1` and goes no further; all else is handed on. It is how a client shows that it
 * waits and asks again.
 * @param base where the server is, such as `http://127.0.0.1:8787/scim/v2`
 * @throws if no port can be had
 */
export const refuseOnce = async (base: string): Promise<RefuseOnce> => {
  const target = new URL(base)
  const forwarded: string[] = []
  let refused = 0
  const server = createServer((incoming, response) => {
    const method = incoming.method ?? 'GET'
    if (READS.has(method)) {
      forward(target, incoming, response)
    } else if (refused === 0) {
      refused = 1
      incoming.resume()
      refuse(response, 429, 'Too many requests: ask again in one second.', 1)
    } else {
      forwarded.push(`${method} ${(incoming.url ?? '').split('?', 1).join()}`)
      forward(target, incoming, response)
    }
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    base: `http://127.0.0.1:${port}${target.pathname.replace(/\/+$/, '')}`,
    refused: () => refused,
    forwarded: () => forwarded,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
