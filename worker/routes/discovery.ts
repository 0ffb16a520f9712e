import { Hono } from 'hono'
import { requestOf, type AppContext, type Env, type Parts } from '../context.ts'
import { representResourceType, representSchema, serviceProviderConfig } from '../scim/discovery.ts'
import { ScimError } from '../scim/error.ts'
import { listResponse } from '../scim/list.ts'
import type { JsonObject } from '../scim/json.ts'
import { modeOfConnection } from '../store/admission.ts'
import type { Mode } from '../store/connections.ts'
import { answer } from './answer.ts'
import { authenticate } from './authenticate.ts'
import { MAX_BODY } from './body.ts'
import { methodNotAllowed } from './refusals.ts'

/**
 * Takes the app's parts and the base path; gives the routes of /ServiceProviderConfig, /ResourceTypes and /Schemas
 * (RFC 7644 §4). They answer without a token too, and then without the database.
 */
export function discoveryRoutes(parts: Parts, basePath: string): Hono<Env> {
  const { types, schemas } = parts.config.catalog
  const routes = new Hono<Env>()
  for (const path of ['/ServiceProviderConfig', '/ResourceTypes/:name?', '/Schemas/:urn?']) {
    routes.use(path, authenticate(parts, 'optional'))
  }
  const serve = async (
    c: AppContext,
    make: (base: string, mode: Mode | undefined) => JsonObject | undefined,
  ) => {
    const known = c.get('caller') !== undefined
    const mode = known ? await modeOfConnection(c.get('database'), requestOf(c)) : undefined
    if (c.req.method !== 'GET' && c.req.method !== 'HEAD') methodNotAllowed('GET')
    // RFC 7644 §4: or a client would take all of it for what matched.
    if (c.req.query('filter') !== undefined)
      throw new ScimError(403, undefined, 'filter: expected none here', {}, 'discovery_filter')
    const found = make(`${c.get('origin')}${basePath}`, mode)
    if (found === undefined) throw new ScimError(404, undefined, 'There is none of this name.', {}, 'path')
    return answer(200, found)
  }
  const list = (entries: readonly JsonObject[]) => listResponse(entries, { startIndex: 1 }, entries.length)
  const byName = (wanted: string) => types.find(({ name }) => name === wanted)
  const byUrn = (wanted: string) => schemas.find(({ id }) => id.toLowerCase() === wanted.toLowerCase())

  routes.all('/ServiceProviderConfig', (c) =>
    serve(c, (base, mode) => serviceProviderConfig(base, MAX_BODY, mode)),
  )
  routes.all('/ResourceTypes', (c) =>
    serve(c, (base) => list(types.map((type) => representResourceType(base, type)))),
  )
  routes.all('/ResourceTypes/:name', (c) =>
    serve(c, (base) => {
      const type = byName(c.req.param('name'))
      return type && representResourceType(base, type)
    }),
  )
  routes.all('/Schemas', (c) =>
    serve(c, (base, mode) => list(schemas.map((schema) => representSchema(base, schema, mode)))),
  )
  routes.all('/Schemas/:urn', (c) =>
    serve(c, (base, mode) => {
      const schema = byUrn(c.req.param('urn'))
      return schema && representSchema(base, schema, mode)
    }),
  )
  return routes
}
