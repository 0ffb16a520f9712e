import { namedError, ScimError } from '../scim/error.ts'
import { preconditionFailed } from '../scim/precondition.ts'
import { isRefusal } from '../scim/refusal.ts'
import type { Need, Request } from './admission.ts'
import { refusedBySwitch } from './switchWords.ts'
import { ADMIN_SCOPE } from './tokenSql.ts'

/**
 * What a 401 says of a token that is wrong in no way the bridge may tell apart: mistyped, foreign, or of a connection that is gone.
 * Takes where there is help.
 */
export function notValid(help: string | undefined): string {
  return `The API token is not valid here: it is mistyped, or of another deployment. ${wayBack(help)}`
}

/** Takes when a token of ours expired, in seconds since 1970, and where there is help; gives what a 401 says of it. */
export function hasExpired(at: number | undefined, help: string | undefined): string {
  return `The API token expired${on(at)}. ${wayBack(help)}`
}

const wayBack = (help: string | undefined) =>
  `Make another one on the bridge and paste it whole; the old one cannot be shown again.${help === undefined ? '' : ` Help: ${help}`}`

const on = (at: number | undefined) =>
  at === undefined ? '' : ` on ${new Date(at * 1000).toISOString().slice(0, 10)}`

/**
 * Takes the word of a guard, the request and what it needed of its token, and when the token ended where that is the reason; gives
 * the refusal (RFC 6750 §3.1, RFC 7644 §3.12), under that very word in the log of requests.
 */
export function refused(word: string, request: Request, need: Need, ended?: number): ScimError {
  const said = saidOf(word, request, need, ended)
  return isRefusal(word) ? namedError(said, word) : said
}

function saidOf(word: string, request: Request, need: Need, ended?: number): ScimError {
  const { help } = request
  switch (word) {
    case 'token':
      return new ScimError(401, undefined, notValid(help))
    case 'revoked':
      return new ScimError(401, undefined, `The API token was revoked${on(ended)}. ${wayBack(help)}`)
    case 'expired':
      return new ScimError(401, undefined, hasExpired(ended, help))
    case 'network':
      return new ScimError(403, undefined, wrongNetwork(request))
    case 'renew':
      return new ScimError(
        403,
        undefined,
        'The API token was to be renewed before now: until it expires, only reads and deactivations pass. ' +
          'Rotate it on the bridge and paste the new one.',
      )
    case 'domain':
      return new ScimError(
        403,
        undefined,
        'userName: the API token is bound to e-mail domains, and this person is in none of them. Take the person out of the ' +
          'app, or make a token on the bridge that is bound to this domain too.',
      )
    case 'scope':
      return outsideScope(need)
    case 'precondition':
      return preconditionFailed()
    case 'missing':
      return new ScimError(404, undefined, 'There is no such resource in this connection.')
    case 'unknown_members':
      return new ScimError(
        400,
        'invalidValue',
        'members: expected the id of at least one User or Group of this connection, and none of those named is one',
      )
    default:
      throw refusedBySwitch(word) ?? new Error(`unknown guard ${word}`)
  }
}

const wrongNetwork = ({ use }: Request) =>
  `The API token is bound to networks, and this request came from ${use?.from?.network ?? 'an address that is not known'}, ` +
  'which is in none of them. Make a token on the bridge that is bound to that network too.'

/** RFC 6750 §3: the scope that is wanted stands in the challenge. */
function outsideScope({ resources, access }: Need): ScimError {
  const isNamed = resources !== undefined && resources !== 'everything'
  const wanted =
    resources === ADMIN_SCOPE
      ? 'has "admin"'
      : isNamed
        ? `is empty or has "${resources}"`
        : 'names no resources'
  const without = access === 'write' ? ', without "read"' : ''
  const scope = isNamed ? `, scope="${resources}"` : ''
  return new ScimError(
    403,
    undefined,
    `The API token is not allowed to do this. It takes one whose scope ${wanted}${without}, and that is not bound to another person.`,
    { 'www-authenticate': `Bearer realm="Drawbridge", error="insufficient_scope"${scope}` },
  )
}

/** Takes the index a write ran into; gives 409 uniqueness, naming the attribute behind it. Throws where none stands behind it. */
export function conflict(index: string, cause: Error): ScimError {
  const attribute = index.includes('user_name')
    ? 'userName'
    : index.includes('external_id')
      ? 'externalId'
      : undefined
  if (attribute === undefined)
    throw new Error('conflict on an index that no attribute stands behind', { cause })
  return new ScimError(
    409,
    'uniqueness',
    `${attribute}: another User of this connection has this value. To create, look that User up and update it instead; to rename, choose another value.`,
    {},
    attribute === 'userName' ? 'user_name_taken' : 'external_id_taken',
  )
}
