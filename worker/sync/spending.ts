import { DatabaseAway, type Database } from '../store/database.ts'
import type { Budget } from '../targets/outbound.ts'

/**
 * Takes a database that nobody else uses at the same time, and the subrequests an invocation has left; gives the same database,
 * whose every trip is taken from them, even where none is left.
 */
export function counted(database: Database, budget: Budget): Database {
  const count = async <T>(trip: () => Promise<T>): Promise<T> => {
    const before = database.trips()
    try {
      return await trip()
    } finally {
      budget.left -= database.trips() - before
    }
  }
  return {
    trips: database.trips,
    read: (...given) => count(() => database.read(...given)),
    write: (...given) => count(() => database.write(...given)),
  }
}

/**
 * Takes what opens a database, the same, and what is to be told when nothing is left; gives a database that is opened at its first use,
 * and throws DatabaseAway where nothing is left.
 */
export function spending(open: () => Database, budget: Budget, onSpent: () => void = () => {}): Database {
  let opened: Database | undefined
  const own = (): Database => {
    if (budget.left < 1) {
      onSpent()
      throw new DatabaseAway('no more requests fit into this run')
    }
    return (opened ??= counted(open(), budget))
  }
  return {
    trips: () => opened?.trips() ?? 0,
    read: async (...given) => own().read(...given),
    write: async (...given) => own().write(...given),
  }
}
