import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  onepasswordTarget,
  POWERFUL_GROUPS,
  scimPartOf,
  usersPartOf,
  type OnepasswordSettings,
} from '../../worker/targets/onepassword.ts'
import { scimTarget } from '../../worker/targets/scim.ts'
import type { Link, Outcome, Target, UserStep } from '../../worker/targets/target.ts'
import { documentOf, stepOf, wayOut } from './onepasswordSteps.ts'
import { absent, group, linkOf } from './scimSteps.ts'
import { startOnepassword, type Onepassword } from './servers/onepassword.ts'

let server: Onepassword
let verified: Target
let plain: Target

/** Takes what is different; gives the preset, opened as the bridge opens it. */
function open(different: Partial<OnepasswordSettings> = {}): Target {
  const { scimUrl, scimToken, apiBase: base, clientId, clientSecret, accountId } = server
  const users = { clientId, clientSecret, accountId, base }
  const settings = {
    kind: 'onepassword',
    region: 'com',
    scimUrl,
    scimToken,
    users,
    learned: {},
    ...different,
  } as const
  return onepasswordTarget(scimTarget(scimPartOf(settings)), usersPartOf(settings))
}

beforeAll(async () => {
  server = await startOnepassword()
  verified = open()
  plain = onepasswordTarget(
    scimTarget(
      scimPartOf({
        kind: 'onepassword',
        region: 'ent',
        scimUrl: server.scimUrl,
        scimToken: server.scimToken,
        learned: {},
      }),
    ),
    undefined,
  )
})
afterAll(() => server.stop())
beforeEach(() => {
  server.mend()
  server.provisioning(true)
  server.holdBack(false)
  server.scopes(['get user', 'list users', 'suspend users', 'reactivate users'])
})

let count = 0

/** Invites somebody through the SCIM endpoint; gives their address and link. */
async function somebody(): Promise<{ email: string; link: Link }> {
  count += 1
  const email = `Person.${count}@example.com`
  const link = linkOf(await verified.deliverUser(stepOf(documentOf(email), undefined), wayOut()))
  server.mend()
  return { email, link }
}

const suspend = (link: Link, target = verified): Promise<Outcome> =>
  target.deliverUser(stepOf({ ...link.confirmed, active: false }, link), wayOut())

const askedOfApi = () => server.asked().filter(({ path }) => path.startsWith('/v1beta1'))
const scimWrites = () =>
  server
    .asked()
    .filter(({ method, path }) => path.startsWith('/scim') && method !== 'GET')
    .map(({ method }) => method)

test('people are invited, renamed and reactivated through the SCIM endpoint alone', async () => {
  const { email, link } = await somebody()
  const renamed = await verified.deliverUser(
    stepOf({ ...link.confirmed, displayName: 'Ann Lee' }, link),
    wayOut(),
  )
  expect(server.person(email).displayName).toBe('Ann Lee')
  server.setSuspended(email, true)
  const suspended = { ...linkOf(renamed), confirmed: { ...linkOf(renamed).confirmed, active: false } }
  const back = await verified.deliverUser(
    stepOf({ ...suspended.confirmed, active: true }, suspended),
    wayOut(),
  )
  expect(back).toMatchObject({ kind: 'done', link: { confirmed: { active: true } } })
  expect(server.person(email).isSuspended).toBe(false)
  expect(askedOfApi()).toEqual([])
})

test('a suspension is done when the Users API shows it', async () => {
  const { email, link } = await somebody()
  const outcome = await suspend(link)
  expect(outcome).toMatchObject({ kind: 'done', link: { remote: link.remote, confirmed: { active: false } } })
  expect(server.person(email).isSuspended).toBe(true)
  expect(scimWrites()).toEqual(['PATCH'])
  expect(askedOfApi().every(({ path }) => !path.endsWith(':suspend'))).toBe(true)
  expect(askedOfApi().at(-1)?.path).toMatch(new RegExp(`${link.remote.toLowerCase()}$`))
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
  expect(outcome).toMatchObject({ kind: 'later', whose: 'resource', uncertain: true, retryAfter: 40 })
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
  server.fail({ path: /\/users\/\w+$/, what: 'status', status: 404 })
  server.fail({ path: /\/users$/, what: 'delay', ms: 1 })
  server.fail(absence)
  expect(await suspend(link)).toMatchObject({ kind: 'later', words: expect.stringMatching(/lists nobody/) })
  server.mend()
  server.fail({ path: /\/users\/\w+$/, what: 'status', status: 404 })
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

test('what the SCIM side refuses or finds is handed on, and it is never told to delete', async () => {
  const { link } = await somebody()
  const steps: UserStep[] = []
  const outcomes: Outcome[] = [
    { kind: 'never', words: 'no' },
    { kind: 'found', accounts: [] },
  ]
  for (const outcome of outcomes) {
    const stub: Target = {
      ...plain,
      deliverUser: async (step) => {
        steps.push(step)
        return outcome
      },
    }
    const step = stepOf({}, link, { wanted: absent(link.confirmed, 'delete') })
    expect(await onepasswordTarget(stub, verified).deliverUser(step, wayOut())).toEqual(outcome)
  }
  expect(steps.map(({ wanted }) => wanted)).toMatchObject([{ how: 'suspend' }, { how: 'suspend' }])
})

test('who is gone from both is done', async () => {
  const { email, link } = await somebody()
  server.remove(email)
  expect(await suspend(link)).toEqual({ kind: 'done', link: undefined })
  expect(askedOfApi().length).toBeGreaterThan(0)
})

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

test('who was proven suspended is not proven again with another name', async () => {
  const { link } = await somebody()
  const after = linkOf(await suspend(link))
  server.mend()
  const renamed = stepOf({ ...after.confirmed, displayName: 'Ann Lee' }, after)
  expect(await verified.deliverUser(renamed, wayOut())).toMatchObject({ kind: 'done' })
  expect(askedOfApi()).toEqual([])
})

test('without the Users API the SCIM endpoint is believed', async () => {
  const { email, link } = await somebody()
  server.holdBack(true)
  expect(await suspend(link, plain)).toMatchObject({ kind: 'done' })
  expect(server.person(email).isSuspended).toBe(false)
  expect(askedOfApi()).toEqual([])
})

test('groups have members, though no answer shows them', async () => {
  const [one, other] = [await somebody(), await somebody()]
  const both = [one.link.remote, other.link.remote]
  const made = await verified.deliverGroup(group({ displayName: 'Crew' }, { add: both }), wayOut())
  expect(server.groups().at(-1)).toMatchObject({ displayName: 'Crew', members: [one.email, other.email] })
  const link = linkOf(made)
  const less = group({ displayName: 'Crew 2' }, { link, remove: [one.link.remote] })
  expect(await verified.deliverGroup(less, wayOut())).toMatchObject({ kind: 'done' })
  expect(server.groups().at(-1)).toMatchObject({ displayName: 'Crew 2', members: [other.email] })
  const none = group({}, { link, wanted: absent({ displayName: 'Crew 2' }, 'delete') })
  expect(await verified.deliverGroup(none, wayOut())).toMatchObject({ kind: 'done' })
  expect(server.groups().some(({ displayName }) => displayName === 'Crew 2')).toBe(false)
  expect(POWERFUL_GROUPS).toContain('Owners')
})

test('the test of the settings says whether suspensions are verified', async () => {
  expect(await verified.test(wayOut())).toMatchObject({
    kind: 'good',
    account: server.scimUrl,
    capabilities: { create: true, groups: true, delete: false },
    learned: { patch: true, filter: true, maxResults: 10_000 },
    words: expect.stringMatching(/Suspensions are verified by the Users API\.$/),
  })
  expect(await plain.test(wayOut())).toMatchObject({
    kind: 'good',
    words: expect.stringMatching(/not verified/),
  })
  expect(scimWrites()).toEqual([])
})

test('and what is wrong: the switch, the SCIM token, the Users API', async () => {
  server.provisioning(false)
  expect(await verified.test(wayOut())).toMatchObject({
    kind: 'bad',
    words: expect.stringMatching(/"Provisioning users & groups" switched on/),
  })
  server.provisioning(true)
  const wrong = await open({ scimToken: 'wrong' }).test(wayOut())
  expect(wrong).toMatchObject({ kind: 'bad', words: expect.stringMatching(/401/) })
  expect(wrong.words).not.toMatch(/switched on|wrong/)
  server.scopes([])
  expect(await verified.test(wayOut())).toMatchObject({
    kind: 'bad',
    words: expect.stringMatching(/^the Users API: .*list users/),
  })
})

test('a region with no Users API has none', () => {
  const { scimUrl, scimToken } = server
  const users = { clientId: 'c', clientSecret: 's', accountId: 'A'.repeat(26) }
  const settings = { kind: 'onepassword', scimUrl, scimToken, users, learned: {} } as const
  expect(usersPartOf({ ...settings, region: 'ent' })).toBeUndefined()
  expect(usersPartOf({ ...settings, region: 'eu' })).toBeDefined()
})
