import { randomUUID } from 'node:crypto'
import express from 'express'
import { Resources, Schemas, Types } from 'scimmy'
import { SCIMMYRouters } from 'scimmy-routers'
import { listen, type Held, type ScimServer } from './server.ts'

/** What one server holds. SCIMMY itself is one for the process: a request brings its store as its context. */
type Store = { readonly users: Map<string, Held>; readonly groups: Map<string, Held> }

/** What a handler is asked: SCIMMY's resource, as far as it is looked at. */
type Asked = {
  readonly id?: string | undefined
  readonly filter?: { readonly match: (values: Held[]) => Held[] } | undefined
}

const missing = (id = '') => new Types.Error(404, '', `Resource ${id} not found`)

/** Gives the one that is asked for, or those that the filter lets through. */
const read = (held: Map<string, Held>, { id, filter }: Asked): Held[] => {
  const all = [...held.values()]
  if (id === undefined) return filter === undefined ? all : filter.match(all)
  const found = held.get(id)
  if (found === undefined) throw missing(id)
  return [found]
}

const remove = (held: Map<string, Held>, { id }: Asked) => {
  if (id === undefined || !held.delete(id)) throw missing(id)
}

/** The name is unique, as userName is (RFC 7643 §4.1.1). */
const write = (held: Map<string, Held>, { id = randomUUID() }: Asked, sent: object, name: string): Held => {
  const { meta: _, ...document } = plain(sent)
  const wanted = JSON.stringify(document[name]).toLowerCase()
  for (const other of held.values()) {
    if (other['id'] === id || JSON.stringify(other[name]).toLowerCase() !== wanted) continue
    throw new Types.Error(409, 'uniqueness', `${name} ${wanted} is taken`)
  }
  const now = new Date().toISOString()
  const kept = { ...document, id, meta: { created: now, lastModified: now } }
  held.set(id, kept)
  return kept
}

const plain = (sent: object): Held => {
  const copy: unknown = JSON.parse(JSON.stringify(sent))
  return typeof copy === 'object' && copy !== null ? { ...copy } : {}
}

const user = (held: Held) => new Schemas.User({ ...held }, 'out')
const group = (held: Held) => new Schemas.Group({ ...held }, 'out')

let declared = false

function declare() {
  if (declared) return
  declared = true
  Resources.declare(Resources.User)
    .extend(Schemas.EnterpriseUser, false)
    .ingress((asked, sent, { users }: Store) => user(write(users, asked, sent, 'userName')))
    .egress((asked, { users }: Store) => read(users, asked).map(user))
    .degress((asked, { users }: Store) => remove(users, asked))
  Resources.declare(Resources.Group)
    .ingress((asked, sent, { groups }: Store) => group(write(groups, asked, sent, 'displayName')))
    .egress((asked, { groups }: Store) => read(groups, asked).map(group))
    .degress((asked, { groups }: Store) => remove(groups, asked))
}

/** SCIMMY takes numbers only. Its routers put them into the query, which express 5 reads anew each time. */
const numbers = (query: string) =>
  Object.fromEntries(
    [...new URLSearchParams(query)].map(([name, value]) => [
      name,
      name === 'startIndex' || name === 'count' ? Number(value) : value,
    ]),
  )

/**
 * Starts SCIMMY's routers on express, with people and groups in memory.
 * @param pages whether it knows of pages, which it does not on express 5 as it comes
 */
export async function startScimmy(pages = true): Promise<ScimServer> {
  declare()
  const token = `scimmy-${randomUUID()}`
  const store: Store = { users: new Map(), groups: new Map() }
  const app = express()
  if (pages) app.set('query parser', numbers)
  app.use(
    '/scim',
    new SCIMMYRouters({
      type: 'bearer',
      handler: (request) => {
        if (request.header('authorization') === `Bearer ${token}`) return 'bridge'
        throw new Error('the token is not the one')
      },
      context: () => store,
    }),
  )
  const { origin, stop } = await listen(app)
  return {
    url: `${origin}/scim`,
    token,
    users: async () => [...store.users.values()],
    groups: async () => [...store.groups.values()],
    stop,
  }
}
