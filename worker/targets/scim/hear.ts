import { commonAttributes } from '../../scim/schema.ts'
import { resourceTypes } from '../../scim/resourceTypes.ts'
import { asAsked, quoted, type Incoming, type Outgoing } from '../outbound.ts'
import type { Later, Outcome } from '../target.ts'
import { readError } from './answers.ts'

export type Never = Extract<Outcome, { kind: 'never' }>

/** The service refuses what was asked: the request is whole, and would be refused again. */
export type Refusal = {
  readonly kind: 'refused'
  readonly status: number
  readonly detail: string
  readonly never: Never
}

/**
 * What a request to a service came to. `location`: the address of what was made, where it was said. `missing`: 404, which
 * may be the resource or the endpoint.
 */
export type Heard =
  | {
      readonly kind: 'ok'
      readonly status: number
      readonly body: unknown
      readonly location: string | undefined
    }
  | { readonly kind: 'missing' }
  | Refusal
  | Later

/** 403 with a reason: of this person or group alone, or of the credentials. Another request tells. */
export type Forbidden = { readonly kind: 'forbidden'; readonly refusal: Refusal; readonly later: Later }

type Class = 'ok' | 'connection' | 'forbidden' | 'missing' | 'busy' | 'unable' | 'refused' | 'broken'

/** What a status means; the first row that has it. RFC 7644 §3.12, RFC 6585 §4, RFC 8470 §5.2. */
const classes: readonly (readonly [from: number, to: number, Class])[] = [
  [200, 299, 'ok'],
  [300, 399, 'connection'],
  [401, 401, 'connection'],
  [403, 403, 'forbidden'],
  [404, 404, 'missing'],
  [408, 408, 'busy'],
  [425, 425, 'busy'],
  [429, 429, 'busy'],
  [400, 499, 'refused'],
  [501, 501, 'unable'],
]

const classOf = (status: number): Class =>
  classes.find(([from, to]) => status >= from && status <= to)?.[2] ?? 'broken'

/** Takes words, whether it may have happened all the same, and whose trouble it is; gives the outcome. */
export function later(words: string, uncertain: boolean, whose: Later['whose'] = 'resource'): Later {
  return { kind: 'later', words, uncertain, whose }
}

/**
 * Takes a method, what came of the request, the secrets and the time; gives what it means. Only what changes something
 * can have happened unseen.
 */
export function hear(
  method: Outgoing['method'],
  incoming: Incoming,
  secrets: readonly string[],
  now: Date,
): Heard | Forbidden {
  const write = method !== 'GET'
  switch (incoming.kind) {
    case 'lost':
      return later(incoming.words, write)
    case 'refused':
      return later(incoming.words, false, incoming.why === 'address' ? 'connection' : 'resource')
    case 'unreadable': {
      const { status, headers, words } = incoming
      const is = classOf(status)
      if (is === 'missing') return { kind: 'missing' }
      if (is === 'connection' || is === 'forbidden') return later(words, false, 'connection')
      const outcome = later(words, write && (is === 'ok' || is === 'broken'))
      // Whatever its body is: a proxy before it says so with a page.
      return is === 'busy' || is === 'broken' ? asAsked(outcome, headers, now) : outcome
    }
    case 'answered':
      return answered(write, incoming, secrets, now)
  }
}

function answered(
  write: boolean,
  { status, headers, body }: Extract<Incoming, { kind: 'answered' }>,
  secrets: readonly string[],
  now: Date,
): Heard | Forbidden {
  const { scim, detail = '', scimType } = readError(body)
  const said = detail === '' ? '' : `: ${quoted(without(secrets, detail), secrets)}`
  const answers = `the target answers ${status}${said}`
  const refusal = (words: string): Refusal => {
    const attribute = attributeIn(detail)
    return {
      kind: 'refused',
      status,
      detail,
      never: {
        kind: 'never',
        words,
        ...(scimType === undefined ? {} : { scimType }),
        ...(attribute === undefined ? {} : { attribute }),
      },
    }
  }
  switch (classOf(status)) {
    case 'ok':
      return { kind: 'ok', status, body, location: headers.get('location') ?? undefined }
    case 'missing':
      return { kind: 'missing' }
    case 'connection':
      return later(answers, false, 'connection')
    case 'forbidden': {
      const connection = later(answers, false, 'connection')
      if (!write || !scim || (scimType === undefined && detail === '')) return connection
      return { kind: 'forbidden', refusal: refusal(answers), later: connection }
    }
    case 'busy':
      return asAsked(later(answers, false), headers, now)
    case 'unable':
      return refusal(`the target cannot do this${said}`)
    case 'refused':
      return refusal(answers)
    case 'broken':
      return asAsked(later(answers, write), headers, now)
  }
}

/** A target may repeat what it was shown. */
function without(secrets: readonly string[], words: string): string {
  return secrets.reduce((text, secret) => text.replaceAll(secret, '…'), words)
}

const names = [...resourceTypes.flatMap(({ schema }) => schema.attributes), ...commonAttributes]
  .map(({ name }) => name)
  .toSorted((a, b) => b.length - a.length)

/**
 * The attribute a target named, where it did. Names such as userName stand for themselves; those that are words of the
 * language (name, title, active) count only in quotes, before a colon, or after the word attribute.
 */
function attributeIn(said: string): string | undefined {
  const detail = said.slice(0, 1000)
  return names.find((name) => {
    const marked = new RegExp(`['"\`]${name}\\b|^${name}\\s*:|\\battribute:?\\s+${name}\\b`, 'i')
    return marked.test(detail) || (/[A-Z]/.test(name) && new RegExp(`\\b${name}\\b`).test(detail))
  })
}
