import { Hono } from 'hono'
import { requestOf, type Env, type Parts } from '../context.ts'
import { ScimError } from '../scim/error.ts'
import { readFeed } from '../store/feed.ts'
import { answer } from './answer.ts'
import { authenticate } from './authenticate.ts'
import { methodNotAllowed } from './refusals.ts'

/** How many resources one answer of the feed tells of, where nothing is asked and at the most. */
const DEFAULT_COUNT = 100
const MOST_COUNT = 1_000

/**
 * Takes the app's parts; gives the route of the feed: what a webhook would send, for apps that nobody can call
 * (docs/webhook.md). Any token of the connection may read it whose scope is not narrowed to some resources.
 */
export function eventRoutes(parts: Parts): Hono<Env> {
  const routes = new Hono<Env>()
  routes.use(authenticate(parts, 'required'))
  routes.get('/', async (c) => {
    const after = wholeNumber(c.req.query('after'), 'after', 0)
    const count = Math.min(wholeNumber(c.req.query('count'), 'count', DEFAULT_COUNT, 1), MOST_COUNT)
    const request = requestOf(c)
    const page = await readFeed(c.get('database'), request, after, count)
    const feed = c.get('delivery').feed(request.caller.connection, page, after)
    return answer(200, feed, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  })
  routes.all('/', () => methodNotAllowed('GET'))
  return routes
}

function wholeNumber(text: string | undefined, name: string, otherwise: number, least = 0): number {
  if (text === undefined) return otherwise
  if (!/^\d{1,15}$/.test(text) || Number(text) < least) {
    throw new ScimError(400, 'invalidValue', `${name}: expected a whole number from ${least}`)
  }
  return Number(text)
}
