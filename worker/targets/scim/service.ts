import type { JsonObject } from '../../scim/json.ts'
import type { Outbound, Outgoing } from '../outbound.ts'
import { readResource, type Shown } from './answers.ts'
import { hear, later, type Heard, type Refusal } from './hear.ts'
import { pathOf, type Kind } from './kinds.ts'
import { authorization, readLearned, secretsOf, type Learned, type ScimSettings } from './settings.ts'
import type { Later } from '../target.ts'

/** A SCIM service: what is known of it, and how it is asked. */
export type Service = {
  readonly learned: Learned
  readonly deleteSuspends: boolean
  /**
   * Takes a method, a path below the base URL, a body, and the version that the resource must still have (If-Match); gives
   * what the answer means.
   */
  readonly ask: (
    method: Outgoing['method'],
    path: string,
    body?: JsonObject,
    version?: string,
  ) => Promise<Heard>
  /** Says whether a request was not sent as the budget is spent. */
  readonly isSpent: () => boolean
}

/** A list of one: proves address and credentials, and changes nothing. */
export const PROOF = '/Users?startIndex=1&count=1'

/** Takes settings and the way out; gives the service. */
export function openService(settings: ScimSettings, send: Outbound): Service {
  const secrets = secretsOf(settings.auth)
  const headers = {
    authorization: authorization(settings.auth),
    // RFC 7644 §3.1; services that know only plain JSON answer too.
    accept: 'application/scim+json, application/json',
    'user-agent': 'Drawbridge',
  }
  let spent = false
  const heard = async (method: Outgoing['method'], path: string, body?: JsonObject, version?: string) => {
    const request = { method, url: `${settings.url}${path}`, headers }
    const incoming = await send(
      body === undefined
        ? request
        : {
            ...request,
            headers: {
              ...headers,
              'content-type': 'application/scim+json',
              ...(version === undefined ? {} : { 'if-match': version }),
            },
            body: JSON.stringify(body),
          },
    )
    spent ||= incoming.kind === 'refused' && incoming.why === 'budget'
    return hear(method, incoming, secrets, new Date())
  }
  return {
    learned: readLearned(settings.learned),
    deleteSuspends: settings.deleteSuspends === true,
    isSpent: () => spent,
    ask: async (method, path, body, version) => {
      const first = await heard(method, path, body, version)
      if (first.kind !== 'forbidden') return first
      // Where the credentials are good for reading, the refusal is of this one person or group.
      const proof = await heard('GET', PROOF)
      return proof.kind === 'ok' && proof.status === 200 ? first.refusal : first.later
    },
  }
}

/** Takes a service, a kind and an id; gives the resource as it is shown now. */
export async function readOne(
  service: Service,
  kind: Kind,
  remote: string,
  query = '',
): Promise<{ readonly kind: 'shown'; readonly shown: Shown } | { readonly kind: 'missing' } | Later> {
  const heard = await service.ask('GET', `${pathOf(kind, remote)}${query}`)
  if (heard.kind === 'refused') return later(heard.never.words, false)
  if (heard.kind !== 'ok') return heard
  const shown = readResource(heard.body)
  return shown?.id === remote ? { kind: 'shown', shown } : later(OTHER, false)
}

/** What is said of an answer that is about something else. */
export const OTHER = 'the target’s answer does not name the account asked for'

/** Takes a heard 404 of an endpoint, a refusal or trouble; gives the outcome: an endpoint that is missing is the connection's. */
export function endpointTrouble(
  heard: Exclude<Heard, { kind: 'ok' }>,
  path: string,
): Later | Refusal['never'] {
  switch (heard.kind) {
    case 'missing':
      return later(
        `the target answers 404 at ${path.split('?')[0]}: nothing is at this address`,
        false,
        'connection',
      )
    case 'refused':
      return heard.never
    case 'later':
      return heard
  }
}

/** Takes a name; gives it as a filter or a path has it (RFC 7644 §3.4.2.2: a JSON string). */
export function literal(text: string): string {
  return JSON.stringify(text)
}
