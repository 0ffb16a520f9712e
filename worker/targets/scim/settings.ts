import * as v from 'valibot'
import type { JsonObject } from '../../scim/json.ts'

/** How the bridge shows itself to a service. `header`: the whole value of Authorization, as some services want no scheme. */
export type ScimAuth =
  | { readonly kind: 'bearer'; readonly token: string }
  | { readonly kind: 'header'; readonly value: string }
  | { readonly kind: 'basic'; readonly user: string; readonly password: string }

/** What a SCIM service is reached with. */
export type ScimSettings = {
  readonly kind: 'scim'
  /** The base URL, without a slash at its end. */
  readonly url: string
  readonly auth: ScimAuth
  /** What the test of the settings learned; empty before. */
  readonly learned: JsonObject
  /** A DELETE at this service suspends: the account stays. */
  readonly deleteSuspends?: boolean
  /** The account that the test found behind the settings. */
  readonly account?: string
}

/** What a service can do, of what the client asks about (RFC 7643 §5). */
export type Learned = {
  readonly patch: boolean
  readonly filter: boolean
  readonly maxResults: number
  readonly etag: boolean
}

/** What is assumed of a service that does not say: PATCH and filters are common, and a refusal would be seen. */
export const assumed: Learned = { patch: true, filter: true, maxResults: 100, etag: false }

const learned = v.object({
  patch: v.fallback(v.boolean(), assumed.patch),
  filter: v.fallback(v.boolean(), assumed.filter),
  maxResults: v.fallback(v.pipe(v.number(), v.integer(), v.minValue(1)), assumed.maxResults),
  etag: v.fallback(v.boolean(), assumed.etag),
})

/** Takes what is kept beside the settings; gives what the client goes by, with defaults for what is not there. */
export function readLearned(kept: JsonObject): Learned {
  const read = v.safeParse(learned, { ...assumed, ...kept })
  return read.success ? read.output : assumed
}

/** Takes how the bridge shows itself; gives the value of Authorization (RFC 6750 §2.1, RFC 7617 §2: UTF-8). */
export function authorization(auth: ScimAuth): string {
  switch (auth.kind) {
    case 'bearer':
      return `Bearer ${auth.token}`
    case 'header':
      return auth.value
    case 'basic':
      return `Basic ${base64(`${auth.user}:${auth.password}`)}`
  }
}

/** Takes how the bridge shows itself; gives the texts that must not be in any words. */
export function secretsOf(auth: ScimAuth): readonly string[] {
  const [, credentials = ''] = authorization(auth).split(/^\S+\s+/)
  const parts = auth.kind === 'basic' ? [auth.password] : []
  return [authorization(auth), credentials, ...parts].filter((secret) => secret.length > 3)
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)))
}
