import type { JsonObject } from '../../scim/json.ts'
import type { Account, Later, Link } from '../target.ts'
import { later } from './hear.ts'
import type { Kind } from './kinds.ts'
import { lookUp, sameName } from './pages.ts'
import type { Service } from './service.ts'

/** What a 404 for a resource turned out to be. `same`: the service lists it all the same. */
export type Missing =
  | { readonly kind: 'gone' }
  | { readonly kind: 'same'; readonly account: Account }
  | { readonly kind: 'found'; readonly accounts: readonly Account[] }
  | Later

/**
 * Takes what was linked and answered 404; looks it up by the name it had there and the one it is to have. An endpoint
 * that moved and a service that is down answer 404 too: only a list without the name says that it is gone.
 */
export async function missing(
  service: Service,
  kind: Kind,
  { remote, confirmed }: Link,
  wanted: JsonObject,
): Promise<Missing> {
  const names = [confirmed[kind.name], wanted[kind.name]].filter((name) => typeof name === 'string')
  const asked = names.filter((name, at) => names.findIndex((other) => sameName(other, name)) === at)
  if (asked.length === 0) return later(`there is no ${kind.name} to look up at the target`, true)
  for (const name of asked) {
    const looked = await lookUp(service, kind, name)
    if (looked.kind === 'later') return service.isSpent() ? looked : { ...looked, whose: 'connection' }
    const [first] = looked.accounts
    if (first === undefined) continue
    const account = looked.accounts.find((each) => each.remote === remote)
    return account === undefined ? { kind: 'found', accounts: looked.accounts } : { kind: 'same', account }
  }
  return { kind: 'gone' }
}
