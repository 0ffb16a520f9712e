import * as v from 'valibot'
import type { JsonObject } from '../../scim/json.ts'

/** Where the Users API of each region is (developer.1password.com/docs/users-api/about-users-api). */
const USERS_API = {
  com: 'https://api.1password.com',
  ca: 'https://api.1password.ca',
  eu: 'https://api.1password.eu',
} as const

const secret = v.pipe(v.string(), v.minLength(1), v.maxLength(4_096))

const credentials = {
  clientId: v.pipe(v.string(), v.minLength(1), v.maxLength(256)),
  clientSecret: secret,
  accountId: v.pipe(v.string(), v.regex(/^[A-Za-z0-9]{26}$/, '26 letters and digits')),
  /** Stands for the region's host on a developer's machine: nothing else may be given the secret. */
  base: v.optional(
    v.pipe(v.string(), v.regex(/^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\]):\d+$/, 'http://127.0.0.1:port')),
  ),
}

/**
 * What an admin enters to use the Users API alone. `onCreate`: what becomes of people it does not have, as it cannot
 * invite.
 */
export const onepasswordUsersEntered = v.strictObject({
  kind: v.literal('onepassword-users'),
  region: v.picklist(['com', 'ca', 'eu']),
  ...credentials,
  onCreate: v.picklist(['refuse', 'worklist']),
})

/**
 * What an admin enters of a 1Password account with a SCIM endpoint, a self-hosted bridge or a hosted one. For the
 * region `ent` no host of the Users API is documented.
 */
export const onepasswordEntered = v.pipe(
  v.strictObject({
    kind: v.literal('onepassword'),
    region: v.picklist(['com', 'ca', 'eu', 'ent']),
    scimUrl: v.pipe(
      v.string(),
      v.maxLength(1_024),
      v.transform((text) => text.trim().replace(/\/+$/, '')),
      v.url('an address: https://…'),
    ),
    scimToken: secret,
    users: v.optional(v.strictObject(credentials)),
  }),
  v.check(({ region, users }) => region !== 'ent' || users === undefined, 'no users with the region ent'),
)

/** What the Users API is reached with. Nothing is learned of it. */
export type OnepasswordUsersSettings = v.InferOutput<typeof onepasswordUsersEntered> & {
  readonly learned: JsonObject
}

/** What a 1Password account is reached with. `learned` is what the test of its SCIM endpoint learned. */
export type OnepasswordSettings = v.InferOutput<typeof onepasswordEntered> & { readonly learned: JsonObject }

/** Takes settings; gives the host of the Users API. */
export function baseOf({ region, base }: OnepasswordUsersSettings): string {
  return base ?? USERS_API[region]
}
