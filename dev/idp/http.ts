import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { URL } from 'node:url'
import { unzipSync } from 'node:zlib'

export type Exchange = {
  readonly method: string
  readonly url: URL
  /** Path and query as they are sent; a URL would drop a `?` with nothing after it. */
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
  readonly timeoutMs: number
}

export type Reply = {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly ms: number
}

/** Nothing can be learnt from going on: there is no server, or it is not the one that was meant. */
export class Unreachable extends Error {}

/** One exchange broke off; the next may not. The message says how. */
export class BrokenOff extends Error {}

const agents = { http: new HttpAgent({ keepAlive: true }), https: new HttpsAgent({ keepAlive: true }) }

const readText = async (message: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(Buffer.from(chunk))
  const bytes = Buffer.concat(chunks)
  const encoding = message.headers['content-encoding'] ?? 'identity'
  try {
    const plain = bytes.length === 0 || encoding === 'identity' ? bytes : unzipSync(bytes)
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(plain)
  } catch {
    throw new BrokenOff(`a body that is not UTF-8 text (Content-Encoding ${encoding})`)
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error)

const explain = (error: unknown, { url, timeoutMs }: Exchange): Error => {
  if (error instanceof BrokenOff) return error
  const code = codeOf(error)
  if (code === 'ABORT_ERR') return new BrokenOff(`no answer within ${timeoutMs / 1000} s`)
  if (code === 'ECONNRESET' || code === 'EPIPE' || code.startsWith('HPE_')) {
    return new BrokenOff(`the connection broke off (${code})`)
  }
  return new Unreachable(`Nothing answers at ${url.origin} (${code}). Is the server running?`)
}

/**
 * Sends one HTTP request with just the headers given (`fetch` would add its own) and reads the whole answer.
 * @throws {Unreachable} if there is no server; {BrokenOff} if this exchange failed, as after the time-out
 */
export const exchange = async (sent: Exchange): Promise<Reply> => {
  const https = sent.url.protocol === 'https:'
  const started = performance.now()
  try {
    const message = await new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = (https ? httpsRequest : httpRequest)(
        sent.url,
        {
          method: sent.method,
          path: sent.target,
          headers: sent.headers,
          agent: https ? agents.https : agents.http,
          signal: AbortSignal.timeout(sent.timeoutMs),
        },
        resolve,
      )
      outgoing.on('error', reject)
      outgoing.end(sent.body)
    })
    const text = await readText(message)
    return {
      status: message.statusCode ?? 0,
      headers: message.headers,
      text,
      ms: performance.now() - started,
    }
  } catch (error) {
    throw explain(error, sent)
  }
}
