import type { MiddlewareHandler } from 'hono'
import { readAuthorization, tokenWithin } from '../auth/authorization.ts'
import { tokenVerifier } from '../auth/token.ts'
import { helpAt, type Env, type Parts } from '../context.ts'
import { ScimError } from '../scim/error.ts'
import { CHALLENGE } from './answer.ts'
import { guessRefuser, rateLimiter } from './rateLimit.ts'
import { hasExpired, notValid } from '../store/refusalWords.ts'
import { tokenUses } from './tokenUse.ts'

/** What an isolate knows of tokens is known wherever they are shown. */
const known = new WeakMap<Parts, ReturnType<typeof tokenUses>>()

function usesOf(parts: Parts): ReturnType<typeof tokenUses> {
  const uses = known.get(parts) ?? tokenUses(parts)
  known.set(parts, uses)
  return uses
}

/**
 * Takes the app's parts and whether there must be a token; gives the step that tells who is calling. The signature is
 * checked here; whether the token is revoked is part of the request's own statements. Throws 401, for a wrong token always,
 * and 429 where the connection sends too much or wrong tokens come in great number from one address.
 */
export function authenticate(parts: Parts, token: 'required' | 'optional'): MiddlewareHandler<Env> {
  const verify = tokenVerifier(parts.config)
  const limiter = rateLimiter(parts)
  const refuse = guessRefuser(parts)
  const uses = usesOf(parts)
  return async (c, next) => {
    const credentials = readAuthorization(c.req.header('authorization'))
    if (credentials.kind === 'none') {
      if (token === 'optional') return next()
      c.set('isStranger', true)
      const detail = 'Send the API token of the connection in the header Authorization.'
      throw new ScimError(401, undefined, detail, { 'www-authenticate': CHALLENGE }, 'no_token')
    }
    if (credentials.kind === 'mispasted') {
      // Whose it is can be told where the token is whole inside: its connection is shown what went wrong.
      const within = tokenWithin(c.req.header('authorization') ?? '')
      const inside = within === undefined ? undefined : await verify(within, c.get('at'))
      c.set('isStranger', true)
      if (inside !== undefined && inside.kind !== 'bad')
        c.set('genuine', { connection: inside.connection, token: inside.jti })
      return refuse(c, credentials)
    }
    const verified = await verify(credentials.token, c.get('at'))
    const help = helpAt(c.get('origin'))
    if (verified.kind === 'expired') {
      // Its signature is good, so its connection is shown why nothing comes any more.
      c.set('genuine', { connection: verified.connection, token: verified.jti })
      return refuse(c, { fault: 'expired', detail: hasExpired(verified.at, help) })
    }
    if (verified.kind === 'bad') {
      c.set('isStranger', true)
      return refuse(c, { ...verified, detail: verified.detail ?? notValid(help) })
    }
    const { connection, jti } = verified
    const use = uses.begin(c, jti)
    c.set('caller', { connection, token: jti })
    c.set('use', use)
    c.set('genuine', { connection, token: jti })
    c.set('isBare', credentials.isBare)
    await limiter.check(c, connection, jti)
    await next()
    limiter.note(jti, c.res.status)
    await uses.end(c, jti, use)
    return undefined
  }
}
