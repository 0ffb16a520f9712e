import * as v from 'valibot'
import { quoted, type Incoming } from './outbound.ts'
import { asAsked } from './retryAfter.ts'
import type { Later, Outcome } from './target.ts'

/** What an app made of an event. `id`: its own id for the resource, where it gave one. */
export type Answer =
  { readonly kind: 'taken'; readonly id: string | undefined } | Later | Extract<Outcome, { kind: 'never' }>

const named = v.object({
  id: v.pipe(
    v.string(),
    v.minLength(1),
    v.maxLength(256),
    v.check((text) => text.isWellFormed() && !text.includes('\0')),
  ),
})

/** RFC 7644 §3.12. Only what is needed must be right: an app that says no in these words means it. */
const scimError = v.object({
  schemas: v.pipe(v.array(v.unknown()), v.includes('urn:ietf:params:scim:api:messages:2.0:Error')),
  detail: v.fallback(v.optional(v.string()), undefined),
  scimType: v.fallback(v.optional(v.pipe(v.string(), v.regex(/^\w{1,64}$/))), undefined),
})

/** Answers that are about the way to the app and not about the event: everything waits. */
const ABOUT_THE_WAY: ReadonlyMap<number, string> = new Map([
  [401, 'it does not take the signature: compare its secret with the one here'],
  [403, 'it does not let the bridge in'],
  [404, 'there is nothing at this address'],
  [410, 'there is nothing at this address any more'],
  [429, 'it asks for fewer requests'],
  [503, 'it is not there at the moment'],
])

/** A SCIM Error with these says nothing of the event: it is of the signature, or came too slowly, too early, or with too many others. */
const NOT_OF_IT: ReadonlySet<number> = new Set([401, 408, 425, 429])

/**
 * Takes what came of a signed event, and the time; gives what the app made of it. 2xx: taken, whatever the body. 4xx with a
 * SCIM Error, where it can be about the event: never. All else: later. An app that answers in its framework's words only loses time, and no event.
 */
export function answerOf(incoming: Incoming, now: Date): Answer {
  if (incoming.kind === 'refused') {
    const whose = incoming.why === 'address' ? 'connection' : 'resource'
    return { kind: 'later', words: incoming.words, uncertain: false, whose }
  }
  if (incoming.kind === 'lost') {
    return { kind: 'later', words: incoming.words, uncertain: true, whose: 'resource' }
  }
  const { status } = incoming
  const body = incoming.kind === 'answered' ? incoming.body : undefined
  if (status >= 200 && status < 300) {
    const read = v.safeParse(named, body)
    return { kind: 'taken', id: read.success ? read.output.id : undefined }
  }
  if (status >= 400 && status < 500 && !NOT_OF_IT.has(status)) {
    const read = v.safeParse(scimError, body)
    if (read.success) return refusal(status, read.output)
  }
  const way = ABOUT_THE_WAY.get(status)
  const redirected = status >= 300 && status < 400
  const outcome: Later = {
    kind: 'later',
    words:
      redirected && incoming.kind === 'unreadable'
        ? incoming.words
        : `the app answers ${status}${way === undefined ? '' : `: ${way}`}`,
    uncertain: status >= 500,
    whose: redirected || way !== undefined ? 'connection' : 'resource',
  }
  return asAsked(outcome, incoming.headers, now)
}

function refusal(status: number, { detail, scimType }: v.InferOutput<typeof scimError>): Answer {
  return {
    kind: 'never',
    words:
      detail === undefined ? `the app refuses it with ${status}` : `the app refuses it: ${quoted(detail)}`,
    ...(scimType === undefined ? {} : { scimType }),
  }
}
