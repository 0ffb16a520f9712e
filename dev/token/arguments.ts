import { decodeJwt } from 'jose'
import type { Allowed } from '../../worker/admin/makeToken.ts'
import { scopeWords } from '../../worker/admin/operations/tokens.ts'
import { readNetwork } from '../../worker/auth/network.ts'
import { catalogOf } from '../../worker/config.ts'
import { foldCase } from '../../worker/scim/fold.ts'
import { LEAST_SLIDING } from '../../worker/store/tokens.ts'
import { readOptions, UsageError } from '../usage.ts'
import { plain } from '../words.ts'

/** What the command is asked for. */
export type Wanted =
  | { readonly kind: 'help' }
  | { readonly kind: 'revoke'; readonly jti: string }
  | { readonly kind: 'rotate'; readonly jti: string; readonly countdown: number | undefined }
  | { readonly kind: 'list'; readonly connection: string | undefined }
  | { readonly kind: 'make'; readonly connection: string; readonly fresh: boolean; readonly allowed: Allowed }

const DAY = 86_400

/** Reads the command line. Throws UsageError. */
export function readArguments(): Wanted {
  const { connection, revoke: ended, rotate, countdown, list, help, new: fresh = false, ...given } = parse()
  if (help === true) return { kind: 'help' }
  const acts = [ended, rotate, list].filter((act) => act !== undefined)
  if (acts.length > 1) throw new UsageError('Only one of --list, --rotate and --revoke')
  if (countdown !== undefined && rotate === undefined) throw new UsageError('--countdown goes with --rotate')
  if (ended !== undefined) return { kind: 'revoke', jti: readJti(ended.trim(), '--revoke') }
  if (rotate !== undefined) {
    const until = countdown === undefined ? undefined : readDuration(countdown, '--countdown')
    return { kind: 'rotate', jti: readJti(rotate.trim(), '--rotate'), countdown: until }
  }
  if (connection?.trim() === '' || (connection === undefined && list !== true))
    throw new UsageError('Say which connection: --connection NAME')
  if (connection === undefined || list === true) return { kind: 'list', connection }
  if (fresh && connection !== plain(connection))
    throw new UsageError(`--connection: expected a name without control characters, not ${plain(connection)}`)
  return { kind: 'make', connection, fresh, allowed: readAllowed(given) }
}

type Given = Readonly<
  Record<'name' | 'expires' | 'sliding' | 'scope' | 'user' | 'networks' | 'domains', string | undefined>
>

function readAllowed({ name, expires, sliding, scope, user, networks, domains }: Given): Allowed {
  if (user?.trim() === '') throw new UsageError('--user: expected the id of a person')
  if (name !== undefined && !/^[^\p{C}]{1,63}$/u.test(name.trim()))
    throw new UsageError('--name: expected 1 to 63 letters')
  if (expires !== undefined && sliding !== undefined) throw new UsageError('Either --expires or --sliding')
  const unused = sliding === undefined ? undefined : readDuration(sliding, '--sliding')
  if (unused !== undefined && unused < LEAST_SLIDING * DAY)
    throw new UsageError(`--sliding: expected at least ${LEAST_SLIDING}d`)
  return {
    scope: scope === undefined ? '' : readScope(scope),
    madeBy: 'command line',
    ...(name === undefined ? {} : { name: name.trim() }),
    ...(user === undefined ? {} : { user }),
    ...(unused === undefined ? {} : { sliding: unused }),
    ...(expires === undefined
      ? {}
      : { expires: Math.floor(Date.now() / 1000) + readDuration(expires, '--expires') }),
    ...(networks === undefined ? {} : { networks: split(networks).map(readCidr) }),
    ...(domains === undefined ? {} : { domains: split(domains).map(readDomain) }),
  }
}

function parse() {
  const [text, flag] = [{ type: 'string' as const }, { type: 'boolean' as const }]
  const made = { name: text, expires: text, sliding: text, scope: text, user: text, networks: text }
  const texts = { ...made, connection: text, domains: text, revoke: text, rotate: text, countdown: text }
  const { values } = readOptions({ options: { ...texts, new: flag, list: flag, help: flag } })
  const { name, expires, sliding, scope, user, networks, domains, ...rest } = values
  return { ...rest, name, expires, sliding, scope, user, networks, domains }
}

const split = (text: string) => text.split(',').map((part) => part.trim())

function readCidr(text: string) {
  const read = readNetwork(text)
  if (read !== undefined) return read
  throw new UsageError(
    `--networks: expected some such as 203.0.113.0/24,2001:db8::/32, not ${text || 'nothing'}`,
  )
}

function readDomain(text: string): string {
  const domain = foldCase(text.replace(/^@/, ''))
  if (/^[^\s@/]{1,253}$/u.test(domain)) return domain
  throw new UsageError(`--domains: expected some such as example.com,example.org, not ${text || 'nothing'}`)
}

/** Takes a token's id or the token itself; gives the id. Throws UsageError, without the token, when it has none. */
function readJti(text: string, option: string): string {
  if (text !== '' && !text.includes('.') && !text.startsWith('drawbridge_')) return text
  try {
    const { jti } = decodeJwt(text.replace(/^drawbridge_[a-z0-9-]+_/iu, ''))
    if (jti !== undefined) return jti
  } catch {
    // Half a token, or nothing of the kind.
  }
  throw new UsageError(`${option}: expected the id of a token, or the whole token`)
}

/** Takes words of a scope with commas; gives them with spaces. No word at all would allow everything. */
function readScope(text: string): string {
  const words = scopeWords(catalogOf())
  const said = split(text)
  const unknown = said.find((word) => !words.includes(word))
  if (unknown !== undefined)
    throw new UsageError(`--scope: expected some of ${words.join(', ')}, not ${unknown || 'nothing'}`)
  return said.join(' ')
}

/** Takes 90d or 12h; gives seconds. */
function readDuration(text: string, option: string): number {
  const [, number, unit] = /^(\d{1,5})([dh])$/.exec(text) ?? []
  const seconds = Number(number) * (unit === 'd' ? DAY : 3_600)
  if (!(seconds > 0))
    throw new UsageError(`${option}: expected a number of days or hours, such as 90d or 12h`)
  return seconds
}
