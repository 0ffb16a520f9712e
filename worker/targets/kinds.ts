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
  v.url('an address: https://…'),
)

const scim = v.strictObject({
  kind: v.literal('scim'),
  url: address,
  auth: v.variant('kind', [
    v.strictObject({ kind: v.literal('bearer'), token: secret }),
    v.strictObject({ kind: v.literal('header'), value: secret }),
    v.strictObject({ kind: v.literal('basic'), user: secret, password: secret }),
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
  }, 'whsec_ and 24 to 64 bytes as base64, as this makes one: echo whsec_$(openssl rand -base64 32)'),
)

/** How many bytes base64 stands for; 0 where it is none. */
function bytesIn(base64: string): number {
  try {
    return atob(base64).length
  } catch {
    return 0
  }
}

const webhook = v.strictObject({
  kind: v.literal('webhook'),
  url: address,
  secrets: v.pipe(
    v.array(webhookSecret),
    v.check((list) => list.length === 1 || list.length === 2, 'one secret or two'),
    v.transform(([first = '', second]): [string, string?] =>
      second === undefined ? [first] : [first, second],
    ),
  ),
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
  return { kind: 'faults', faults: read.issues.map(faultWords) }
}

/** What is given for a member that is missing. */
const EXAMPLES: Readonly<Record<string, string>> = {
  kind: '"scim", "webhook", "onepassword" or "onepassword-users"',
  url: '"https://…"',
  auth: '{"kind":"bearer","token":"$TARGET_TOKEN"}',
  secrets: '["$SECRET"], a secret that this makes: echo whsec_$(openssl rand -base64 32)',
}

/** What was entered is not repeated: it may be a secret. The messages of our own checks say what is expected. */
function faultWords(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue) ?? 'target'
  const last = issue.path?.at(-1)
  const isKey = last !== undefined && 'key' in last
  if (isKey && issue.expected === 'never') return `${path} is not known here`
  if (isKey && issue.input === undefined && issue.kind === 'schema') {
    const example = EXAMPLES[path]
    return `${path} is missing${example === undefined ? '' : `: ${example}`}`
  }
  const expected =
    issue.kind === 'schema' || /^(?:min|max)_length$/.test(issue.type) ? issue.expected : issue.message
  return `${path}: expected ${expected ?? issue.message}`
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
