import type { Allowed } from '../../dev/connection.ts'
import type { Mode } from '../../worker/store/connections.ts'
import type { LogEntry } from '../../worker/context.ts'
import { bridge, type Answer, type Bridge, type BridgeOptions, type SentHeaders } from '../bridge.ts'

/** A SCIM server as a row's test sees it, through one connection's token. */
export type Probe = {
  readonly mode: Mode
  /** The base URL, without a slash at its end. */
  readonly base: string
  /** Sends a request below the base URL. A header that is null is not sent, the Authorization among them. */
  readonly send: (method: string, path: string, body?: unknown, headers?: SentHeaders) => Promise<Answer>
  /** The same connection through another token, which may be narrower. */
  readonly as: (allowed: Allowed) => Promise<Probe>
  /** The same connection and token's rights in a deployment set up otherwise: other schemas, clock, limits, faults. */
  readonly where: (setUp: SetUp) => Promise<Probe>
  /** Another connection. */
  readonly stranger: () => Promise<Probe>
  /** What the bridge logged of this probe's requests. */
  readonly logs: readonly LogEntry[]
  /** The connection's token and id, for rows about tokens and what is kept. */
  readonly token: string
  readonly connection: string
}

export type SetUp = Pick<BridgeOptions, 'custom' | 'rateLimit' | 'guessLimit' | 'fetch' | 'now' | 'timeout'>

const BASE = 'https://bridge.test/scim/v2'

/** Gives the bridge, in workerd on the real database, with a new connection in the mode asked for. */
export async function bridgeProbe(mode: Mode): Promise<Probe> {
  return probeOf(await bridge({ mode }), mode)
}

function probeOf(to: Bridge, mode: Mode): Probe {
  return {
    mode,
    base: BASE,
    send: to.send,
    token: to.token,
    connection: to.connection,
    as: async (allowed) => probeOf(await bridge({ connection: to.connection, allowed }), mode),
    where: async (setUp) => probeOf(await bridge({ connection: to.connection, ...setUp }), mode),
    stranger: () => bridgeProbe(mode),
    logs: to.logs,
  }
}

/** A server that says yes to everything and does nothing. No row may pass against it. */
export function hollowProbe(mode: Mode): Probe {
  const probe: Probe = {
    mode,
    base: BASE,
    token: 'none',
    connection: 'none',
    send: () =>
      Promise.resolve({
        status: 200,
        headers: new Headers({ 'content-type': 'application/scim+json' }),
        body: {},
      }),
    logs: [],
    as: () => Promise.resolve(probe),
    where: () => Promise.resolve(probe),
    stranger: () => Promise.resolve(probe),
  }
  return probe
}
