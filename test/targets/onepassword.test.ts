import { afterAll, beforeEach, expect, test } from 'vitest'
import { onepasswordTarget, usersPartOf } from '../../worker/targets/onepassword.ts'
import type { Outcome, Target, UserStep } from '../../worker/targets/target.ts'
import { startPreset } from './onepasswordPreset.ts'
import { stepOf, wayOut } from './onepasswordSteps.ts'
import { absent, group, linkOf } from './scimSteps.ts'

const { server, verified, plain, open, somebody, suspend, askedOfApi, scimWrites, mend } = await startPreset()

afterAll(() => server.stop())
beforeEach(() => mend())

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
