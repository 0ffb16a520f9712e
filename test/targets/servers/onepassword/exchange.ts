import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'

/** A request, as it came. */
export type Asked = {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** An answer. Without `body` there is none. */
export type Answered = {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * What goes wrong, with which requests, and how often (once, unless it is said). `status`: answered instead of done.
 * `delay`: done late. `reset`: the connection breaks, nothing is done. `lost`: it is done, and the connection breaks.
 */
export type Rule = {
  readonly method?: string
  /** What the path has in it. */
  readonly path?: string | RegExp
  readonly times?: number
} & (
  | ({ readonly what: 'status' } & Answered)
  | { readonly what: 'delay'; readonly ms: number }
  | { readonly what: 'reset' | 'lost' }
)

/**
 * Takes the rules there are, a request, and what does it right; answers, or breaks off, as the first rule that fits
 * says.
 */
export async function obey(
  rules: { rule: Rule; left: number }[],
  asked: Asked,
  right: () => Answered,
  { socket }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const found = rules.find(({ rule, left }) => left > 0 && fits(rule, asked))
  if (found !== undefined) found.left -= 1
  const rule = found?.rule
  if (rule?.what === 'reset') {
    socket.resetAndDestroy()
    return
  }
  if (rule?.what === 'delay') await new Promise((resolve) => setTimeout(resolve, rule.ms))
  const { status, body, headers } = rule?.what === 'status' ? rule : right()
  if (rule?.what === 'lost') {
    socket.resetAndDestroy()
    return
  }
  const type = asked.path.startsWith('/scim') ? 'application/scim+json' : 'application/json'
  response.writeHead(status, { ...(body === undefined ? {} : { 'content-type': type }), ...headers })
  response.end(body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body))
}

function fits({ method, path }: Rule, asked: Asked): boolean {
  if (method !== undefined && method !== asked.method) return false
  if (path === undefined) return true
  return typeof path === 'string' ? asked.path.includes(path) : path.test(asked.path)
}
