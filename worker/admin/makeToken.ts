import type { Network } from '../auth/network.ts'
import { signToken, type Issuer } from '../auth/token.ts'
import type { Database } from '../store/database.ts'
import { shortId } from '../store/ids.ts'
import { GRACE } from '../store/tokenUse.ts'
import {
  insertToken,
  renewalOf,
  replaceToken,
  secondsOf,
  type NewToken,
  type TokenRow,
} from '../store/tokens.ts'

/** A token as it is shown, this once, and its id. */
export type MadeToken = { readonly token: string; readonly jti: string }

/** What a new token is to allow. `expires` is in seconds since 1970, `sliding` a number of seconds without use. */
export type Allowed = {
  readonly scope?: string
  readonly user?: string
  readonly expires?: number
  readonly sliding?: number
  readonly name?: string
  readonly madeBy?: string
  readonly networks?: readonly Network[]
  readonly domains?: readonly string[]
}

/** Takes the database, the issuer, a connection's id, what is allowed and the time; makes a token. Gives it, this once, and its id. */
export async function makeToken(
  database: Database,
  issuer: Issuer,
  connection: string,
  allowed: Allowed,
  now: Date,
): Promise<MadeToken> {
  const { networks = [], domains = [], sliding = null } = allowed
  const issued = secondsOf(now)
  const expires = sliding === null ? (allowed.expires ?? null) : issued + sliding + GRACE
  const row: NewToken = {
    jti: shortId(),
    connection,
    kid: issuer.keys[0].kid,
    scope: allowed.scope ?? '',
    user: allowed.user ?? null,
    issued,
    expires,
    name: allowed.name ?? null,
    madeBy: allowed.madeBy ?? null,
    networks:
      networks.length === 0 ? null : Object.fromEntries(networks.map(({ cidr, bits }) => [cidr, bits])),
    domains: domains.length === 0 ? null : [...domains],
    sliding,
    renewBy: renewalOf(issued, expires),
  }
  await insertToken(database, row)
  return { token: await signRow(issuer, row), jti: row.jti }
}

/** How long a token that is being replaced goes on, in seconds, where nothing else is said: a week. */
export const COUNTDOWN = 7 * 86_400

/**
 * Takes the database, the issuer, a connection's id, the id of a live token, who replaces it, the time, and for how many seconds the
 * old one goes on; makes one of the same rights. Gives it, this once; undefined where there is no such token, or it is being replaced.
 */
export async function rotateToken(
  database: Database,
  issuer: Issuer,
  connection: string,
  jti: string,
  { madeBy, now, countdown = COUNTDOWN }: { madeBy: string; now: Date; countdown?: number | undefined },
): Promise<(MadeToken & { readonly row: TokenRow }) | undefined> {
  const next = { jti: shortId(), kid: issuer.keys[0].kid, madeBy, now, ends: secondsOf(now) + countdown }
  const row = await replaceToken(database, connection, jti, next)
  return row === undefined ? undefined : { token: await signRow(issuer, row), jti: row.jti, row }
}

/**
 * Takes an issuer and a token's row; gives the token, signed anew by its own key: the same as the first time. The end of one that
 * slides stands in its row alone.
 */
export function signRow(
  issuer: Issuer,
  { connection, jti, kid, issued, expires, sliding = null }: NewToken,
): Promise<string> {
  const fixed = sliding === null && expires !== null ? { expires } : {}
  return signToken(issuer, { connection, jti, issued, ...fixed }, kid)
}
