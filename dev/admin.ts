/** `npm run admin`: who may run the bridge, and a link for one of them to sign in with. */
import { parseArgs } from 'node:util'
import { digestOf, newSecret } from '../worker/auth/digest.ts'
import { macOf } from '../worker/auth/mac.ts'
import { ACT_MAC } from '../worker/auth/proof.ts'
import { endGrant, EVERYWHERE, listGrants, ROLES, setGrant } from '../worker/store/admins.ts'
import { insertLink } from '../worker/store/sessions.ts'
import { foldCase } from '../worker/scim/fold.ts'
import { findConnection, withDatabase, type Place } from './place.ts'
import type { Database } from '../worker/store/database.ts'
import { listConnections } from '../worker/store/connections.ts'
import { recording } from '../worker/store/acts.ts'
import { readKeys, readSettings } from './settings.ts'
import { formatTable } from './table.ts'
import { UsageError } from './usage.ts'

const USAGE = `npm run admin
npm run admin -- --add EMAIL --role viewer|operator|auditor|admin [--connection NAME]
npm run admin -- --remove EMAIL [--connection NAME]
npm run admin -- --link EMAIL [--url https://bridge.example.com]

  --add         puts somebody on the list, or gives another role: viewer sees states and no names, operator releases,
                replays and repairs, auditor sees everything and changes nothing, admin does everything
  --connection  for this connection alone; without it for all of them
  --remove      ends a role, and with the last one the sessions. The last admin of everything stays
  --link        makes a link to sign in with: good once, for ten minutes
  --url         where the bridge is; without it the one on this machine
  --help        shows this

Without options it shows the list.`

try {
  await run()
} catch (error) {
  if (!(error instanceof Error)) throw error
  console.error(error instanceof UsageError ? `${error.message}\n\n${USAGE}` : error.message)
  process.exitCode = error instanceof UsageError ? 2 : 1
}

async function run(): Promise<void> {
  const { add, remove, link, role, connection, url, help } = parse()
  if (help === true) return console.log(USAGE)
  const told = [add, remove, link].filter((one) => one !== undefined)
  if (told.length > 1) throw new UsageError('One of --add, --remove and --link at a time')
  if (role !== undefined && add === undefined) throw new UsageError('--role goes with --add')
  if (url !== undefined && link === undefined) throw new UsageError('--url goes with --link')
  const given = add === undefined ? undefined : ROLES.find((one) => one === role)
  if (add !== undefined && given === undefined)
    throw new UsageError(`--role: expected one of ${ROLES.join(', ')}`)
  const emails = told.map(readEmail)
  const settings = readSettings(process.env)
  await withDatabase(settings, async (place) => {
    const [email] = emails
    if (email === undefined) return show(place)
    if (link !== undefined) return makeLink(place, email, url ?? `http://127.0.0.1:${settings.port}`)
    const where = connection === undefined ? EVERYWHERE : (await findConnection(place, connection)).id
    const words = connection === undefined ? 'all connections' : `connection ${connection}`
    if (given === undefined) return end(place, email, where, words)
    await give(place, email, where, words, given)
  })
}

/** The command's own row among the acts. */
async function recorded(
  { database }: Place,
  action: string,
  email: string,
  details?: object,
): Promise<Database> {
  const { macKeys } = await readKeys(readSettings(process.env).dataDir)
  const act = {
    at: new Date().toISOString(),
    request: crypto.randomUUID(),
    who: 'command line',
    connection: null,
    action,
    subject: email,
    reason: null,
    details,
  }
  return recording(database, act, macOf(macKeys, ACT_MAC).sign)
}

async function give(
  place: Place,
  email: string,
  connection: string,
  words: string,
  role: (typeof ROLES)[number],
): Promise<void> {
  const since = new Date().toISOString()
  const database = await recorded(place, 'admin.add', email, { connection, role })
  const isGiven = await setGrant(database, { email, connection, role, since, madeBy: 'command line' })
  if (!isGiven) throw new Error(`${email} is the last admin of everything. Make somebody else one first.`)
  console.log(`${email} is ${role} of ${words}. Sign in: npm run admin -- --link ${email}`)
}

async function end(place: Place, email: string, connection: string, words: string): Promise<void> {
  const isThere = (await listGrants(place.database)).some(
    (grant) => grant.email === email && grant.connection === connection,
  )
  if (!isThere) throw new Error(`${email} has no role for ${words}. \`npm run admin\` shows who has.`)
  const database = await recorded(place, 'admin.remove', email, { connection })
  if (!(await endGrant(database, email, connection, new Date())))
    throw new Error(`${email} is the last admin of everything. Make somebody else one first.`)
  console.log(`${email} has no role for ${words} any more.`)
}

async function makeLink(place: Place, email: string, url: string): Promise<void> {
  if (!(await listGrants(place.database)).some((grant) => grant.email === email))
    throw new Error(
      `${email} is not on the list. Put them there first: npm run admin -- --add ${email} --role admin`,
    )
  const secret = newSecret()
  const database = await recorded(place, 'admin.link', email)
  await insertLink(database, email, await digestOf(secret), new Date())
  console.log(`Good once, for ten minutes:\n${new URL(`/admin/sign-in/${secret}`, url).href}`)
}

async function show({ database, where }: Place): Promise<void> {
  const [grants, connections] = await Promise.all([listGrants(database), listConnections(database)])
  if (grants.length === 0)
    return console.log(
      `Nobody runs the bridge in ${where} yet. Begin: npm run admin -- --add you@example.com --role admin`,
    )
  const nameOf = (id: string) =>
    id === EVERYWHERE ? 'all' : (connections.find((one) => one.id === id)?.name ?? id)
  const rows = grants.map(({ email, connection, role, since, madeBy }) => [
    email,
    nameOf(connection),
    role,
    since,
    madeBy,
  ])
  console.log(formatTable(['who', 'connection', 'role', 'since', 'by'], rows))
}

function readEmail(text: string): string {
  const email = foldCase(text.trim())
  if (!/^[^\s@]+@[^\s@]+$/.test(email)) throw new UsageError('Expected an e-mail address')
  return email
}

function parse() {
  const [text, flag] = [{ type: 'string' as const }, { type: 'boolean' as const }]
  try {
    const options = {
      add: text,
      remove: text,
      link: text,
      role: text,
      connection: text,
      url: text,
      help: flag,
    }
    return parseArgs({ options }).values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}
