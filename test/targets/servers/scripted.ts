import { text } from 'node:stream/consumers'
import { listen, type Held } from './server.ts'

/** A request as it came. `path` is the path and query below the base URL. */
export type ScriptedRequest = {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: unknown
}

/**
 * What is answered. `body`: JSON, or text as it is. `half`: only the first half of it, and the line breaks. `reset`: the line
 * breaks and nothing is answered. `delay`: so many milliseconds later.
 */
export type Scripted = {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly delay?: number
  readonly half?: boolean
  readonly reset?: boolean
}

/** Answers a request, or leaves it to the next line of the script with undefined. */
export type Line = (request: ScriptedRequest) => Scripted | undefined

/** A server that answers by a script. `asked` are the requests there were. */
export type ScriptedServer = {
  readonly url: string
  readonly asked: ScriptedRequest[]
  /** The requests as `METHOD path`, without query. */
  readonly log: () => readonly string[]
  /** Takes the lines of a new script: each request is answered by the first that answers it. Forgets what was asked. */
  readonly play: (...lines: readonly Line[]) => void
  readonly stop: () => Promise<void>
}

/** Starts a server that is told by its script what to answer; what no line answers is a 599. */
export async function startScripted(): Promise<ScriptedServer> {
  const asked: ScriptedRequest[] = []
  let script: readonly Line[] = []
  const { origin, stop } = await listen((request, response) => {
    const answer = async () => {
      const { method = '', url = '', headers } = request
      const sent = await text(request)
      const body: unknown = sent === '' ? undefined : JSON.parse(sent)
      const came = { method, path: url.replace(/^\/scim\/v2/, ''), headers, body }
      asked.push(came)
      let scripted: Scripted = { status: 599, body: 'no line of the script answers this' }
      for (const line of script) {
        const found = line(came)
        if (found === undefined) continue
        scripted = found
        break
      }
      if (scripted.delay !== undefined) await new Promise((resolve) => setTimeout(resolve, scripted.delay))
      if (scripted.reset === true) return void request.socket.destroy()
      const written = scripted.body === undefined ? '' : textOf(scripted.body)
      response.writeHead(scripted.status ?? 200, {
        'content-type': 'application/scim+json',
        ...(scripted.half === true ? { 'content-length': String(Buffer.byteLength(written)) } : {}),
        ...scripted.headers,
      })
      if (scripted.half !== true) return void response.end(written)
      response.write(written.slice(0, written.length / 2), () => request.socket.destroy())
    }
    answer().catch(() => response.destroy())
  })
  return {
    url: `${origin}/scim/v2`,
    asked,
    log: () => asked.map(({ method, path }) => `${method} ${path.split('?')[0]}`),
    play: (...lines) => {
      asked.length = 0
      script = lines
    },
    stop,
  }
}

const textOf = (body: unknown) => (typeof body === 'string' ? body : JSON.stringify(body))

/**
 * Takes a method, the beginning of a path and answers; gives the line that answers such requests with them in turn, with
 * the last ever after.
 */
export function on(method: string, path: string, ...answers: readonly Scripted[]): Line {
  let turn = 0
  return (request) => {
    if (request.method !== method || !request.path.startsWith(path)) return undefined
    const answer = answers[Math.min(turn, answers.length - 1)]
    turn += 1
    return answer
  }
}

/** Takes resources, and a total where it is another; gives the ListResponse. */
export function listed(resources: readonly Held[], totalResults: unknown = resources.length): Scripted {
  const schemas = ['urn:ietf:params:scim:api:messages:2.0:ListResponse']
  return {
    body: { schemas, totalResults, startIndex: 1, itemsPerPage: resources.length, Resources: resources },
  }
}

/** Takes a status and what is said; gives the SCIM error (RFC 7644 §3.12). */
export function refused(status: number, said: { scimType?: string; detail?: string } = {}): Scripted {
  const schemas = ['urn:ietf:params:scim:api:messages:2.0:Error']
  return { status, body: { schemas, status: String(status), ...said } }
}
