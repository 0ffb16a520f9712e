/** A SCIM service of the fastest kind, in a thread of its own: it keeps who is active and counts what it is asked. */
import { createServer, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { parentPort } from 'node:worker_threads'
import * as v from 'valibot'

const order = v.variant('kind', [
  /** So many people, all active, and no group; it takes so many milliseconds for each answer. */
  v.object({ kind: v.literal('reset'), people: v.number(), delay: v.number() }),
  v.object({ kind: v.literal('count') }),
])

/** What it has been asked since it was last told to count: requests by method, and how many people are inactive. */
export type Counted = { readonly methods: Readonly<Record<string, number>>; readonly inactive: number }

let active = new Map<string, boolean>()
let methods: Record<string, number> = {}
let delay = 0

const patch = v.object({
  Operations: v.array(v.object({ path: v.optional(v.string()), value: v.optional(v.unknown()) })),
})

const userSchema = 'urn:ietf:params:scim:schemas:core:2.0:User'
const groupSchema = 'urn:ietf:params:scim:schemas:core:2.0:Group'

const server = createServer((request, response) => {
  text(request).then(
    (body) => {
      const { method = '', url = '' } = request
      methods[method] = (methods[method] ?? 0) + 1
      const answer = () => carryOut(method, url, body, response)
      if (delay === 0) answer()
      else setTimeout(answer, delay)
    },
    () => response.destroy(),
  )
})

function carryOut(method: string, url: string, body: string, response: ServerResponse): void {
  const [, endpoint = '', id] = (url.split('?')[0] ?? '').split('/')
  const send = (status: number, answer?: object) => {
    response.writeHead(status, { 'content-type': 'application/scim+json' })
    response.end(answer === undefined ? undefined : JSON.stringify(answer))
  }
  if (endpoint === 'ServiceProviderConfig')
    return send(200, { patch: { supported: true }, filter: { supported: true, maxResults: 100 } })
  if (method === 'GET' && id === undefined) return send(200, { totalResults: 0, Resources: [] })
  if (endpoint === 'Groups') {
    if (method === 'POST')
      return send(201, { ...v.parse(named, JSON.parse(body)), schemas: [groupSchema], id: 'g1' })
    return send(204)
  }
  if (id === undefined || !active.has(id)) return send(404, { status: '404' })
  const changed = v
    .parse(patch, JSON.parse(body))
    .Operations.map(({ path = '', value }) => [path, value] as const)
  const { active: is } = v.parse(v.object({ active: v.optional(v.boolean()) }), Object.fromEntries(changed))
  if (is !== undefined) active.set(id, is)
  return send(200, {
    schemas: [userSchema],
    id,
    userName: `${id}@example.com`,
    active: active.get(id),
    ...Object.fromEntries(changed),
  })
}

const named = v.object({ displayName: v.string() })

parentPort?.on('message', (message: unknown) => {
  const asked = v.parse(order, message)
  if (asked.kind === 'reset') {
    active = new Map(Array.from({ length: asked.people }, (_, index) => [`u${index}`, true]))
    delay = asked.delay
  }
  const inactive = [...active.values()].filter((is) => !is).length
  parentPort?.postMessage({ methods, inactive } satisfies Counted, [])
  methods = {}
})

server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  parentPort?.postMessage(typeof address === 'object' && address !== null ? address.port : 0, [])
})
