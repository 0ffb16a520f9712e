import type { Okta } from './calls.ts'
import type { Dialect } from './dialect.ts'
import type { Org } from './org.ts'
import { attempt, openSession, pool } from './session.ts'
import type { Settings, Tally } from './session.ts'
import { FIRST_STEP, STEPS } from './steps.ts'
import type { Step } from './steps.ts'
import { progress } from '../table.ts'

/** How many requests Okta is taken to have under way at once; it does not say. */
const AT_ONCE = 8

export type Server = {
  readonly base: string
  readonly token: string
  readonly timeoutMs: number
  readonly wait: (seconds: number) => Promise<void>
}

const settingsFor = ({ base, token, timeoutMs, wait }: Server, dialect: Dialect, org: Org): Settings => ({
  base,
  timeoutMs,
  wait,
  headers: { ...dialect.headers, Authorization: dialect.authorization(token) },
  bodyHeaders: dialect.bodyHeaders,
  space: dialect.space,
  secret: org.secret,
})

const oktaFor = (settings: Settings, dialect: Dialect, org: Org, tally: Tally): Okta => ({
  send: openSession(settings, tally),
  dialect,
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
  through: (base) => oktaFor({ ...settings, base }, dialect, org, tally),
})

/**
 * Plays every step against a server, one after the other; none but the first if that one fails, as Okta goes
 * no further than its test of the credentials then.
 * @param tallies where each step's outcome is put as it begins, so that it is there whatever happens
 * @throws {Unreachable} if there is no server
 */
export const play = async (server: Server, dialect: Dialect, org: Org, tallies: Tally[]): Promise<void> => {
  const settings = settingsFor(server, dialect, org)
  const run = async (step: Step): Promise<Tally> => {
    const tally: Tally = { step: step.name, ms: [], failures: [] }
    tallies.push(tally)
    await attempt(tally, () => step.run(oktaFor(settings, dialect, org, tally)))
    return tally
  }
  const { failures } = await run(FIRST_STEP)
  if (failures.length > 0) return
  for (const step of STEPS) await run(step)
}
