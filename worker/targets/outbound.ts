import { addressFault } from './address.ts'
import { isTimeout, readAnswer } from './answer.ts'

export { addressFault } from './address.ts'
export { asAsked, retryAfterOf } from './retryAfter.ts'
export { quoted, wordsOf } from './words.ts'

/** A request to a target. `body` is JSON or, with its own content type, a form. `makes`: an account or a group is made by it. */
export type Outgoing = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly makes?: true
}

/**
 * What came of it. `answered`: a whole answer; `body` is its JSON, undefined where it has none; `unreadable`: the status
 * and headers came, but a body that is no JSON, broken off or too large. `refused`: nothing was sent, as the address is not allowed
 * or a header cannot be sent (both `address`), or the budget or the time is spent. `lost`: it may have arrived. `words`
 * say why, for people, with nothing in them that the target said.
 */
export type Incoming =
  | { readonly kind: 'answered'; readonly status: number; readonly headers: Headers; readonly body: unknown }
  | {
      readonly kind: 'unreadable'
      readonly status: number
      readonly headers: Headers
      readonly words: string
    }
  | { readonly kind: 'refused'; readonly why: 'address' | 'budget'; readonly words: string }
  | { readonly kind: 'lost'; readonly words: string }

/** The one way out of the Worker to a target. It never throws and never follows a redirect. */
export type Outbound = (request: Outgoing) => Promise<Incoming>

/** The subrequests an invocation has left. Everything that sends one takes it from here first. */
export type Budget = { left: number }

export type OutboundOptions = {
  readonly budget: Budget
  /** When everything has to be answered, in milliseconds since 1970. */
  readonly until: number
  /** http to this machine is allowed: on a developer's machine only. */
  readonly loopback: boolean
  /** How long one request may take, in milliseconds. */
  readonly timeout?: number
  /** The largest answer taken, in bytes. */
  readonly most?: number
  /** `causes`: an address that cannot be reached is named with the code of the cause. For an admin's own eyes only. */
  readonly names?: 'causes'
  /** How requests are sent; tests put faults here. */
  readonly fetch?: (request: Request) => Promise<Response>
}

const TIMEOUT = 10_000
const MOST = 1024 * 1024

/** Set where the caller sets none of its own. */
const DEFAULTS = { 'user-agent': 'Drawbridge/0.1', accept: 'application/scim+json, application/json' }

/** What fetch would follow. 304 and 300 are answers. */
const REDIRECTS = [301, 302, 303, 307, 308]

/** Takes what an invocation allows; gives its way out. */
export function openOutbound(options: OutboundOptions): Outbound {
  const { budget, until, loopback, timeout = TIMEOUT, most = MOST } = options
  const send = options.fetch ?? ((request: Request) => fetch(request))
  return async (outgoing) => {
    const fault = addressFault(outgoing.url, loopback)
    if (fault !== undefined) return refused('address', fault)
    const left = until - Date.now()
    if (budget.left <= 0 || left <= 0) return refused('budget', 'no more requests fit into this run')
    const request = requestOf(outgoing, Math.max(1, Math.min(timeout, left)))
    // What was thrown is not told: it may quote the header, and that may be a token.
    if (request === undefined) return refused('address', 'a header holds a character that cannot be sent')
    budget.left -= 1
    try {
      return await incomingOf(await send(request), most)
    } catch (error) {
      const words = isTimeout(error) ? 'the target did not answer in time' : 'the target could not be reached'
      return {
        kind: 'lost',
        words: options.names === 'causes' ? `${words}: ${causeOf(error, outgoing)}` : words,
      }
    }
  }
}

/** The host and the code alone: the rest of what was thrown may quote a header, and the address may hold a secret. */
function causeOf(error: unknown, { url }: Outgoing): string {
  const causes = [error, error instanceof Error ? error.cause : undefined]
  const code = causes.flatMap((one) =>
    one instanceof Error &&
    'code' in one &&
    typeof one.code === 'string' &&
    /^[A-Z][A-Z0-9_]*$/.test(one.code)
      ? [one.code]
      : [],
  )[0]
  return `${new URL(url).host}${code === undefined ? '' : ` (${code})`}`
}

const refused = (why: 'address' | 'budget', words: string): Incoming => ({ kind: 'refused', why, words })

/** The request, or undefined where the platform takes no such headers: nothing is sent then. */
function requestOf({ method, url, headers, body }: Outgoing, milliseconds: number): Request | undefined {
  try {
    const sent = new Headers(DEFAULTS)
    for (const [name, value] of Object.entries(headers)) sent.set(name, value)
    return new Request(url, {
      method,
      headers: sent,
      redirect: 'manual',
      signal: AbortSignal.timeout(milliseconds),
      ...(body === undefined ? {} : { body }),
    })
  } catch {
    return undefined
  }
}

async function incomingOf(response: Response, most: number): Promise<Incoming> {
  const { status, headers } = response
  if (REDIRECTS.includes(status)) {
    // Nothing of it is read. That it breaks off meanwhile does not matter.
    await response.body?.cancel().catch(() => {})
    const words = `the target answers ${status}, a redirect, which is not followed: enter the address it leads to`
    return { kind: 'unreadable', status, headers, words }
  }
  const answer = await readAnswer(response, most)
  return answer.kind === 'whole'
    ? { kind: 'answered', status, headers, body: answer.body }
    : { kind: 'unreadable', status, headers, words: answer.words }
}
