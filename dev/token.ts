/** `npm run token`: makes an API token for a connection of the local database, lists the live ones, or ends one. */
import { decodeJwt } from 'jose'
import { catalogOf } from '../worker/config.ts'
import { SCOPES, liveTokens, revokeToken } from '../worker/store/tokens.ts'
import { ensureConnection, listConnections, type Connection } from '../worker/store/connections.ts'
import { sql, type Database } from '../worker/store/database.ts'
import { makeToken, shortId } from './connection.ts'
import { exists, findConnection, nothingIn, withDatabase, type Place } from './place.ts'
import { readKeys, readSettings } from './settings.ts'
import { formatTable } from './table.ts'
import { plain } from './words.ts'
import { readVars } from './workerd.ts'
import { readOptions, runCommand, UsageError } from './usage.ts'

const USAGE = `npm run token -- --connection NAME [--new] [--expires 90d] [--scope users,groups,read] [--user ID]
npm run token -- --list [--connection NAME]
npm run token -- --revoke ID

  --connection  the connection the token is for; --new makes it, and there must be none of this name
  --expires     when it ends: a number of days (90d) or hours (12h). Without it the token does not end
  --scope       users, groups, roles and the like: only those resources; read: no changes. Without it everything
  --user        the id of the one person this token may read
  --list        shows the live tokens, of this connection or of all
  --revoke      ends the token with this id at once; the token itself will do too
  --help        shows this`

await runCommand(USAGE, run)

async function run(): Promise<void> {
  const wanted = readArguments()
  if (wanted.kind === 'help') return console.log(USAGE)
  const settings = readSettings(process.env)
  await withDatabase(settings, async (place) => {
    if (wanted.kind === 'revoke') return revoke(place, wanted.jti)
    if (wanted.kind === 'list') return list(place, wanted.connection)
    await make(place, settings.dataDir, wanted)
  })
}

async function revoke({ database, where }: Place, jti: string): Promise<void> {
  if (!(await revokeToken(database, jti, new Date())))
    throw new Error(`There is no token with the id ${jti} in ${where}.`)
  console.log(`Token ${jti} has ended.`)
}

/** A name that is not there is an error; without one, the tokens of every connection. */
async function list(place: Place, name: string | undefined): Promise<void> {
  const { database } = place
  const connections = await (name === undefined
    ? listConnections(database)
    : [await findConnection(place, name, ' Add --new to make it.')])
  const time = (seconds: number) => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
  const rows = connections.map(async (connection) => {
    const tokens = await liveTokens(database, connection.id, new Date())
    return tokens.map(({ jti, scope, user, issued, expires }) => [
      connection.name,
      jti,
      scope === '' ? 'everything' : scope.replaceAll(' ', ','),
      user ?? 'all',
      time(issued),
      expires === null ? 'never' : time(expires),
    ])
  })
  const titles = ['connection', 'id', 'scope', 'person', 'made', 'ends']
  console.log(formatTable(titles, (await Promise.all(rows)).flat()))
}

async function make(place: Place, dataDir: string, wanted: Wanted & { kind: 'make' }): Promise<void> {
  if (!(await exists(dataDir))) throw new Error(nothingIn(`no signing keys in ${dataDir}`))
  const [{ keys }, { REGION, DEPLOYMENT }] = await Promise.all([readKeys(dataDir), readVars()])
  const { fresh, allowed } = wanted
  if (fresh && allowed.user !== undefined)
    throw new Error(`There is no person ${allowed.user} in a connection that is new.`)
  const connection = await (fresh
    ? newConnection(place, wanted.connection)
    : findConnection(place, wanted.connection, ' Add --new to make it.'))
  if (allowed.user !== undefined) await findPerson(place.database, connection, allowed.user)
  const issuer = { region: REGION, deployment: DEPLOYMENT, keys }
  const { token, jti } = await makeToken(place.database, issuer, connection.id, allowed)
  console.log(`Connection: ${connection.name}\nToken id: ${jti}\nAPI token: ${token}`)
  console.log('It is not shown again. A lost one is no drama: make another and revoke this one by its id.')
}

async function newConnection({ database, where }: Place, name: string): Promise<Connection> {
  const id = shortId()
  const connection = await ensureConnection(database, name, id, new Date())
  if (connection.id === id) return connection
  throw new Error(`Connection ${name} exists already in ${where}. Leave out --new for a token of it.`)
}

async function findPerson(database: Database, { id, name }: Connection, user: string): Promise<void> {
  const [rows] = await database.read([
    sql`SELECT 1 FROM resources WHERE connection = ${id} AND id = ${user} AND type = 'User'`,
  ])
  if (rows?.length !== 1) throw new Error(`There is no person with the id ${user} in connection ${name}.`)
}

type Wanted =
  | { readonly kind: 'help' }
  | { readonly kind: 'revoke'; readonly jti: string }
  | { readonly kind: 'list'; readonly connection: string | undefined }
  | {
      readonly kind: 'make'
      readonly connection: string
      readonly fresh: boolean
      readonly allowed: { readonly scope: string; readonly user?: string; readonly expires?: number }
    }

function readArguments(): Wanted {
  const { connection, new: fresh = false, expires, scope, user, revoke: ended, list: all, help } = parse()
  if (help === true) return { kind: 'help' }
  if (ended !== undefined && all === true) throw new UsageError('Either --list or --revoke')
  if (ended !== undefined) return { kind: 'revoke', jti: readJti(ended.trim()) }
  if (connection?.trim() === '' || (connection === undefined && all !== true))
    throw new UsageError('Say which connection: --connection NAME')
  if (connection === undefined || all === true) return { kind: 'list', connection }
  if (fresh && connection !== plain(connection))
    throw new UsageError(`--connection: expected a name without control characters, not ${plain(connection)}`)
  if (user?.trim() === '') throw new UsageError('--user: expected the id of a person')
  const allowed = {
    scope: scope === undefined ? '' : readScope(scope),
    ...(user === undefined ? {} : { user }),
    ...(expires === undefined ? {} : { expires: Math.floor(Date.now() / 1000) + readDuration(expires) }),
  }
  return { kind: 'make', connection, fresh, allowed }
}

function parse() {
  const [text, flag] = [{ type: 'string' as const }, { type: 'boolean' as const }]
  const texts = { connection: text, expires: text, scope: text, user: text, revoke: text }
  return readOptions({ options: { ...texts, new: flag, list: flag, help: flag } }).values
}

/** Takes a token's id or the token itself; gives the id. Throws UsageError, without the token, when it has none. */
function readJti(text: string): string {
  if (text !== '' && !text.includes('.') && !text.startsWith('drawbridge_')) return text
  try {
    const { jti } = decodeJwt(text.replace(/^drawbridge_[a-z0-9-]+_/iu, ''))
    if (jti !== undefined) return jti
  } catch {
    // Half a token, or nothing of the kind.
  }
  throw new UsageError('--revoke: expected the id of a token, or the whole token')
}

/** The words a scope may have, those of the declared resources among them. */
function scopeWords(): readonly string[] {
  return [...new Set([...SCOPES, ...catalogOf().types.map(({ scope }) => scope)])]
}

/** Takes words of a scope with commas; gives them with spaces. No word at all would allow everything. */
function readScope(text: string): string {
  const said = text.split(',').map((word) => word.trim())
  const unknown = said.find((word) => !scopeWords().includes(word))
  if (unknown !== undefined)
    throw new UsageError(`--scope: expected some of ${scopeWords().join(', ')}, not ${unknown || 'nothing'}`)
  return said.join(' ')
}

/** Takes 90d or 12h; gives seconds. */
function readDuration(text: string): number {
  const [, number, unit] = /^(\d{1,5})([dh])$/.exec(text) ?? []
  const seconds = Number(number) * (unit === 'd' ? 86_400 : 3_600)
  if (!(seconds > 0))
    throw new UsageError('--expires: expected a number of days or hours, such as 90d or 12h')
  return seconds
}
