import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import * as v from 'valibot'
import type { SecretKeys } from '../../worker/auth/keys.ts'
import { macOf } from '../../worker/auth/mac.ts'
import { openDatabase, sql } from '../../worker/store/database.ts'
import { makeAllDue } from '../../worker/store/resync.ts'
import { loadStanding } from '../../worker/store/settings.ts'
import { DELIVERY_MAC } from '../../worker/sync/open.ts'
import { setTarget } from '../../worker/sync/setUp.ts'
import { setUpTools } from '../setUpTools.ts'
import type { Location } from '../sqld.ts'
import type { Counted } from './scimServer.ts'

/** The bench's SCIM service, in its own thread. */
export type Service = {
  readonly url: string
  readonly reset: (people: number, delay: number) => Promise<void>
  /** Gives what it was asked since it was last asked this. */
  readonly count: () => Promise<Counted>
  readonly stop: () => Promise<unknown>
}

const counted = v.object({ methods: v.record(v.string(), v.number()), inactive: v.number() })

/** Starts the service. */
export async function startService(): Promise<Service> {
  const thread = new Worker(new URL('scimServer.ts', import.meta.url))
  const said = async (): Promise<unknown> => ((await once(thread, 'message')) as unknown[])[0]
  const port = v.parse(v.number(), await said())
  const ask = async (message: object): Promise<Counted> => {
    const answer = said()
    thread.postMessage(message, [])
    return v.parse(counted, await answer)
  }
  return {
    url: `http://127.0.0.1:${port}`,
    reset: async (people, delay) => {
      await ask({ kind: 'reset', people, delay })
    },
    count: () => ask({ kind: 'count' }),
    stop: () => thread.terminate(),
  }
}

/** The connection whose target the service is, and the keys of the bridge. */
export type Bound = {
  readonly sqld: Location
  readonly connection: string
  readonly sealKeys: SecretKeys
  readonly macKeys: SecretKeys
}

/** Makes the service the target of the connection, and so many people that are linked there. */
export async function bind(bound: Bound, { url }: Service, people: number): Promise<void> {
  const { sqld, connection } = bound
  const database = openDatabase(sqld)
  const set = await setTarget(
    setUpTools(database, bound),
    connection,
    { kind: 'scim', url, auth: { kind: 'bearer', token: 'bench' } },
    false,
  )
  if (set.kind === 'refused') throw new Error(set.words)
  const now = new Date().toISOString()
  const person = sql`json_object('userName', 'u' || i || '@example.com', 'active', json('true'))`
  const numbers = sql`WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ${people})`
  await database.write([
    sql`INSERT INTO resources (connection, id, type, version, created, modified, document, folded)
      ${numbers} SELECT ${connection}, 'p' || i, 'User', 1, ${now}, ${now}, ${person}, ${person} FROM n`,
    sql`INSERT INTO links (connection, resource, type, account, remote, confirmed, state, at)
      ${numbers} SELECT ${connection}, 'p' || i, 'User', (SELECT settings ->> '$.target.account' FROM connections
        WHERE id = ${connection}), 'u' || i, ${person}, 'linked', ${now} FROM n`,
  ])
}

/** Sets an attribute of everybody, and makes everybody due at the target. */
export async function change({ sqld, connection, macKeys }: Bound, attributes: object): Promise<void> {
  const database = openDatabase(sqld)
  const patch = JSON.stringify(attributes)
  await database.write([
    sql`UPDATE resources SET document = json_patch(document, ${patch}), folded = json_patch(folded, ${patch})
      WHERE connection = ${connection} AND type = 'User'`,
  ])
  const { settings } = await loadStanding(database, connection)
  await makeAllDue(database, {
    connection,
    target: settings.target?.id ?? '',
    request: crypto.randomUUID(),
    sign: macOf(macKeys, DELIVERY_MAC).sign,
    at: new Date(),
  })
}

/** Gives how many deliveries of the connection are not done. */
export async function pending({ sqld, connection }: Bound): Promise<number> {
  const [rows] = await openDatabase(sqld).read([
    sql`SELECT count(*) AS n FROM deliveries WHERE connection = ${connection}`,
  ])
  return v.parse(v.number(), rows?.[0]?.['n'])
}
