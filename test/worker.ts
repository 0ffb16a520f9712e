import { env, exports } from 'cloudflare:workers'
import { inject } from 'vitest'
import { makeToken, type Allowed } from '../dev/connection.ts'
import { shortId } from '../worker/store/ids.ts'
import { readConfig } from '../worker/config.ts'
import { ensureConnection } from '../worker/store/connections.ts'
import type worker from '../worker/index.ts'
import { openDatabase, type Database } from '../worker/store/database.ts'

declare global {
  namespace Cloudflare {
    interface Env {
      RATE_LIMIT: RateLimit
      GUESS_LIMIT: RateLimit
    }
    interface GlobalProps {
      mainModule: { default: typeof worker }
    }
  }
}

/** A connection of its own for a test, with a token. */
export type Connected = { readonly id: string; readonly token: string; readonly jti: string }

/** Gives the real database the tests run against. */
export function database(): Database {
  return openDatabase({ url: inject('libsqlUrl') })
}

/** Makes a new, empty connection and a token for it. */
export async function connect(allowed: Allowed = {}): Promise<Connected> {
  const name = shortId()
  const { id } = await ensureConnection(database(), name, name, new Date())
  return { id, ...(await tokenFor(id, allowed)) }
}

/** Takes a connection's id and what is allowed; makes another token for it. */
export function tokenFor(connection: string, allowed: Allowed): Promise<{ token: string; jti: string }> {
  return makeToken(database(), readConfig(env), connection, allowed)
}

/** Sends a request to the whole Worker, in workerd. */
export function call(request: Request): Promise<Response> {
  return exports.default.fetch(request)
}
