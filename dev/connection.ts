import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { signingKeys } from '../worker/auth/keys.ts'
import { makeToken as makeTokenAt, signRow, type Allowed, type MadeToken } from '../worker/admin/makeToken.ts'
import type { Issuer } from '../worker/auth/token.ts'
import { ensureConnection } from '../worker/store/connections.ts'
import { shortId } from '../worker/store/ids.ts'
import { openDatabase, type Database } from '../worker/store/database.ts'
import { liveTokens } from '../worker/store/tokens.ts'

export type { Allowed } from '../worker/admin/makeToken.ts'

/** Takes the database, the issuer, a connection's id and what is allowed; makes a token now. Gives it, this once, and its id. */
export function makeToken(
  database: Database,
  issuer: Issuer,
  connection: string,
  allowed: Allowed,
): Promise<MadeToken> {
  return makeTokenAt(database, issuer, connection, allowed, new Date())
}

/**
 * Takes where the database is, the keys, a name and DATA_DIR; makes the connection and a token where they are missing.
 * Gives the token and its id, the same with each call: the token is signed again from its row, as Ed25519 signs without
 * chance, and never kept. Its id is, in token.json in DATA_DIR: no token that someone else has made is given.
 */
export async function devToken(options: {
  url: string
  authToken?: string
  keys: readonly object[]
  region: string
  deployment: string
  name: string
  dataDir: string
}): Promise<{ readonly token: string; readonly jti: string }> {
  const { url, authToken, region, deployment, name, dataDir } = options
  const issuer: Issuer = {
    region,
    deployment,
    keys: v.parse(signingKeys, JSON.stringify({ keys: options.keys })),
  }
  const database = openDatabase({ url, ...(authToken === undefined ? {} : { authToken }) })
  const connection = await ensureConnection(database, name, shortId(), new Date())
  const file = join(dataDir, 'token.json')
  const kept = v.safeParse(TokenFile, await readFile(file, 'utf8').catch(() => undefined))
  const live = kept.success ? await liveTokens(database, connection.id, new Date()) : []
  const own = live.find(
    ({ jti, kid }) => kept.success && jti === kept.output.jti && issuer.keys.some((key) => key.kid === kid),
  )
  if (own !== undefined) return { token: await signRow(issuer, own), jti: own.jti }
  const made = await makeToken(database, issuer, connection.id, { name, madeBy: 'npm run dev' })
  await writeFile(file, JSON.stringify({ jti: made.jti }), { mode: 0o600 })
  return made
}

const TokenFile = v.pipe(v.string(), v.parseJson(), v.object({ jti: v.string() }))
