import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { onepasswordUsersTarget, TO_DO } from '../../worker/targets/onepasswordUsers.ts'
import type { Target } from '../../worker/targets/target.ts'
import { documentOf, foundIn, linkTo, settingsOf, stepOf, wayOut } from './onepasswordSteps.ts'
import { startOnepassword, type Onepassword } from './servers/onepassword.ts'

let server: Onepassword
let target: Target

beforeAll(async () => {
  server = await startOnepassword()
  target = onepasswordUsersTarget(settingsOf(server))
})
afterAll(() => server.stop())
beforeEach(() => server.mend())

let count = 0

/** Adds somebody, and gives their address and link. */
async function somebody(given: { isSuspended?: boolean; isExternal?: boolean; displayName?: string } = {}) {
  count += 1
  const email = `Person.${count}@Example.com`
  server.add({ email, ...given })
  const link = await linkTo(target, email)
  server.mend()
  return { email, link }
}

const paths = () => server.asked().map(({ method, path }) => `${method} ${path.replace(/.*\/users\b/, '')}`)

test('a person is suspended, and that is done when a GET shows it', async () => {
  const { email, link } = await somebody()
  const outcome = await target.deliverUser(stepOf(documentOf(email, false), link), wayOut())
  expect(outcome).toEqual({
    kind: 'done',
    link: {
      remote: link.remote,
      confirmed: {
        userName: email,
        displayName: email,
        emails: [{ value: email, primary: true }],
        active: false,
      },
    },
  })
  expect(server.person(email).isSuspended).toBe(true)
  expect(paths()).toEqual([`GET /${link.remote}`, `POST /${link.remote}:suspend`, `GET /${link.remote}`])
})

test('a person is reactivated', async () => {
  const { email, link } = await somebody({ isSuspended: true })
  expect(link.confirmed['active']).toBe(false)
  const outcome = await target.deliverUser(stepOf(documentOf(email), link), wayOut())
  expect(outcome).toMatchObject({ kind: 'done', link: { confirmed: { active: true } } })
  expect(server.person(email).isSuspended).toBe(false)
})

test('who is in the state already is only looked at', async () => {
  const { email, link } = await somebody({ isSuspended: true })
  const outcome = await target.deliverUser(stepOf(documentOf(email, false), link), wayOut())
  expect(outcome).toMatchObject({ kind: 'done', link: { confirmed: { active: false } } })
  expect(paths()).toEqual([`GET /${link.remote}`])
})

test.each(['suspend', 'delete'] as const)('a deletion (%s) suspends', async (how) => {
  const { email, link } = await somebody()
  const wanted = { kind: 'absent', how, document: documentOf(email) } as const
  const outcome = await target.deliverUser(stepOf({}, link, { wanted }), wayOut())
  expect(outcome).toMatchObject({ kind: 'done', link: { confirmed: { active: false } } })
  expect(server.person(email).isSuspended).toBe(true)
})

test('what cannot be changed is not claimed: confirmed is what the API shows', async () => {
  const { email, link } = await somebody({ displayName: 'Old Name' })
  const wanted = { ...documentOf('new@example.com'), displayName: 'New Name' }
  const outcome = await target.deliverUser(stepOf(wanted, link), wayOut())
  expect(outcome).toMatchObject({
    kind: 'done',
    link: { confirmed: { userName: email, displayName: 'Old Name', active: true } },
  })
})

test('the ids of a link are compared without case', async () => {
  const { email, link } = await somebody()
  const upper = { ...link, remote: link.remote.toUpperCase() }
  const outcome = await target.deliverUser(stepOf(documentOf(email, false), upper), wayOut())
  expect(outcome).toMatchObject({ kind: 'done', link: { remote: upper.remote } })
})

test('an action that was taken and does not show is not done', async () => {
  const { email, link } = await somebody()
  server.fail({ method: 'POST', path: ':suspend', what: 'status', status: 200, body: { state: 'SUSPENDED' } })
  const outcome = await target.deliverUser(stepOf(documentOf(email, false), link), wayOut())
  expect(outcome).toMatchObject({ kind: 'later', uncertain: true, whose: 'resource' })
})

test('without a link, who has the address is found, and nothing is sent', async () => {
  const { email } = await somebody()
  const outcome = await target.deliverUser(
    stepOf({ ...documentOf(email.toLowerCase(), false), emails: [] }, undefined),
    wayOut(),
  )
  expect(foundIn(outcome)).toMatchObject([{ document: { userName: email, active: true } }])
  expect(paths()).toEqual(['GET '])
})

test('a userName that is no address leaves the primary one of emails; a userName that is one goes first', async () => {
  const [one, other] = [await somebody(), await somebody()]
  const emails = [{ value: 'nobody@example.com' }, { value: other.email, primary: true }]
  const look = async (userName: string) =>
    foundIn(await target.deliverUser(stepOf({ userName, emails, active: true }, undefined), wayOut()))
  expect(await look('login')).toMatchObject([{ document: { userName: other.email } }])
  expect(await look('gone@example.com')).toMatchObject([{ document: { userName: other.email } }])
  const both = await look(one.email)
  expect(both).toMatchObject([{ document: { userName: one.email } }])
  expect(both).toHaveLength(1)
})

test('who is not there and is to have access is refused, with what to do', async () => {
  const outcome = await target.deliverUser(stepOf(documentOf('new@example.com'), undefined), wayOut())
  expect(outcome).toEqual({
    kind: 'never',
    status: 403,
    words: 'the Users API cannot invite people: invite new@example.com in 1Password, then try again',
  })
})

test('or put on the worklist, and found once they are there', async () => {
  const waiting = onepasswordUsersTarget(settingsOf(server, { onCreate: 'worklist' }))
  const step = stepOf(documentOf('worklist@example.com'), undefined)
  expect(await waiting.deliverUser(step, wayOut())).toEqual({
    kind: 'later',
    whose: 'resource',
    uncertain: false,
    words: `${TO_DO}invite worklist@example.com in 1Password`,
    pause: 3_600,
  })
  server.add({ email: 'worklist@example.com' })
  expect(await waiting.deliverUser(step, wayOut())).toMatchObject({ kind: 'found' })
})

test('who is not there and is to have no access is done', async () => {
  const document = documentOf('never@example.com', false)
  const done = { kind: 'done', link: undefined }
  expect(await target.deliverUser(stepOf(document, undefined), wayOut())).toEqual(done)
  const wanted = { kind: 'absent', how: 'suspend', document } as const
  expect(await target.deliverUser(stepOf({}, undefined, { wanted }), wayOut())).toEqual(done)
})

test('who has no address is never found', async () => {
  const step = stepOf({ userName: 'login', active: true }, undefined)
  expect(await target.deliverUser(step, wayOut())).toMatchObject({ kind: 'never', attribute: 'emails' })
  expect(server.asked()).toEqual([])
})

test('the last owner and externally managed administrators are not suspended, and the words say why', async () => {
  const owner = await linkTo(target, 'owner@example.com')
  const step = stepOf(documentOf('owner@example.com', false), owner)
  expect(await target.deliverUser(step, wayOut())).toEqual({
    kind: 'never',
    words:
      '1Password answers 400: "the last owner of an account cannot be suspended": it suspends neither the last owner of an account nor externally managed administrators',
  })
  const { email, link } = await somebody({ isExternal: true })
  expect(await target.deliverUser(stepOf(documentOf(email, false), link), wayOut())).toMatchObject({
    kind: 'never',
    words: expect.stringContaining('externally managed administrators cannot be suspended'),
  })
})

test('who answers 404 is gone only if the list is there without them', async () => {
  const { email, link } = await somebody()
  const suspension = stepOf(documentOf(email, false), link)
  server.fail({ path: link.remote, what: 'status', status: 404 })
  expect(await target.deliverUser(suspension, wayOut())).toMatchObject({
    kind: 'later',
    whose: 'connection',
    uncertain: true,
  })
  server.fail({ path: '/users', what: 'status', status: 404, times: 2 })
  expect(await target.deliverUser(suspension, wayOut())).toMatchObject({ kind: 'later', whose: 'connection' })
  server.mend()
  server.remove(email)
  server.fail({ path: /users$/, what: 'status', status: 200, body: { results: [] } })
  expect(await target.deliverUser(suspension, wayOut())).toMatchObject({ kind: 'later', whose: 'connection' })
  expect(await target.deliverUser(suspension, wayOut())).toEqual({ kind: 'done', link: undefined })
  expect(await target.deliverUser(stepOf(documentOf(email), link), wayOut())).toMatchObject({
    kind: 'never',
    status: 403,
  })
})

test('who is gone and was invited anew is found', async () => {
  const { email, link } = await somebody()
  server.remove(email)
  const { id } = server.add({ email })
  const outcome = await target.deliverUser(stepOf(documentOf(email, false), link), wayOut())
  expect(foundIn(outcome)).toMatchObject([{ remote: id.toLowerCase() }])
  expect(server.person(email).isSuspended).toBe(false)
})

test('there are no groups, and that is said', async () => {
  expect(target.capabilities).toMatchObject({ groups: false, create: false, update: false, delete: false })
  const group = { ...stepOf({ displayName: 'Crew' }, undefined), type: 'Group' } as const
  const outcome = await target.deliverGroup({ ...group, add: [], remove: [], all: undefined }, wayOut())
  expect(outcome).toMatchObject({ kind: 'never', words: expect.stringContaining('no groups') })
  expect(await target.list('Group', undefined, wayOut())).toEqual({ accounts: [], next: undefined })
})
