import { Hono } from 'hono'
import type { Dispatch, Env, Parts } from '../context.ts'
import { requestOf } from '../context.ts'
import { readSearch } from '../scim/query.ts'
import { checkAdmission } from '../store/resources.ts'
import { authenticate } from './authenticate.ts'
import { readBody } from './body.ts'
import { bulkRoutes } from './bulk.ts'
import { discoveryRoutes } from './discovery.ts'
import { askedInUrl, lister } from './lists.ts'
import { meRoutes } from './me.ts'
import { noSuchPath } from './refusals.ts'
import { resourceRoutes } from './resources.ts'

/**
 * Takes the app's parts, a base path ('' for the root) and what carries out the requests of a bulk request; gives the SCIM
 * face under it.
 */
export function scimRoutes(parts: Parts, basePath: string, dispatch: Dispatch): Hono<Env> {
  const routes = new Hono<Env>()
  const { catalog } = parts.config
  routes.route('/', discoveryRoutes(parts, basePath))
  routes.use(authenticate(parts, 'required'))
  for (const type of catalog.types) routes.route(type.endpoint, resourceRoutes(parts, basePath, type))
  const everything = lister(parts, basePath, catalog.types)
  routes.get('/', (c) => everything(c, askedInUrl(c)))
  routes.post('/.search', (c) => everything(c, async () => readSearch(await readBody(c.req.raw))))
  routes.route('/', meRoutes(catalog, basePath))
  routes.route('/', bulkRoutes(catalog, dispatch, basePath))
  // Under route() a sub-app keeps no notFound of its own: this catches all the rest.
  routes.all('*', async (c) => {
    await checkAdmission(c.get('database'), requestOf(c))
    return noSuchPath()
  })
  return routes
}
