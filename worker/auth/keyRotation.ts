import type { SigningKey, SigningKeys } from './keys.ts'

/**
 * What a signing key is for. `next`: everybody verifies with it, and it does not sign yet. `signs`: it signs, and verifies. `former`: it
 * signs no more, and verifies what it has signed.
 */
export type KeyState = 'next' | 'signs' | 'former'

/** A step of the rotation of keys, and the keys after it; or what has to be done before there can be one. */
export type KeyStep =
  | { readonly kind: 'publish' | 'sign' | 'retire'; readonly kid: string; readonly keys: SigningKeys }
  | { readonly kind: 'wait'; readonly kid: string }

/** Takes the keys, the one that signs first; gives the state of each: one that was made after that which signs is the next. */
export function statesOf(keys: SigningKeys): readonly { readonly kid: string; readonly state: KeyState }[] {
  const [first, ...others] = keys
  return [
    { kid: first.kid, state: 'signs' },
    ...others.map(({ kid, iat }) => ({
      kid,
      state: iat !== undefined && iat > (first.iat ?? 0) ? ('next' as const) : ('former' as const),
    })),
  ]
}

/**
 * Takes the keys, the kids that live tokens name, and a new key; gives the one step that comes next. A new key is published for
 * verifying; once it is known everywhere, which whoever calls has to see to, it signs; and a former one is retired, once no live token
 * names it: until then the rotation waits. Nothing is kept here: a deployment puts what comes out into its secret, and ends the step so.
 */
export function nextKeyStep(
  keys: SigningKeys,
  live: ReadonlySet<string>,
  fresh: SigningKey & { readonly iat: number },
): KeyStep {
  const [first, ...others] = keys
  const inState = (wanted: KeyState) =>
    statesOf(keys).flatMap(({ kid, state }) => (state === wanted ? [kid] : []))
  const [next] = inState('next')
  const promoted = others.find(({ kid }) => kid === next)
  if (promoted !== undefined) {
    const rest = others.filter((key) => key !== promoted)
    return { kind: 'sign', kid: promoted.kid, keys: [promoted, first, ...rest] }
  }
  const former = inState('former')
  const free = former.find((kid) => !live.has(kid))
  if (free !== undefined)
    return { kind: 'retire', kid: free, keys: [first, ...others.filter(({ kid }) => kid !== free)] }
  const [busy] = former
  if (busy !== undefined) return { kind: 'wait', kid: busy }
  // A clock that went back must not make it look like a former one.
  const iat = Math.max(fresh.iat, (first.iat ?? 0) + 1)
  return { kind: 'publish', kid: fresh.kid, keys: [first, { ...fresh, iat }] }
}
