import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  addressFault,
  openOutbound,
  quoted,
  retryAfterOf,
  wordsOf,
  type Outgoing,
  type OutboundOptions,
} from '../../worker/targets/outbound.ts'
import { spelled } from './spelled.ts'

/** A way out that only writes down what would be sent. Nothing is: the real ones are in exchange.test.ts. */
function recorded(options: Partial<OutboundOptions> = {}) {
  const sent: Request[] = []
  const budget = { left: 3 }
  const send = openOutbound({
    budget,
    until: Date.now() + 60_000,
    loopback: false,
    fetch: async (request) => {
      sent.push(request)
      return Response.json({ id: '1' })
    },
    ...options,
  })
  return { send, sent, budget }
}

const to = (url: string, more: Partial<Outgoing> = {}): Outgoing => ({
  method: 'GET',
  url,
  headers: {},
  ...more,
})

test.each([
  'http://target.example/scim',
  'https://127.0.0.1/scim',
  'https://[::1]/scim',
  'https://localhost',
  'https://10.0.0.1',
  'https://0x7f.1',
  'https://2130706433',
  'https://169.254.169.254/latest/meta-data',
  'https://[::ffff:10.0.0.1]',
  'https://user:word@target.example',
  'https://target.example/scim#here',
  'https://target',
  'https://target.internal',
  'ftp://target.example',
  '/scim/v2',
  'nonsense',
])('to %s nothing is sent and nothing is taken', async (url) => {
  const { send, sent, budget } = recorded()
  const incoming = await send(to(url, { method: 'POST', body: '{}' }))
  expect(incoming).toEqual({ kind: 'refused', why: 'address', words: addressFault(url, false) })
  expect([sent.length, budget.left]).toEqual([0, 3])
})

test('to a number nothing is sent, however it is spelled', async () => {
  const { send, sent, budget } = recorded()
  await fc.assert(
    fc.asyncProperty(spelled, async ({ host }) => {
      expect(await send(to(`https://${host}/scim/v2/Users`))).toMatchObject({
        kind: 'refused',
        why: 'address',
      })
    }),
    { numRuns: 2_000 },
  )
  expect([sent.length, budget.left]).toEqual([0, 3])
})

test('what is sent is what is allowed: no redirect is followed, and it ends in time', async () => {
  const { send, sent } = recorded()
  const incoming = await send(to('https://target.example/scim/Users?a=b', { method: 'DELETE' }))
  expect(incoming).toMatchObject({ kind: 'answered', status: 200, body: { id: '1' } })
  expect(sent).toMatchObject([
    { method: 'DELETE', url: 'https://target.example/scim/Users?a=b', redirect: 'manual' },
  ])
  expect(sent[0]?.signal.aborted).toBe(false)
})

test('a budget is not overdrawn, by requests that are sent at once either', async () => {
  const { send, sent, budget } = recorded()
  const incoming = await Promise.all([1, 2, 3, 4, 5].map(() => send(to('https://target.example'))))
  expect(incoming.map(({ kind }) => kind)).toEqual(['answered', 'answered', 'answered', 'refused', 'refused'])
  expect(incoming[4]).toMatchObject({ why: 'budget' })
  expect([sent.length, budget.left]).toEqual([3, 0])
})

test('a budget is shared by all that take from it', async () => {
  const budget = { left: 1 }
  const [one, other] = [recorded({ budget }), recorded({ budget })]
  expect(await one.send(to('https://target.example'))).toMatchObject({ kind: 'answered' })
  expect(await other.send(to('https://target.example'))).toMatchObject({ kind: 'refused', why: 'budget' })
  expect([budget.left, other.sent.length]).toEqual([0, 0])
})

test('after the deadline nothing is sent and nothing is taken', async () => {
  const { send, sent, budget } = recorded({ until: Date.now() })
  expect(await send(to('https://target.example'))).toMatchObject({ kind: 'refused', why: 'budget' })
  expect([sent.length, budget.left]).toEqual([0, 3])
})

test('what goes wrong while sending is a value, and its words are ours', async () => {
  const thrown: readonly [unknown, string][] = [
    [new TypeError('fetch failed: Bearer secret'), 'the target could not be reached'],
    [new DOMException('late', 'TimeoutError'), 'the target did not answer in time'],
    ['a string', 'the target could not be reached'],
  ]
  for (const [error, words] of thrown) {
    const { send, budget } = recorded({ fetch: () => Promise.reject(error) })
    expect(await send(to('https://target.example'))).toEqual({ kind: 'lost', words })
    expect(budget.left).toBe(2)
  }
  const { send } = recorded({
    fetch: () => {
      throw new Error('at once')
    },
  })
  expect(await send(to('https://target.example'))).toMatchObject({ kind: 'lost' })
})

test('a body that is half sent, or was read before, is no answer', async () => {
  const read = Response.json({})
  await read.text()
  const broken = new ReadableStream({
    start: (controller) => {
      controller.enqueue(new TextEncoder().encode('{}'))
      controller.error(new Error('gone'))
    },
  })
  for (const response of [read, new Response(broken, { status: 201 })]) {
    const { send } = recorded({ fetch: () => Promise.resolve(response) })
    expect(await send(to('https://target.example'))).toMatchObject({
      kind: 'unreadable',
      status: response.status,
      words: expect.stringContaining('breaks off') as unknown,
    })
  }
})

test('a redirect whose body breaks is a redirect all the same', async () => {
  const cancel = () => Promise.reject(new Error('gone'))
  const response = new Response(new ReadableStream({ cancel }), { status: 302, headers: { location: '/' } })
  const { send } = recorded({ fetch: () => Promise.resolve(response) })
  expect(await send(to('https://target.example'))).toMatchObject({ kind: 'unreadable', status: 302 })
})

test('a target’s words and its Retry-After are read by the same room', () => {
  expect(quoted(wordsOf({ detail: 'Slow down.' }) ?? '')).toBe('"Slow down."')
  expect(retryAfterOf(new Headers({ 'retry-after': '7' }), new Date(0))).toBe(7)
})
