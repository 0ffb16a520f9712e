import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import * as v from 'valibot'
import { onepasswordEntered } from '../../worker/targets/onepassword.ts'
import { onepasswordUsersEntered, onepasswordUsersTarget } from '../../worker/targets/onepasswordUsers.ts'
import type { OnepasswordUsersSettings } from '../../worker/targets/onepasswordUsers.ts'
import type { Account } from '../../worker/targets/target.ts'
import { settingsOf, wayOut } from './onepasswordSteps.ts'
import { startOnepassword, type Onepassword } from './servers/onepassword.ts'

let server: Onepassword

beforeAll(async () => {
  server = await startOnepassword()
})
afterAll(() => server.stop())
beforeEach(() => {
  server.mend()
  server.scopes(['get user', 'list users', 'suspend users', 'reactivate users'])
})

const probe = (different: Partial<OnepasswordUsersSettings> = {}) =>
  onepasswordUsersTarget(settingsOf(server, different)).test(wayOut())

test('good settings name the account, and nothing is changed', async () => {
  expect(await probe()).toMatchObject({
    kind: 'good',
    account: `${server.apiBase} ${server.accountId}`,
    capabilities: { suspend: true, reactivate: true, list: true, groups: false },
    learned: {},
  })
  const asked = server.asked().map(({ method, path }) => `${method} ${path.split('/').at(-2)}`)
  expect(asked.filter((each) => !each.startsWith('GET'))).toEqual(['POST oauth2'])
  expect(
    server
      .asked()
      .find(({ path }) => path.endsWith('/users'))
      ?.query.get('max_page_size'),
  ).toBe('1')
})

test('the same account in other letters is the same', async () => {
  const [one, other] = [await probe(), await probe({ accountId: server.accountId.toLowerCase() })]
  expect(one).toEqual(other)
})

test('a wrong secret', async () => {
  const words = { kind: 'bad', words: expect.stringMatching(/client ID and the client secret/) }
  expect(await probe({ clientSecret: 'no' })).toMatchObject(words)
  expect(await probe({ clientId: 'no' })).toMatchObject(words)
})

test('another account, another region', async () => {
  expect(await probe({ accountId: 'A'.repeat(26) })).toMatchObject({
    kind: 'bad',
    words: expect.stringMatching(/account ID/),
  })
})

test('a scope that is missing, and hosted provisioning, which goes with no Users API', async () => {
  server.scopes(['get user'])
  expect(await probe()).toMatchObject({ kind: 'bad', words: expect.stringMatching(/list users/) })
  server.scopes(['list users'])
  const missing = await probe()
  expect(missing).toMatchObject({ kind: 'bad', words: expect.stringMatching(/scopes get user/) })
  expect(missing.words).toContain('hosted provisioning')
})

test('trouble is told', async () => {
  server.fail({ path: /users$/, what: 'status', status: 503 })
  expect(await probe()).toMatchObject({ kind: 'bad', words: expect.stringMatching(/503/) })
  server.fail({ path: /users$/, what: 'status', status: 200, body: [] })
  expect(await probe()).toMatchObject({ kind: 'bad', words: expect.stringMatching(/no list of people/) })
  server.fail({ path: /users\/\w+$/, what: 'status', status: 404 })
  expect(await probe()).toMatchObject({ kind: 'bad', words: expect.stringMatching(/404/) })
})

test('people are listed page by page, with the names that an import needs', async () => {
  const crowd = await startOnepassword()
  const names: readonly (readonly [string, string, string])[] = [
    ['Ann', 'Ann', 'Ann'],
    ['Ann Lee', 'Ann', 'Lee'],
    ['  Ann  Mary Lee ', 'Ann Mary', 'Lee'],
    ['', 'p4', 'p4'],
  ]
  names.forEach(([displayName], at) =>
    crowd.add({ email: `p${at + 1}@example.com`, displayName, isSuspended: at > 2 }),
  )
  for (let n = 0; n < 1_100; n += 1) crowd.add({ email: `q${n}@example.com` })
  const target = onepasswordUsersTarget(settingsOf(crowd))
  const all: Account[] = []
  let next: string | undefined
  let pages = 0
  do {
    const page = await target.list('User', next, wayOut())
    if ('kind' in page) throw new Error(page.words)
    all.push(...page.accounts)
    next = page.next
    pages += 1
  } while (next !== undefined)
  expect([pages, all.length, new Set(all.map(({ remote }) => remote)).size]).toEqual([2, 1_105, 1_105])
  expect(all.slice(1, 5).map(({ document }) => [document['name'], document['active']])).toEqual(
    names.map(([, givenName, familyName], at) => [{ givenName, familyName }, at <= 2]),
  )
  expect(all[4]?.document).not.toHaveProperty('displayName')
  crowd.fail({ path: /users$/, what: 'status', status: 500 })
  expect(await target.list('User', undefined, wayOut())).toMatchObject({ kind: 'later', uncertain: false })
  await crowd.stop()
})

test('what is entered is checked: the secret goes to 1Password, or to this machine, and nowhere else', () => {
  const users = { clientId: 'c', clientSecret: 's', accountId: 'A'.repeat(26) }
  const entered = { kind: 'onepassword-users', region: 'eu', onCreate: 'refuse', ...users }
  const isGood = (different: object) => v.is(onepasswordUsersEntered, { ...entered, ...different })
  expect(isGood({})).toBe(true)
  expect(isGood({ base: 'http://127.0.0.1:8080' })).toBe(true)
  expect(isGood({ base: 'https://api.example.com' })).toBe(false)
  expect(isGood({ base: 'http://127.0.0.1:8080@example.com' })).toBe(false)
  expect(isGood({ region: 'ent' })).toBe(false)
  expect(isGood({ accountId: 'A/../B' })).toBe(false)
  const both = {
    kind: 'onepassword',
    region: 'com',
    scimUrl: ' https://scim.example.com/scim/v2/ ',
    scimToken: 't',
  }
  expect(v.parse(onepasswordEntered, { ...both, users })).toMatchObject({
    scimUrl: 'https://scim.example.com/scim/v2',
    users,
  })
  expect(v.is(onepasswordEntered, { ...both, region: 'ent' })).toBe(true)
  expect(v.is(onepasswordEntered, { ...both, region: 'ent', users })).toBe(false)
})
