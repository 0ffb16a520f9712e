import { isObject } from '../scim/json.ts'
import type { DryStep } from '../store/dryRun.ts'
import type { Incoming, Outbound, Outgoing } from '../targets/outbound.ts'
import type { Link, Outcome, Wanted } from '../targets/target.ts'

/** The way out of a dry run: what only reads goes out, what would change something is kept. */
export type Recorder = {
  readonly send: Outbound
  /** What would have been sent, in order. */
  readonly steps: () => readonly Sent[]
}

/** A request as it is recorded: no host, no query and no header, so nothing of what lets the bridge in. */
type Sent = Pick<DryStep, 'method' | 'path' | 'body'>

type Body = { readonly [name: string]: unknown }

/** What a resource that was never made has for an id at the target. */
const PREFIX = 'dry:'

/** Ends a delivery: the target reads what its write has done, and nothing was done. */
class Ended extends Error {}

/**
 * Takes the way out, a resource's id and its link; gives the way out of a dry run. A write is answered as a plain service would, so
 * that the target goes on to the next; what it then reads back of it is answered likewise, and anything else that it asks
 * after a write ends the delivery.
 */
export function recorder(send: Outbound, resource: string, link: Link | undefined): Recorder {
  const steps: Sent[] = []
  const shown = new Map<string, Body>()
  return {
    steps: () => steps,
    send: async (request) => {
      if (isTokenRequest(request)) return send(request)
      const path = new URL(request.url).pathname
      if (request.method !== 'GET') {
        const body = jsonOf(request.body)
        steps.push({ method: request.method, path, ...(body === undefined ? {} : { body }) })
        return written(request.method, path, body, resource, shown)
      }
      const known = shown.get(path)
      if (link !== undefined && isMadeUp(link) && idIn(path) === link.remote)
        return answered(200, known ?? { ...link.confirmed, id: link.remote })
      if (steps.length > 0) {
        if (known === undefined) throw new Ended()
        return answered(200, known)
      }
      const incoming = await send(request)
      if (incoming.kind === 'answered' && isObject(incoming.body)) shown.set(path, incoming.body)
      return incoming
    },
  }
}

/** OAuth (RFC 6749 §4.4): a token is asked for with a form, changes nothing, and without it nothing could be read. */
function isTokenRequest({ method, headers, body = '' }: Outgoing): boolean {
  const type = Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? ''
  const isForm = type.toLowerCase().startsWith('application/x-www-form-urlencoded')
  return method === 'POST' && isForm && new URLSearchParams(body).has('grant_type')
}

/** The last segment of a path: there the id of a resource stands. */
const idIn = (path: string) => decodeURIComponent(path.split('/').at(-1) ?? '')

function jsonOf(body: string | undefined): Body | undefined {
  if (body === undefined) return undefined
  try {
    const parsed: unknown = JSON.parse(body)
    return isObject(parsed) ? parsed : undefined
  } catch {
    return undefined
  }
}

/** What a service would have answered; what it would show from then on is kept. */
function written(
  method: Outgoing['method'],
  path: string,
  body: Body | undefined,
  resource: string,
  shown: Map<string, Body>,
): Incoming {
  if (method === 'DELETE') return answered(204, undefined)
  if (method === 'POST') return answered(201, { ...body, id: `${PREFIX}${resource}` })
  const id = idIn(path)
  const before = shown.get(path) ?? {}
  const after = method === 'PUT' ? { ...body, id } : { ...before, ...activeOf(body), id }
  shown.set(path, after)
  // Of a PATCH only the one thing is answered that is looked for: the rest counts as taken where it is not shown.
  return answered(200, method === 'PUT' ? after : { ...activeOf(body), id })
}

const answered = (status: number, body: Body | undefined): Incoming => ({
  kind: 'answered',
  status,
  headers: new Headers(),
  body,
})

function activeOf(body: Body | undefined): Body {
  const operations = body?.['Operations']
  const values = (Array.isArray(operations) ? operations : []).flatMap((operation: unknown) =>
    isObject(operation) && operation['path'] === 'active' && operation['value'] !== undefined
      ? [operation['value']]
      : [],
  )
  const active = values.at(-1)
  return active === undefined ? {} : { active }
}

/**
 * Takes what is wanted of a resource, its link, and a delivery to its target through a recorder; gives the outcome: whatever would have
 * been sent is taken for done, as only the write itself could tell otherwise.
 */
export async function runDry(
  { steps }: Recorder,
  {
    wanted,
    link,
    resource,
  }: { readonly wanted: Wanted; readonly link: Link | undefined; readonly resource: string },
  deliver: () => Promise<Outcome>,
): Promise<Outcome> {
  const outcome = await deliver().catch((error: unknown) => {
    if (error instanceof Ended) return undefined
    throw error
  })
  if (steps().length === 0 && outcome !== undefined) return outcome
  if (wanted.kind === 'absent' && wanted.how === 'delete') return { kind: 'done', link: undefined }
  const remote = link?.remote ?? `${PREFIX}${resource}`
  const confirmed =
    outcome?.kind === 'done' && outcome.link !== undefined
      ? outcome.link.confirmed
      : wanted.kind === 'present'
        ? wanted.document
        : { ...link?.confirmed, active: false }
  return { kind: 'done', link: { remote, confirmed } }
}

/** Takes a link; says whether it is of what a dry run would have made: nothing is there to be read. */
export function isMadeUp(link: Link | undefined): boolean {
  return link?.remote.startsWith(PREFIX) === true
}

/** Takes the kind of resource, what is wanted and the link; gives in a word what a delivery comes to. */
export function whatOf(type: 'User' | 'Group', wanted: Wanted, link: Link | undefined): DryStep['what'] {
  if (wanted.kind === 'absent') return wanted.how
  if (link === undefined) return 'create'
  if (type === 'Group') return 'update'
  const [was, is] = [link.confirmed['active'] !== false, wanted.document['active'] !== false]
  return was === is ? 'update' : is ? 'reactivate' : 'suspend'
}
