/** `npm run token`: makes an API token for a connection of the local database, lists the live ones, rotates or ends one. */
import { rotateToken } from '../worker/admin/makeToken.ts'
import { recording } from '../worker/store/acts.ts'
import { ensureConnection, listConnections, type Connection } from '../worker/store/connections.ts'
import type { Database } from '../worker/store/database.ts'
import { shortId } from '../worker/store/ids.ts'
import { isPerson } from '../worker/store/people.ts'
import { liveTokens, renewalOf, revokeToken, tokensByKey, type TokenRow } from '../worker/store/tokens.ts'
import { makeToken } from './connection.ts'
import { exists, findConnection, nothingIn, withDatabase, type Place } from './place.ts'
import { readKeys, readSettings } from './settings.ts'
import { formatTable } from './table.ts'
import { readArguments, type Wanted } from './token/arguments.ts'
import { USAGE } from './token/usage.ts'
import { runCommand } from './usage.ts'
import { readVars } from './workerd.ts'

const ONCE = 'It is not shown again. A lost one is no drama: make another and revoke this one by its id.'

await runCommand(USAGE, run)

async function run(): Promise<void> {
  const wanted = readArguments()
  if (wanted.kind === 'help') return console.log(USAGE)
  const settings = readSettings(process.env)
  await withDatabase(settings, async (place) => {
    if (wanted.kind === 'revoke') return revoke(place, wanted.jti)
    if (wanted.kind === 'list') return list(place, wanted.connection)
    if (wanted.kind === 'rotate') return rotate(place, settings.dataDir, wanted)
    await make(place, settings.dataDir, wanted)
  })
}

/** The command's own row among the acts. */
function recorded(
  database: Database,
  action: string,
  { connection, subject, details }: { connection: string | null; subject?: string; details?: object },
): Database {
  return recording(database, {
    at: new Date().toISOString(),
    request: crypto.randomUUID(),
    who: 'command line',
    connection,
    action,
    subject: subject ?? null,
    reason: null,
    details,
  })
}

async function revoke({ database, where }: Place, jti: string): Promise<void> {
  const live = await tokensByKey(database, new Date())
  const connection = live.find((one) => one.jti === jti)?.connection ?? null
  // One that has ended, or that nobody knows, leaves no row.
  const place =
    connection === null ? database : recorded(database, 'token.revoke', { connection, subject: jti })
  if (!(await revokeToken(place, jti, new Date())))
    throw new Error(`There is no token with the id ${jti} in ${where}.`)
  console.log(`Token ${jti} has ended.`)
}

function time(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
}

/** A name that is not there is an error; without one, the tokens of every connection. */
async function list(place: Place, name: string | undefined): Promise<void> {
  const { database } = place
  const connections = await (name === undefined
    ? listConnections(database)
    : [await findConnection(place, name, ' Add --new to make it.')])
  const rows = connections.map(async (connection) => {
    const tokens = await liveTokens(database, connection.id, new Date())
    return tokens.map((token) => [connection.name, ...shown(token)])
  })
  const titles = [
    'connection',
    'id',
    'name',
    'scope',
    'person',
    'made',
    'last used',
    'from',
    'renew by',
    'ends',
  ]
  console.log(formatTable(titles, (await Promise.all(rows)).flat()))
}

function shown(token: TokenRow): readonly string[] {
  const { jti, name, scope, user, issued, used, usedFrom, renewBy, expires, replacedBy } = token
  const replaced = replacedBy === null ? '' : ` (replaced by ${replacedBy})`
  return [
    jti,
    name ?? '-',
    scope === '' ? 'everything' : scope.replaceAll(' ', ','),
    user ?? 'all',
    time(issued),
    used === null ? 'never' : time(used),
    usedFrom ?? '-',
    renewBy === null ? '-' : time(renewBy),
    expires === null ? 'never' : `${time(expires)}${replaced}`,
  ]
}

async function issuerIn(dataDir: string) {
  if (!(await exists(dataDir))) throw new Error(nothingIn(`no signing keys in ${dataDir}`))
  const [{ keys }, { REGION, DEPLOYMENT }] = await Promise.all([readKeys(dataDir), readVars()])
  return { region: REGION, deployment: DEPLOYMENT, keys }
}

async function rotate(
  { database, where }: Place,
  dataDir: string,
  { jti, countdown }: Wanted & { kind: 'rotate' },
): Promise<void> {
  const issuer = await issuerIn(dataDir)
  const now = new Date()
  const old = (await tokensByKey(database, now)).find((one) => one.jti === jti)
  if (old === undefined) throw new Error(`There is no live token with the id ${jti} in ${where}.`)
  if (old.replacedBy !== null)
    throw new Error(`Token ${jti} is being replaced by ${old.replacedBy} already. Rotate that one.`)
  const { connection } = old
  const acting = recorded(database, 'token.rotate', { connection, subject: jti })
  const by = { madeBy: 'command line', now, countdown }
  const made = await rotateToken(acting, issuer, connection, jti, by)
  if (made === undefined) throw new Error(`Token ${jti} has been replaced or revoked in this moment.`)
  const left = (await liveTokens(database, connection, now)).find((one) => one.jti === jti)
  console.log(`Connection: ${old.connectionName}\nToken id: ${made.jti}\nAPI token: ${made.token}`)
  console.log(
    left?.expires === undefined || left.expires === null
      ? `Token ${jti} has ended.`
      : `Token ${jti} goes on until ${time(left.expires)}. Paste the new one before.`,
  )
  console.log(ONCE)
}

async function make(place: Place, dataDir: string, wanted: Wanted & { kind: 'make' }): Promise<void> {
  const issuer = await issuerIn(dataDir)
  const { fresh, allowed } = wanted
  if (fresh && allowed.user !== undefined)
    throw new Error(`There is no person ${allowed.user} in a connection that is new.`)
  const connection = await (fresh
    ? newConnection(place, wanted.connection)
    : findConnection(place, wanted.connection, ' Add --new to make it.'))
  if (allowed.user !== undefined && !(await isPerson(place.database, connection.id, allowed.user)))
    throw new Error(`There is no person with the id ${allowed.user} in connection ${connection.name}.`)
  const { name, scope, domains } = allowed
  const details = { name, scope, domains }
  const database = recorded(place.database, 'token.create', { connection: connection.id, details })
  const { token, jti } = await makeToken(database, issuer, connection.id, allowed)
  console.log(`Connection: ${connection.name}\nToken id: ${jti}\nAPI token: ${token}`)
  if (allowed.expires !== undefined) {
    const renewBy = renewalOf(Math.floor(Date.now() / 1000), allowed.expires)
    console.log(
      `It ends on ${time(allowed.expires)}${renewBy === null ? '' : `; from ${time(renewBy)} on it only reads and deactivates`}.`,
    )
  }
  console.log(ONCE)
}

async function newConnection({ database, where }: Place, name: string): Promise<Connection> {
  const id = shortId()
  const connection = await ensureConnection(database, name, id, new Date())
  if (connection.id === id) return connection
  throw new Error(`Connection ${name} exists already in ${where}. Leave out --new for a token of it.`)
}
