import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import * as v from 'valibot'

/** A person or a group as the account at the target has it. */
export type Kept = {
  readonly id: string
  readonly body: Record<string, unknown>
  readonly members: Set<string>
  /** Shown as meta.created, where there is one. */
  readonly created?: string
}

/** What is done with a request instead of, or after, carrying it out. */
export type Fault =
  | {
      readonly kind: 'answer'
      readonly status: number
      readonly body?: unknown
      readonly headers?: Record<string, string>
      readonly after?: boolean
    }
  | { readonly kind: 'reset'; readonly after?: boolean }
  | { readonly kind: 'half'; readonly after?: boolean }
  | { readonly kind: 'garbage'; readonly after?: boolean }
  | { readonly kind: 'hang'; readonly ms: number; readonly after?: boolean }

export type Seen = { readonly method: string; readonly path: string; readonly body: unknown }

/** A SCIM service of the plainest kind on 127.0.0.1, and what a test can see and spoil of it. */
export type Downstream = {
  readonly url: string
  readonly token: string
  readonly users: Map<string, Kept>
  readonly groups: Map<string, Kept>
  readonly seen: Seen[]
  /** Asked before each request: a fault for it, or none. */
  spoil: (request: Seen) => Fault | undefined
  /** Whether two may have the same name: then it shows when somebody is made twice. */
  mayRepeat: boolean
  /** Whether groups are shown with their members. */
  showsMembers: boolean
  /** Whether a group without members is shown with an empty list, or with none (RFC 7643 §2.5: both say the same). */
  omitsEmpty: boolean
  now: () => Date
  readonly stop: () => Promise<void>
}

const SCHEMA = 'urn:ietf:params:scim:'

/** Starts the service, or the one there was anew, with what it had. It knows filters by userName and displayName, PATCH by path, and members as differences. */
export async function downstream(again?: {
  readonly port: number
  readonly of: Downstream
}): Promise<Downstream> {
  const users = again?.of.users ?? new Map<string, Kept>()
  const groups = again?.of.groups ?? new Map<string, Kept>()
  const seen: Seen[] = []
  let count = users.size + groups.size
  const token = again?.of.token ?? crypto.randomUUID()
  const server = createServer((request, response) => void handle(request, response))
  const service: Downstream = {
    url: '',
    token,
    users,
    groups,
    seen,
    spoil: () => undefined,
    mayRepeat: false,
    showsMembers: false,
    omitsEmpty: false,
    now: () => new Date(),
    stop: () =>
      new Promise((done) => {
        server.closeAllConnections()
        server.close(() => done())
      }),
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const sent = await text(request)
    const body: unknown = sent === '' ? undefined : JSON.parse(sent)
    const one = {
      method: request.method ?? '',
      path: decodeURIComponent((request.url ?? '').replace(/\+/g, ' ')),
      body,
    }
    seen.push(one)
    const fault = service.spoil(one)
    if (fault !== undefined && fault.after !== true) return spoilt(fault, response)
    const answer =
      request.headers.authorization === `Bearer ${token}` ? carryOut(one) : problem(401, 'no such token')
    if (fault !== undefined) return spoilt(fault, response)
    send(response, answer.status, answer.body)
  }

  function carryOut({ method, path, body }: Seen): { status: number; body?: unknown } {
    const url = new URL(path, 'http://x')
    const [, endpoint = '', id] = url.pathname.split('/')
    if (endpoint === 'ServiceProviderConfig') {
      return {
        status: 200,
        body: { patch: { supported: true }, filter: { supported: true, maxResults: 100 }, bulk: {} },
      }
    }
    const all = endpoint === 'Users' ? users : endpoint === 'Groups' ? groups : undefined
    if (all === undefined) return problem(404, 'nothing here')
    const key = endpoint === 'Users' ? 'userName' : 'displayName'
    const named = (value: unknown) =>
      [...all.values()].filter((one) => String(one.body[key]).toLowerCase() === String(value).toLowerCase())
    if (method === 'GET' && id === undefined) {
      const wanted = /eq "(.*)"$/.exec(url.searchParams.get('filter') ?? '')?.[1]
      const found = wanted === undefined ? [...all.values()] : named(JSON.parse(`"${wanted}"`))
      const start = Number(url.searchParams.get('startIndex') ?? 1)
      const page = found.slice(start - 1, start - 1 + Number(url.searchParams.get('count') ?? 100))
      const Resources = page.map(show)
      return {
        status: 200,
        body: {
          schemas: [`${SCHEMA}api:messages:2.0:ListResponse`],
          totalResults: found.length,
          startIndex: start,
          itemsPerPage: page.length,
          Resources,
        },
      }
    }
    if (method === 'POST') {
      const sent = v.parse(record, body)
      if (!service.mayRepeat && named(sent[key]).length > 0) return problem(409, 'taken', 'uniqueness')
      count += 1
      const { members, schemas: _, ...rest } = sent
      const made: Kept = {
        id: `r${count}`,
        body: { active: true, ...rest },
        members: new Set(memberIds(members)),
        created: service.now().toISOString(),
      }
      all.set(made.id, made)
      return { status: 201, body: show(made) }
    }
    const kept = all.get(id ?? '')
    if (kept === undefined) return problem(404, 'no such resource')
    if (method === 'GET') return { status: 200, body: show(kept) }
    if (method === 'DELETE') {
      all.delete(kept.id)
      for (const group of groups.values()) group.members.delete(kept.id)
      return { status: 204 }
    }
    if (method === 'PATCH') {
      for (const operation of v.parse(patchBody, body).Operations) apply(kept, operation)
      return { status: 200, body: show(kept) }
    }
    return problem(501, 'not offered')
  }

  function show(kept: Kept): object {
    const { id, body, members, created } = kept
    const list = [...members].map((value) => ({ value }))
    return {
      id,
      ...body,
      ...(service.showsMembers && groups.has(id) && !(service.omitsEmpty && list.length === 0)
        ? { members: list }
        : {}),
      meta: { created },
    }
  }

  function apply(kept: Kept, { op, path = '', value }: Operation): void {
    const by = /^members\[value eq "(.*)"\]$/.exec(path)?.[1]
    if (by !== undefined) return void kept.members.delete(by)
    if (path === 'members') {
      for (const member of memberIds(value)) {
        if (op === 'remove') kept.members.delete(member)
        else if (users.has(member) || groups.has(member)) kept.members.add(member)
      }
      return
    }
    const set = (name: string, to: unknown): void => {
      const [outer = '', inner] = name.startsWith('urn:') ? [name] : name.split('.')
      if (inner === undefined) {
        if (op === 'remove') delete kept.body[outer]
        else kept.body[outer] = to
        return
      }
      const before = kept.body[outer]
      const complex = { ...(typeof before === 'object' && before !== null ? before : {}), [inner]: to }
      kept.body[outer] =
        op === 'remove' ? Object.fromEntries(Object.entries(complex).filter(([n]) => n !== inner)) : complex
    }
    if (path !== '') set(path, value)
    else for (const [name, to] of Object.entries(v.parse(record, value))) set(name, to)
  }

  await new Promise<void>((done) => server.listen(again?.port ?? 0, '127.0.0.1', done))
  return Object.assign(service, { url: `http://127.0.0.1:${v.parse(listening, server.address()).port}` })
}

const record = v.record(v.string(), v.unknown())

const operation = v.object({ op: v.string(), path: v.optional(v.string()), value: v.optional(v.unknown()) })

type Operation = v.InferOutput<typeof operation>

const patchBody = v.object({ Operations: v.array(operation) })

const listening = v.object({ port: v.number() })

const memberIds = (members: unknown): string[] =>
  Array.isArray(members) ? members.map((one: { value: string }) => one.value) : []

const problem = (status: number, detail: string, scimType?: string) => ({
  status,
  body: { schemas: [`${SCHEMA}api:messages:2.0:Error`], status: String(status), detail, scimType },
})

function send(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/scim+json', ...headers })
  response.end(body === undefined ? undefined : JSON.stringify(body))
}

function spoilt(fault: Fault, response: ServerResponse): void {
  switch (fault.kind) {
    case 'answer':
      return send(response, fault.status, fault.body ?? problem(fault.status, 'spoilt').body, fault.headers)
    case 'reset':
      return void response.socket?.destroy()
    case 'garbage':
      return void response.writeHead(200).end('<html>')
    case 'half':
      response.writeHead(200, { 'content-type': 'application/scim+json', 'content-length': '1000' })
      response.write('{"schemas":[')
      return void setTimeout(() => response.socket?.destroy(), 5)
    case 'hang':
      return void setTimeout(() => response.socket?.destroy(), fault.ms)
  }
}
