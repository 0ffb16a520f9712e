import { asAsked, quoted, wordsOf, type Incoming, type Outbound } from '../outbound.ts'
import type { Later } from '../target.ts'
import { isForNow } from './forNow.ts'
import { baseOf, type OnepasswordUsersSettings } from './settings.ts'
import { forgetToken, tokenFor, USER_AGENT } from './token.ts'

/** What a request to the Users API came to. `missing`: 404, of the person or of the account. */
export type Heard =
  | { readonly kind: 'ok'; readonly body: unknown }
  | { readonly kind: 'missing' }
  | { readonly kind: 'refused'; readonly words: string }
  | Later

/** The Users API of one account. Paths begin after the account. */
export type Api = {
  readonly get: (path: string) => Promise<Heard>
  /** Carries out an action; these have no body and may be repeated (…/users-api/suspend-user). */
  readonly post: (path: string) => Promise<Heard>
}

const SCOPES =
  'check that the OAuth application has the scopes get user, list users, suspend users and reactivate users, and that the account is not one with hosted provisioning, which 1Password does not support together with the Users API'

/** Takes settings and the way out; gives the API. A token that is refused is replaced once. */
export function openApi(settings: OnepasswordUsersSettings, send: Outbound): Api {
  const ask = async (method: 'GET' | 'POST', path: string): Promise<Heard> => {
    const first = await tokenFor(settings, send)
    if (first.kind === 'later') return first
    const secrets = [settings.clientSecret, first.token]
    const incoming = await request(settings, send, method, path, first.token)
    if (!isUnauthorized(incoming)) return hear(method, incoming, secrets)
    await forgetToken(settings, first.token)
    const second = await tokenFor(settings, send)
    if (second.kind === 'later') return second
    const again = await request(settings, send, method, path, second.token)
    return hear(method, again, [...secrets, second.token])
  }
  return { get: (path) => ask('GET', path), post: (path) => ask('POST', path) }
}

function request(
  settings: OnepasswordUsersSettings,
  send: Outbound,
  method: 'GET' | 'POST',
  path: string,
  token: string,
): Promise<Incoming> {
  return send({
    method,
    url: `${baseOf(settings)}/v1beta1/accounts/${settings.accountId}${path}`,
    headers: { authorization: `Bearer ${token}`, 'user-agent': USER_AGENT },
  })
}

const isUnauthorized = (incoming: Incoming) => 'status' in incoming && incoming.status === 401

/** Takes words, whether it may have happened all the same, and whose trouble it is; gives the outcome. */
export function later(words: string, uncertain: boolean, whose: Later['whose'] = 'resource'): Later {
  return { kind: 'later', words, uncertain, whose }
}

/** Only an action can have happened unseen. */
function hear(method: 'GET' | 'POST', incoming: Incoming, secrets: readonly string[]): Heard {
  const isWrite = method === 'POST'
  if (incoming.kind === 'lost') return later(incoming.words, isWrite)
  if (incoming.kind === 'refused')
    return later(incoming.words, false, incoming.why === 'address' ? 'connection' : 'resource')
  const { status } = incoming
  if (status === 401) return later('1Password refuses a token that it has just given', false, 'connection')
  if (status === 404) return { kind: 'missing' }
  if (incoming.kind === 'unreadable') {
    if (status === 403) return later(`${incoming.words}: ${SCOPES}`, false, 'connection')
    if (status >= 300 && status < 400) return later(incoming.words, false, 'connection')
    const outcome = later(incoming.words, isWrite && (status < 300 || status >= 500))
    return isForNow(status) ? asAsked(outcome, incoming.headers, new Date()) : outcome
  }
  if (status < 300) return { kind: 'ok', body: incoming.body }
  const said = wordsOf(incoming.body)
  const words = `1Password answers ${status}${said === undefined ? '' : `: ${quoted(said, secrets)}`}`
  if (isForNow(status)) return asAsked(later(words, isWrite && status >= 500), incoming.headers, new Date())
  // Of one person alone is only what is said of an action, and what is said of a scope is of no person.
  const isOfPerson = isWrite && (status !== 403 || (said !== undefined && !/scope/i.test(said)))
  if (isOfPerson) return { kind: 'refused', words }
  return later(status === 403 ? `${words}: ${SCOPES}` : words, false, 'connection')
}
