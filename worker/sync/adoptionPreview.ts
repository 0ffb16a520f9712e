import { foldCase } from '../scim/fold.ts'
import type { JsonObject } from '../scim/json.ts'
import type { Database } from '../store/database.ts'
import type { Standing } from '../store/settings.ts'
import { findUnlinked } from '../store/takeOver.ts'
import type { Budget } from '../targets/outbound.ts'
import { mayTake, type AdoptionFault } from './adoption.ts'
import type { TargetOpener } from './open.ts'

/** What a preview needs: it only reads. */
export type PreviewTools = {
  readonly database: Database
  readonly openTarget: TargetOpener
  readonly budget: Budget
  readonly until: number
}

/** An account that nobody has linked: the person here of that userName, if any, and why a create would not take it over, if it would not. */
export type AdoptionLine = {
  readonly remote: string
  readonly userName: string
  readonly resource: string | undefined
  readonly fault: AdoptionFault['kind'] | undefined
}

/** Takes the tools, a connection's id and how it stands; lists the accounts at its target that nobody has linked, by the rules of adoption as they stand. */
export async function previewAdoption(
  { database, openTarget, budget, until }: PreviewTools,
  connection: string,
  standing: Standing,
): Promise<
  | { readonly kind: 'lines'; readonly lines: readonly AdoptionLine[] }
  | { readonly kind: 'refused'; readonly words: string }
> {
  const opened = await openTarget(connection, standing, { budget, until })
  if (opened.kind === 'bad') return { kind: 'refused', words: opened.words }
  const { target, account, send } = opened
  const lines: AdoptionLine[] = []
  let page: string | undefined
  do {
    const read = await target.list('User', page, send)
    if ('kind' in read) return { kind: 'refused', words: read.words }
    const nameOf = ({ userName }: JsonObject) => (typeof userName === 'string' ? userName : '')
    const named = new Map(read.accounts.map(({ remote, document }) => [remote, document]))
    const folded = read.accounts.map(({ remote, document }) => ({
      remote,
      folded: foldCase(nameOf(document)),
    }))
    for (const { remote, resource, externalId } of await findUnlinked(
      database,
      connection,
      account,
      folded,
    )) {
      const shown = named.get(remote) ?? {}
      const userName = nameOf(shown)
      // A create names the same addresses, or it is not the same person.
      const { emails = [] } = shown
      const wanted: JsonObject = { userName, emails, ...(externalId === undefined ? {} : { externalId }) }
      lines.push({ remote, userName, resource, fault: mayTake(wanted, shown, standing.settings)?.kind })
    }
    page = read.next
  } while (page !== undefined)
  return { kind: 'lines', lines }
}
