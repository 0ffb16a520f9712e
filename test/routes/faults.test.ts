import { expect, test } from 'vitest'
import { sql } from '../../worker/store/database.ts'
import { at, bridge, idOf, patchOp, people, resourcesOf, type Answer, type Bridge } from '../bridge.ts'
import { database } from '../worker.ts'

type Send = (request: Request) => Promise<Response>

/** What can go wrong between the bridge and libSQL, once. `send` really sends. */
const faults: Readonly<Record<string, (request: Request, send: Send) => Promise<Response>>> = {
  'the connection is lost before the request arrives': () =>
    Promise.reject(new Error('Network connection lost.')),
  'the answer is lost': async (request, send) => {
    await (await send(request)).text()
    throw new Error('Network connection lost.')
  },
  'half of the answer arrives': async (request, send) => {
    const text = await (await send(request)).text()
    return new Response(text.slice(0, text.length / 2))
  },
  'the answer is 502 after the effect': async (request, send) => {
    await (await send(request)).text()
    return new Response('error code: 502', { status: 502 })
  },
  'too many requests': () => Promise.resolve(new Response('busy', { status: 429 })),
  'the stream has expired': () =>
    Promise.resolve(
      Response.json({ message: 'The stream has expired', code: 'STREAM_EXPIRED' }, { status: 400 }),
    ),
  'the database is locked': async (request) => Response.json(locked(await request.json())),
}

/** libSQL's answer to a batch whose BEGIN was refused: each stored text is there, the first step failed, none ran. */
function locked(pipeline: unknown): object {
  const requests = at(pipeline, 'requests')
  if (!Array.isArray(requests)) throw new Error('not a pipeline')
  const results = requests.map((request: unknown) => {
    const type = at(request, 'type')
    const steps = at(request, 'batch', 'steps')
    const none = Array.isArray(steps) ? steps.map(() => null) : []
    const error = { message: 'SQLite error: database is locked', code: 'SQLITE_BUSY' }
    const result = { step_results: none, step_errors: none.map((_, index) => (index === 0 ? error : null)) }
    return { type: 'ok', response: { type, ...(type === 'batch' ? { result } : {}) } }
  })
  return { baton: null, base_url: null, results }
}

/** A write, what it needs beforehand, and the status and state that show that it happened once. */
type Write = (
  to: Bridge,
  faulty: Bridge,
  ids: { person: string; group: string; inactive: string },
) => Promise<Answer>

const writes: Readonly<Record<string, Write>> = {
  create: (_, faulty) => faulty.send('POST', '/Users', { userName: 'new' }),
  revive: (_, faulty) => faulty.send('POST', '/Users', { userName: 'back', externalId: 'E' }),
  put: (_, faulty, { person }) => faulty.send('PUT', `/Users/${person}`, { userName: 'a', title: 'T' }),
  patch: (_, faulty, { person }) =>
    faulty.send('PATCH', `/Users/${person}`, patchOp({ op: 'replace', value: { active: false } })),
  'patch worked out': (_, faulty, { person }) =>
    faulty.send('PATCH', `/Users/${person}`, patchOp({ op: 'add', path: 'emails', value: [{ value: 'e' }] })),
  members: (_, faulty, { person, group }) =>
    faulty.send(
      'PATCH',
      `/Groups/${group}`,
      patchOp({ op: 'add', path: 'members', value: [{ value: person }] }),
    ),
  'delete a person': (_, faulty, { person }) => faulty.send('DELETE', `/Users/${person}`),
  'delete a group': (_, faulty, { group }) => faulty.send('DELETE', `/Groups/${group}`),
}

const everything = Object.keys(faults).flatMap((fault) =>
  Object.keys(writes).map((write) => [fault, write] as const),
)

test.each(everything)('%s: %s happens once', async (fault, write) => {
  const to = await bridge()
  const [person = ''] = await people(to, 1)
  const group = idOf(await to.send('POST', '/Groups', { displayName: 'g' }))
  const inactive = idOf(await to.send('POST', '/Users', { userName: 'i', externalId: 'E', active: false }))
  let faultless = true
  const isWrite = (text: string) => text.includes('BEGIN IMMEDIATE')
  const faulty = await bridge({
    connection: to.connection,
    fetch: async (request) => {
      const broken = faultless && isWrite(await request.clone().text())
      if (!broken) return fetch(request)
      faultless = false
      return faults[fault]?.(request, fetch) ?? Response.error()
    },
  })
  const before = await changesOf(to.connection)
  const answer = await writes[write]?.(to, faulty, { person, group, inactive })
  expect(faultless).toBe(false)
  const expected =
    write.startsWith('delete') || write === 'members'
      ? 204
      : write === 'create' || write === 'revive'
        ? 201
        : 200
  expect([answer?.status, answer?.body]).toEqual([expected, expected === 204 ? undefined : expect.anything()])
  expect(await changesOf(to.connection)).toBe(before + 1)
  if (write === 'members') {
    expect(at((await to.send('GET', `/Groups/${group}`)).body, 'members', 0, 'value')).toBe(person)
  }
  if (write.startsWith('delete')) {
    const path = write === 'delete a group' ? `/Groups/${group}` : `/Users/${person}`
    expect((await to.send('GET', path)).status).toBe(404)
  }
  if (answer?.body !== undefined) {
    const read = await to.send('GET', `/Users/${idOf(answer)}`)
    expect(read.body).toEqual(answer.body)
    expect(at(read.body, 'meta', 'version')).toBe(write === 'create' ? 'W/"1"' : 'W/"2"')
  }
})

test('a write that is done while its answer never comes is told as done', async () => {
  const to = await bridge()
  let sent = 0
  const late = await bridge({
    connection: to.connection,
    timeout: 300,
    fetch: async (request) => {
      if (!(await request.clone().text()).includes('BEGIN IMMEDIATE')) return fetch(request)
      sent += 1
      const { signal } = request
      await (await fetch(request.clone())).text()
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(new DOMException('late', 'TimeoutError')))
      })
    },
  })
  const created = await late.send('POST', '/Users', { userName: 'anna' })
  expect([created.status, sent]).toEqual([201, 1])
  expect((await to.send('GET', `/Users/${idOf(created)}`)).body).toEqual(created.body)
})

test('a write whose answers are all lost is told as done, and one that cannot be looked for as uncertain', async () => {
  const to = await bridge()
  const lossy = (loses: (text: string) => boolean) =>
    bridge({
      connection: to.connection,
      fetch: async (request) => {
        const text = await request.clone().text()
        const response = await fetch(request)
        if (!loses(text)) return response
        throw new Error('Network connection lost.')
      },
    })
  const found = await (
    await lossy((text) => text.includes('BEGIN IMMEDIATE'))
  ).send('POST', '/Users', { userName: 'a' })
  expect(found).toMatchObject({ status: 201, body: { userName: 'a' } })
  const unknown = await (await lossy(() => true)).send('POST', '/Users', { userName: 'b' })
  expect(unknown.status).toBe(503)
  expect(at(unknown.body, 'detail')).toContain('may have been applied or not')
  expect(at((await to.send('GET', '/Users')).body, 'totalResults')).toBe(2)
})

test('a person created and deleted before the answer was sent again is still told as created', async () => {
  const to = await bridge()
  let first = true
  const faulty = await bridge({
    connection: to.connection,
    fetch: async (request) => {
      const broken = first && (await request.clone().text()).includes('BEGIN IMMEDIATE')
      const response = await fetch(request)
      if (!broken) return response
      first = false
      const [resource] = resourcesOf(await to.send('GET', '/Users'))
      const id = at(resource, 'id')
      if (typeof id === 'string') await to.send('DELETE', `/Users/${id}`)
      throw new Error('Network connection lost.')
    },
  })
  const created = await faulty.send('POST', '/Users', { userName: 'anna' })
  expect(created).toMatchObject({ status: 201, body: { userName: 'anna', meta: { version: 'W/"1"' } } })
  expect((await to.send('GET', `/Users/${idOf(created)}`)).status).toBe(404)
})

test('a database that is away is 503 with Retry-After, in JSON, and nothing is half-written', async () => {
  const to = await bridge()
  const [person] = await people(to, 1)
  const gone = await bridge({
    connection: to.connection,
    fetch: () => Promise.reject(new Error('Network connection lost.')),
  })
  for (const request of [
    ['GET', '/Users'],
    ['GET', `/Users/${person}`],
    ['POST', '/Users', { userName: 'x' }],
    ['PATCH', `/Users/${person}`, patchOp({ op: 'replace', value: { title: 'x' } })],
    ['POST', '/Users', '{'],
  ] as const) {
    const answer = await gone.send(request[0], request[1], request[2])
    expect(answer).toMatchObject({
      status: 503,
      body: { status: '503', detail: expect.stringContaining('database') as unknown },
    })
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
  }
  expect(at((await to.send('GET', '/Users')).body, 'totalResults')).toBe(1)
})

test('a bug is a bare 500 with the request’s id, and the log says where', async () => {
  const to = await bridge({
    fetch: () =>
      Promise.resolve(
        Response.json({ message: 'no such table: secret_table', code: 'SQLITE_UNKNOWN' }, { status: 400 }),
      ),
  })
  const answer = await to.send('GET', '/Users')
  expect(answer.status).toBe(500)
  expect(JSON.stringify(answer.body)).not.toMatch(/secret_table|at .*\(/)
  expect(at(answer.body, 'detail')).toContain(String(to.logs[0]?.['request']))
  expect(to.logs[0]).toMatchObject({
    status: 500,
    error: expect.stringContaining('SQLITE_UNKNOWN') as unknown,
  })
  expect(to.logs[0]?.['stack']).toContain('at ')
})

async function changesOf(connection: string): Promise<number> {
  const [rows] = await database().read([
    sql`SELECT count(*) AS n FROM changes WHERE connection = ${connection}`,
  ])
  return Number(rows?.[0]?.['n'])
}
