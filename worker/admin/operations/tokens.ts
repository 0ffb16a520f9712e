import * as v from 'valibot'
import { signToken, type Issuer } from '../../auth/token.ts'
import type { Database } from '../../store/database.ts'
import { shortId } from '../../store/ids.ts'
import { insertToken, type TokenRow } from '../../store/tokens.ts'
import { operation } from '../operation.ts'

/** What a new token is to allow. `expires` is in seconds since 1970. */
export type Allowed = { readonly scope?: string; readonly user?: string; readonly expires?: number }

/** Takes the database, the issuer, a connection's id, what is allowed and the time; makes a token. Gives it, this once, and its id. */
export async function makeToken(
  database: Database,
  issuer: Issuer,
  connection: string,
  allowed: Allowed,
  now: Date,
): Promise<{ readonly token: string; readonly jti: string }> {
  const row: TokenRow = {
    jti: shortId(),
    connection,
    kid: issuer.keys[0].kid,
    scope: allowed.scope ?? '',
    user: allowed.user ?? null,
    issued: Math.floor(now.getTime() / 1000),
    expires: allowed.expires ?? null,
  }
  await insertToken(database, row)
  return { token: await signRow(issuer, row), jti: row.jti }
}

/** Takes an issuer and a token's row; gives the token, signed anew: the same as the first time. */
export function signRow(issuer: Issuer, { connection, jti, issued, expires }: TokenRow): Promise<string> {
  return signToken(issuer, { connection, jti, issued, ...(expires === null ? {} : { expires }) })
}

export const tokenCreate = operation({
  id: 'token.create',
  summary: 'Make an API token. It is shown this once',
  method: 'POST',
  path: '/connections/:connection/tokens',
  needs: 'manage',
  input: v.object({ connection: v.string() }),
  output: v.object({ token: v.string(), jti: v.string() }),
  run: ({ database, config, now }, { connection }) => makeToken(database, config, connection, {}, now),
})
