import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { Webhook } from 'standardwebhooks'
import type { UserStep } from '../../worker/targets/target.ts'
import { webhookTarget } from '../../worker/targets/webhook.ts'
import { newSecret, wayOut } from './app.ts'

const secrets = [newSecret(), newSecret()] as const
const document = { userName: 'anna', active: true }
const step: UserStep = {
  type: 'User',
  connection: 'c',
  resource: 'r1',
  wanted: { kind: 'present', document },
  link: undefined,
  uncertain: false,
  key: 'k',
  event: { seq: 1, at: '2026-07-27T10:00:00.000Z' },
}

/** A server that answers as it is told; gives the target at its address. */
async function appThat(answer: RequestListener) {
  const server = createServer(answer)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return webhookTarget({ kind: 'webhook', url: `http://127.0.0.1:${port}/hook?key=1`, secrets, learned: {} })
}

/** What comes of an answer with this status, body and headers. */
async function outcomeOf(status: number, body = '', headers: Readonly<Record<string, string>> = {}) {
  const target = await appThat((request, response) => {
    request.resume()
    response.writeHead(status, headers).end(body)
  })
  return target.deliverUser(step, wayOut())
}

const scimError = (more: object) =>
  JSON.stringify({ schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'], status: '400', ...more })

test.each([
  [200, '{"id":"u-17"}', 'u-17'],
  [201, '{"id":"u-17","more":true}', 'u-17'],
  [204, '', 'r1'],
  [200, 'OK', 'r1'],
  [200, '{"id":17}', 'r1'],
  [202, '{"id":""}', 'r1'],
])('%i %s: done, known there as %s', async (status, body, remote) => {
  expect(await outcomeOf(status, body)).toEqual({ kind: 'done', link: { remote, confirmed: document } })
})

test('an answer without an id leaves the one given before', async () => {
  const target = await appThat((_, response) => response.end())
  const outcome = await target.deliverUser({ ...step, link: { remote: 'u-9', confirmed: {} } }, wayOut())
  expect(outcome).toMatchObject({ link: { remote: 'u-9' } })
})

test.each([400, 403, 404, 409, 422])(
  '%i with a SCIM Error: never, in the words of the app',
  async (status) => {
    expect(await outcomeOf(status, scimError({ scimType: 'uniqueness', detail: 'taken\n<b>' }))).toEqual({
      kind: 'never',
      words: `the app refuses it: "taken 'b'"`,
      scimType: 'uniqueness',
    })
  },
)

test('a SCIM Error without words, or with strange ones, is one all the same', async () => {
  expect(await outcomeOf(400, scimError({}))).toEqual({ kind: 'never', words: 'the app refuses it with 400' })
  expect(await outcomeOf(400, scimError({ detail: 5, scimType: 'a b' }))).toEqual({
    kind: 'never',
    words: 'the app refuses it with 400',
  })
})

test.each([401, 403, 404, 410, 429, 503])('%i: later, and everything waits', async (status) => {
  for (const body of ['', '{"error":"no"}', '<html>']) {
    expect(await outcomeOf(status, body)).toMatchObject({ kind: 'later', whose: 'connection' })
  }
})

test.each([301, 307])('%i is not followed: the address is to be mended', async (status) => {
  const outcome = await outcomeOf(status, '', { location: 'http://127.0.0.1:9/' })
  expect(outcome).toMatchObject({ kind: 'later', whose: 'connection', words: /redirect/ })
})

test.each([
  [400, '{"error":"no"}', false],
  [409, '', false],
  [418, '{"schemas":["urn:other"],"detail":"no"}', false],
  [422, '<html>', false],
  [500, '', true],
  [502, scimError({ detail: 'no' }), true],
])('%i %s: later, this event alone', async (status, body, uncertain) => {
  const words = `the app answers ${status}`
  expect(await outcomeOf(status, body)).toEqual({ kind: 'later', words, uncertain, whose: 'resource' })
})

test.each([408, 425, 429])('%i is about the moment, even with a SCIM Error', async (status) => {
  expect(await outcomeOf(status, scimError({ detail: 'slower' }))).toMatchObject({ kind: 'later' })
})

test('401 is about the signature, even with a SCIM Error', async () => {
  const outcome = await outcomeOf(401, scimError({ detail: 'who are you?' }))
  expect(outcome).toMatchObject({ kind: 'later', whose: 'connection', words: /secret/ })
})

test('no answer: later, and it may have arrived', async () => {
  const broken = await appThat((request) => request.socket.destroy())
  const silent = await appThat(() => {})
  const lost = { kind: 'later', uncertain: true, whose: 'resource' }
  expect(await broken.deliverUser(step, wayOut())).toMatchObject(lost)
  expect(await silent.deliverUser(step, wayOut(100))).toMatchObject(lost)
})

test('an address that is not allowed: everything waits, and nothing was sent', async () => {
  const target = webhookTarget({ kind: 'webhook', url: 'http://app.example/', secrets, learned: {} })
  const outcome = await target.deliverUser(step, wayOut())
  expect(outcome).toMatchObject({ kind: 'later', uncertain: false, whose: 'connection', words: /https/ })
})

test('Retry-After in seconds and as a date; nonsense is none', async () => {
  const asked = (value: string, body = '') => outcomeOf(503, body, { 'retry-after': value })
  for (const body of ['<html>busy</html>', 'busy']) {
    expect(await asked('120', body)).toMatchObject({ retryAfter: 120 })
    expect(await asked('Sunday, 06-Nov-94 08:49:37 GMT', body)).toMatchObject({ retryAfter: 0 })
  }
  expect(await asked('120')).toMatchObject({ retryAfter: 120 })
  const date = await asked(new Date(Date.now() + 90_000).toUTCString())
  const seconds = date.kind === 'later' ? (date.retryAfter ?? 0) : 0
  expect(seconds).toBeGreaterThan(80)
  expect(seconds).toBeLessThanOrEqual(90)
  expect(await asked('Sunday, 06-Nov-94 08:49:37 GMT')).toMatchObject({ retryAfter: 0 })
  expect(await asked('Sun Nov  6 08:49:37 1994')).toMatchObject({ retryAfter: 0 })
  for (const value of ['-5', '1.5', 'soon', '']) expect(await asked(value)).not.toHaveProperty('retryAfter')
})

test('two secrets are two signatures in one header; a repeat has the same id and a signature of its time', async () => {
  const seen: { headers: IncomingMessage['headers']; body: string }[] = []
  const target = await appThat((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk))
    request.on('end', () => {
      seen.push({ headers: request.headers, body })
      response.end()
    })
  })
  await target.deliverUser(step, wayOut())
  await target.deliverUser({ ...step, uncertain: true }, wayOut())
  expect(seen).toHaveLength(2)
  for (const { headers, body } of seen) {
    expect(headers['webhook-id']).toBe('k')
    expect(headers['content-type']).toBe('application/json')
    expect(headers['webhook-signature']).toMatch(/^v1,\S+ v1,\S+$/)
    const texts = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
    for (const secret of secrets)
      expect(new Webhook(secret).verify(body, texts)).toMatchObject({ id: 'k', seq: 1 })
    expect(() => new Webhook(newSecret()).verify(body, texts)).toThrow('No matching signature')
  }
  expect(seen[1]?.body).toBe(seen[0]?.body)
})

test('what is behind a webhook cannot be listed; an account is its address without the query', async () => {
  const target = await appThat((_, response) => response.end())
  expect(await target.list('User', undefined, wayOut())).toMatchObject({ kind: 'later' })
  expect(await target.test(wayOut())).toMatchObject({ account: /^http:\/\/127\.0\.0\.1:\d+\/hook$/ })
})

test('a step without its event is a bug, and so is a secret that is none', async () => {
  const { event: _, ...without } = step
  const target = await appThat((__, response) => response.end())
  await expect(target.deliverUser(without, wayOut())).rejects.toThrow('without its event')
  const open = () =>
    webhookTarget({ kind: 'webhook', url: 'https://a.example', secrets: ['whsec_!'], learned: {} })
  expect(open).toThrow()
})
