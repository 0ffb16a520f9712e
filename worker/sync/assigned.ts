import { foldCase } from '../scim/fold.ts'
import { isJsonObject, isList, type JsonObject } from '../scim/json.ts'
import type { Database } from '../store/database.ts'
import { knownOf, stalePeople } from '../store/gaps.ts'
import { isActive } from '../targets/compare.ts'
import { about, type Found } from './findings.ts'
import type { SeenPerson } from './reconcile.ts'

/** Compares people at the target with the provider's own list of those who are assigned. */
export type Assigned = {
  /** Takes a page of people at the target; gives who is active there and not on the list, with the age of the gap. */
  readonly compare: (page: readonly SeenPerson[]) => Promise<readonly Found[]>
  /** Gives who is on the list and not active at the target, when all people there have been seen. */
  readonly left: () => readonly Found[]
}

/** A name of the list, and what the target has of it. */
type Entry = { readonly name: string; readonly shown: 'inactive' | 'nobody' }

const nothing = (words: string) => ({ by: 'nobody', words }) as const

/** Takes the database, a connection's id and the names of a list; gives what compares with it. A name is a userName or an e-mail address. */
export function assignedOf(open: () => Database, connection: string, names: readonly string[]): Assigned {
  const list = new Set(names.map(foldCase))
  const left = new Map(names.map((name): [string, Entry] => [foldCase(name), { name, shown: 'nobody' }]))
  return {
    compare: async (page) => {
      const unassigned = page.filter((person) => {
        const known = namesOf(person).filter((name) => list.has(name))
        const isOn = isActive(person.account.document)
        for (const name of known) {
          const entry = left.get(name)
          if (isOn) left.delete(name)
          else if (entry !== undefined) left.set(name, { ...entry, shown: 'inactive' })
        }
        return isOn && known.length === 0
      })
      const gaps = await knownOf(
        open(),
        connection,
        unassigned.flatMap(({ side }) => side?.resource ?? []),
      )
      return unassigned.map((person): Found => {
        const { account, side } = person
        const gap = side === undefined ? undefined : gaps.get(side.resource)
        const name = account.document['userName']
        const subject =
          side === undefined
            ? {
                id: undefined,
                type: 'User' as const,
                pending: undefined,
                repair: nothing('not linked here: suspend it at the target'),
              }
            : about(
                side,
                gap?.known === 'active'
                  ? nothing(`nothing is done without an admin: --release ${side.resource}`)
                  : nothing('as its line "active" says'),
              )
        return {
          finding: {
            ...subject,
            remote: account.remote,
            name: typeof name === 'string' ? name : '',
            kind: 'unassigned',
            known: gap?.known ?? 'never',
            since: gap?.since,
          },
        }
      })
    },
    left: () =>
      [...left.values()].map(({ name, shown }) => ({
        finding: {
          id: undefined,
          remote: undefined,
          type: 'User',
          name,
          pending: undefined,
          repair: nothing('the provider has to send it'),
          kind: 'assigned',
          shown,
        },
      })),
  }
}

/** What a person may be called on a list: at the target and here. */
function namesOf({ account, side }: SeenPerson): readonly string[] {
  const documents: readonly JsonObject[] = [account.document, side?.document ?? side?.last ?? {}]
  return documents.flatMap(({ userName, emails }) => {
    const values = isList(emails) ? emails.map((each) => (isJsonObject(each) ? each['value'] : each)) : []
    return [userName, ...values].flatMap((name) => (typeof name === 'string' ? [foldCase(name.trim())] : []))
  })
}

/** Takes the database, a connection's id and a time; tells of the active people whom the provider has not confirmed since. */
export async function findStale(
  open: () => Database,
  connection: string,
  before: Date,
  found: (page: readonly Found[]) => Promise<void>,
): Promise<void> {
  for await (const page of stalePeople(open, connection, before)) {
    await found(
      page.map(({ id, name, since, imported }) => ({
        finding: {
          id,
          remote: undefined,
          type: 'User',
          name,
          pending: undefined,
          repair: nothing(`nothing is done without an admin: --release ${id}`),
          kind: 'stale',
          since,
          isImported: imported,
        },
      })),
    )
  }
}
