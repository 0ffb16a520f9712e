import { actOf, type Log, type LoggedRow } from '../store/logs.ts'
import { ERASE, EXPIRE } from './keep.ts'

/** What acts say of the other logs: why something may be gone. */
export type Evidence = {
  /** Takes a row; learns what it says, if it is an act. */
  readonly learn: (row: LoggedRow) => void
  readonly isErased: (connection: string, person: string) => boolean
  /** Whether a segment may have expired. */
  readonly hasExpired: (chain: { readonly log: Log; readonly connection: string }, number: number) => boolean
  /** Whether the whole connection was deleted, and its log with it. */
  readonly isDeleted: (chain: { readonly log: Log; readonly connection: string }) => boolean
}

/** The act of whoever deletes a connection. */
const DELETE = 'connection.delete'

/** Gives evidence of nothing yet. */
export function evidence(): Evidence {
  const erased = new Set<string>()
  const expired = new Map<string, number>()
  const deleted = new Set<string>()
  return {
    learn: (row) => {
      const { action, connection, subject } = actOf(row) ?? {}
      if (connection === undefined || connection === null) return
      if (action === ERASE && subject != null) erased.add(JSON.stringify([connection, subject]))
      if (action === EXPIRE) expired.set(connection, Math.max(expired.get(connection) ?? 0, Number(subject)))
      if (action === DELETE) deleted.add(connection)
    },
    isErased: (connection, person) => erased.has(JSON.stringify([connection, person])),
    hasExpired: ({ log, connection }, number) =>
      log === 'changes' && number <= (expired.get(connection) ?? 0),
    isDeleted: ({ log, connection }) => log === 'changes' && deleted.has(connection),
  }
}
