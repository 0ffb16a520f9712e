import { Hono } from 'hono'
import { requestOf, type AppContext, type Env, type Parts } from '../context.ts'
import { pathsOfSteps, readOperations, readPatch } from '../scim/patch.ts'
import { readSearch } from '../scim/query.ts'
import { entityTag } from '../scim/representation.ts'
import { readResource } from '../scim/resource.ts'
import type { ResourceType } from '../scim/schema.ts'
import { pathsOf, withSpoken, type Selection } from '../scim/selection.ts'
import type { Changed } from '../store/writing.ts'
import { createResource } from '../store/create.ts'
import { patchResource } from '../store/patch.ts'
import { removeResource } from '../store/remove.ts'
import { replaceResource } from '../store/replace.ts'
import { checkAdmission, getResource } from '../store/resources.ts'
import { readBody } from './body.ts'
import { askedInUrl, lister } from './lists.ts'
import { inItsReading, refuseFilter } from './reading.ts'
import { inOrder, loggable } from './order.ts'
import { methodNotAllowed } from './refusals.ts'
import { readShown, show, showRead } from './show.ts'
import { asItStands } from './standing.ts'

/**
 * Takes the app's parts, the base path and a kind of resource; gives the routes of its endpoint (RFC 7644 §3.2):
 * create, list, get, replace, patch, delete.
 */
export function resourceRoutes(parts: Parts, basePath: string, type: ResourceType): Hono<Env> {
  const { newId, config } = parts
  const routes = new Hono<Env>()
  const listed = lister(parts, basePath, [type])
  const shownOf = (c: AppContext) => readShown(c, type)
  const noteChange = (c: AppContext, { resource, unknownMembers }: Changed) => {
    c.set('notes', { ...c.get('notes'), resource: resource.id, ...noteUnknown(unknownMembers) })
  }

  routes.post('/', (c) =>
    inOrder(c, { type, access: 'write' }, async () => {
      const body = await readBody(c.req.raw)
      const asked = shownOf(c)
      const { changed, shown } = await inItsReading(c, basePath, async (request, reading) => {
        const sent = readResource(type, body, config.catalog, reading)
        const spoken = withSpoken(asked, pathsOf(type, sent.document))
        const created = await createResource(c.get('database'), request, type, sent, newId(), spoken)
        return { changed: created, shown: spoken }
      })
      noteChange(c, changed)
      return show(c, basePath, 201, type, changed.resource, shown)
    }),
  )

  routes.get('/', (c) => listed(c, askedInUrl(c)))
  routes.post('/.search', (c) => listed(c, async () => readSearch(await readBody(c.req.raw))))

  routes.get('/:id', (c) => {
    const id = c.req.param('id')
    return inOrder(c, { type, access: 'read', id }, async () => {
      const shown = shownOf(c)
      const request = requestOf(c)
      const resource = await getResource(c.get('database'), request, type, id, shown)
      return showRead(c, basePath, type, resource, request.precondition, shown)
    })
  })

  routes.put('/:id', (c) => {
    const id = c.req.param('id')
    return inOrder(c, { type, access: 'write', id }, async () => {
      const body = await readBody(c.req.raw)
      refuseFilter(c)
      const asked = shownOf(c)
      const { changed, shown } = await inItsReading(c, basePath, async (request, reading) => {
        const sent = readResource(type, body, config.catalog, reading)
        const spoken = withSpoken(asked, pathsOf(type, sent.document))
        const replaced = await replaceResource(c.get('database'), request, type, id, sent, spoken)
        return { changed: replaced, shown: spoken }
      })
      noteChange(c, changed)
      return show(c, basePath, 200, type, changed.resource, shown)
    })
  })

  routes.patch('/:id', (c) => {
    const id = c.req.param('id')
    return inOrder(c, { type, access: 'write', id }, async () => {
      const body = await readBody(c.req.raw)
      refuseFilter(c)
      const asked = shownOf(c)
      // RFC 7644 §3.5.2: a silent 204 only where no attributes are asked for.
      const silent = type.isPatchSilent && asked.kind === 'default'
      c.set('success', silent ? 204 : 200)
      const { changed, shown } = await inItsReading(c, basePath, async (request, reading) => {
        const patch = readPatch(type, readOperations(body, reading), reading)
        const spoken: Selection = silent
          ? { kind: 'only', paths: [] }
          : withSpoken(asked, pathsOfSteps(patch))
        const patched = await patchResource(c.get('database'), request, type, id, patch, spoken)
        return { changed: patched, shown: spoken }
      })
      noteChange(c, changed)
      return silent
        ? new Response(null, { status: 204, headers: { etag: entityTag(type, changed.resource) } })
        : show(c, basePath, 200, type, changed.resource, shown)
    })
  })

  routes.delete('/:id', (c) => {
    const id = c.req.param('id')
    return inOrder(c, { type, access: 'write', id }, async () => {
      refuseFilter(c)
      await asItStands(c, (request) => removeResource(c.get('database'), request, type, id))
      return new Response(null, { status: 204 })
    })
  })

  const refuseMethod = async (c: AppContext, allow: string) => {
    await checkAdmission(c.get('database'), requestOf(c))
    return methodNotAllowed(allow)
  }
  routes.all('/', (c) => refuseMethod(c, 'GET, POST'))
  routes.all('/:id', (c) => refuseMethod(c, 'GET, PUT, PATCH, DELETE'))
  return routes
}

/** The ids of members nobody has, for the log. */
function noteUnknown(ids: readonly string[]): { unknownMembers?: readonly string[] } {
  return ids.length === 0 ? {} : { unknownMembers: ids.map(loggable) }
}
