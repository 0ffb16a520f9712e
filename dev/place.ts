import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { createClient } from '@libsql/client/http'
import { listConnections, type Connection } from '../worker/store/connections.ts'
import { openDatabase, type Database } from '../worker/store/database.ts'
import { migrateDatabase } from './migrate.ts'
import type { Settings } from './settings.ts'
import { runningDatabase, startSqld } from './sqld.ts'
import { plain, reason } from './words.ts'

/**
 * The database of a command, with the words that name it in messages. `open` gives it anew: what takes long asks for it with
 * every trip, as one that is open is for as long as a request may take.
 */
export type Place = { readonly database: Database; readonly open: () => Database; readonly where: string }

/** Opens the database that LIBSQL_URL names, that `npm run dev` has open, or that lies in DATA_DIR, and closes it again. */
export async function withDatabase(
  { dataDir, database: given }: Settings,
  work: (place: Place) => Promise<void>,
): Promise<void> {
  if (given !== undefined) return work(await reach(given, `the database at ${new URL(given.url).host}`))
  const where = `the database in ${dataDir}`
  const running = await runningDatabase(dataDir)
  if (running !== undefined) return work(await reach(running, where))
  if (!(await exists(join(dataDir, 'database')))) throw new Error(nothingIn(`no database in ${dataDir}`))
  const sqld = await startSqld({ dataDir })
  try {
    await migrateDatabase(sqld)
    await work({ database: openDatabase(sqld), open: () => openDatabase(sqld), where })
  } finally {
    await sqld.stop()
  }
}

/** Asks the database for a word first: what the store says of one that is away leaves out why. */
async function reach(place: { url: string; authToken?: string }, where: string): Promise<Place> {
  const signal = AbortSignal.timeout(8_000)
  const client = createClient({ ...place, fetch: (request: Request) => fetch(request, { signal }) })
  try {
    await client.execute('SELECT 1')
  } catch (error) {
    const { host } = new URL(place.url)
    throw new Error(`The database at ${host} cannot be used: ${reason(error)}`, { cause: error })
  } finally {
    client.close()
  }
  return { database: openDatabase(place), open: () => openDatabase(place), where }
}

/** Takes what is missing; gives what to do about it. */
export function nothingIn(what: string): string {
  return `There is ${what}. \`npm run dev\` makes one; if it is elsewhere, give the DATA_DIR that \`npm run dev\` has.`
}

/** Takes a path; says whether there is something. */
export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

/** Takes a place and a name; gives the connection of that name. Throws with the names there are. */
export async function findConnection(
  { database, where }: Place,
  name: string,
  hint = '',
): Promise<Connection> {
  const all = await listConnections(database)
  const found = all.find((connection) => connection.name === name)
  if (found !== undefined) return found
  const names = all.map((connection) => plain(connection.name)).join(', ') || 'none'
  throw new Error(`There is no connection ${plain(name)} in ${where}; there are: ${names}.${hint}`)
}
