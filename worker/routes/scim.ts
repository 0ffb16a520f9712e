import { Hono } from 'hono'
import type { Env, Parts } from '../context.ts'
import { requestOf } from '../context.ts'
import { readSearch } from '../scim/query.ts'
import { resourceTypes } from '../scim/resourceTypes.ts'
import { checkAdmission } from '../store/resources.ts'
import { authenticate } from './authenticate.ts'
import { readBody } from './body.ts'
import { discoveryRoutes } from './discovery.ts'
import { askedInUrl, lister } from './lists.ts'
import { meRoutes } from './me.ts'
import { noSuchPath } from './refusals.ts'
import { resourceRoutes } from './resources.ts'

/** Takes the app's parts and a base path ('' for the root); gives the SCIM face under it. */
export function scimRoutes(parts: Parts, basePath: string): Hono<Env> {
  const routes = new Hono<Env>()
  routes.route('/', discoveryRoutes(parts, basePath))
  routes.use(authenticate(parts, 'required'))
  for (const type of resourceTypes) routes.route(type.endpoint, resourceRoutes(parts, basePath, type))
  const everything = lister(parts, basePath, resourceTypes)
  routes.get('/', (c) => everything(c, askedInUrl(c)))
  routes.post('/.search', (c) => everything(c, async () => readSearch(await readBody(c.req.raw))))
  routes.route('/', meRoutes(basePath))
  // Under route() a sub-app keeps no notFound of its own: this catches all the rest.
  routes.all('*', async (c) => {
    await checkAdmission(c.get('database'), requestOf(c))
    return noSuchPath()
  })
  return routes
}
