import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { addPerson, newAccount, newId, personOf, type Given, type Person } from './onepassword/account.ts'
import { obey, type Asked, type Rule } from './onepassword/exchange.ts'
import { answerScim } from './onepassword/scim.ts'
import { answerUsersApi, type Scope, type UsersApi } from './onepassword/usersApi.ts'

export type { Rule } from './onepassword/exchange.ts'

/** A person of the account, as a test looks at them. */
export type SeenPerson = Pick<Person, 'id' | 'email' | 'displayName' | 'isSuspended'>

/** A group, with the members that no answer shows: their addresses. */
export type SeenGroup = {
  readonly id: string
  readonly displayName: string
  readonly members: readonly string[]
}

/** A server on loopback that plays a 1Password account: its SCIM endpoint and its Users API, over the same people. */
export type Onepassword = {
  readonly scimUrl: string
  readonly scimToken: string
  /** Stands for https://api.1password.com. */
  readonly apiBase: string
  readonly clientId: string
  readonly clientSecret: string
  readonly accountId: string
  readonly people: () => readonly SeenPerson[]
  readonly person: (email: string) => SeenPerson
  readonly groups: () => readonly SeenGroup[]
  readonly add: (given: Given) => SeenPerson
  /** As an admin would by hand. */
  readonly remove: (email: string) => void
  readonly setSuspended: (email: string, isSuspended: boolean) => void
  /** Every request so far. */
  readonly asked: () => readonly Asked[]
  readonly fail: (rule: Rule) => void
  /** From here on nothing fails, and nothing was asked. */
  readonly mend: () => void
  /** The switch "Provisioning users & groups". */
  readonly provisioning: (on: boolean) => void
  /** The SCIM side says that it suspends, and does not. */
  readonly holdBack: (on: boolean) => void
  /** A new address is at the Users API only when its person has confirmed it. */
  readonly confirming: (on: boolean) => void
  /** The Users API has other ids than SCIM. */
  readonly ownIds: (on: boolean) => void
  /** What the OAuth application may do. */
  readonly scopes: (scopes: readonly Scope[]) => void
  /** Sets its clock forward, in seconds. */
  readonly pass: (seconds: number) => void
  /** Makes all access tokens worthless. */
  readonly revoke: () => void
  readonly stop: () => Promise<void>
}

const ALL: readonly Scope[] = ['get user', 'list users', 'suspend users', 'reactivate users']

/** Starts such a server on a free port of 127.0.0.1. In the account is its owner, owner@example.com. */
export async function startOnepassword(): Promise<Onepassword> {
  const account = newAccount()
  let ahead = 0
  let isOn = true
  const api: UsersApi = {
    account,
    accountId: newId(),
    clientId: crypto.randomUUID(),
    clientSecret: `secret-${crypto.randomUUID()}`,
    scopes: new Set(ALL),
    tokens: new Map(),
    now: () => Date.now() + ahead,
  }
  const scimToken = `scim-${crypto.randomUUID()}`
  const seen: Asked[] = []
  const rules: { rule: Rule; left: number }[] = []
  const server = createServer((request, response) => {
    const answer = async () => {
      const { pathname: path, searchParams: query } = new URL(request.url ?? '', 'http://localhost')
      const { method = '', headers } = request
      const asked = { method, path, query, headers, body: await text(request) }
      seen.push(asked)
      const right = () =>
        path.startsWith('/scim') ? answerScim(account, scimToken, isOn, asked) : answerUsersApi(api, asked)
      await obey(rules, asked, right, request, response)
    }
    answer().catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const apiBase = `http://127.0.0.1:${port}`
  const known = (email: string): Person => {
    const person = personOf(account, email)
    if (person === undefined) throw new Error(`nobody has ${email}`)
    return person
  }
  const { clientId, clientSecret, accountId } = api
  return {
    scimUrl: `${apiBase}/scim/v2`,
    scimToken,
    apiBase,
    clientId,
    clientSecret,
    accountId,
    people: () => [...account.people.values()].map((person) => ({ ...person })),
    person: (email) => ({ ...known(email) }),
    groups: () =>
      [...account.groups.values()].map(({ id, displayName, members }) => ({
        id,
        displayName,
        members: [...members].map((member) => account.people.get(member)?.email ?? member),
      })),
    add: (given) => ({ ...addPerson(account, given) }),
    remove: (email) => account.people.delete(known(email).id),
    setSuspended: (email, isSuspended) => {
      known(email).isSuspended = isSuspended
    },
    asked: () => [...seen],
    fail: (rule) => rules.push({ rule, left: rule.times ?? 1 }),
    mend: () => {
      rules.length = 0
      seen.length = 0
    },
    provisioning: (on) => {
      isOn = on
    },
    holdBack: (on) => {
      account.isHeldBack = on
    },
    confirming: (on) => {
      account.hasToConfirm = on
    },
    ownIds: (on) => {
      account.hasOwnIds = on
    },
    scopes: (scopes) => {
      api.scopes.clear()
      for (const scope of scopes) api.scopes.add(scope)
    },
    pass: (seconds) => {
      ahead += seconds * 1000
    },
    revoke: () => api.tokens.clear(),
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
