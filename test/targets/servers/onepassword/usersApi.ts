import type { Account, Person } from './account.ts'
import type { Answered, Asked } from './exchange.ts'

/** What an OAuth application may be given (developer.1password.com/docs/users-api/get-started). */
export type Scope = 'get user' | 'list users' | 'suspend users' | 'reactivate users'

/** What the Users API goes by. `now`: milliseconds since 1970. */
export type UsersApi = {
  readonly account: Account
  readonly accountId: string
  readonly clientId: string
  readonly clientSecret: string
  readonly scopes: Set<Scope>
  /** Until when each token is good. */
  readonly tokens: Map<string, number>
  readonly now: () => number
}

/** How long a token is good, in seconds. */
const LIFETIME = 900

/**
 * Answers as the Users API for Partners is documented to (developer.1password.com/docs/users-api). The bodies of its
 * errors are not documented: these are of the form that InvalidArgument, which is named there, has in gRPC over HTTP.
 */
export function answerUsersApi(api: UsersApi, asked: Asked): Answered {
  if (asked.path === '/v1beta1/users/oauth2/token') return token(api, asked)
  const until = api.tokens.get(asked.headers.authorization?.replace(/^Bearer /, '') ?? '')
  if (until === undefined || until <= api.now()) return error(401, 16, 'the access token is not valid')
  const [, account, rest = ''] = /^\/v1beta1\/accounts\/([^/]+)(\/.*)$/.exec(asked.path) ?? []
  if (account?.toUpperCase() !== api.accountId.toUpperCase()) return error(404, 5, 'account not found')
  if (rest === '/users' && asked.method === 'GET') return list(api, asked.query)
  const [, id = '', action] = /^\/users\/([^/:]+)(?::(suspend|reactivate))?$/.exec(rest) ?? []
  const person = api.account.people.get(swapped(api.account, id).toUpperCase())
  if (action !== undefined && asked.method === 'POST') return act(api, person, action)
  if (action !== undefined || asked.method !== 'GET') return error(404, 5, 'not found')
  if (!api.scopes.has('get user')) return unscoped('get user')
  return person === undefined ? error(404, 5, 'user not found') : { status: 200, body: shown(api, person) }
}

function token({ clientId, clientSecret, tokens, now }: UsersApi, asked: Asked): Answered {
  const basic = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`
  if (asked.headers.authorization !== basic) return { status: 401, body: { error: 'invalid_client' } }
  const isForm = asked.headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true
  if (!isForm || new URLSearchParams(asked.body).get('grant_type') !== 'client_credentials')
    return { status: 400, body: { error: 'unsupported_grant_type' } }
  const access_token = `op_at_${crypto.randomUUID()}`
  tokens.set(access_token, now() + LIFETIME * 1000)
  return { status: 200, body: { access_token, token_type: 'bearer', expires_in: LIFETIME, scope: 'openid' } }
}

const FILTERS: Readonly<Record<string, (person: Person) => boolean>> = {
  '': () => true,
  'user.isActive()': ({ isSuspended }) => !isSuspended,
  'user.isSuspended()': ({ isSuspended }) => isSuspended,
}

function list(api: UsersApi, query: URLSearchParams): Answered {
  if (!api.scopes.has('list users')) return unscoped('list users')
  const keep = FILTERS[query.get('filter') ?? '']
  const size = Number(query.get('max_page_size') ?? 25)
  const from = Number(atob(query.get('page_token') ?? '') || 0)
  if (keep === undefined || !(size >= 1 && size <= 1000)) return error(400, 3, 'InvalidArgument')
  const all = [...api.account.people.values()].filter(keep)
  const results = all.slice(from, from + size).map((person) => shown(api, person))
  const next_page_token = from + size < all.length ? btoa(String(from + size)) : ''
  return { status: 200, body: { results, next_page_token } }
}

function act(api: UsersApi, person: Person | undefined, action: string): Answered {
  const scope: Scope = action === 'suspend' ? 'suspend users' : 'reactivate users'
  if (!api.scopes.has(scope)) return unscoped(scope)
  if (person === undefined) return error(404, 5, 'user not found')
  if (action === 'suspend' && person.isExternal)
    return error(403, 7, 'externally managed administrators cannot be suspended')
  const owners = [...api.account.people.values()].filter((one) => one.isOwner && !one.isSuspended)
  if (action === 'suspend' && owners.length === 1 && owners[0] === person)
    return error(400, 9, 'the last owner of an account cannot be suspended')
  person.isSuspended = action === 'suspend'
  return { status: 200, body: shown(api, person) }
}

/** Where the Users API has ids of its own, one is the other from its end. */
const swapped = ({ hasOwnIds }: Account, id: string) => (hasOwnIds ? id.split('').toReversed().join('') : id)

/** Its ids are those of SCIM in lower case. */
const shown = ({ accountId, account }: UsersApi, person: Person) => ({
  id: swapped(account, person.id).toLowerCase(),
  email: person.former ?? person.email,
  display_name: person.displayName,
  state: person.isSuspended ? 'SUSPENDED' : 'ACTIVE',
  create_time: person.created,
  path: `accounts/${accountId}/users/${swapped(account, person.id).toLowerCase()}`,
})

const error = (status: number, code: number, message: string): Answered => ({
  status,
  body: { code, message, details: [] },
})

const unscoped = (scope: Scope) => error(403, 7, `the application has not the scope: ${scope}`)
