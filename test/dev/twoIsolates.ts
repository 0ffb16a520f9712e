import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrateDatabase } from '../../dev/migrate.ts'
import { keySecrets, readKeys } from '../../dev/settings.ts'
import { startSqld } from '../../dev/sqld.ts'
import { buildWorker, serveWorkers } from '../../dev/workerd.ts'
import { ensureConnection } from '../../worker/store/connections.ts'
import { openDatabase } from '../../worker/store/database.ts'
import { shortId } from '../../worker/store/ids.ts'

/**
 * The built Worker on one database, in as many isolates as are asked for, with its keys in DATA_DIR, and a connection. `start` serves
 * it with the keys that are there then, in place of what was served before, and gives the addresses.
 */
export async function isolates(count: number) {
  const dataDir = await mkdtemp(join(tmpdir(), 'drawbridge-isolates-'))
  const [sqld, built] = await Promise.all([startSqld({ dataDir }), buildWorker(join(dataDir, 'build'))])
  await migrateDatabase(sqld)
  const { REGION: region, DEPLOYMENT: deployment } = built.vars
  let served: Awaited<ReturnType<typeof serveWorkers>> | undefined
  const start = async (): Promise<readonly string[]> => {
    await served?.stop()
    const libsql = { LIBSQL_URL: sqld.url, LIBSQL_AUTH_TOKEN: sqld.authToken ?? '' }
    const bindings = { ...built.vars, ...libsql, ...keySecrets(await readKeys(dataDir)) }
    const services = Array.from({ length: count }, (_, index) => ({ name: `b${index}`, ...built, bindings }))
    served = await serveWorkers({ folder: join(dataDir, 'workerd'), services })
    return served.urls
  }
  const open = () => openDatabase(sqld)
  const connection = await ensureConnection(open(), 'acme', shortId(), new Date())
  return {
    dataDir,
    sqld,
    open,
    connection,
    start,
    issuer: async () => ({ region, deployment, keys: (await readKeys(dataDir)).keys }),
    stop: async () => {
      await served?.stop()
      await sqld.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** Asks for people with a token, at one of the addresses; gives the status. */
export async function statusOf(url: string, token: string): Promise<number> {
  const answer = await fetch(`${url}/scim/v2/Users?count=1`, {
    headers: { authorization: `Bearer ${token}` },
  })
  await answer.arrayBuffer()
  return answer.status
}
