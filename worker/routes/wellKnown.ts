import { Hono } from 'hono'
import { publicKeys } from '../auth/keys.ts'
import type { Env, Parts } from '../context.ts'
import { answer } from './answer.ts'
import { methodNotAllowed } from './refusals.ts'

/** How long the public keys may be kept, in seconds. A new key is published for longer than that before it signs. */
const KEYS_KEPT = 300

/**
 * Takes the app's parts; gives the routes below /.well-known (RFC 8615): the public keys that tokens are verified with, for whoever
 * wants to (RFC 7517 §8.5).
 */
export function wellKnownRoutes({ config }: Parts): Hono<Env> {
  const routes = new Hono<Env>()
  routes.get('/jwks.json', () =>
    answer(200, publicKeys(config.keys), {
      'content-type': 'application/jwk-set+json',
      'cache-control': `public, max-age=${KEYS_KEPT}`,
    }),
  )
  routes.all('/jwks.json', () => methodNotAllowed('GET'))
  return routes
}
