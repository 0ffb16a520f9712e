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

/** Takes the same; gives a database that throws DatabaseAway, and sends nothing, where none is left. */
export function spending(database: Database, budget: Budget): Database {
  const own = counted(database, budget)
  const mustFit = () => {
    if (budget.left < 1) throw new DatabaseAway('no more requests fit into this run')
  }
  return {
    trips: own.trips,
    read: async (...given) => {
      mustFit()
      return own.read(...given)
    },
    write: async (...given) => {
      mustFit()
      return own.write(...given)
    },
  }
}
