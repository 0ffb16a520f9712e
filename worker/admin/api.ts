import { Hono } from 'hono'
import type { Env, Parts } from '../context.ts'
import { operations } from './operations.ts'
import { Problem } from './problem.ts'
import { checkOrigin, cookieSeal, sessionOf } from './session.ts'
import { toolsOf } from './tools.ts'

/**
 * Takes the app's parts; gives the API of those who run the bridge: a route for each operation, in JSON. Who is asking is the
 * session of a browser whose page is ours.
 */
export function apiRoutes(parts: Parts): Hono<Env> {
  const seal = cookieSeal(parts.config.keys)
  const routes = new Hono<Env>()
  for (const { method, path, handle } of operations) {
    routes.on(method, path, async (c) => {
      const session = await sessionOf(c, seal)
      if (session === undefined) throw new Problem(401, 'Sign in first: npm run admin -- --link EMAIL')
      if (method !== 'GET') checkOrigin(c)
      const sent = method === 'GET' ? c.req.query() : await bodyOf(c.req)
      const came = await handle(toolsOf(c, parts, { who: session.email, grants: session.grants }), {
        ...sent,
        ...c.req.param(),
      })
      return c.json(came ?? {}, 200, { 'cache-control': 'no-store' })
    })
  }
  return routes
}

async function bodyOf(request: { readonly json: () => Promise<unknown> }): Promise<object> {
  const read = await request.json().catch(() => undefined)
  if (typeof read === 'object' && read !== null && !Array.isArray(read)) return read
  throw new Problem(400, 'The body: expected a JSON object')
}
