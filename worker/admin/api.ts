import { Hono, type Context } from 'hono'
import type { Env, Parts } from '../context.ts'
import { apiTokens } from './apiToken.ts'
import { operations } from './operations.ts'
import type { Admin } from './permissions.ts'
import { Problem } from './problem.ts'
import { checkOrigin, cookieSeal, sessionOf } from './session.ts'
import { toolsOf } from './tools.ts'

/**
 * Takes the app's parts; gives the API of those who run the bridge: a route for each operation, in JSON. Who is asking is told by an
 * API token of scope `admin`, or else by the session of a browser whose page is ours.
 */
export function apiRoutes(parts: Parts): Hono<Env> {
  const seal = cookieSeal(parts.config.keys)
  const tokenOwner = apiTokens(parts)
  const sessionOwner = async (c: Context<Env>, method: string): Promise<Admin> => {
    const session = await sessionOf(c, seal)
    if (session === undefined)
      throw new Problem(
        401,
        'Sign in first (npm run admin -- --link EMAIL), or send an API token of scope admin.',
      )
    if (method !== 'GET') checkOrigin(c)
    return { who: session.email, grants: session.grants }
  }
  const routes = new Hono<Env>()
  for (const { method, path, handle } of operations) {
    routes.on(method, path, async (c) => {
      const admin =
        (await tokenOwner(c, method === 'GET' ? 'read' : 'write')) ?? (await sessionOwner(c, method))
      const sent = method === 'GET' ? c.req.query() : await bodyOf(c.req)
      const came = await handle(toolsOf(c, parts, admin), {
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
