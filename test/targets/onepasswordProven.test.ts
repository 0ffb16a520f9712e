import { afterAll, beforeEach, expect, test } from 'vitest'
import { onepasswordTarget } from '../../worker/targets/onepassword.ts'
import type { Target } from '../../worker/targets/target.ts'
import { startPreset } from './onepasswordPreset.ts'
import { documentOf, stepOf, wayOut } from './onepasswordSteps.ts'
import { absent, linkOf } from './scimSteps.ts'

const { server, verified, plain, somebody, suspend, askedOfApi, scimWrites, mend } = await startPreset()

afterAll(() => server.stop())
beforeEach(() => mend())

test('a suspension is done when the Users API shows it', async () => {
  const { email, link } = await somebody()
  const outcome = await suspend(link)
  expect(outcome).toMatchObject({ kind: 'done', link: { remote: link.remote, confirmed: { active: false } } })
  expect(server.person(email).isSuspended).toBe(true)
  expect(scimWrites()).toEqual(['PATCH'])
  expect(askedOfApi().every(({ path }) => !path.endsWith(':suspend'))).toBe(true)
  expect(askedOfApi().at(-1)?.path).toMatch(new RegExp(`${link.remote}$`))
})

test('one that the SCIM endpoint only says it did is carried out by the Users API', async () => {
  const { email, link } = await somebody()
  server.holdBack(true)
  expect(await suspend(link)).toMatchObject({ kind: 'done', link: { confirmed: { active: false } } })
  expect(server.person(email).isSuspended).toBe(true)
})

test.each(['suspend', 'delete'] as const)(
  'a deletion (%s) is a DELETE that suspends, and proven',
  async (how) => {
    const { email, link } = await somebody()
    const outcome = await verified.deliverUser(
      stepOf({}, link, { wanted: absent(link.confirmed, how) }),
      wayOut(),
    )
    expect(outcome).toMatchObject({
      kind: 'done',
      link: { remote: link.remote, confirmed: { active: false } },
    })
    expect(scimWrites()).toEqual(['DELETE'])
    expect(server.person(email).isSuspended).toBe(true)
    expect(verified.capabilities.delete).toBe(false)
  },
)

test('without proof a suspension is not done, and invitations go on', async () => {
  const { link } = await somebody()
  server.fail({ path: '/v1beta1', what: 'status', status: 429, headers: { 'retry-after': '40' }, times: 9 })
  const outcome = await suspend(link)
  expect(outcome).toMatchObject({ kind: 'later', whose: 'resource', uncertain: true, pause: 40 })
  // It is not the endpoint that asks for time: that goes on for everybody else.
  expect(outcome).not.toHaveProperty('retryAfter')
  expect(outcome).toMatchObject({
    words: expect.stringMatching(/^the SCIM endpoint says it is done, but .*429/),
  })
  server.mend()
  server.scopes(['list users'])
  expect(await suspend(link)).toMatchObject({
    kind: 'later',
    whose: 'resource',
    words: expect.stringMatching(/get user/),
  })
  server.scopes(['get user', 'list users'])
  const again = await verified.deliverUser(
    stepOf({ ...link.confirmed, active: false }, link, { uncertain: true }),
    wayOut(),
  )
  expect(again).toMatchObject({ kind: 'done', link: { confirmed: { active: false } } })
})

test('who the Users API does not list is not proven', async () => {
  const { link } = await somebody()
  server.fail({ path: /\/users\/\w+$/, what: 'status', status: 404 })
  server.fail({
    path: /\/users$/,
    what: 'status',
    status: 200,
    body: { results: [{ id: 'x', email: 'owner@example.com', state: 'ACTIVE' }] },
  })
  expect(await suspend(link)).toMatchObject({
    kind: 'later',
    words: expect.stringMatching(/lists nobody with this address/),
  })
})

test('two people with the address prove nothing, and neither is touched', async () => {
  const { email, link } = await somebody()
  server.holdBack(true)
  server.ownIds(true)
  const { id } = server.add({ email: email.toUpperCase() })
  expect(await suspend(link)).toMatchObject({ kind: 'later', words: expect.stringMatching(/several people/) })
  expect(server.people().filter((each) => each.isSuspended && [id, link.remote].includes(each.id))).toEqual(
    [],
  )
})

test('who is gone between two looks is not proven; who came in their place is not touched', async () => {
  const { email, link } = await somebody()
  const listed = { path: /\/users$/, what: 'status', status: 200 } as const
  const absence = { ...listed, body: { results: [{ id: 'x', email: 'owner@example.com', state: 'ACTIVE' }] } }
  server.holdBack(true)
  server.fail({ path: /\/users\/\w+$/, what: 'status', status: 404, times: 2 })
  server.fail({ path: /\/users$/, what: 'delay', ms: 1 })
  server.fail(absence)
  expect(await suspend(link)).toMatchObject({ kind: 'later', words: expect.stringMatching(/lists nobody/) })
  server.mend()
  server.fail({ path: /\/users\/\w+$/, what: 'status', status: 404, times: 2 })
  server.fail({ path: /\/users$/, what: 'delay', ms: 1 })
  server.fail({ ...listed, body: { results: [{ id: 'x', email, state: 'SUSPENDED' }] } })
  expect(await suspend(link)).toMatchObject({ kind: 'later', words: expect.stringMatching(/somebody else/) })
})

test('a suspension that shows active for all is not done, whatever a target says of itself', async () => {
  const { link } = await somebody()
  const claims: Target = {
    ...plain,
    deliverUser: async (step) =>
      step.link === undefined
        ? { kind: 'found', accounts: [{ remote: 'x', document: link.confirmed }] }
        : { kind: 'done', link: { remote: 'x', confirmed: link.confirmed } },
  }
  expect(await suspend(link, onepasswordTarget(plain, claims))).toMatchObject({
    kind: 'later',
    words: expect.stringMatching(/active/),
  })
})

test('who is gone from both is done', async () => {
  const { email, link } = await somebody()
  server.remove(email)
  expect(await suspend(link)).toEqual({ kind: 'done', link: undefined })
  expect(askedOfApi().length).toBeGreaterThan(0)
})

test('the new address proves nothing where somebody else has it at the Users API', async () => {
  const { link } = await somebody()
  server.confirming(true)
  const { email: other, link: stranger } = await somebody()
  // The stranger gives up the address at the SCIM side, and has it still at the other.
  const left = stepOf(documentOf('new.2@example.com'), stranger)
  expect(await plain.deliverUser(left, wayOut())).toMatchObject({ kind: 'done' })
  expect(await verified.deliverUser(stepOf(documentOf(other, false), link), wayOut())).toMatchObject({
    kind: 'done',
  })
  expect(askedOfApi().at(-1)?.path).toMatch(new RegExp(`${link.remote}$`))
  expect(server.person('new.2@example.com').isSuspended).toBe(false)
})

test('who has got the address meanwhile is not suspended for whoever had it', async () => {
  const { email, link } = await somebody()
  const moved = documentOf('new.3@example.com', false)
  // An earlier try brought the new address, and nobody heard of it; then the old one was given to a new colleague.
  await plain.deliverUser(stepOf({ ...moved, active: true }, link), wayOut())
  const { id } = server.add({ email })
  const outcome = await verified.deliverUser(stepOf(moved, link, { uncertain: true }), wayOut())
  expect(outcome).toMatchObject({ kind: 'done', link: { remote: link.remote } })
  expect(askedOfApi().at(-1)?.path).toMatch(new RegExp(`${link.remote}$`))
  expect(server.people().find((each) => each.id === id)?.isSuspended).toBe(false)
})

test('who was proven suspended is not proven again with another name', async () => {
  const { link } = await somebody()
  const after = linkOf(await suspend(link))
  server.mend()
  const renamed = stepOf({ ...after.confirmed, displayName: 'Ann Lee' }, after)
  expect(await verified.deliverUser(renamed, wayOut())).toMatchObject({ kind: 'done' })
  expect(askedOfApi()).toEqual([])
})
