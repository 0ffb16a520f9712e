import type { Env, Parts } from '../context.ts'
import { ScimError } from '../scim/error.ts'
import type { RefusalName } from '../scim/refusal.ts'
import type { Context } from 'hono'

/** How long a client waits that sent too much, in whole seconds: the period of the limit (RFC 9110 §10.2.3). */
const RETRY_AFTER = '10'

/** How long an address waits that showed too many wrong tokens, in whole seconds: the period of that limit. */
const GUESS_RETRY_AFTER = '60'

/** How many dead tokens an isolate remembers. */
const MOST_REMEMBERED = 1_000

/** Takes the app's parts; gives what holds requests to the limit of their connection. */
export function rateLimiter({ rateLimit }: Parts) {
  // A token that has ended must not use up what its connection may send: it has a limit of its own.
  const dead = new Set<string>()
  return {
    /** Throws 429 where the connection has sent too much. An operation of a job is part of the job's own request. */
    check: async (c: Context<Env>, connection: string, token: string): Promise<void> => {
      if (rateLimit === undefined || c.env?.job !== undefined) return
      if (await rateLimit(dead.has(token) ? `token ${token}` : `connection ${connection}`)) return
      const detail = `The connection has sent more than it may in ${RETRY_AFTER} seconds. Send the request again then.`
      throw new ScimError(429, undefined, detail, { 'retry-after': RETRY_AFTER })
    },
    /** Takes a token and how its request was answered; remembers one that the database did not know. */
    note: (token: string, status: number): void => {
      if (status !== 401 || dead.has(token)) return
      const [oldest] = dead
      if (dead.size >= MOST_REMEMBERED && oldest !== undefined) dead.delete(oldest)
      dead.add(token)
    },
  }
}

/**
 * Takes the app's parts; gives what refuses a token that is not good, with what is wrong with it: 401, and 429 where its
 * address has shown too many (RFC 7644 §7.7). Only a token that has failed is counted and held up: a good one is taken,
 * whoever else guesses behind the same address.
 */
export function guessRefuser({ guessLimit }: Parts) {
  return async (
    c: Context<Env>,
    { fault, detail }: { readonly fault: RefusalName; readonly detail: string },
  ): Promise<never> => {
    // Cloudflare says whose address it is, whatever the client sends.
    const address = c.req.header('cf-connecting-ip')
    const isSlowed = guessLimit !== undefined && address !== undefined && !(await guessLimit(address))
    if (!isSlowed) throw new ScimError(401, undefined, detail, {}, fault)
    const many = `Too many API tokens from this address were not good. Send one again in ${GUESS_RETRY_AFTER} seconds.`
    const headers = { 'retry-after': GUESS_RETRY_AFTER }
    throw new ScimError(429, undefined, `${many} ${detail}`, headers, 'guesses')
  }
}
