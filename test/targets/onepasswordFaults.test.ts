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

/** Where it fails: with the GET, with the action, or with the GET that is to prove it. */
const reading: Pick<Rule, 'method' | 'path'> = { method: 'GET', path: /\/users\/\w+$/ }
const acting: Pick<Rule, 'method' | 'path'> = { method: 'POST', path: ':suspend' }

const later = { kind: 'later', whose: 'resource' }

test.each([
  ['429', { what: 'status', status: 429, headers: { 'retry-after': '17' } }, { retryAfter: 17 }, false],
  [
    '500',
    { what: 'status', status: 500, body: { message: 'Oh.' } },
    { words: '1Password answers 500: "Oh."' },
    true,
  ],
  ['503', { what: 'status', status: 503, headers: { 'retry-after': '5' } }, { retryAfter: 5 }, true],
  ['a page of a proxy', { what: 'status', status: 502, body: '<h1>Bad Gateway</h1>' }, {}, true],
  ['an answer that is no JSON', { what: 'status', status: 200, body: '<h1>Welcome</h1>' }, {}, true],
  ['a reset', { what: 'reset' }, {}, true],
] as const)(
  '%s: later, and of an action it is said that it may have happened',
  async (_, rule, with_, uncertain) => {
    server.fail({ ...reading, ...rule })
    expect(await suspend()).toMatchObject({ ...later, ...with_, uncertain: false })
    expect(server.person(email).isSuspended).toBe(false)
    server.fail({ ...acting, ...rule })
    expect(await suspend()).toMatchObject({ ...later, ...with_, uncertain })
    expect(await suspend()).toMatchObject({ kind: 'done' })
  },
)

const page = '<h1>Busy</h1>'

test.each([429, 503])('Retry-After of a %i is read beside a page too', async (status) => {
  server.fail({ ...acting, what: 'status', status, headers: { 'retry-after': '5' }, body: page })
  expect(await suspend()).toMatchObject({ ...later, retryAfter: 5, uncertain: status === 503 })
})

test.each([undefined, page])('Retry-After as a date, the body is %s', async (body) => {
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-03-01T10:00:00Z') })
  const headers = { 'retry-after': 'Sun, 01 Mar 2026 10:01:30 GMT' }
  server.fail({ ...acting, what: 'status', status: 429, headers, body })
  const way = openOutbound({ budget: { left: 9 }, until: Date.now() + 60_000, loopback: true })
  expect(await suspend(way)).toMatchObject({ ...later, retryAfter: 90, uncertain: false })
})

test('an answer that is lost after the effect: uncertain, and the next try sees it', async () => {
  server.fail({ ...acting, what: 'lost' })
  expect(await suspend()).toMatchObject({ ...later, uncertain: true })
  expect(server.person(email).isSuspended).toBe(true)
  server.mend()
  const again = await target.deliverUser({ ...suspension(), uncertain: true }, wayOut())
  expect(again).toMatchObject({ kind: 'done', link: { confirmed: { active: false } } })
  expect(server.asked().some(({ method }) => method === 'POST')).toBe(false)
})

test('an answer that comes too late', async () => {
  server.fail({ ...acting, what: 'delay', ms: 400 })
  expect(await suspend(wayOut(50, 100))).toMatchObject({ ...later, uncertain: true })
})

test('the GET that is to prove it fails: uncertain', async () => {
  server.fail({ ...acting, what: 'delay', ms: 1 })
  const before = suspend()
  server.fail({ ...reading, what: 'delay', ms: 1 })
  server.fail({ ...reading, what: 'status', status: 500 })
  expect(await before).toMatchObject({ ...later, uncertain: true })
  expect(server.person(email).isSuspended).toBe(true)
})

test('what was uncertain stays so while nothing is known', async () => {
  server.fail({ ...reading, what: 'status', status: 503 })
  expect(await target.deliverUser({ ...suspension(), uncertain: true }, wayOut())).toMatchObject({
    kind: 'later',
    uncertain: true,
  })
})

test('an answer about somebody else proves nothing', async () => {
  const other = { id: 'a'.repeat(26), email, display_name: 'Ann', state: 'SUSPENDED' }
  server.fail({ ...reading, what: 'status', status: 200, body: other })
  expect(await suspend()).toMatchObject(later)
  server.fail({ ...reading, what: 'status', status: 200, body: { ...other, id: 7 } })
  expect(await suspend()).toMatchObject(later)
  expect(server.person(email).isSuspended).toBe(false)
})

test('a state that is neither active nor suspended is brought to what is wanted', async () => {
  const unspecified = { id: link.remote, email, display_name: '', state: 'STATE_UNSPECIFIED' }
  server.fail({ ...reading, what: 'status', status: 200, body: unspecified })
  expect(await suspend()).toMatchObject({ kind: 'done', link: { confirmed: { active: false } } })
})

test('a person is refused, an application or an account concerns everybody', async () => {
  server.fail({ ...acting, what: 'status', status: 409, body: { message: 'No.' } })
  expect(await suspend()).toMatchObject({ kind: 'never', words: expect.stringContaining('"No."') })
  server.fail({ ...acting, what: 'status', status: 403 })
  expect(await suspend()).toMatchObject({ kind: 'later', whose: 'connection', uncertain: false })
  server.scopes(['get user', 'list users'])
  expect(await suspend()).toMatchObject({
    kind: 'later',
    whose: 'connection',
    words: expect.stringMatching(/suspend users/),
  })
  server.scopes(['list users', 'suspend users'])
  expect(await suspend()).toMatchObject({
    kind: 'later',
    whose: 'connection',
    words: expect.stringMatching(/get user/),
  })
  server.scopes(['get user', 'list users', 'suspend users', 'reactivate users'])
  server.fail({ ...reading, what: 'status', status: 302, headers: { location: 'https://example.com' } })
  expect(await suspend()).toMatchObject({ kind: 'later', whose: 'connection' })
})

test('the whole list is looked through, as far as the budget goes', async () => {
  const crowd = await startOnepassword()
  for (let n = 0; n < 2_500; n += 1) crowd.add({ email: `p${n}@example.com` })
  const many = onepasswordUsersTarget(settingsOf(crowd))
  await expect(linkTo(many, 'p2499@example.com')).resolves.toBeDefined()
  expect(crowd.asked().map(({ query }) => query.get('max_page_size'))).toEqual([null, '1000', '1000', '1000'])
  crowd.mend()
  await linkTo(many, 'p10@example.com')
  expect(crowd.asked()).toHaveLength(1)
  const step = stepOf(documentOf('p2499@example.com', false), undefined)
  expect(await many.deliverUser(step, wayOut(2))).toMatchObject({ kind: 'later', whose: 'resource' })
  crowd.fail({
    path: /users$/,
    what: 'status',
    status: 200,
    body: { results: [], next_page_token: 'x' },
    times: 9,
  })
  expect(await many.deliverUser(step, wayOut())).toMatchObject({
    kind: 'later',
    words: expect.stringMatching(/same page/),
  })
  // What is no page is no end of the list, at which people would be gone.
  crowd.mend()
  crowd.fail({ path: /users$/, what: 'delay', ms: 1 })
  crowd.fail({ path: /users$/, what: 'status', status: 200, body: {} })
  expect(await many.deliverUser(step, wayOut())).toMatchObject({
    kind: 'later',
    words: expect.stringMatching(/no list of people/),
  })
  await crowd.stop()
})

test('https only, but for this machine', async () => {
  const way = openOutbound({ budget: { left: 9 }, until: Date.now() + 60_000, loopback: false })
  expect(await suspend(way)).toMatchObject({ kind: 'later', whose: 'connection', uncertain: false })
})
