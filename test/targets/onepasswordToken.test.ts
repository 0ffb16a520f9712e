import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { onepasswordUsersTarget } from '../../worker/targets/onepasswordUsers.ts'
import { openOutbound } from '../../worker/targets/outbound.ts'
import type { Link, Target } from '../../worker/targets/target.ts'
import { documentOf, linkTo, settingsOf, stepOf, wayOut } from './onepasswordSteps.ts'
import { startOnepassword, type Onepassword, type Rule } from './servers/onepassword.ts'

const email = 'ann@example.com'
let server: Onepassword
let target: Target
let link: Link

beforeAll(async () => {
  server = await startOnepassword()
  server.add({ email })
  target = onepasswordUsersTarget(settingsOf(server))
  link = await linkTo(target, email)
})
afterAll(() => server.stop())
beforeEach(() => {
  server.mend()
  server.setSuspended(email, false)
})
afterEach(() => {
  vi.useRealTimers()
})

const suspension = () => stepOf(documentOf(email, false), link)
const suspend = (way = wayOut()) => target.deliverUser(suspension(), way)
const tokensAsked = () => server.asked().filter(({ path }) => path.endsWith('/oauth2/token')).length

/** Where it fails: with the action. */
const acting: Pick<Rule, 'method' | 'path'> = { method: 'POST', path: ':suspend' }

test('a token is asked for once, as documented, and every request says who asks', async () => {
  const fresh = onepasswordUsersTarget(settingsOf(server, { clientId: server.clientId }))
  await fresh.deliverUser(suspension(), wayOut())
  const other = await startOnepassword()
  other.add({ email })
  const elsewhere = onepasswordUsersTarget(settingsOf(other))
  await linkTo(elsewhere, email)
  await linkTo(elsewhere, email)
  const [first, ...rest] = other.asked()
  expect(first).toMatchObject({
    method: 'POST',
    path: '/v1beta1/users/oauth2/token',
    body: 'grant_type=client_credentials',
    headers: {
      authorization: `Basic ${btoa(`${other.clientId}:${other.clientSecret}`)}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
  })
  expect(rest).toHaveLength(2)
  expect(new Set(other.asked().map(({ headers }) => headers['user-agent']))).toEqual(
    new Set(['Drawbridge/0.1']),
  )
  await other.stop()
})

test('a token is renewed when less than a minute is left', async () => {
  await suspend()
  server.mend()
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
  const after = async (seconds: number) => {
    vi.setSystemTime(Date.now() + seconds * 1000)
    expect(await suspend()).toMatchObject({ kind: 'done' })
    return tokensAsked()
  }
  await after(841)
  server.mend()
  expect(await after(839)).toBe(0)
  expect(await after(2)).toBe(1)
})

test('a token that is refused is renewed once, and a suspension is sent again', async () => {
  await suspend()
  server.setSuspended(email, false)
  server.mend()
  server.revoke()
  expect(await suspend()).toMatchObject({ kind: 'done' })
  expect(tokensAsked()).toBe(1)
  server.setSuspended(email, false)
  server.fail({ ...acting, what: 'status', status: 401 })
  expect(await suspend()).toMatchObject({ kind: 'done' })
  server.fail({ path: /\/users\/\w+$/, what: 'status', status: 401, times: 2 })
  expect(await suspend()).toMatchObject({ kind: 'later', whose: 'connection', uncertain: false })
})

test.each([
  ['a wrong secret', { clientSecret: 'wrong-secret' }, undefined, 'connection', /client secret/],
  ['401', {}, { what: 'status', status: 401, body: '<h1>No</h1>' }, 'connection', /client secret/],
  [
    'invalid_client',
    {},
    { what: 'status', status: 400, body: { error: 'invalid_client' } },
    'connection',
    /secret/,
  ],
  [
    '400',
    {},
    { what: 'status', status: 400, body: { error: 'invalid_scope' } },
    'connection',
    /"invalid_scope"/,
  ],
  ['404', {}, { what: 'status', status: 404 }, 'connection', /region/],
  ['429', {}, { what: 'status', status: 429, headers: { 'retry-after': '3' } }, 'resource', /429/],
  [
    '429 as a page',
    {},
    { what: 'status', status: 429, headers: { 'retry-after': '3' }, body: '<h1>Busy</h1>' },
    'resource',
    /429/,
  ],
  ['500', {}, { what: 'status', status: 500 }, 'resource', /500/],
  ['a reset', {}, { what: 'reset' }, 'resource', /could not be reached/],
  ['no token', {}, { what: 'status', status: 200, body: { access_token: '' } }, 'resource', /no token/],
] as const)(
  'no token because of %s: later, and nothing happened',
  async (_, different, rule, whose, words) => {
    server.revoke()
    const unlucky = onepasswordUsersTarget(settingsOf(server, different))
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 900_000 })
    if (rule !== undefined) server.fail({ path: '/oauth2/token', ...rule })
    const way = openOutbound({ budget: { left: 9 }, until: Date.now() + 60_000, loopback: true })
    const outcome = await unlucky.deliverUser(suspension(), way)
    expect(outcome).toMatchObject({
      kind: 'later',
      whose,
      uncertain: false,
      words: expect.stringMatching(words),
    })
    const isAsked = rule?.what === 'status' && 'headers' in rule
    expect('retryAfter' in outcome ? outcome.retryAfter : undefined).toBe(isAsked ? 3 : undefined)
    expect(JSON.stringify(outcome)).not.toContain('wrong-secret')
    expect(server.person(email).isSuspended).toBe(false)
  },
)

test('no secret gets into words', async () => {
  const { clientSecret } = server
  const token = server.asked().at(-1)?.headers.authorization ?? ''
  await suspend()
  server.setSuspended(email, false)
  const bearer = server.asked().at(-1)?.headers.authorization?.replace('Bearer ', '') ?? token
  const body = { message: `I saw ${bearer} and ${clientSecret}` }
  server.fail({ ...acting, what: 'status', status: 400, body })
  expect(await suspend()).toMatchObject({ kind: 'never', words: expect.stringMatching(/"I saw … and …"/) })
})
