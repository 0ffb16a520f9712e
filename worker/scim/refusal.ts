/**
 * Every refusal the bridge can give, by name: the log of requests keeps the name and never the words, which may tell of what was
 * sent; the assistant explains each (admin/explain.ts).
 */
export const REFUSALS = [
  // The token: what is wrong with the paste, then with the token itself.
  'no_token',
  'bearer_twice',
  'quotes',
  'broken_paste',
  'not_a_token',
  'other_region',
  'cut_off',
  'token',
  'revoked',
  'expired',
  'renew',
  'network',
  'scope',
  'domain',
  'guesses',
  'rate',
  // How the connection is set up.
  'closed',
  'switch_create',
  'switch_update',
  'switch_deactivate',
  'switch_groups',
  'unmanaged',
  'powerful',
  'protected',
  // Where the request went, and what it is about.
  'path',
  'base_url',
  'method',
  'media_type',
  'too_large',
  'missing',
  'precondition',
  'contended',
  'discovery_filter',
  'me',
  'feed',
  'unknown_members',
  'user_name_taken',
  'external_id_taken',
  // RFC 7644 §3.12 and RFC 9865 §2.1.
  'invalidFilter',
  'tooMany',
  'uniqueness',
  'mutability',
  'invalidSyntax',
  'invalidPath',
  'noTarget',
  'invalidValue',
  'invalidCursor',
  'expiredCursor',
  'invalidCount',
  // What the target did not take.
  'target_taken',
  'target_refused',
  'target_members',
  // The bridge's own trouble.
  'database',
  'database_unsure',
  'settings',
  'bug',
] as const

export type RefusalName = (typeof REFUSALS)[number]

const names: ReadonlySet<string> = new Set(REFUSALS)

/** Takes a word; says whether it is the name of a refusal. */
export function isRefusal(word: string): word is RefusalName {
  return names.has(word)
}

const byStatus: ReadonlyMap<number, RefusalName> = new Map([
  [400, 'invalidValue'],
  [401, 'token'],
  [403, 'scope'],
  [404, 'missing'],
  [405, 'method'],
  [409, 'uniqueness'],
  [412, 'precondition'],
  [413, 'too_large'],
  [415, 'media_type'],
  [429, 'rate'],
  [503, 'database'],
])

/** Takes the status of an answer that nobody has given a name; gives what such a refusal mostly is. */
export function refusalByStatus(status: number): RefusalName {
  return byStatus.get(status) ?? 'bug'
}
