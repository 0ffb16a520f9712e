import { createServer } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import { text } from 'node:stream/consumers'

export type Asked = {
  readonly method: string
  /** Path and query, as they came. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export type Answered = { readonly status: number; readonly body: string }

/** What a server does wrong: it is given the request and the way to the server behind, which does it right. */
export type Fault = (asked: Asked, behind: (asked: Asked) => Promise<Answered>) => Promise<Answered>

/** A SCIM error (RFC 7644 section 3.12). */
export const refusal = (status: number, scimType?: string): Answered => {
  const schemas = ['urn:ietf:params:scim:api:messages:2.0:Error']
  return { status, body: JSON.stringify({ schemas, status: String(status), scimType, detail: 'A fault.' }) }
}

/**
 * Starts a server on a free loopback port that answers as the one at `base` does, but for its fault.
 * @returns its own base, and how to stop it
 */
export async function serveFaulty(base: string, fault: Fault) {
  const { origin, pathname } = new URL(base)
  const behind = async ({ method, url, headers, body }: Asked): Promise<Answered> => {
    const { authorization = '' } = headers
    const answer = await fetch(`${origin}${url}`, {
      method,
      headers: { authorization, 'content-type': headers['content-type'] ?? 'application/scim+json' },
      ...(body === '' ? {} : { body }),
    })
    return { status: answer.status, body: await answer.text() }
  }
  const server = createServer((request, response) => {
    const { method = '', url = '', headers } = request
    const answer = async (): Promise<void> => {
      const { status, body } = await fault({ method, url, headers, body: await text(request) }, behind)
      response.writeHead(status, { 'Content-Type': 'application/scim+json' })
      response.end(body)
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
  return { base: `http://127.0.0.1:${port}${pathname}`, stop }
}
