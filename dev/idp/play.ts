import type { Client } from './calls.ts'
import type { Provider } from './provider.ts'
import type { Org } from './org.ts'
import { attempt, openSession, pool } from './session.ts'
import type { Settings, Tally } from './session.ts'
import { progress } from '../table.ts'

/** How many requests a provider is taken to have under way at once; none says. */
const AT_ONCE = 8

export type Server = {
  readonly base: string
  readonly token: string
  readonly timeoutMs: number
  readonly wait: (seconds: number) => Promise<void>
}

const settingsFor = ({ base, token, timeoutMs, wait }: Server, provider: Provider, org: Org): Settings => ({
  base,
  timeoutMs,
  wait,
  headers: { ...provider.headers, Authorization: provider.authorization(token) },
  bodyHeaders: provider.bodyHeaders,
  space: provider.space,
  endQuery: provider.endQuery ?? ((query) => (query === '' ? '' : `?${query}`)),
  secret: org.secret,
})

const clientFor = (settings: Settings, provider: Provider, org: Org, tally: Tally): Client => ({
  send: openSession(settings, tally),
  provider,
  org,
  base: settings.base,
  each: async (items, work) => {
    const bar = progress(tally.step, items.length)
    try {
      await pool(items, AT_ONCE, async (item) => {
        await attempt(tally, () => work(item))
        bar.tick()
      })
    } finally {
      bar.end()
    }
  },
  through: (base) => clientFor({ ...settings, base }, provider, org, tally),
})

/**
 * Plays a provider's steps against a server, one after the other; none but the first if that one fails, as a
 * provider goes no further than its test of the connection then.
 * @param tallies where each step's outcome is put as it begins, so that it is there whatever happens
 * @throws {Unreachable} if there is no server
 */
export const play = async (server: Server, provider: Provider, org: Org, tallies: Tally[]): Promise<void> => {
  const settings = settingsFor(server, provider, org)
  for (const [at, step] of provider.steps.entries()) {
    const tally: Tally = { step: step.name, ms: [], failures: [] }
    tallies.push(tally)
    await attempt(tally, () => step.run(clientFor(settings, provider, org, tally)))
    if (at === 0 && tally.failures.length > 0) return
  }
}
