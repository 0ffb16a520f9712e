import * as v from 'valibot'
import { isObject } from '../../scim/json.ts'
import { asAsked, quoted, wordsOf, type Incoming, type Outbound } from '../outbound.ts'
import type { Later } from '../target.ts'
import { isForNow } from './forNow.ts'
import { baseOf, type OnepasswordUsersSettings } from './settings.ts'

/** A token of the Users API. */
export type Token = { readonly kind: 'token'; readonly token: string }

type Kept = { readonly token: string; readonly until: number }

/** The tokens of this isolate, by the hash of what they were asked with: the secret itself is in no key. */
const kept = new Map<string, Kept>()

/** How long a token is good where the answer does not say: 900 seconds, as is documented. */
const LIFETIME = 900

/** A token with less left than this, in milliseconds, is not begun with: a delivery takes several requests. */
const LEFT = 60_000

export const USER_AGENT = 'Drawbridge/0.1'

const answer = v.object({
  access_token: v.pipe(v.string(), v.minLength(1), v.maxLength(16_384)),
  expires_in: v.fallback(v.pipe(v.number(), v.minValue(0), v.maxValue(86_400)), LIFETIME),
})

/**
 * Takes settings and the way out; gives a token: the one that is kept, or a new one by the client credentials grant
 * (RFC 6749 §4.4; developer.1password.com/docs/users-api/request-access-token).
 */
export async function tokenFor(settings: OnepasswordUsersSettings, send: Outbound): Promise<Token | Later> {
  const key = await keyOf(settings)
  const now = Date.now()
  const there = kept.get(key)
  if (there !== undefined && there.until - now >= LEFT) return { kind: 'token', token: there.token }
  const { clientId, clientSecret } = settings
  const incoming = await send({
    method: 'POST',
    url: `${baseOf(settings)}/v1beta1/users/oauth2/token`,
    headers: {
      authorization: `Basic ${base64(`${clientId}:${clientSecret}`)}`,
      'content-type': 'application/x-www-form-urlencoded',
      'user-agent': USER_AGENT,
    },
    body: 'grant_type=client_credentials',
  })
  const read = incoming.kind === 'answered' && incoming.status === 200 && v.safeParse(answer, incoming.body)
  if (!read || !read.success) return trouble(incoming, clientSecret)
  for (const [other, { until }] of kept) if (until <= now) kept.delete(other)
  const { access_token: token, expires_in: seconds } = read.output
  kept.set(key, { token, until: now + seconds * 1000 })
  return { kind: 'token', token }
}

/** Takes settings and a token that was refused; it is not used again. One that came since is kept. */
export async function forgetToken(settings: OnepasswordUsersSettings, token: string): Promise<void> {
  const key = await keyOf(settings)
  if (kept.get(key)?.token === token) kept.delete(key)
}

/** Nothing happened in any case: a token that is lost is only a token that nobody has. */
function trouble(incoming: Incoming, secret: string): Later {
  const later = (words: string, whose: Later['whose']): Later => ({
    kind: 'later',
    words,
    uncertain: false,
    whose,
  })
  if (incoming.kind === 'lost') return later(incoming.words, 'resource')
  if (incoming.kind === 'refused')
    return later(incoming.words, incoming.why === 'address' ? 'connection' : 'resource')
  const { status } = incoming
  const body = incoming.kind === 'answered' ? incoming.body : undefined
  if (status === 401 || (isObject(body) && body['error'] === 'invalid_client'))
    return later(
      '1Password does not take the client ID and the client secret: enter those of the OAuth application again',
      'connection',
    )
  if (status === 404)
    return later('there is no Users API at this address: check the region of the account', 'connection')
  if (incoming.kind === 'unreadable') {
    if (isForNow(status)) return asAsked(later(incoming.words, 'resource'), incoming.headers, new Date())
    return later(incoming.words, status >= 300 ? 'connection' : 'resource')
  }
  if (status < 300) return later('1Password answers with no token that can be read', 'resource')
  const said = wordsOf(body)
  const words = `1Password answers ${status} when asked for a token${said === undefined ? '' : `: ${quoted(said, [secret])}`}`
  return asAsked(later(words, isForNow(status) ? 'resource' : 'connection'), incoming.headers, new Date())
}

async function keyOf(settings: OnepasswordUsersSettings): Promise<string> {
  const text = JSON.stringify([baseOf(settings), settings.clientId, settings.clientSecret])
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** RFC 7617 §2, in UTF-8. */
const base64 = (text: string) => btoa(String.fromCharCode(...new TextEncoder().encode(text)))
