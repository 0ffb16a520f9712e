import { makeToken } from '../../dev/connection.ts'
import { shortId } from '../../worker/store/ids.ts'
import { setUpTools } from '../../dev/setUpTools.ts'
import { newSecretKey } from '../../worker/auth/keys.ts'
import { ensureConnection } from '../../worker/store/connections.ts'
import { openDatabase, sql, type SQL } from '../../worker/store/database.ts'
import { HARMS, loadStanding, saveSettings } from '../../worker/store/settings.ts'
import { setTarget } from '../../worker/sync/setUp.ts'
import { serve } from './served.ts'

/** A connection with a target. */
export type Bound = { readonly connection: string; readonly token: string }

/** How often cron is ticked before what is still due is taken for stuck. */
const MOST_TICKS = 60

/** Starts the built Worker as `serve` does, with what it needs for targets on this machine. */
export async function serveTargets(subrequests = 1_000) {
  const [sealKeys, macKeys] = [[await newSecretKey()] as const, [await newSecretKey()] as const]
  const served = await serve({
    TARGETS_ON_LOOPBACK: 'yes',
    SUBREQUESTS: String(subrequests),
    SEAL_KEYS: JSON.stringify({ keys: sealKeys }),
    MAC_KEYS: JSON.stringify({ keys: macKeys }),
  })
  const { sqld, base, issuer, cron } = served
  const database = () => openDatabase(sqld)
  const rows = async (statement: SQL) =>
    ((await database().read([statement]))[0] ?? []).map((row) => ({ ...row }))

  /** Makes a connection whose changes go to a SCIM service. */
  async function bind(target: { readonly url: string; readonly token: string }): Promise<Bound> {
    const { id: connection } = await ensureConnection(database(), shortId(), shortId(), new Date())
    const { token } = await makeToken(database(), issuer, connection, {})
    const set = await setTarget(
      setUpTools(database(), { sealKeys, macKeys }),
      connection,
      { kind: 'scim', url: target.url, auth: { kind: 'bearer', token: target.token } },
      false,
    )
    if (set.kind === 'refused') throw new Error(set.words)
    // A roll-out that an admin has announced: nothing is held. Cron reads nothing of the target by itself.
    const standing = await loadStanding(database(), connection)
    const announced = { kinds: [...HARMS], until: new Date(Date.now() + 86_400_000).toISOString() }
    const guard = { ...standing.settings.guard, announced }
    await saveSettings(database(), connection, standing, { ...standing.settings, guard, importEvery: 0 })
    return { connection, token }
  }

  /** What waits is due now: a test does not wait for the pauses between tries, nor for a target that was stopped. */
  const hurry = async ({ connection }: Bound): Promise<void> => {
    await database().write([
      sql`UPDATE deliveries SET due = '2000' WHERE connection = ${connection} AND state = 'due'`,
      sql`UPDATE stops SET until = '2000' WHERE connection = ${connection}`,
    ])
  }

  /** Puts the times of a connection's deliveries, receipts and stops back, as if so many seconds had gone by since. */
  const earlier = async ({ connection }: Bound, seconds: number): Promise<void> => {
    const back = (column: string) => {
      const name = sql.identifier(column)
      return sql`${name} = strftime('%Y-%m-%dT%H:%M:%fZ', ${name}, ${`-${seconds} seconds`})`
    }
    await database().write([
      sql`UPDATE deliveries SET ${back('since')}, ${back('due')} WHERE connection = ${connection}`,
      sql`UPDATE receipts SET ${back('asked')}, ${back('stored')} WHERE connection = ${connection}`,
      sql`UPDATE stops SET ${back('since')}, ${back('until')} WHERE connection = ${connection}`,
    ])
  }

  /** Ticks cron until nothing is due, and without a wait in between. Gives what is left, and how often it was ticked. */
  async function drain(bound: Bound) {
    const left = () =>
      rows(
        sql`SELECT resource, type, state, tries, words FROM deliveries WHERE connection = ${bound.connection}`,
      )
    for (let ticks = 0; ; ticks += 1) {
      const there = await left()
      if (ticks === MOST_TICKS || there.every(({ state }) => state !== 'due')) return { left: there, ticks }
      await hurry(bound)
      await cron()
    }
  }

  /** Sends a SCIM request to the bridge. */
  async function send({ token }: Bound, method: string, path: string, body?: unknown) {
    const response = await fetch(`${base}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? undefined : (JSON.parse(text) as unknown),
    }
  }

  return { ...served, rows, bind, hurry, earlier, drain, send }
}
