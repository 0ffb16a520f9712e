import { Webhook } from 'standardwebhooks'
import type { JsonObject } from '../scim/json.ts'
import { eventsOf, MOST_MEMBERS, snapshotDone, type TargetEvent } from './event.ts'
import type { Outbound } from './outbound.ts'
import type { Capabilities, GroupStep, Outcome, Probe, Target, UserStep } from './target.ts'
import { answerOf, type Answer } from './webhookAnswer.ts'

/**
 * An engineer's own app. `secrets` as Standard Webhooks writes them, whsec_ and base64; while one follows on another both
 * are there, and every request is signed with both.
 */
export type WebhookSettings = {
  readonly kind: 'webhook'
  readonly url: string
  readonly secrets: readonly [string, string?]
  readonly learned: JsonObject
}

/** Brings an event to the app; gives what the app made of it. */
export type Post = (event: TargetEvent, send: Outbound) => Promise<Answer>

const capabilities: Capabilities = {
  create: true,
  update: true,
  suspend: true,
  reactivate: true,
  delete: true,
  groups: true,
  membersAtOnce: MOST_MEMBERS,
  // Differences are taken. The whole list goes along where a step has it and it is short.
  wholeGroups: false,
  list: false,
  everyChange: true,
}

/**
 * Takes settings; gives what signs events and sends them. It is for the snapshot, which is no step; the target uses it
 * too. Throws where a secret is none.
 */
export function openWebhook({ url, secrets }: Pick<WebhookSettings, 'url' | 'secrets'>): Post {
  const keys = secrets.flatMap((secret) => (secret === undefined ? [] : [new Webhook(secret)]))
  return async (event, send) => {
    const body = JSON.stringify(event)
    // Made anew with every try: apps refuse what was signed long ago.
    const now = new Date()
    const headers = {
      'content-type': 'application/json',
      accept: 'application/json',
      'webhook-id': event.id,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
      'webhook-signature': keys.map((key) => key.sign(event.id, now, body)).join(' '),
    }
    return answerOf(await send({ method: 'POST', url, headers, body }), new Date())
  }
}

/**
 * Takes settings; gives the target. Its steps need `event`, and members by their ids at the bridge. Events are harmless
 * late and repeated, so that an uncertain step is simply sent again. Throws where a secret is none.
 */
export function webhookTarget(settings: WebhookSettings): Target {
  const post = openWebhook(settings)
  return {
    capabilities,
    deliverUser: (step, send) => deliver(step, post, send),
    deliverGroup: (step, send) => deliver(step, post, send),
    list: () =>
      Promise.resolve({
        kind: 'later',
        words: 'an app behind a webhook cannot be read',
        uncertain: false,
        whose: 'resource',
      }),
    endSnapshot: async (end, send) => {
      const answer = await post(snapshotDone(end), send)
      return answer.kind === 'taken' ? { kind: 'done', link: undefined } : answer
    },
    test: (send) => probe(settings.url, post, send),
  }
}

async function deliver(step: UserStep | GroupStep, post: Post, send: Outbound): Promise<Outcome> {
  if (step.event === undefined) throw new Error('a step for a webhook without its event')
  const { seq, at, snapshot = false } = step.event
  const events = eventsOf({ id: step.key, connection: step.connection, seq, at }, step, snapshot)
  let remote = step.link?.remote ?? step.resource
  for (const event of events) {
    const answer = await post(event, send)
    if (answer.kind !== 'taken') return answer
    remote = answer.id ?? remote
  }
  const confirmed = events[0]?.wanted ?? null
  return { kind: 'done', link: confirmed === null ? undefined : { remote, confirmed } }
}

async function probe(url: string, post: Post, send: Outbound): Promise<Probe> {
  const event = { type: 'test', id: `test_${crypto.randomUUID()}`, at: new Date().toISOString() } as const
  const answer = await post(event, send)
  if (answer.kind !== 'taken') return { kind: 'bad', words: answer.words }
  const { origin, pathname } = new URL(url)
  const words = 'the app took a signed test event'
  return { kind: 'good', capabilities, account: `${origin}${pathname}`, words, learned: {} }
}
