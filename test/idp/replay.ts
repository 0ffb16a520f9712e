/** Plays an identity provider: sends an exchange's requests one after the other and checks each answer. */
import type { Exchange, Step } from './exchange.ts'
import { differences } from './match.ts'
import { at, fill, type Variables } from './variables.ts'

/** Who is asked, and with which token. */
export type Server = {
  readonly origin: string
  readonly token: string
  readonly call: (request: Request) => Promise<Response>
  /** Gives the names of the quirks counted on the token's connection so far. */
  readonly quirks: () => Promise<readonly string[]>
}

type Answer = {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly body: unknown
}

/** Replays one exchange; throws at the first answer, or for quirks counted, not as the file says. */
export async function replay(exchange: Exchange, server: Server): Promise<void> {
  const variables = new Map<string, unknown>([
    ['run', crypto.randomUUID().slice(0, 8)],
    ['token', server.token],
    ['base', server.origin + exchange.base],
  ])
  for (const [index, step] of exchange.steps.entries()) {
    for (let n = 1; n <= (step.repeat ?? 1); n++) {
      variables.set('n', n)
      const request = makeRequest(exchange, step, server, variables)
      const asked = `step ${index + 1}, ${step.does}\n${request.method} ${request.url}`
      const response = await server.call(request)
      const text = await response.text()
      const answer = { status: response.status, headers: response.headers, text, body: parse(text) }
      for (const check of [checkEnvelope, save, checkContent]) {
        const problems = check(step, answer, variables)
        if (problems.length === 0) continue
        throw new Error(
          `${[asked, ...problems].join('\n  ')}\nanswered ${answer.status} ${text.slice(0, 1000)}`,
        )
      }
    }
  }
  if (exchange.quirks !== undefined) await checkQuirks(exchange.quirks, server)
}

/**
 * How often the count is read, and how long is waited between: what a read shows is counted in the isolate, and written down after
 * an answer, every 10 s at the most.
 */
const QUIRK_READS = 60
const QUIRK_WAIT = 200

async function checkQuirks(expected: readonly string[], server: Server): Promise<void> {
  const { origin, call, quirks } = server
  const wanted = [...new Set(expected)].toSorted().join(', ')
  let counted = ''
  for (let reads = 0; reads < QUIRK_READS; reads += 1) {
    if (reads > 0) {
      await new Promise((resolve) => setTimeout(resolve, QUIRK_WAIT))
      await (await call(new Request(`${origin}/scim/v2/ServiceProviderConfig`))).text()
    }
    counted = (await quirks()).toSorted().join(', ')
    if (counted === wanted) return
  }
  throw new Error(`quirks: expected ${wanted || 'none'} counted, got ${counted || 'none'}`)
}

function makeRequest(exchange: Exchange, step: Step, server: Server, variables: Variables): Request {
  const { method, path, body, rawBody } = step.request
  const authorization = {
    bearer: `Bearer ${server.token}`,
    raw: server.token,
    basic: `Basic ${btoa(`okta:${server.token}`)}`,
  }[exchange.authorization]
  const headers = new Headers({ authorization })
  for (const given of [exchange.headers, step.request.headers]) {
    for (const [name, value] of Object.entries(given)) {
      if (value === null) headers.delete(name)
      else headers.set(name, String(fill(value, variables)))
    }
  }
  const sent = rawBody ?? (body === undefined ? undefined : JSON.stringify(fill(body, variables)))
  const url = server.origin + exchange.base + String(fill(path, variables))
  return new Request(url, { method, headers, ...(sent === undefined ? {} : { body: sent }) })
}

/** What holds for every answer: the status asked for; JSON, errors included; and no password. */
function checkEnvelope(step: Step, { status, headers, text, body }: Answer): string[] {
  const { contentType } = step.response
  const statuses = [step.response.status].flat()
  const problems = statuses.includes(status) ? [] : [`expected status ${statuses.join(' or ')}`]
  if (status === 204) return text === '' ? problems : [...problems, 'expected no body']
  if (body === undefined) problems.push('expected a JSON body')
  if (text.includes('"password":')) problems.push('expected no password')
  const type = headers.get('content-type')
  if (type?.split(';')[0] !== contentType) problems.push(`expected ${contentType}, got ${type}`)
  if (status < 400) return problems
  const error = {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
    status: String(status),
    detail: { $nonEmpty: true },
  }
  return [...problems, ...differences(error, body)]
}

function save(step: Step, { body }: Answer, variables: Map<string, unknown>): string[] {
  return Object.entries(step.save).flatMap(([name, pointer]) => {
    const value = at(body, pointer)
    variables.set(step.repeat === undefined ? name : `${name}.${String(variables.get('n'))}`, value)
    return value === undefined ? [`${pointer}: expected something to save as {{${name}}}`] : []
  })
}

function checkContent(step: Step, answer: Answer, variables: Variables): string[] {
  const { headers, body, absent } = step.response
  const problems = Object.entries(headers).flatMap(([name, value]) =>
    differences(fill(value, variables), answer.headers.get(name), name),
  )
  if (answer.status === 204) return problems
  const there = absent.filter((pointer) => at(answer.body, pointer) !== undefined)
  return [
    ...problems,
    ...(body === undefined ? [] : differences(fill(body, variables), answer.body)),
    ...there.map((pointer) => `${pointer}: expected nothing there`),
  ]
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
