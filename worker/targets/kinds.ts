import * as v from 'valibot'
import type { JsonObject } from '../scim/json.ts'
import { onepasswordEntered, onepasswordTarget, scimPartOf, usersPartOf } from './onepassword.ts'
import { onepasswordUsersEntered, onepasswordUsersTarget } from './onepasswordUsers.ts'
import { scimTarget } from './scim.ts'
import type { Target } from './target.ts'
import { webhookTarget } from './webhook.ts'

const secret = v.pipe(v.string(), v.minLength(1), v.maxLength(4_096))

const address = v.pipe(
  v.string(),
  v.maxLength(1_024),
  v.transform((text) => text.trim().replace(/\/+$/, '')),
  v.url('expected an address: https://…'),
)

const scim = v.object({
  kind: v.literal('scim'),
  url: address,
  auth: v.variant('kind', [
    v.object({ kind: v.literal('bearer'), token: secret }),
    v.object({ kind: v.literal('header'), value: secret }),
    v.object({ kind: v.literal('basic'), user: secret, password: secret }),
  ]),
  deleteSuspends: v.optional(v.boolean(), false),
})

/** Standard Webhooks: `whsec_` and 24 to 64 bytes as base64. */
const webhookSecret = v.pipe(
  v.string(),
  v.check((text) => {
    const [, base64 = ''] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? []
    const bytes = bytesIn(base64)
    return bytes >= 24 && bytes <= 64
  }, 'whsec_ and 24 to 64 bytes as base64'),
)

/** How many bytes base64 stands for; 0 where it is none. */
function bytesIn(base64: string): number {
  try {
    return atob(base64).length
  } catch {
    return 0
  }
}

const webhook = v.object({
  kind: v.literal('webhook'),
  url: address,
  secrets: v.union([v.tuple([webhookSecret]), v.tuple([webhookSecret, webhookSecret])]),
})

const settings = v.variant('kind', [scim, webhook, onepasswordEntered, onepasswordUsersEntered])

/** What an admin enters of a target: its kind, where it is and how it is let in. */
export type TargetSettings = v.InferOutput<typeof settings>

/** Takes what was entered of a target; gives it read, or what is wrong with it, by field. */
export function readEntered(
  value: unknown,
):
  | { readonly kind: 'read'; readonly settings: TargetSettings }
  | { readonly kind: 'faults'; readonly faults: readonly string[] } {
  const read = v.safeParse(settings, value)
  if (read.success) return { kind: 'read', settings: read.output }
  const faults = read.issues.map(
    (issue) => `${v.getDotPath(issue) ?? 'target'}: expected ${issue.expected ?? issue.message}`,
  )
  return { kind: 'faults', faults }
}

const sealed = v.object({ connection: v.string(), settings })

/** What was sealed of a target: whose it is, and its settings. */
export type SealedTarget = v.InferOutput<typeof sealed>

/** Takes the value that was sealed; gives it read, undefined where it is none of ours. */
export function readSealed(value: unknown): SealedTarget | undefined {
  const read = v.safeParse(sealed, value)
  return read.success ? read.output : undefined
}

/** Takes settings and what was learned of the target when it was tested; gives the target. */
export function openKind(entered: TargetSettings, learned: JsonObject): Target {
  switch (entered.kind) {
    case 'scim':
      return scimTarget({ ...entered, learned })
    case 'onepassword':
      return onepasswordTarget(
        scimTarget(scimPartOf({ ...entered, learned })),
        usersPartOf({ ...entered, learned }),
      )
    case 'onepassword-users':
      return onepasswordUsersTarget({ ...entered, learned })
    case 'webhook':
      return webhookTarget({ ...entered, learned })
  }
}
