import { Hono } from 'hono'
import { requestOf, type AppContext, type Env } from '../context.ts'
import { ScimError } from '../scim/error.ts'
import type { Catalog } from '../scim/catalog.ts'
import { locationOf } from '../scim/representation.ts'
import { checkSelf, getSelf } from '../store/self.ts'
import { readShown, showRead } from './show.ts'

/**
 * Takes what is served and the base path; gives the route of /Me (RFC 7644 §3.11): the person a token names, read as at /Users. A token that
 * names nobody, which an identity provider's is, gets 501. Such a token reads and changes nothing.
 */
export function meRoutes({ types }: Catalog, basePath: string): Hono<Env> {
  const routes = new Hono<Env>()
  const person = types.find(({ isPerson }) => isPerson)
  routes.get('/Me', async (c) => {
    if (person === undefined) throw nobody()
    const shown = readShown(c, person)
    const request = requestOf(c)
    const self = await getSelf(c.get('database'), request, person, shown)
    if (self === undefined) throw nobody()
    const read = showRead(c, basePath, person, self, request.precondition, shown)
    // RFC 7644 §3.11: Location is the permanent address of who is behind /Me.
    read.headers.set('location', locationOf(`${c.get('origin')}${basePath}`, person, self.id))
    return read
  })
  routes.all('/Me', async (c: AppContext) => {
    await checkSelf(c.get('database'), requestOf(c), c.req.method === 'POST' ? 'read' : 'write')
    throw nobody()
  })
  return routes
}

const nobody = () =>
  new ScimError(
    501,
    undefined,
    '/Me: expected an API token that names a person. This one speaks for a connection; use /Users/{id}.',
    {},
    'me',
  )
