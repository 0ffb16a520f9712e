import { afterAll, beforeEach, expect, test } from 'vitest'
import { startPreset } from './onepasswordPreset.ts'
import { documentOf, stepOf, wayOut } from './onepasswordSteps.ts'
import { absent } from './scimSteps.ts'

const { server, verified, somebody, suspend, askedOfApi, mend } = await startPreset()

afterAll(() => server.stop())
beforeEach(() => mend())

test.each([
  ['is away', { what: 'status', status: 404 }],
  ['is broken', { what: 'status', status: 503 }],
  ['refuses its token', { what: 'status', status: 401 }],
  ['resets', { what: 'reset' }],
  ['loses its answers', { what: 'lost' }],
] as const)('while the SCIM endpoint %s, the Users API suspends', async (_, rule) => {
  const { email, link } = await somebody()
  server.fail({ path: '/scim', times: 9, ...rule })
  const outcome = await suspend(link)
  expect(outcome).toEqual({
    kind: 'done',
    link: { ...link, confirmed: { ...link.confirmed, active: false } },
  })
  expect(server.person(email).isSuspended).toBe(true)
})

test('a deletion too; but nobody is reactivated or invited that way', async () => {
  const { email, link } = await somebody()
  server.provisioning(false)
  const wanted = absent(link.confirmed, 'delete')
  expect(await verified.deliverUser(stepOf({}, link, { wanted }), wayOut())).toMatchObject({ kind: 'done' })
  expect(server.person(email).isSuspended).toBe(true)
  server.mend()
  const suspended = { ...link, confirmed: { ...link.confirmed, active: false } }
  const back = await verified.deliverUser(stepOf({ ...link.confirmed, active: true }, suspended), wayOut())
  expect(back).toMatchObject({ kind: 'later' })
  const invited = await verified.deliverUser(stepOf(documentOf('new@example.com'), undefined), wayOut())
  expect(invited).toMatchObject({ kind: 'later' })
  expect(askedOfApi()).toEqual([])
})

test('who never had a link is not suspended because of their address', async () => {
  server.add({ email: 'other@example.com' })
  server.provisioning(false)
  const step = stepOf({}, undefined, {
    wanted: absent(documentOf('other@example.com'), 'suspend'),
    uncertain: true,
  })
  expect(await verified.deliverUser(step, wayOut())).toMatchObject({ kind: 'later' })
  expect(server.person('other@example.com').isSuspended).toBe(false)
})

test('it is the address that 1Password showed that counts, not the one that is wanted', async () => {
  const { email, link } = await somebody()
  const { email: stranger } = await somebody()
  server.provisioning(false)
  const wanted = { ...documentOf(stranger, false) }
  expect(await verified.deliverUser(stepOf(wanted, link), wayOut())).toMatchObject({ kind: 'done' })
  expect([server.person(email).isSuspended, server.person(stranger).isSuspended]).toEqual([true, false])
})

test('neither of them can: later, with both words', async () => {
  const { email, link } = await somebody()
  server.fail({ what: 'status', status: 503, times: 9 })
  expect(await suspend(link)).toMatchObject({
    kind: 'later',
    words: expect.stringMatching(/503.*Users API.*503/),
  })
  server.mend()
  server.provisioning(false)
  server.scopes(['get user', 'list users'])
  expect(await suspend(link)).toMatchObject({
    kind: 'later',
    words: expect.stringMatching(/500.*suspend users/),
  })
  expect(server.person(email).isSuspended).toBe(false)
})
