/** `npm run token`: makes an API token for a connection of the local database, or ends one. */
import { parseArgs } from 'node:util'
import { SCOPES, revokeToken } from '../worker/store/tokens.ts'
import { ensureConnection, listConnections } from '../worker/store/connections.ts'
import { openDatabase, type Database } from '../worker/store/database.ts'
import { makeToken, shortId } from './connection.ts'
import { migrateDatabase } from './migrate.ts'
import { makeDataDir, readKeys, readSettings, type Settings } from './settings.ts'
import { runningDatabase, startSqld } from './sqld.ts'
import { readVars } from './workerd.ts'

const USAGE = `npm run token -- --connection NAME [--new] [--expires 90d] [--scope users,groups,read] [--user ID]
npm run token -- --revoke JTI

  --connection  the connection the token is for; --new makes it if there is none of this name
  --expires     when it ends: a number of days (90d) or hours (12h). Without it the token does not end
  --scope       users, groups: only those resources; read: no changes. Without it everything
  --user        the id of the one person this token may read
  --revoke      ends the token with this id at once`

/** Wrong arguments: the message and the usage are shown, and the exit code is 2. */
class UsageError extends Error {}

try {
  await run()
} catch (error) {
  if (!(error instanceof Error)) throw error
  console.error(error instanceof UsageError ? `${error.message}\n\n${USAGE}` : error.message)
  process.exitCode = error instanceof UsageError ? 2 : 1
}

async function run(): Promise<void> {
  const wanted = readArguments()
  const settings = readSettings(process.env)
  await withDatabase(settings, async (database) => {
    if ('revoke' in wanted) return revoke(database, wanted.revoke)
    const [keys, { REGION, DEPLOYMENT }] = await Promise.all([readKeys(settings.dataDir), readVars()])
    const connection = wanted.fresh
      ? await ensureConnection(database, wanted.connection, shortId(), new Date())
      : await findConnection(database, wanted.connection)
    const issuer = { region: REGION, deployment: DEPLOYMENT, keys }
    const { token, jti } = await makeToken(database, issuer, connection.id, wanted.allowed)
    console.log(`Connection: ${connection.name}\nToken id: ${jti}\nAPI token: ${token}`)
    console.log('It is not shown again. A lost one is no drama: make another and revoke this one by its id.')
  })
}

async function revoke(database: Database, jti: string): Promise<void> {
  if (!(await revokeToken(database, jti, new Date())))
    throw new Error(`There is no token with the id ${jti}.`)
  console.log(`Token ${jti} has ended.`)
}

async function findConnection(database: Database, name: string): Promise<{ id: string; name: string }> {
  const all = await listConnections(database)
  const found = all.find((connection) => connection.name === name)
  if (found !== undefined) return found
  const names = all.map((connection) => connection.name).join(', ') || 'none'
  throw new Error(`There is no connection ${name}; there are: ${names}. Add --new to make it.`)
}

/** Opens the database that LIBSQL_URL names, that `npm run dev` has open, or that lies in DATA_DIR, and closes it again. */
async function withDatabase(
  { dataDir, database: given }: Settings,
  work: (database: Database) => Promise<void>,
): Promise<void> {
  await makeDataDir(dataDir)
  if (given !== undefined) return work(openDatabase(given))
  const running = await runningDatabase(dataDir)
  if (running !== undefined) return work(openDatabase({ url: running }))
  const sqld = await startSqld({ dataDir })
  try {
    await migrateDatabase({ url: sqld.url })
    await work(openDatabase({ url: sqld.url }))
  } finally {
    await sqld.stop()
  }
}

type Wanted =
  | { readonly revoke: string }
  | {
      readonly connection: string
      readonly fresh: boolean
      readonly allowed: { readonly scope: string; readonly user?: string; readonly expires?: number }
    }

function readArguments(): Wanted {
  const { connection, new: fresh = false, expires, scope = '', user, revoke: jti } = parse()
  if (jti !== undefined) return { revoke: jti }
  if (connection === undefined) throw new UsageError('Say which connection: --connection NAME')
  const words = scope.split(',').filter((word) => word !== '')
  const unknown = words.find((word) => !SCOPES.some((known) => known === word))
  if (unknown !== undefined)
    throw new UsageError(`--scope: expected some of ${SCOPES.join(', ')}, not ${unknown}`)
  const allowed = {
    scope: words.join(' '),
    ...(user === undefined ? {} : { user }),
    ...(expires === undefined ? {} : { expires: Math.floor(Date.now() / 1000) + readDuration(expires) }),
  }
  return { connection, fresh, allowed }
}

function parse() {
  const text = { type: 'string' as const }
  try {
    const options = { connection: text, expires: text, scope: text, user: text, revoke: text }
    return parseArgs({ options: { ...options, new: { type: 'boolean' as const } } }).values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

/** Takes 90d or 12h; gives seconds. */
function readDuration(text: string): number {
  const [, number, unit] = /^(\d{1,5})([dh])$/.exec(text) ?? []
  const seconds = Number(number) * (unit === 'd' ? 86_400 : 3_600)
  if (!(seconds > 0))
    throw new UsageError('--expires: expected a number of days or hours, such as 90d or 12h')
  return seconds
}
